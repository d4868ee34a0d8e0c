"""Rows 1 and 2: processes die at random moments while visitors and phones write, and ask for people."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from benchmarks.storm.people import QUESTIONS, Phone, Visitor
from benchmarks.storm.report import Found, ms, percentile
from benchmarks.storm.site import Site, now

PROGRAMS = ("frontdesk",) * 3 + ("actions",) * 5 + ("assistant",) * 2
A_PERSON = "can i talk to a person please"
QUIET_SECONDS, PATIENCE_SECONDS = 100, 600
"""Until everything is answered: to hold, and how long is waited to see whether it is at all."""


async def run(site: Site, kills: int, visitors: int, phones: int, seed: int = 1) -> list[Found]:
    """So many kills beside so many people who write; what is lost, doubled, forgotten."""
    rng = random.Random(seed)
    people = [await Visitor(site).open() for _ in range(visitors)]
    numbers = [Phone(site, f"+44770090{i:04d}") for i in range(phones)]
    stop = asyncio.Event()
    reading = [asyncio.create_task(one.follow()) for one in people]
    asked: list[Visitor] = []
    writing = [asyncio.create_task(_talk(one, rng.random(), stop)) for one in people]
    writing += [asyncio.create_task(_text(one, rng.random(), stop)) for one in numbers]
    writing += [asyncio.create_task(_ask_for_people(site, asked, stop)) for _ in range(2)]
    done, back = await _kill(site, kills, rng)
    stop.set()
    await asyncio.gather(*writing)
    quiet = await site.settled(seconds=PATIENCE_SECONDS)
    await asyncio.sleep(2)
    for task in reading:
        task.cancel()
    return await _judge(site, people, numbers, asked, done, back, quiet)


async def _talk(visitor: Visitor, seed: float, stop: asyncio.Event) -> None:
    rng = random.Random(seed)
    while not stop.is_set():
        await visitor.say(rng.choice(QUESTIONS))
        await _pause(stop, rng.uniform(1.6, 3.2))


async def _text(phone: Phone, seed: float, stop: asyncio.Event) -> None:
    rng = random.Random(seed)
    while not stop.is_set():
        await phone.say(rng.choice(QUESTIONS))
        await _pause(stop, rng.uniform(1, 4))


async def _ask_for_people(site: Site, asked: list[Visitor], stop: asyncio.Event) -> None:
    """Each time somebody new, so that each hand-over is one of its own."""
    while not stop.is_set():
        visitor = await Visitor(site).open()
        await visitor.say(A_PERSON)
        asked.append(visitor)
        await _pause(stop, 1.0)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except asyncio.TimeoutError:
        return


async def _kill(site: Site, kills: int, rng: random.Random) -> tuple[Counter[str], list[float]]:
    """Kill; note after how many seconds the front desk answered again."""
    done: Counter[str] = Counter()
    back: list[float] = []
    while sum(done.values()) < kills:
        await asyncio.sleep(rng.uniform(0.1, 1.2))
        program = rng.choice(PROGRAMS)
        if site.hit(program):
            done[program] += 1
            if program == "frontdesk":
                back.append(await _seconds_until_back(site))
    return done, back


async def _seconds_until_back(site: Site) -> float:
    began = now()
    probe = Visitor(site, timeout=2)
    while now() - began < 30:
        try:
            if (await probe.http.get("/health/live")).status_code == 200:
                break
        except Exception:  # noqa: BLE001, S110 (it is down)
            pass
        await asyncio.sleep(0.05)
    await probe.http.aclose()
    return now() - began


async def _judge(
    site: Site,
    people: list[Visitor],
    numbers: list[Phone],
    asked: list[Visitor],
    done: Counter[str],
    back: list[float],
    quiet: float,
) -> list[Found]:
    lost = doubled = late = 0
    for visitor in [*people, *asked]:
        stored = await visitor.messages()
        ids = Counter(m["client_id"] for m in stored if m["author"] == "visitor")
        lost += sum(1 for key in visitor.acknowledged if not ids[key])
        doubled += sum(1 for key in ids if ids[key] > 1)
        seqs = [message["seq"] for message in visitor.seen]
        doubled += seqs != sorted(set(seqs))
        lost += bool(seqs) and set(seqs) != {message["seq"] for message in stored}
        late += sum(m["author"] == "visitor" and m["status"] == "pending" for m in stored)
    for phone in numbers:
        query = (
            "select m.client_id from messages m join conversations c on c.id = m.conversation_id"
        )
        found = site.rows(f"{query} where c.address = ? and m.author = 'visitor'", phone.number)
        ids = Counter(row[0] for row in found)
        lost += sum(1 for sid in phone.acknowledged if not ids[sid])
        doubled += sum(1 for sid in ids if ids[sid] > 1)
    doubled += _turns_doubled(site)
    forgotten = sum([await one.owner() != "waiting" for one in asked])
    told = len(
        site.rows(
            "select conversation_id from messages where author = 'system' and client_id is null"
            " group by conversation_id having count(*) > 1"
        )
    )
    acknowledged = sum(len(one.acknowledged) for one in [*people, *asked, *numbers])
    kills = sum(done.values())
    unclear = site.count("select count(*) from messages where status = 'unclear'")
    return [
        Found(
            1,
            f"{lost} lost of {acknowledged} in {kills} kills ({dict(done)}); front desk back after "
            f"p50 {ms(back, 0.5)}, p95 {ms(back, 0.95)}; everything answered {quiet:.0f} s after "
            f"the last kill, {late} still waiting; {unclear} texts shown as unclear",
            lost == 0 and late == 0,
            in_time=quiet <= QUIET_SECONDS,
        ),
        Found(
            2,
            f"{doubled} doubled; of {len(asked)} who asked for a person {forgotten} forgotten, "
            f"{told} told twice; {site.tracebacks()} tracebacks; longest "
            f"{percentile(back, 1):.1f} s without a front desk",
            doubled == 0 and forgotten == 0 and told == 0 and not site.tracebacks(),
        ),
    ]


def _turns_doubled(site: Site) -> int:
    """Messages that were answered by two turns of the assistant."""
    query = "select count(*) from assistant_turns group by conversation_id, message_id"
    return sum(1 for (count,) in site.rows(query, file=site.tracker) if count > 1)
