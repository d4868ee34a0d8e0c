"""`make run`: prepares, starts the three processes, waits until they answer, prints the addresses."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
from dotenv import dotenv_values

from clinic import Clinic, ClinicFileError
from clinic.current import load
from frontdesk.settings import Settings
from frontdesk.settings import SettingsError as WrongSetting
from frontdesk.storage.connections import migrate
from frontdesk.storage.file import PRIVATE, Unusable, check, held, keep_private, path_of
from scripts.environment import SettingsError, prepare
from scripts.train import ROOT, train

WAIT_SECONDS = 180
PR_SET_PDEATHSIG = 1
ENDING_SECONDS = 12
RUN_DIR = Path("var") / "run"
PORTS = {
    "FRONTDESK_PORT": "the front desk",
    "ASSISTANT_PORT": "the assistant",
    "ACTIONS_PORT": "the actions",
}


class Refusal(Exception):
    """Why nothing was started, in one sentence."""


def take_over(run_dir: Path) -> None:
    """End a supervisor that has lost its `make run`, with a sentence; its processes end with it."""
    pid = _left_behind(run_dir / "supervisord.pid")
    if pid is None:
        return
    print("The one before did not end with its `make run`; this start takes over …", flush=True)
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        until = time.monotonic() + ENDING_SECONDS
        while _command_of(pid) and time.monotonic() < until:
            time.sleep(0.1)
    time.sleep(0.5)


def _left_behind(pid_file: Path) -> int | None:
    try:
        pid = int(pid_file.read_text(encoding="utf-8"))
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    parent = int(stat.rpartition(")")[2].split()[1])
    is_ours = "supervisor.supervisord" in _command_of(pid)
    return pid if is_ours and "scripts.run" not in _command_of(parent) else None


def _command_of(pid: int) -> list[str]:
    """The words of a running process's command; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def check_ports(environment: dict[str, str]) -> None:
    """Raise Refusal when another program already listens on one of our ports."""
    for key, whose in PORTS.items():
        port = int(environment[key])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise Refusal(
                    f"Port {port} for {whose} is in use; end the other program or set {key} in .env."
                ) from error


def check_files(environment: dict[str, str]) -> None:
    """Bring the database up to date. Raise Unusable, with the remedy, when one cannot be used."""
    url = environment.get("DATABASE_URL") or "sqlite:///var/frontdesk.db"
    with held(url, environment["PUBLIC_URL"]):
        migrate(url)
        if path := path_of(environment["TRACKER_DATABASE_URL"]):
            keep_private(path)
            check(path)


def check_words(environment: dict[str, str]) -> Clinic:
    """The clinic as its file and its settings tell of it. Raise ClinicFileError or WrongSetting."""
    Settings.read(environment)
    return load(
        Path(environment.get("CLINIC_FILE") or "clinic.yml"), Path(environment["CLINIC_CHANGES"])
    )


def make_run_dir(run_dir: Path) -> None:
    """Make the folder of the logs. Raise Refusal when it cannot be written."""
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        (run_dir / "supervisord.log").open("a", encoding="utf-8").close()
    except OSError as error:
        raise Refusal(
            f"{run_dir} cannot be written ({error.strerror}); make it writable for this user."
        ) from error


def start(environment: dict[str, str], run_dir: Path) -> subprocess.Popen[bytes]:
    """Start the supervisor, which starts the processes. Logs go to ``run_dir``."""
    run_dir.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "supervisor.supervisord",
            "-c",
            "scripts/supervisord.conf",
        ],
        cwd=ROOT,
        env={**environment, "RUN_DIR": str(run_dir), "RUN_PYTHON": sys.executable},
        umask=PRIVATE,
        start_new_session=True,
        preexec_fn=_end_with_us,  # noqa: PLW1509 (no threads here)
    )


def _end_with_us() -> None:
    """However `make run` ends, also by kill -9: Linux tells the supervisor, which ends the others."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until_ready(environment: dict[str, str], supervisor: subprocess.Popen[bytes]) -> None:
    """Return when all three answer. Raise Refusal when one does not come up in time."""
    secret = {"Authorization": f"Bearer {environment['ASSISTANT_SECRET']}"}
    actions = environment["ACTIONS_URL"].removesuffix("/webhook")
    waiting = {
        "front desk": (f"http://127.0.0.1:{environment['FRONTDESK_PORT']}/health", {}),
        "actions": (f"{actions}/health", {}),
        "assistant": (f"{environment['ASSISTANT_URL']}/webhooks/frontdesk/health", secret),
    }
    deadline = time.monotonic() + WAIT_SECONDS
    while waiting:
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise Refusal(f"These did not start: {', '.join(waiting)}. Their logs are in var/run/.")
        for name, (url, headers) in list(waiting.items()):
            if _answers(url, headers):
                print(f"  {name} is ready", flush=True)
                del waiting[name]
        time.sleep(0.1)


def _answers(url: str, headers: dict[str, str]) -> bool:
    try:
        return httpx.get(url, headers=headers, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def stop(supervisor: subprocess.Popen[bytes]) -> None:
    """End every process and wait for it."""
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
    supervisor.wait()


def welcome(environment: dict[str, str], is_sample: bool, is_first: bool = False) -> str:
    """What the person at the keyboard needs to know next; the first password once."""
    address, password = environment["PUBLIC_URL"], environment["STAFF_PASSWORD"]
    shown = f"'{password}'" if is_first else "the STAFF_PASSWORD of .env"
    page = f"  Sample clinic page with the chat:  {address}/\n" if is_sample else ""
    return (
        f"\n{page}"
        f"  Staff inbox:                       {address}/inbox/\n"
        f"    the first time as 'reception' with {shown}; then choose your own\n"
        f"\n  Logs are in var/run/. Ctrl-C ends everything.\n"
    )


def main() -> int:
    """Run until Ctrl-C. Exit codes: 0 ended by the user, 2 something is wrong and was said."""
    os.chdir(ROOT)
    os.umask(PRIVATE)
    try:
        is_first = not dotenv_values(ROOT / ".env").get("STAFF_PASSWORD")
        environment = prepare(ROOT)
        take_over(RUN_DIR)
        check_ports(environment)
        check_files(environment)
        make_run_dir(RUN_DIR)
        keep_private(ROOT / "var")
        clinic = check_words(environment)
    except (SettingsError, WrongSetting, ClinicFileError, Refusal, Unusable) as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.update(environment)
    train()
    print("Starting …", flush=True)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    supervisor = start(environment, ROOT / RUN_DIR)
    try:
        wait_until_ready(environment, supervisor)
        print(welcome(environment, clinic.is_sample, is_first), flush=True)
        return supervisor.wait()
    except Refusal as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nEnding …", flush=True)
        return 0
    finally:
        stop(supervisor)


if __name__ == "__main__":
    sys.exit(main())
