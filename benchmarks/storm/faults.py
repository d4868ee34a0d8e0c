"""Rows 20, 22 and 29: locked and full databases, actions and assistant that fail, erasure."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.storm.people import Phone, Visitor
from benchmarks.storm.report import Found
from benchmarks.storm.site import Site, now

PAUSE_SECONDS = 2.5
"""Between two tries of the same message: a visitor may send 30 a minute."""
SAID = {
    "a question": "does it hurt when you do it?",
    "a greeting": "hello there everybody",
    "a person": "i want to talk to a person",
    "an emergency": "my throat is closing up and i cannot breathe after my laser",
    "a call": "can you call me back please",
    "a pre-screen": "can i have the treatment done",
}
NONSENSE = {
    "500": (500, b'{"error":"boom"}'),
    "text": (200, b"certainly!"),
    "list": (200, b"[1,2]"),
    "wrong": (200, b'{"events":"x","responses":5}'),
}


class Between:
    """Stands between the assistant and its actions, and spoils what they answer."""

    def __init__(self, port: int, target: str) -> None:
        self.fault = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass_on(None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if outer.fault == "slow":
                    time.sleep(3)
                if outer.fault in NONSENSE:
                    self._answer(*NONSENSE[outer.fault])
                elif outer.fault == "cut":
                    self.close_connection = True
                else:
                    self._pass_on(body)

            def _pass_on(self, body: bytes | None) -> None:
                json_kind = {"content-type": "application/json"}
                asked = urllib.request.Request(target + self.path, body, json_kind)
                try:
                    with urllib.request.urlopen(asked, timeout=20) as answer:
                        self._answer(answer.status, answer.read())
                except urllib.error.HTTPError as error:
                    self._answer(error.code, error.read())
                except OSError:
                    self.close_connection = True

            def _answer(self, status: int, content: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    return

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


async def actions_fail(site: Site, between: Between) -> Found:
    """Row 22: each fault beside each kind of message: words with the phone in time, then the answer."""
    phone = site.stack.environment.get("CLINIC_PHONE", "7946 0123")
    late: list[str] = []
    slowest: dict[str, float] = {}
    turns = 0
    for fault in ("cut", "slow", *NONSENSE, "suspended", "assistant suspended", "assistant down"):
        limit = 3.0 if fault in ("cut", "assistant down") else 5.0
        visitors = {kind: await Visitor(site, timeout=20).open() for kind in SAID}
        _begin(site, between, fault)
        words = await asyncio.gather(
            *[_words(visitor, SAID[kind], phone) for kind, visitor in visitors.items()]
        )
        _end(site, between, fault)
        for kind, (seconds, seq) in zip(visitors, words, strict=True):
            turns += 1
            slowest[fault] = max(slowest.get(fault, 0), seconds)
            if seconds > limit:
                late.append(f"{fault}: {kind} {seconds:.1f} s")
            if await visitors[kind].answered(seq, 60) == float("inf"):
                late.append(f"{fault}: {kind} never answered")
    shown = ", ".join(f"{fault} {seconds:.1f} s" for fault, seconds in slowest.items())
    measured = f"{turns - len(late)} of {turns}; slowest words: {shown}"
    return Found(22, measured + ("; " + "; ".join(late[:6]) if late else ""), not late)


def _begin(site: Site, between: Between, fault: str) -> None:
    if fault == "suspended":
        site.hit("actions", signal.SIGSTOP)
    elif fault == "assistant suspended":
        site.hit("assistant", signal.SIGSTOP)
    elif fault == "assistant down":
        site.hit("assistant")
    else:
        between.fault = fault


def _end(site: Site, between: Between, fault: str) -> None:
    between.fault = ""
    for program in ("actions", "assistant"):
        site.hit(program, signal.SIGCONT)


async def _words(visitor: Visitor, text: str, phone: str) -> tuple[float, int]:
    """Seconds until words of ours with a next step are there, and the number of the message."""
    seq = await visitor.say(text)
    seconds, message = await visitor.first_words(seq, 12)
    return seconds, seq


async def locked(site: Site, seconds: float) -> tuple[str, bool]:
    """Row 20: another program has the file, the front desk's and then the assistant's."""
    told = []
    fine = True
    for which, file in (("front desk", site.database), ("assistant", site.tracker)):
        before, during = [await Visitor(site, timeout=40).open() for _ in range(2)]
        phone = Phone(site, f"+4477009500{len(which):02d}")
        await before.answered(await before.say("hello there everybody"))
        lock = sqlite3.connect(file, timeout=30, isolation_level=None)
        seq = await before.say("does it hurt when you do it?")
        lock.execute("BEGIN EXCLUSIVE")
        end = now() + seconds
        answers: Counter[int] = Counter()
        sid, key = f"SM{uuid.uuid4().hex}", uuid.uuid4().hex
        body = {"id": key, "text": "how many sessions will i need"}
        while now() < end:
            answers[(await during.http.post("/api/messages", json=body)).status_code] += 1
            answers[(await phone.post("how much does it cost altogether", sid)).status_code] += 1
            await asyncio.sleep(PAUSE_SECONDS)
        lock.execute("ROLLBACK")
        lock.close()
        after = now()
        last = await during.http.post("/api/messages", json=body)
        normal = await before.answered(seq, 30)
        settled = await during.answered(int(last.json()["seq"]), 30)
        normal = max(normal, settled, now() - after if settled < 30 else settled)
        bad = {code for code in answers if code >= 500 and code != 503}
        fine = fine and normal <= 10 and not bad
        told.append(
            f"{which}'s file locked {seconds:.0f} s: answers {dict(answers)}, "
            f"normal {normal:.1f} s after it"
        )
    return "; ".join(told), fine


async def full(site: Site, room: Path, seconds: float) -> tuple[str, bool]:
    """Row 20: no room is left where the files lie, and then there is again."""
    visitors = [await Visitor(site, timeout=40).open() for _ in range(4)]
    for visitor in visitors:
        await visitor.answered(await visitor.say("hello there everybody"))
    _fill(room / "ballast")
    codes: Counter[str] = Counter()
    acknowledged: list[tuple[Visitor, str]] = []
    end = now() + seconds
    number = 0
    while now() < end:
        number += 1
        for visitor in visitors:
            key = uuid.uuid4().hex
            text = f"number {number} does it hurt when you do it? " + "z" * 1500
            try:
                answer = await visitor.http.post("/api/messages", json={"id": key, "text": text})
                codes[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    acknowledged.append((visitor, key))
            except httpx.HTTPError as error:
                codes[type(error).__name__] += 1
        await asyncio.sleep(2)
    (room / "ballast").unlink()
    after = now()
    thanks = await visitors[0].say("how many sessions will i need")
    await visitors[0].answered(thanks, 40)
    await site.settled(seconds=40)
    normal = now() - after
    lost = 0
    for visitor, key in acknowledged:
        lost += all(message["client_id"] != key for message in await visitor.messages())
    whole = site.rows("pragma integrity_check")[0][0]
    bad = [code for code in codes if code.isdigit() and int(code) >= 500 and code != "503"]
    measured = (
        f"disk full {seconds:.0f} s: {dict(codes)}, {lost} of {len(acknowledged)} acknowledged lost, "
        f"file {whole}, normal {normal:.1f} s after it"
    )
    return measured, lost == 0 and whole == "ok" and not bad and normal <= 10


def _fill(ballast: Path) -> None:
    """Write until there is no room left."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


async def erased(site: Site, many: int) -> Found:
    """Row 29: nothing is left of somebody, here or in the tracker, also in the middle of a turn."""
    visitors = [await Visitor(site).open() for _ in range(many)]
    for visitor in visitors:
        await visitor.say("does it hurt when you do it?")
    for visitor in visitors:
        await visitor.http.delete("/api/conversation")
    began = now()
    left = many
    while left and now() - began < 60:
        left = sum(_rows_of(site, visitor.id) for visitor in visitors)
        await asyncio.sleep(0.2)
    await asyncio.sleep(3)  # nothing comes back
    left = sum(_rows_of(site, visitor.id) for visitor in visitors)
    return Found(
        29,
        f"{left} rows left of {many} erased in mid-turn; gone {now() - began - 3:.1f} s later",
        not left,
    )


def _rows_of(site: Site, conversation: str) -> int:
    found = 0
    for file, column in ((site.database, "conversation_id"), (site.tracker, "sender_id")):
        for (name,) in site.rows("select name from sqlite_master where type = 'table'", file=file):
            columns = [row[1] for row in site.rows(f"pragma table_info({name})", file=file)]
            key = column if column in columns else "conversation_id"
            if name not in ("audit", "erasures") and key in columns:
                query = f"select count(*) from {name} where {key} = ?"
                found += int(site.rows(query, conversation, file=file)[0][0])
    return found


def may_mount() -> bool:
    """May this user make a small file system?"""
    return os.geteuid() == 0


def small_room(folder: Path, megabytes: int = 96) -> bool:
    """Make a small file system in a folder. False where that is not allowed."""
    size = f"size={megabytes}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False
    )
    return done.returncode == 0


def let_go(folder: Path) -> None:
    """Undo ``small_room``."""
    subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def said_of(answer: httpx.Response) -> str:
    """The words of an error."""
    return str(json.loads(answer.text)["error"]["message"])
