"""One installation of its own for a storm: real processes, and ways to hurt them."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from scripts.run import stop
from tests.e2e.conftest import Stack, start_stack
from tests.standins import twilio

PROGRAMS = ("frontdesk", "assistant", "actions")
OWN_NUMBER = "+447700900123"
TICKS = os.sysconf("SC_CLK_TCK")


class Site:
    """A running installation with a stand-in of Twilio; what was said to it is remembered."""

    def __init__(self, stack: Stack, provider: twilio.StandInTwilio) -> None:
        self.stack = stack
        self.provider = provider
        self.said: set[str] = set()
        self.clients: list[httpx.AsyncClient] = []

    async def leave(self) -> None:
        """Everybody who came hangs up."""
        for client in self.clients:
            await client.aclose()
        self.clients.clear()

    @property
    def url(self) -> str:
        """Where the front desk answers."""
        return f"http://127.0.0.1:{self.stack.environment['FRONTDESK_PORT']}"

    def pid(self, program: str) -> int | None:
        """The process of a program, if it runs."""
        try:
            return self.stack.pid(program)
        except LookupError:
            return None

    def hit(self, program: str, how: int = signal.SIGKILL) -> bool:
        """Send a signal. False when the program does not run."""
        pid = self.pid(program)
        if pid is None:
            return False
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return False
        return True

    @contextmanager
    def suspended(self, *programs: str) -> Iterator[None]:
        """Programs that hang."""
        for program in programs:
            self.hit(program, signal.SIGSTOP)
        try:
            yield
        finally:
            for program in programs:
                self.hit(program, signal.SIGCONT)

    @property
    def database(self) -> Path:
        """The front desk's file."""
        return Path(self.stack.environment["DATABASE_URL"].partition("///")[2])

    @property
    def tracker(self) -> Path:
        """The assistant's file."""
        return Path(self.stack.environment["TRACKER_DATABASE_URL"].partition("///")[2])

    def rows(self, query: str, *values: Any, file: Path | None = None) -> list[Any]:
        """Read a database directly."""
        address = f"file:{file or self.database}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def count(self, query: str, *values: Any) -> int:
        """The one number of a query."""
        return int(self.rows(query, *values)[0][0])

    def waits(self) -> dict[str, int]:
        """What is not finished yet, by kind."""
        ours = "author != 'visitor' and status = 'stored' and conversation_id in"
        numbers = "(select id from conversations where address is not null)"
        return {
            "answers": self.count("select count(*) from messages where status = 'pending'"),
            "checks": self.count("select count(*) from messages where is_unchecked"),
            "deliveries": self.count(f"select count(*) from messages where {ours} {numbers}"),
            "webhooks": self.count("select count(*) from arrivals"),
        }

    async def settled(self, *kinds: str, seconds: float = 120) -> float:
        """Wait until nothing (of these kinds) waits; the seconds it took, at most ``seconds``."""
        began = now()
        while now() - began < seconds:
            waits = self.waits()
            if not any(waits[kind] for kind in kinds or waits):
                break
            await asyncio.sleep(0.3)
        return now() - began

    def logs(self) -> str:
        """Everything that any process has logged."""
        paths = sorted((self.stack.directory / "run").glob("*.log*"))
        return "\n".join(path.read_text(errors="replace") for path in paths)

    def tracebacks(self) -> int:
        """How often a process was surprised."""
        return self.logs().count("Traceback (most recent call last)")

    def leaks(self) -> Counter[str]:
        """What visitors wrote, and their numbers, that stands in a log or a metric."""
        found = self.logs()
        with suppress(httpx.HTTPError):  # it may just be down; then its logs have to do
            found += httpx.get(f"{self.url}/metrics", timeout=10).text
        return Counter({one: found.count(one) for one in self.said if one in found})

    def memory(self, program: str) -> float:
        """Resident memory in MB; 0 when it does not run."""
        pid = self.pid(program)
        if pid is None:
            return 0.0
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def cpu(self, program: str) -> float:
        """Processor seconds since its start."""
        pid = self.pid(program)
        if pid is None:
            return 0.0
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def site(
    is_open: bool = True, derived: dict[str, str] | None = None, **settings: str
) -> Iterator[Site]:
    """Start an installation; end it, and what it was told, afterwards."""
    provider = twilio.StandInTwilio()
    accounts = {
        "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
        "TWILIO_AUTH_TOKEN": twilio.TOKEN,
        "TWILIO_SMS_NUMBER": OWN_NUMBER,
        "TWILIO_API_URL": provider.url,
    }
    with TemporaryDirectory(prefix="storm-") as folder:
        values = {**accounts, **settings}
        stack = start_stack(Path(folder), is_open=is_open, derived=derived, **values)
        try:
            yield Site(stack, provider)
        finally:
            stop(stack.supervisor)
            provider.close()


def now() -> float:
    """Seconds that only grow."""
    return time.monotonic()
