"""How fast a provider's webhook is acknowledged while the assistant does not answer.

    python -m benchmarks.webhooks            prints a table, a line a channel

The front desk is a real process over a SQLite file; the assistant is a port that takes connections
and never answers; the provider is a stand-in in a process of its own. Alone: one request each 0.1 s,
each from a visitor of its own. Under load: 50 a second for ten seconds, on a clock that does not wait for answers, from 50
visitors or (--strangers) each from a visitor of its own, whom the front desk must also greet. An
answer that does not come counts as 30 s.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

from tests.frontdesk.channels import drivers
from tests.frontdesk.channels.drivers import Driver
from tests.frontdesk.conftest import URL

MAKERS: tuple[type[Driver], ...] = (
    drivers.SmsDriver,
    drivers.TwilioWhatsAppDriver,
    drivers.WhatsAppDriver,
    drivers.MessengerDriver,
    drivers.InstagramDriver,
    drivers.TelegramDriver,
    drivers.ChatwootDriver,
    drivers.EmailDriver,
)
ALONE = 100
A_SECOND = 50
VISITORS = 50
WARM_UP = 20
SETTLE_SECONDS = 3
PAUSE_SECONDS = 0.1
STAND_IN = "--stand-in"
LONGEST_SECONDS = 30.0
SECONDS = 10
LIMITS = {"alone p95": 50.0, "load p99": 300.0, "processor each": 5.0}


class StandIn:
    """A provider in a process of its own, so that the load client's times are its own."""

    def __init__(self, folder: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.webhooks", STAND_IN, folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def stand_in(folder: str) -> None:
    """Be a provider until killed."""
    driver = next(make for make in MAKERS if make.folder == folder)()  # type: ignore[call-arg]
    print(driver.provider.url, flush=True)
    threading.Event().wait()


class FrontDesk:
    """One front desk process with one channel, beside an assistant that never answers."""

    def __init__(self, driver: Driver, provider_url: str, directory: str) -> None:
        own = driver.provider.url
        settings = {key: value.replace(own, provider_url) for key, value in driver.settings.items()}
        self._silent = socket.create_server(("127.0.0.1", 0), backlog=1024)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            **settings,
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "FRONTDESK_PORT": str(port),
            "PUBLIC_URL": URL,
            "ASSISTANT_URL": f"http://127.0.0.1:{self._silent.getsockname()[1]}",
            "ASSISTANT_SECRET": "a-secret-for-the-benchmark",
            "STAFF_PASSWORD": "a-password-for-the-benchmark",
            "DATABASE_URL": f"sqlite:///{directory}/desk.db",
        }
        self._log = Path(f"{directory}/log")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "frontdesk"], env=environment, stderr=log
            )

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(200):
            try:
                httpx.get(f"{self.url}/health")
                return
            except httpx.ConnectError:
                time.sleep(0.1)
        raise RuntimeError("the front desk did not start")

    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def complaints(self) -> str:
        """The last lines of its log that are more than information."""
        lines = self._log.read_text().splitlines()
        return "\n".join([one for one in lines if '"level": "info"' not in one][-10:])

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._silent.close()


def from_visitor(value: Any, address: str, number: int) -> Any:
    """A payload in which the visitor's address is another one."""
    if isinstance(value, dict):
        return {key: from_visitor(one, address, number) for key, one in value.items()}
    if isinstance(value, list):
        return [from_visitor(one, address, number) for one in value]
    if isinstance(value, int):
        return number if str(value) == address else value
    return (
        value.replace(address, f"{address[:-8]}{number:08d}") if isinstance(value, str) else value
    )


async def post(http: httpx.AsyncClient, driver: Driver, number: int, visitor: int) -> float:
    """Milliseconds until a webhook is acknowledged."""
    if isinstance(driver, (drivers.ChatwootDriver, drivers.EmailDriver)):
        driver.now = int(time.time())
    payload = driver.text("does it hurt?", str(10_000_000 + number))
    content = driver.encode(from_visitor(payload, driver.address, 10_000_000 + visitor))
    content, headers = driver.request(content, driver.sign(content))
    began = time.perf_counter()
    try:
        answer = await http.post(driver.path, content=content, headers=headers)
    except httpx.TransportError:
        return LONGEST_SECONDS * 1000
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return took


async def measure(
    driver: Driver, front: FrontDesk, visitors: int
) -> tuple[list[float], list[float], float]:
    """Milliseconds alone, milliseconds under load, and of the processor for each webhook under load."""
    limits = httpx.Limits(max_connections=1_000)
    async with httpx.AsyncClient(
        base_url=front.url, timeout=LONGEST_SECONDS, limits=limits
    ) as http:
        for number in range(WARM_UP):
            await post(http, driver, number, number)
        alone = []
        for number in range(1_000, 1_000 + ALONE):
            await asyncio.sleep(PAUSE_SECONDS)
            alone.append(await post(http, driver, number, number))
        await asyncio.sleep(SETTLE_SECONDS)
        began, used, tasks = time.perf_counter(), front.cpu_seconds(), []
        for number in range(A_SECOND * SECONDS):
            pause = began + number / A_SECOND - time.perf_counter()
            await asyncio.sleep(max(0.0, pause))
            visitor = 5_000 + number % visitors
            tasks.append(asyncio.create_task(post(http, driver, 5_000 + number, visitor)))
        load = list(await asyncio.gather(*tasks))
        each = (front.cpu_seconds() - used) / len(load) * 1000
    return alone, load, each


def quantile(times: list[float], part: float) -> float:
    """A quantile, without interpolation."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def main() -> int:
    """Print the table; exit code 1 when a limit is not kept."""
    if STAND_IN in sys.argv:
        stand_in(sys.argv[-1])
    print(f"run {uuid.uuid4().hex[:6]}: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("milliseconds     alone p50  alone p95   50/s p50   50/s p99   processor each")
    visitors = A_SECOND * SECONDS if "--strangers" in sys.argv else VISITORS
    kept = True
    for make in MAKERS:
        driver = make()  # type: ignore[call-arg]
        with tempfile.TemporaryDirectory() as directory:
            provider = StandIn(driver.folder)
            front = FrontDesk(driver, provider.url, directory)
            try:
                front.wait()
                alone, load, each = asyncio.run(measure(driver, front, visitors))
            except AssertionError:
                print(front.complaints(), flush=True)
                raise
            finally:
                front.close()
                provider.close()
                driver.provider.close()
        figures = [quantile(alone, 0.5), quantile(alone, 0.95)]
        figures += [quantile(load, 0.5), quantile(load, 0.99), each]
        kept &= all(one <= most for one, most in zip(figures[1::2], LIMITS.values(), strict=False))
        kept &= each <= LIMITS["processor each"]
        print(f"{driver.folder:16}" + "".join(f"{one:11.1f}" for one in figures), flush=True)
    print("limits: " + ", ".join(f"{name} ≤ {limit:.0f} ms" for name, limit in LIMITS.items()))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
