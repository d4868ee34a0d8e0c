"""Wherever the power fails, a turn with all that follows from it is there or not there; and then it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from clinic import Clinic
from frontdesk.answering.handover import Handover, TakenBySomebodyElse
from frontdesk.conversations.model import Conversation
from frontdesk.staff.members import Member
from frontdesk.storage.connections import migrate
from tests.frontdesk.answering.crash_points import Power, PowerCut, settings_in, switched_on
from tests.frontdesk.conftest import SECRET, FakeClock, FrontDesk, Visitor, pending, until
from tests.standins.assistant import StandInAssistant

Does = Callable[[FrontDesk, Visitor, str], Awaitable[bool]]


@dataclass(frozen=True)
class Payload:
    """What is done, and how much more of what is in the database once it is whole, by query.

    ``before`` is done first, with its words, and is there already when the power fails.
    """

    words: str
    follows: dict[str, int]
    does: Does
    answered: int = 1
    before: tuple[tuple[Does, str], ...] = ()


async def writes(front: FrontDesk, visitor: Visitor, words: str) -> bool:
    """The visitor writes. True when it was acknowledged."""
    return (await visitor.post(text=words)).status_code == 202


async def sends_the_form(front: FrontDesk, visitor: Visitor, words: str) -> bool:
    """The visitor sends the form "call me back"."""
    form = {"id": "form-1", "name": words, "contact": "020 7946 0999", "good_time": "after six"}
    path = "/api/callback"
    return (await front.http.post(path, json=form, headers=visitor.headers)).status_code == 202


async def is_replied_to(front: FrontDesk, visitor: Visitor, words: str) -> bool:
    """A member of staff replies, which takes the conversation."""
    conversation = await conversation_of(front, visitor)
    await front.desk.handover.reply(conversation, await front.member(), words, words)
    return True


def by_staff(act: Callable[[Handover, Conversation, Member, str], Awaitable[object]]) -> Does:
    """What a member of staff does with the conversation."""

    async def does(front: FrontDesk, visitor: Visitor, words: str) -> bool:
        conversation, member = await conversation_of(front, visitor), await front.member()
        with suppress(TakenBySomebodyElse):  # done before the power failed
            await act(front.desk.handover, conversation, member, words)
        return True

    return does


async def stops_waiting(front: FrontDesk, visitor: Visitor, _: str) -> bool:
    """The visitor would rather go on with the assistant."""
    answer = await front.http.delete("/api/waiting", headers=visitor.headers)
    return answer.status_code == 204


async def conversation_of(front: FrontDesk, visitor: Visitor) -> Conversation:
    found = await front.desk.conversations.get(visitor.id)
    assert found
    return found


EVERY = int(os.environ.get("CRASH_EVERY", "9"))
"""Every so many steps of a turn the power is cut; CRASH_EVERY=1 cuts at each (make storm)."""
REPORT = os.environ.get("CRASH_REPORT")
"""A file that gets a line for each point (make storm counts them)."""
ANSWERED = "select count(*) from messages where author = 'visitor' and status = 'answered'"
SAID = "select count(*) from messages where text = {!r}"
CHANGES = "select count(*) from owner_changes where after = '{}'"
OWNER = "select count(*) from conversations where owner = '{}'"
NOTICES = "select count(*) from notices where kind = '{}'"
LINE = "select count(*) from messages where author = 'system'"
WORDS = "select count(*) from messages where author = 'visitor'"
CALLS = "select count(*) from callbacks where name = 'Ana'"
SIGN = "select count(*) from conversations where sign = 'trouble breathing'"
TAKEN = {OWNER.format("staff"): 1, OWNER.format("waiting"): -1, CHANGES.format("staff"): 1, LINE: 1}
FEWEST = {False: 15, True: 12}
"""More steps than these are taken by what begins with nothing, and by what goes on from something."""
is_taken = by_staff(lambda desk, one, member, _: desk.take(one, member))
is_handed_back = by_staff(lambda desk, one, _, who: desk.hand_back(one, who, staff=who))
is_closed = by_staff(lambda desk, one, member, outcome: desk.close(one, member, outcome))
is_blocked = by_staff(lambda desk, one, member, _: desk.block(one, member))
is_assigned = by_staff(lambda desk, one, member, _: desk.assign(one, member, member))
WAITS, IS_STAFFS = ((writes, "human"),), ((is_replied_to, "Good morning."),)
PAYLOADS = {
    "an answer": Payload("hello", {SAID.format("echo: hello"): 1}, writes),
    "a hand-over": Payload(
        "human",
        {OWNER.format("waiting"): 1, CHANGES.format("waiting"): 1, LINE: 1}
        | {NOTICES.format("conversation.waiting"): 1},
        writes,
    ),
    "an emergency": Payload(
        "i cannot breathe",
        {OWNER.format("waiting"): 1, CHANGES.format("waiting"): 1, LINE: 1}
        | {SAID.format("Call 999."): 1, NOTICES.format("conversation.urgent"): 1}
        | {SIGN: 1},
        writes,
    ),
    "a callback": Payload(
        "call me",
        {SAID.format("Noted."): 1, "select count(*) from callbacks": 1}
        | {OWNER.format("callback"): 1, NOTICES.format("callback.asked"): 1},
        writes,
    ),
    "a shared result": Payload(
        "share",
        {
            SAID.format("Sent."): 1,
            "select count(*) from conversations where summary is not null and summary != 'null'": 1,
        },
        writes,
    ),
    "a staff reply": Payload(
        "Hello, I am a person.",
        {SAID.format("Hello, I am a person."): 1, LINE: 1}
        | {OWNER.format("staff"): 1, CHANGES.format("staff"): 1}
        | {"select count(*) from conversations where timer_kind = 'idle'": 1},
        is_replied_to,
        answered=0,
    ),
    "a form": Payload(
        "Ana",
        {CALLS: 1, LINE: 1} | {OWNER.format("callback"): 1, NOTICES.format("callback.asked"): 1},
        sends_the_form,
        answered=0,
    ),
    "an answer with sources": Payload("sources", {SAID.format("It can snap."): 1}, writes),
    "a question with buttons": Payload("choose", {SAID.format("Which?"): 1}, writes),
    "a take": Payload(
        "",
        TAKEN,
        is_taken,
        answered=0,
        before=WAITS,
    ),
    "a reply to who waits": Payload(
        "Hello, I am a person.",
        {SAID.format("Hello, I am a person."): 1, **TAKEN},
        is_replied_to,
        answered=0,
        before=WAITS,
    ),
    "no person after all": Payload(
        "",
        {OWNER.format("bot"): 1, OWNER.format("waiting"): -1, CHANGES.format("bot"): 1, LINE: 1},
        stops_waiting,
        answered=0,
        before=WAITS,
    ),
    "an emergency of who waits": Payload(
        "i cannot breathe",
        {SIGN: 1, SAID.format("This could be an emergency. Call 999."): 1}
        | {NOTICES.format("conversation.urgent"): 1},
        writes,
        answered=0,
        before=WAITS,
    ),
    "a form of who waits": Payload(
        "Ana",
        {CALLS: 1, LINE: 1, OWNER.format("callback"): 1, OWNER.format("waiting"): -1}
        | {NOTICES.format("callback.asked"): 1},
        sends_the_form,
        answered=0,
        before=WAITS,
    ),
    "words to a person": Payload(
        "hello",
        {WORDS: 1, "select count(*) from conversations where timer_kind = 'silent'": 1},
        writes,
        answered=0,
        before=IS_STAFFS,
    ),
    "an emergency told to a person": Payload(
        "i cannot breathe",
        {SIGN: 1, LINE: 1, NOTICES.format("conversation.urgent"): 1},
        writes,
        answered=0,
        before=IS_STAFFS,
    ),
    "a second reply": Payload(
        "One more thing.",
        {SAID.format("One more thing."): 1},
        is_replied_to,
        answered=0,
        before=IS_STAFFS,
    ),
    "a hand-back": Payload(
        "Reception",
        {OWNER.format("bot"): 1, OWNER.format("staff"): -1, CHANGES.format("bot"): 1, LINE: 1},
        is_handed_back,
        answered=0,
        before=IS_STAFFS,
    ),
    "a block": Payload(
        "",
        {OWNER.format("closed"): 1, OWNER.format("staff"): -1, LINE: 1}
        | {"select count(*) from conversations where blocked_at is not null": 1},
        is_blocked,
        answered=0,
        before=IS_STAFFS,
    ),
    "a form sent to a person": Payload(
        "Ana",
        {CALLS: 1, LINE: 1, NOTICES.format("callback.asked"): 1},
        sends_the_form,
        answered=0,
        before=IS_STAFFS,
    ),
    "an assignment": Payload(
        "",
        TAKEN,
        is_assigned,
        answered=0,
        before=WAITS,
    ),
    "a reply after the end": Payload(
        "One more thing.",
        {SAID.format("One more thing."): 1, OWNER.format("staff"): 1, OWNER.format("closed"): -1}
        | {LINE: 1},
        is_replied_to,
        answered=0,
        before=(*IS_STAFFS, (is_closed, "answered")),
    ),
    "an end": Payload(
        "answered",
        {OWNER.format("closed"): 1, OWNER.format("staff"): -1, LINE: 1},
        is_closed,
        answered=0,
        before=IS_STAFFS,
    ),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "desk.db"
    migrate(f"sqlite+aiosqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.execute("pragma journal_mode = delete")
    connection.close()
    return path


def found(folder: Path, payload: Payload) -> dict[str, int]:
    connection = sqlite3.connect(folder / "desk.db")
    try:
        return {
            query: connection.execute(query).fetchone()[0] for query in [ANSWERED, *payload.follows]
        }
    finally:
        connection.close()


@pytest.fixture(params=PAYLOADS)
def payload(request: pytest.FixtureRequest) -> Payload:
    return PAYLOADS[request.param]


@pytest.mark.slow
async def test_a_turn_is_whole_or_not_there_wherever_the_power_fails(
    tmp_path: Path, template: Path, clinic: Clinic, payload: Payload
) -> None:
    steps = await cut_at(None, tmp_path / "whole", template, clinic, payload)
    assert steps > FEWEST[bool(payload.before)], "the steps of the turn were not counted"
    for number in range(1, steps + 1, EVERY):
        await cut_at(number, tmp_path / str(number), template, clinic, payload)


def note(point: str) -> None:
    """Count a point for make storm."""
    if REPORT and point:
        with Path(REPORT).open("a", encoding="utf-8") as report:
            report.write(f"{point}\n")


async def cut_at(
    number: int | None, folder: Path, template: Path, clinic: Clinic, payload: Payload
) -> int:
    """Cut the power at a step, check, switch on again, check. Return the steps that were taken."""
    settings = settings_in(folder, template)
    assistant, clock, power = StandInAssistant(SECRET), FakeClock(), Power()
    acknowledged = False
    note(f"{payload.words} {number}" if number else "")

    async with switched_on(settings, clinic, assistant, clock, power) as front:
        visitor = await front.visitor()
        without = await at_rest(front, visitor, folder, payload)
        said = visitor.count
        more = {ANSWERED: payload.answered, **payload.follows}
        whole = {query: count + more[query] for query, count in without.items()}

        async def is_whole() -> bool:
            return found(folder, payload) == whole

        async def is_over() -> bool:
            return power.is_off or await is_whole()

        power.steps, power.fails_at = 0, number
        try:
            acknowledged = await payload.does(front, visitor, payload.words)
        except PowerCut:
            assert power.is_off
        await until(is_over)
        power.is_off = True
    at_the_cut = found(folder, payload)
    assert at_the_cut in (whole, without), (number, at_the_cut)
    async with switched_on(settings, clinic, assistant, clock, Power()) as front:
        again = Visitor(front, visitor.token, visitor.id, said)
        if not acknowledged:
            assert await payload.does(front, again, payload.words)
        await until(is_whole)
    return power.steps


async def at_rest(
    front: FrontDesk, visitor: Visitor, folder: Path, payload: Payload
) -> dict[str, int]:
    """Do what comes before; what there is of everything once nothing of it is under way."""
    for does, words in payload.before:
        assert await does(front, visitor, words)

    async def is_done() -> bool:
        is_served = not front.desk.is_answering(visitor.id)
        return is_served and not await pending(front, visitor.id)

    await until(is_done)
    return found(folder, payload)
