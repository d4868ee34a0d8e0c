"""How fast the inbox is: lists and search over 50,000 conversations, and words on their way.

    python -m benchmarks.inbox               prints a table
    python -m benchmarks.inbox --lists       of the lists and the search alone
    python -m benchmarks.inbox --ways        of the words alone

A real front desk on a real port over a SQLite file, beside a stand-in of the assistant. While 50
visitors write every three seconds, a message's way is timed from the visitor's request until the
inbox page shows it, and from the reply of staff until the visitor's stream has it: with one member
of staff on line, and with 20, each at a conversation, whose pages ask for what a browser's would.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.process
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import sqlalchemy as sa
import uvicorn

from clinic import load
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.storage import connections, tables
from frontdesk.visitors.api import MESSAGES_A_MINUTE
from tests.standins.assistant import StandInAssistant
from tests.standins.ports import free_ports

CONVERSATIONS = 50_000
MESSAGES_EACH = 6
TALKING = 50
STAFF = 20
EVERY_SECONDS = 3.0
LOOKS, UNCOUNTED = 60, 3
WAYS = 50
PAUSE_SECONDS = 60 / MESSAGES_A_MINUTE + 0.1
"""As often as one visitor may write."""
SECRET = PASSWORD = "only-for-this-benchmark"  # noqa: S105
WORDS = [
    "does",
    "it",
    "hurt",
    "neck",
    "jawline",
    "price",
    "how",
    "long",
    "results",
    "sun",
    "holiday",
    "retinol",
    "scar",
    "tattoo",
    "pregnant",
    "roaccutane",
    "freckles",
    "session",
    "numbing",
    "swelling",
    "redness",
    "aftercare",
    "work",
    "gym",
    "loose",
    "skin",
    "belly",
]


def fill(url: str) -> None:
    """50,000 conversations of six messages, over a month."""
    chance, now = random.Random(1), datetime.now(timezone.utc)
    engine = sa.create_engine(url.replace("+aiosqlite", ""))
    owners = ["bot"] * 90 + ["closed"] * 8 + ["callback", "staff"]
    for start in range(0, CONVERSATIONS, 5_000):
        conversations, messages = [], []
        for number in range(start, start + 5_000):
            at = now - timedelta(minutes=chance.randrange(43_200))
            key = f"c_{number:08}"
            conversations.append(
                {
                    "id": key,
                    "channel": chance.choice(["website", "website", "sms", "whatsapp"]),
                    "address": f"+44770090{number:06}",
                    "token_hash": f"{number:064}",
                    "owner": chance.choice(owners) if number % 5_000 > 20 else "waiting",
                    "owner_version": 1,
                    "last_seq": MESSAGES_EACH,
                    "read_seq": 0,
                    "waiting_since": at,
                    "created_at": at,
                    "updated_at": at,
                }
            )
            messages += [
                {
                    "conversation_id": key,
                    "seq": seq,
                    "author": "visitor" if seq % 2 else "assistant",
                    "text": " ".join(chance.choices(WORDS, k=12)),
                    "is_private": False,
                    "status": "answered",
                    "at": at,
                }
                for seq in range(1, MESSAGES_EACH + 1)
            ]
        with engine.begin() as connection:
            connection.execute(tables.conversations.insert(), conversations)
            connection.execute(tables.messages.insert(), messages)
    engine.dispose()


def serve(environment: dict[str, str]) -> None:
    """Be a front desk until killed; the clinic is always open."""
    settings = Settings.read(environment)
    monday_noon = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
    ahead = monday_noon - datetime.now(timezone.utc)
    app = create_app(
        settings,
        load(Path("clinic.yml")),
        lambda: datetime.now(timezone.utc) + ahead,
        StandInAssistant(SECRET).transport,
    )
    uvicorn.run(app, port=settings.port, ws="none", log_level="error")


def started(environment: dict[str, str]) -> multiprocessing.process.BaseProcess:
    """A front desk in a process of its own, so that the clients' work is not in its times."""
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(environment,), daemon=True
    )
    process.start()
    for _ in range(600):
        try:
            httpx.get(f"{Settings.read(environment).public_url}/health")
            return process
        except httpx.ConnectError:
            time.sleep(0.1)
    raise RuntimeError("the front desk did not start")


async def timed(count: int, look: Callable[[int], Awaitable[object]]) -> list[float]:
    """Milliseconds of each call, after some that do not count."""
    found = []
    for number in range(count + UNCOUNTED):
        began = time.perf_counter()
        await look(number)
        found.append((time.perf_counter() - began) * 1000)
    return found[UNCOUNTED:]


def an_address() -> dict[str, str]:
    """A header with an address of one's own: of one address the desk takes 240 messages a minute."""
    return {"X-Forwarded-For": f"10.{random.randrange(256)}.{random.randrange(256)}.1"}


class Visitor:
    """Somebody who writes, and reads the live stream."""

    def __init__(self, http: httpx.AsyncClient, body: dict[str, str]) -> None:
        self.id = body["conversation_id"]
        self.headers = {"Authorization": f"Bearer {body['token']}", **an_address()}
        self._http = http
        self.seen = asyncio.Event()
        self.wanted = ""

    async def write(self, text: str) -> None:
        body = {"id": f"{random.random()}", "text": text}
        (await self._http.post("/api/messages", json=body, headers=self.headers)).raise_for_status()

    async def read(self) -> None:
        async with self._http.stream("GET", "/api/events", headers=self.headers, timeout=None) as s:
            async for line in s.aiter_lines():
                if self.wanted and self.wanted in line:
                    self.seen.set()

    async def talk(self) -> None:
        await asyncio.sleep(random.random() * EVERY_SECONDS)
        while True:
            await self.write(" ".join(random.choices(WORDS, k=8)))
            await asyncio.sleep(EVERY_SECONDS)


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, pid: int) -> dict[str, list[float]]:
    """All times in milliseconds; of each list and search also the front desk's processor time."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as http:
        form = {"user_name": "reception", "password": PASSWORD}
        await http.post("/inbox/sign-in", data=form)
        page = (await http.get("/inbox/")).text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        chance = random.Random(2)

        async def search(number: int) -> None:
            words = " ".join(chance.sample(WORDS, 2)) if number % 2 else chance.choice(WORDS)
            form = {"csrf_token": token, "q": words}
            answer = await http.post("/inbox/search", data=form, follow_redirects=True)
            assert answer.status_code == 200 and "<mark>" in answer.text, words

        async def by_number(number: int) -> None:
            words = f"07700 90{chance.randrange(CONVERSATIONS):06}"
            form = {"csrf_token": token, "q": words}
            answer = await http.post("/inbox/search", data=form, follow_redirects=True)
            assert answer.text.count('id="row-') == 1, words

        times: dict[str, list[float]] = {}

        async def timed_with_processor(what: str, look: Callable[[int], Awaitable[object]]) -> None:
            before = processor_seconds(pid)
            times[what] = await timed(LOOKS, look)
            each = (processor_seconds(pid) - before) * 1000 / (LOOKS + UNCOUNTED)
            times[f"{what}, processor on average"] = [each]

        if "--ways" not in sys.argv[1:]:
            for view in ("waiting", "mine", "all", "callbacks", "closed"):
                path = f"/inbox/?view={view}"
                await timed_with_processor(f"list: {view}", lambda n, path=path: http.get(path))
            await timed_with_processor("search: words", search)
            await timed_with_processor("search: a number", by_number)
        if "--lists" in sys.argv[1:]:
            return times
        visitors = [
            Visitor(
                http,
                (await http.post("/api/conversations", json={}, headers=an_address())).json(),
            )
            for _ in range(TALKING + 1)
        ]
        work = [asyncio.create_task(one.read()) for one in visitors]
        work += [asyncio.create_task(one.talk()) for one in visitors[1:]]
        await asyncio.sleep(EVERY_SECONDS)
        times |= await ways(http, token, visitors[0], "1 on line")
        work += [
            asyncio.create_task(at_work(url, http.cookies, one.id))
            for one in visitors[1 : STAFF + 1]
        ]
        await asyncio.sleep(EVERY_SECONDS)
        times |= await ways(http, token, visitors[0], f"{STAFF} on line")
        for task in work:
            if task.done():  # all of them were to go on: a load that is none measures nothing
                task.result()
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return times


async def at_work(url: str, cookies: httpx.Cookies, conversation_id: str) -> None:
    """Somebody's browser at a conversation: what its page asks for when it is told that something is new."""
    page = f"/inbox/c/{conversation_id}"
    here = (page, f"{page}?part=facts", f"{page}/others", f"{page}/suggestions")
    parts = {"news": (f"/inbox/?open={conversation_id}",), "here": here, "looks": here[2:3]}
    told: set[str] = set()
    something = asyncio.Event()
    async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=60) as http:

        async def refresh() -> None:
            while True:
                await something.wait()
                something.clear()
                asked = [path for name in sorted(told) for path in parts[name]]
                told.clear()
                await asyncio.gather(
                    *[http.get(path, headers={"hx-request": "true"}) for path in asked]
                )

        refreshing = asyncio.create_task(refresh())
        try:
            events = f"/inbox/events?open={conversation_id}"
            async with http.stream("GET", events, timeout=None) as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("event: "):
                        told.add(line.removeprefix("event: "))
                        something.set()
        finally:
            refreshing.cancel()


async def ways(
    http: httpx.AsyncClient, token: str, visitor: Visitor, staff: str
) -> dict[str, list[float]]:
    """A visitor's words to the inbox, and words of staff to the visitor."""
    news = asyncio.Event()
    part = {"hx-request": "true"}

    async def listen() -> None:
        events = f"/inbox/events?open={visitor.id}"
        async with http.stream("GET", events, timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event: here"):
                    news.set()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(1)
    there, back = [], []
    for number in range(WAYS):
        words = f"question number {number} of the one who is timed, {staff}"
        began = time.perf_counter()
        await visitor.write(words)
        while True:
            await news.wait()
            news.clear()
            if words in (await http.get(f"/inbox/c/{visitor.id}", headers=part)).text:
                break
        there.append((time.perf_counter() - began) * 1000)
        visitor.wanted = f"answer number {number} of staff, {staff}"
        visitor.seen.clear()
        began = time.perf_counter()
        form = {"csrf_token": token, "key": f"{staff} {number}", "text": visitor.wanted}
        await http.post(f"/inbox/c/{visitor.id}/reply", data=form)
        await visitor.seen.wait()
        back.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_SECONDS)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return {f"visitor to inbox, {staff}": there, f"staff to visitor, {staff}": back}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "ASSISTANT_SECRET": SECRET,
            "STAFF_PASSWORD": PASSWORD,
            "FRONTDESK_PORT": str(free_ports(1)[0]),
            "DATABASE_URL": f"sqlite:///{folder}/desk.db",
        }
        settings = Settings.read(environment)
        connections.migrate(settings.database_url)
        fill(settings.database_url)
        desk = started(environment)
        with sa.create_engine(settings.database_url.replace("+aiosqlite", "")).begin() as database:
            database.execute(tables.one_time_passwords.delete())  # as if it had been changed
        times = asyncio.run(measure(settings.public_url, desk.pid or 0))
        desk.terminate()
        desk.join()
    print("| what | p50 ms | p95 ms |\n| --- | --- | --- |")
    for name, found in times.items():
        print(f"| {name} | {statistics.median(found):.0f} | {percentile_95(found):.0f} |")


def percentile_95(found: list[float]) -> float:
    """By nearest rank."""
    return sorted(found)[max(0, -(-len(found) * 95 // 100) - 1)]


if __name__ == "__main__":
    main()
