"""Rows 7, 8, 9, 18: many visitors, five messages at once, one who floods."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

from benchmarks.storm.people import QUESTIONS, Visitor
from benchmarks.storm.report import Found, ms, percentile
from benchmarks.storm.site import PROGRAMS, Site, now

WRITES_EVERY = (7.0, 9.0)
GROWTH = 1.05


async def run(site: Site, connected: int, talking: int, seconds: float, rounds: int) -> list[Found]:
    """Alone, then among many, then beside somebody who floods."""
    alone_visitor = await _listening(site)
    await alone_visitor.first_reply("hello")
    alone = await _replies(alone_visitor, rounds, 2.05)
    found = [await five_at_once(site, min(20, rounds))]
    crowd = [await _listening(site) for _ in range(connected)]
    await asyncio.sleep(2)
    found += await _crowded(site, crowd, talking, seconds, alone)
    for visitor in crowd:
        visitor.reading.cancel()  # type: ignore[attr-defined]
        await visitor.http.aclose()
    found.append(await flood(site, rounds))
    return found


async def _listening(site: Site) -> Visitor:
    visitor = await Visitor(site, timeout=30).open()
    visitor.reading = asyncio.create_task(visitor.follow())  # type: ignore[attr-defined]
    return visitor


async def _replies(visitor: Visitor, many: int, pause: float) -> list[float]:
    times = []
    for number in range(many):
        times.append(await visitor.first_reply(QUESTIONS[number % len(QUESTIONS)]))
        await asyncio.sleep(pause)
    return times


async def five_at_once(site: Site, visitors: int) -> Found:
    """Row 9: five messages within one second, all answered, in order."""
    right = 0
    for _ in range(visitors):
        visitor = await Visitor(site).open()
        seqs = [await visitor.say(text) for text in QUESTIONS[:5]]
        await visitor.answered(seqs[-1], 30)
        replies = [m for m in await visitor.messages(1) if m["author"] == "assistant"]
        topics = [(m["answer"] or {}).get("topic") or m["text"] for m in replies]
        right += topics == await _one_by_one(site)
    return Found(9, f"{right} of {visitors} visitors", right == visitors)


_expected: list[str] = []


async def _one_by_one(site: Site) -> list[str]:
    """What the same five questions are answered with when each waits for its answer."""
    if not _expected:
        visitor = await Visitor(site).open()
        for text in QUESTIONS[:5]:
            await visitor.answered(await visitor.say(text), 30)
        replies = [m for m in await visitor.messages(1) if m["author"] == "assistant"]
        _expected.extend((m["answer"] or {}).get("topic") or m["text"] for m in replies)
    return _expected


async def _crowded(
    site: Site, crowd: list[Visitor], talking: int, seconds: float, alone: list[float]
) -> list[Found]:
    times: list[float] = []
    errors: Counter[str] = Counter()
    end = now() + seconds

    async def talk(visitor: Visitor, seed: int) -> None:
        rng = random.Random(seed)
        await asyncio.sleep(rng.uniform(0, 8))
        while now() < end:
            try:
                times.append(await visitor.first_reply(rng.choice(QUESTIONS)))
            except Exception as error:  # noqa: BLE001 (every kind is counted)
                errors[type(error).__name__] += 1
            await asyncio.sleep(rng.uniform(*WRITES_EVERY))

    began, mine = now(), time.process_time()
    cpu = {program: site.cpu(program) for program in PROGRAMS}
    memory: list[float] = []

    async def watch() -> None:
        await asyncio.sleep(seconds / 4)
        while now() < end:
            memory.append(sum(site.memory(program) for program in PROGRAMS))
            await asyncio.sleep(2)

    await asyncio.gather(watch(), *[talk(one, i) for i, one in enumerate(crowd[:talking])])
    took = now() - began
    shares = {p: f"{(site.cpu(p) - cpu[p]) / took:.0%}" for p in PROGRAMS}
    shares["client"] = f"{(time.process_time() - mine) / took:.0%}"
    holes = sum(len({m["seq"] for m in v.seen}) != len(v.seen) for v in crowd)
    grown = memory[-1] / memory[0] if memory else 1.0
    calm = not errors and not holes and float("inf") not in times
    held = (
        f"{len(crowd)} connected, {talking} talking, {took:.0f} s: {len(times)} messages, "
        f"{sum(errors.values())} errors, {holes} streams with holes; memory {grown - 1:+.1%} after "
        f"the first quarter; cores used {shares}"
    )
    fast = percentile(times, 0.95) <= 0.5 and percentile(alone, 0.95) <= 0.06
    return [
        Found(7, held, calm and grown <= GROWTH and len(crowd) >= 1_000 and seconds >= 600),
        Found(
            8,
            f"p50 {ms(times, 0.5)}, p95 {ms(times, 0.95)}; alone p50 {ms(alone, 0.5)}, "
            f"p95 {ms(alone, 0.95)}",
            fast,
        ),
    ]


async def flood(site: Site, rounds: int) -> Found:
    """Row 18: one visitor, in thirty conversations; how long do the others wait?"""
    neighbours = [await _listening(site) for _ in range(4)]

    async def measured() -> list[float]:
        async def one(visitor: Visitor) -> list[float]:
            return await _replies(visitor, rounds, 2.05)

        return [t for times in await asyncio.gather(*map(one, neighbours)) for t in times]

    before = await measured()
    floods = [Visitor(site, at="10.99.99.99") for _ in range(30)]
    opened = [await visitor.open() for visitor in floods]
    codes: Counter[int] = Counter()
    over = asyncio.Event()

    async def pour(visitor: Visitor) -> None:
        while not over.is_set():
            answer = await visitor.post(text="does it hurt when you do it?")
            codes[answer.status_code] += 1
            await asyncio.sleep(1)

    pouring = [asyncio.create_task(pour(visitor)) for visitor in opened]
    during = await measured()
    over.set()
    await asyncio.gather(*pouring)
    for visitor in neighbours:
        visitor.reading.cancel()  # type: ignore[attr-defined]
    rise = percentile(during, 0.95) / percentile(before, 0.95) - 1
    return Found(
        18,
        f"{sum(codes.values())} messages in 30 conversations from one address: {dict(codes)}; the "
        f"others' p95 {ms(before, 0.95)} before, {ms(during, 0.95)} meanwhile ({rise:+.0%})",
        codes[429] > 0 and rise <= 0.2,
    )
