"""Rows 3 to 6: webhooks delivered again, late, forged and malformed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from benchmarks.storm.people import QUESTIONS, Phone, Visitor
from benchmarks.storm.report import Found, ms, percentile
from benchmarks.storm.site import Site, now
from tests.standins import twilio

AT_ONCE = 50
STALL_SECONDS = 0.25
PATIENCE_SECONDS = 600  # until all are answered: how many there are is what counts


async def work_through(
    work: Sequence[Callable[[], Awaitable[Any]]], at_once: int = AT_ONCE
) -> list[Any]:
    """Do all of ``work``, so much of it at once; the results in any order."""
    left, found = list(work), []

    async def take() -> None:
        while left:
            found.append(await left.pop()())

    await asyncio.gather(*[take() for _ in range(at_once)])
    return found


async def again(site: Site, ids: int, each: int) -> Found:
    """Row 3: every id delivered ``each`` times, shuffled; two of each phone, as who writes ten times at
    once, the same and right after our words, is taken for a machine and left alone.
    """
    phones = [Phone(site, f"+44770091{i:04d}") for i in range(max(1, ids // 2))]
    jobs, sids = [], [f"SM{uuid.uuid4().hex}" for _ in range(ids)]
    for number, sid in enumerate(sids):
        phone = phones[number % len(phones)]
        text = QUESTIONS[number // len(phones) % len(QUESTIONS)]
        jobs += [lambda phone=phone, sid=sid, text=text: _code(phone, text, sid)] * each
    random.Random(3).shuffle(jobs)
    before = site.count("select count(*) from messages where client_id like 'SM%'")
    codes = Counter(await work_through(jobs))
    await site.settled("webhooks", "answers", seconds=PATIENCE_SECONDS)
    turns, until = 0, now() + PATIENCE_SECONDS
    while turns < ids and now() < until:
        turns = site.count(
            "select count(*) from messages where author = 'visitor' and status = 'answered' and "
            f"client_id in ({','.join('?' * ids)})",
            *sids,
        )
        await asyncio.sleep(0.2)
    stored = site.count("select count(*) from messages where client_id like 'SM%'") - before
    measured = f"{len(jobs)} deliveries: {stored} stored, {turns} turns; answers {dict(codes)}"
    return Found(3, measured, stored == turns == ids and set(codes) == {200})


async def _code(phone: Phone, text: str, sid: str) -> int | str:
    """What a delivery is answered with."""
    try:
        return (await phone.post(text, sid)).status_code
    except httpx.HTTPError as error:
        return type(error).__name__


async def in_time(site: Site, many: int) -> Found:
    """Row 4: with the assistant and its actions stopped."""
    phone = Phone(site, "+447700920000")
    times: list[float] = []
    codes: Counter[int] = Counter()

    async def one(number: int) -> None:
        began = now()
        answer = await phone.post(QUESTIONS[0], f"SM{uuid.uuid4().hex}")
        times.append(now() - began)
        codes[answer.status_code] += 1

    with site.suspended("assistant", "actions"):
        tasks = []
        for number in range(many):
            tasks.append(asyncio.create_task(one(number)))
            await asyncio.sleep(0.04)
        await asyncio.gather(*tasks)
    measured = f"p50 {ms(times, 0.5)}, p99 {ms(times, 0.99)}, {many} at 25 a second; {dict(codes)}"
    return Found(4, measured, set(codes) == {200}, percentile(times, 0.99) <= 0.3)


async def forged(site: Site, many: int) -> Found:
    """Row 5: every way to sign wrongly."""
    phone = Phone(site, "+447700930000")
    rng = random.Random(5)
    codes: Counter[int] = Counter()

    async def one(number: int) -> None:
        form = phone.form("please help me with this", f"SM{uuid.uuid4().hex}")
        content, signature = _forgery(site, form, number % len(FORGERIES), rng)
        codes[(await phone.deliver(content, signature)).status_code] += 1

    await work_through([lambda number=number: one(number) for number in range(many)])
    mine = "select count(*) from conversations where address = ?"
    accepted = codes[200] + site.count(mine, phone.number)
    failed = sum(count for code, count in codes.items() if code >= 500)
    measured = (
        f"{accepted} accepted, {failed} of 5xx, of {many} in {len(FORGERIES)} ways: {dict(codes)}"
    )
    return Found(5, measured, accepted == failed == 0)


FORGERIES = (
    "no key",
    "wrong key",
    "another address",
    "a changed word",
    "an added field",
    "md5",
    "blake2b",
    "a word",
    "doubled field",
    "empty body",
)


def _forgery(site: Site, form: dict[str, str], way: int, rng: random.Random) -> tuple[bytes, str]:
    url = f"{site.stack.url}/channels/twilio"
    right = RequestValidator(twilio.TOKEN).compute_signature(url, form)
    changed = {**form, "Body": form["Body"] + str(rng.random())}
    content = urlencode(form).encode()
    wrong = RequestValidator(f"{rng.random()}").compute_signature(url, form)
    other = RequestValidator(twilio.TOKEN).compute_signature(f"{url}/x{rng.random()}", form)
    return (
        (content, ""),
        (content, wrong),
        (content, other),
        (urlencode(changed).encode(), right),
        (urlencode({**form, f"X{rng.random()}": "1"}).encode(), right),
        (content, hashlib.md5(content).hexdigest()),  # noqa: S324 (forged on purpose)
        (content, hashlib.blake2b(content).hexdigest()),
        (content, "nope=1"),
        (content + b"&Body=another", right),
        (b"", right),
    )[way]


async def malformed(site: Site, many: int) -> Found:
    """Row 6: what cannot be, at the visitors' doors and at the provider's; does anybody else wait?"""
    visitor = await Visitor(site).open()
    codes: Counter[int] = Counter()
    rng = random.Random(6)
    over = asyncio.Event()
    waited: list[float] = []

    async def bystander() -> None:
        async with httpx.AsyncClient(base_url=site.url, timeout=10) as http:
            while not over.is_set():
                began = now()
                await http.get("/health/live")
                waited.append(now() - began)
                await asyncio.sleep(0.02)

    async def one() -> None:
        path, content, headers = _nonsense(rng)
        try:
            answer = await visitor.http.post(path, content=content, headers=headers)
            codes[answer.status_code] += 1
        except httpx.HTTPError:
            codes[0] += 1

    watching = asyncio.create_task(bystander())
    await work_through([one] * many, at_once=16)
    over.set()
    await watching
    failed = sum(count for code, count in codes.items() if code >= 500 or code == 0)
    longest = percentile(waited, 1)
    measured = f"{failed} of 5xx of {many}: {dict(codes)}; a bystander waited at most {longest * 1000:.0f} ms"
    return Found(6, measured, failed == 0, longest <= STALL_SECONDS)


DOORS = (
    "/api/messages",
    "/api/messages",
    "/api/conversations",
    "/api/feedback",
    "/api/callback",
    "/channels/twilio",
)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, "", "\x00", "\ud800", "٣", [], {}, [[]], {"a": {}}, "x" * 3000,
    10**40, [None], {"seq": -1}, {"seq": "1", "id": []}, {"seq": 1, "ids": [1]},
)  # fmt: skip
KEYS = ("id", "text", "button", "seq", "helpful", "name", "contact", "good_time", "language", "")


def _nonsense(rng: random.Random) -> tuple[str, bytes, dict[str, str]]:
    path = rng.choice(DOORS)
    headers = {"content-type": "application/json"}
    kind = rng.randrange(8)
    if kind == 0:
        return path, bytes(rng.randrange(256) for _ in range(rng.randrange(200))), headers
    if kind == 1:
        return path, b"[" * rng.randrange(1, 30_000), headers
    if kind == 2:
        return (
            path,
            b'{"id":' + rng.choice((b"NaN", b"Infinity", b"-Infinity", b"1e999")) + b"}",
            headers,
        )
    if kind == 3:
        return path, json.dumps(rng.choice(ODD)).encode(), headers
    if kind == 4:
        return (
            path,
            b'{"text":"' + rng.choice((b"\xff", b"\\ud800", b"\\u0000")) + b'","id":"a"}',
            headers,
        )
    body = {rng.choice(KEYS): rng.choice(ODD) for _ in range(rng.randrange(5))}
    return path, json.dumps(body).encode(), headers


async def run(site: Site, share: float) -> list[Found]:
    """All four; ``share`` of the full numbers."""
    return [
        await again(site, max(20, int(1_000 * share)), 10),
        await in_time(site, max(60, int(500 * share))),
        await forged(site, max(200, int(10_000 * share))),
        await malformed(site, max(500, int(100_000 * share))),
    ]
