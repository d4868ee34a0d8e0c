"""Row 33: two front desks on one PostgreSQL, beside one assistant; who is killed is not missed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from benchmarks.storm.people import QUESTIONS, Visitor
from benchmarks.storm.report import ROOT, Found
from benchmarks.storm.site import Site, site
from tests.standins.databases import postgres_url, redis_url
from tests.standins.ports import free_ports

PATIENCE_SECONDS = 300


def run(visitors: int, rounds: int) -> Found:
    """Each visitor writes to both desks in turn; one of the desks is killed in the middle."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="storm-scale-"))
        try:
            database = stack.enter_context(postgres_url())
            redis = stack.enter_context(redis_url(Path(folder)))
        except pytest.skip.Exception as error:
            return Found(33, f"{error}", None)
        one = stack.enter_context(site(DATABASE_URL=database, REDIS_URL=redis))
        port = free_ports(1)[0]
        second = _second_desk(one, port)
        try:
            return asyncio.run(_talk(one, f"http://127.0.0.1:{port}", visitors, rounds))
        finally:
            second.terminate()
            second.wait()


def _second_desk(one: Site, port: int) -> subprocess.Popen[bytes]:
    environment = {**one.stack.environment, "FRONTDESK_PORT": str(port)}
    log = (one.stack.directory / "run" / "frontdesk-second.log").open("wb")
    desk = subprocess.Popen(
        [sys.executable, "-m", "frontdesk"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=2)
            return desk
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the second front desk does not answer")


async def _talk(one: Site, second: str, visitors: int, rounds: int) -> Found:
    people = [await Visitor(one).open() for _ in range(visitors)]
    twins = []
    for visitor in people:
        twin = Visitor(one)
        twin.id = visitor.id
        twin.http = httpx.AsyncClient(base_url=second, headers=visitor.http.headers, timeout=15)
        twins.append(twin)

    async def talk(visitor: Visitor, twin: Visitor) -> None:
        for number in range(rounds):
            await (visitor, twin)[number % 2].say(QUESTIONS[number % len(QUESTIONS)])
            await asyncio.sleep(2.1)

    async def kill() -> None:
        for _ in range(3):
            await asyncio.sleep(rounds * 2.1 / 4)
            pid = one.pid("frontdesk")
            if pid:
                os.kill(pid, signal.SIGKILL)

    began = time.monotonic()
    await asyncio.gather(kill(), *[talk(a, b) for a, b in zip(people, twins, strict=True)])
    lost = doubled = waiting = 0
    took = time.monotonic() - began
    until = time.monotonic() + PATIENCE_SECONDS
    for visitor, twin in zip(people, twins, strict=True):
        messages = await _at_the_end(twin, until)
        said = [m["client_id"] for m in messages if m["author"] == "visitor"]
        keys = {*visitor.acknowledged, *twin.acknowledged}
        lost += len(keys - set(said))
        doubled += len(said) - len(set(said))
        waiting += sum(m["status"] != "answered" for m in messages if m["author"] == "visitor")
        replies = [m for m in messages if m["author"] == "assistant"]
        doubled += max(0, len(replies) - 1 - len(said))
    total = sum(len(v.acknowledged) for v in (*people, *twins))
    measured = (
        f"two front desks, one assistant: {total} messages in {took:.0f} s, one "
        f"desk killed 3 times: {lost} lost, {doubled} doubled, {waiting} unanswered; two assistants "
        "and throughput: not measured (two cores)"
    )
    return Found(33, measured, None if not (lost or doubled or waiting) else False)


async def _at_the_end(visitor: Visitor, until: float) -> list[dict[str, Any]]:
    """What was said, once all of it is answered, or when that has lasted too long."""
    while True:
        messages = await visitor.messages()
        own = [message for message in messages if message["author"] == "visitor"]
        if all(message["status"] == "answered" for message in own) or time.monotonic() > until:
            return messages
        await asyncio.sleep(0.5)
