"""However `make run` ends, its processes end; and whatever it cannot use it names before it starts."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.run import RUN_DIR, _left_behind, start
from tests.e2e.conftest import ROOT, until
from tests.e2e.test_processes import run_in
from tests.standins.ports import free_ports

ENDS = (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def leashed(pid: int) -> list[int]:
    """Its children that have become what they are to run: from then on each ends with whoever started it."""
    not_yet = ("leash.py", command_of(pid))
    return [
        one for one in children_of(pid) if not any(words in command_of(one) for words in not_yet)
    ]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


STARTER = """
import os, sys
from pathlib import Path
from scripts.run import start
supervisor = start(dict(os.environ), Path(sys.argv[1]))
print(supervisor.pid, flush=True)
supervisor.wait()
"""
"""What `make run` does once everything is prepared."""


def environment_of(tmp_path: Path) -> dict[str, str]:
    frontdesk, assistant, actions = free_ports(3)
    return {
        **os.environ,
        "FRONTDESK_PORT": str(frontdesk),
        "ASSISTANT_PORT": str(assistant),
        "ACTIONS_PORT": str(actions),
        "ASSISTANT_URL": f"http://127.0.0.1:{assistant}",
        "ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
        "PUBLIC_URL": f"http://127.0.0.1:{frontdesk}",
        "ASSISTANT_SECRET": "a-secret-for-tests-only",
        "STAFF_PASSWORD": "a-password-for-tests",
        "DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db",
        "TRACKER_DATABASE_URL": f"sqlite:///{tmp_path}/assistant.db",
        "REDIS_URL": "",
    }


@pytest.mark.parametrize("whom", ["make run", "the supervisor"])
@pytest.mark.parametrize("how", ENDS)
def test_no_process_outlives_the_one_that_started_it(
    tmp_path: Path, whom: str, how: signal.Signals
) -> None:
    runs = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "run")],
        cwd=ROOT,
        env=environment_of(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert runs.stdout
    supervisor = int(runs.stdout.readline())
    try:
        assert until(lambda: len(leashed(supervisor)) == 3)
        children = leashed(supervisor)
        os.kill(runs.pid if whom == "make run" else supervisor, how)
        if whom == "the supervisor" and how is signal.SIGHUP:
            os.kill(supervisor, signal.SIGTERM)  # to it SIGHUP means: read your settings again
        left = lambda: [pid for pid in (supervisor, *children) if is_alive(pid)]  # noqa: E731
        assert until(lambda: not left()), left()
    finally:
        for pid in (runs.pid, supervisor):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        runs.wait()
        runs.stdout.close()


def test_a_supervisor_that_was_left_behind_is_known_and_one_that_is_not_is_left_alone(
    tmp_path: Path,
) -> None:
    supervisor = start(environment_of(tmp_path), tmp_path)
    try:
        assert until(lambda: (tmp_path / "supervisord.pid").exists())
        assert _left_behind(tmp_path / "supervisord.pid") == supervisor.pid  # we are not `make run`
        (tmp_path / "other.pid").write_text(str(os.getpid()))
        assert _left_behind(tmp_path / "other.pid") is None
        assert _left_behind(tmp_path / "missing.pid") is None
    finally:
        supervisor.terminate()
        supervisor.wait()
    assert _left_behind(tmp_path / "supervisord.pid") is None


def corrupt(path: Path) -> None:
    path.write_bytes(b"nothing that SQLite knows" * 500)


def of_a_newer_version(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table alembic_version (version_num varchar(32))")
    connection.execute("insert into alembic_version values ('9999')")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("name", ["frontdesk.db", "assistant.db"])
def test_a_corrupt_file_is_named_before_anything_starts(tmp_path: Path, name: str) -> None:
    corrupt(tmp_path / name)
    before = (tmp_path / name).read_bytes()
    done = run_in(tmp_path)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert name in last and "backup" in last
    assert "Starting" not in done.stdout
    assert (tmp_path / name).read_bytes() == before


def test_a_file_of_a_newer_version_is_named_before_anything_starts(tmp_path: Path) -> None:
    of_a_newer_version(tmp_path / "frontdesk.db")
    done = run_in(tmp_path)
    assert done.returncode == 2
    assert "newer version" in done.stderr.strip().splitlines()[-1]


def test_a_full_disk_is_named_before_anything_starts(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = os.getuid() == 0 and shutil.which("mount")
    size = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if not mounted or subprocess.run(size, capture_output=True, check=False).returncode:
        pytest.skip("only root may make a small file system")
    try:
        done = run_in(small)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert done.returncode == 2
    assert "no room" in done.stderr.strip().splitlines()[-1]


def test_a_folder_that_cannot_be_written_is_named_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("a file where the folder should be", encoding="utf-8")
    done = run_in(tmp_path / "here")
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert str(tmp_path / "here") in last and "writable" in last
    assert RUN_DIR.name == "run"
