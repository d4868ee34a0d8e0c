"""PostgreSQL and Redis as Debian's packages have them, started for one test and ended after it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.standins.ports import free_ports, wait_for

POSTGRES = Path("/usr/lib/postgresql/15/bin")
WAIT_SECONDS = 60


def _needs(found: bool, package: str) -> None:
    if not found and os.environ.get("CI"):
        pytest.fail(f"CI needs Debian's package {package}; .ci/run installs it")
    if not found:
        pytest.skip(f"Debian's package {package} is not installed")


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    _needs(POSTGRES.is_dir(), "postgresql")
    data, port = Path(tempfile.mkdtemp(prefix="postgres-")), free_ports(1)[0]
    owner = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(data, user.pw_uid, user.pw_gid)
    begin = [POSTGRES / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, cwd="/", **owner)
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}"]
    options = [part for setting in settings for part in ("-c", setting)]
    server = subprocess.Popen(
        [POSTGRES / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, cwd="/", **owner
    )
    try:
        wait_for(port, server)
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _until_it_answers(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # at once, not when the last client has gone
        server.wait()
        shutil.rmtree(data)


def new_database(address: str) -> str:
    """The address of an empty database on a running PostgreSQL."""
    name = f"test_{secrets.token_hex(8)}"
    subprocess.run([POSTGRES / "psql", "-q", address, "-c", f"CREATE DATABASE {name}"], check=True)
    return address.rpartition("/")[0] + f"/{name}"


def _until_it_answers(address: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        ready = subprocess.run(
            [POSTGRES / "psql", address, "-c", "SELECT 1"], capture_output=True, check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL does not answer")


@contextmanager
def redis_url(directory: Path) -> Iterator[str]:
    """The address of an empty Redis."""
    program = shutil.which("redis-server")
    _needs(program is not None, "redis-server")
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=directory,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()
