"""Who has the conversation, who speaks, and what a visitor hears at once: each row of heard.py's table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from frontdesk.conversations.model import Conversation, Incoming
from tests.frontdesk.conftest import MONDAY_NIGHT, FrontDesk, Visitor, until

SIGN = "i cannot breathe"
TOLD = "I can't breathe and my throat is closing"
PHONE, EMERGENCY = "+44 20 7946 0123", "999"
SIBLINGS = (
    "i want a person",
    "is anyone there?",
    "call me",
    "hello??",
    "and what does it cost?",
    "???",
    "x" * 2_000,
)

State = Callable[[FrontDesk], Awaitable[Visitor]]


async def found(visitor: Visitor) -> Conversation:
    conversation = await visitor.front.desk.conversations.get(visitor.id)
    assert conversation
    return conversation


async def after(front: FrontDesk, words: str, owner: str) -> Visitor:
    visitor = await front.visitor()
    await visitor.say(words)

    async def is_there() -> bool:
        return await visitor.owner() == owner

    await until(is_there)
    return visitor


async def waits(front: FrontDesk) -> Visitor:
    return await after(front, "human please", "waiting")


async def waits_urgently(front: FrontDesk) -> Visitor:
    return await after(front, SIGN, "waiting")


async def waits_at_night(front: FrontDesk) -> Visitor:
    front.clock.now = MONDAY_NIGHT
    return await waits(front)


async def waits_urgently_at_night(front: FrontDesk) -> Visitor:
    front.clock.now = MONDAY_NIGHT
    return await waits_urgently(front)


async def waits_for_nobody_on_duty(front: FrontDesk) -> Visitor:
    await front.staff.set_on_duty((await front.member()).id, False)
    return await waits(front)


async def is_missed(front: FrontDesk) -> Visitor:
    visitor = await waits(front)
    for _ in range(2):
        front.clock.forward(minutes=10)
        await front.app.state.rooms.answering.timers.run()
    assert (await found(visitor)).missed_at
    front.clock.forward(minutes=1)  # that line is not in sight any more
    return visitor


async def is_with_staff(front: FrontDesk) -> Visitor:
    visitor = await waits(front)
    await front.desk.handover.take(await found(visitor), await front.member())
    return visitor


async def is_put_off(front: FrontDesk) -> Visitor:
    visitor = await is_with_staff(front)
    front.clock.forward(minutes=1)
    later = front.clock().replace(hour=20)
    snooze = front.app.state.rooms.answering.snooze
    await snooze.until(await found(visitor), await front.member(), later)
    return visitor


async def is_put_off_at_night(front: FrontDesk) -> Visitor:
    visitor = await is_put_off(front)
    front.clock.now = MONDAY_NIGHT.replace(hour=19)
    return visitor


async def was_put_off_and_left(front: FrontDesk) -> Visitor:
    visitor = await waits(front)
    member = await front.member()
    await front.desk.handover.reply(await found(visitor), member, "We will see.", "staff_1")
    snooze = front.app.state.rooms.answering.snooze
    await snooze.until(await found(visitor), member, front.clock())
    await front.app.state.rooms.answering.timers.run()
    assert (await found(visitor)).timer_kind is None
    return visitor


@pytest.fixture(scope="module")
def told_at_night() -> list[dict[str, Any]]:
    """What the trained assistant says to an emergency while nobody is there, as its channel gives it."""
    from benchmarks.in_process import Conversation as Dialogue
    from scripts.train import MODEL

    said = Dialogue(str(MODEL)).say(TOLD, "somebody", staff_available=False)
    words: list[dict[str, Any]] = [{"text": one, "payload": None} for one in said.texts]
    words += [{"text": "", "payload": one} for one in said.custom]
    return [{**one, "buttons": [], "answer": None} for one in words]


async def heard(visitor: Visitor, text: str) -> list[dict[str, Any]]:
    """What is said to somebody who has just written, before any other process has done anything."""
    answer = await visitor.post(text=text)
    assert answer.status_code == 202
    said = await visitor.messages(after=answer.json()["seq"])
    return [one for one in said if one["author"] != "visitor"]


WE_SPEAK: list[tuple[State, str, bool]] = [
    (waits, "with our staff", False),
    (waits_urgently, "know that it is urgent", False),
    (waits_at_night, "we open again tomorrow at 09:00. What you wrote is on their list", True),
    (waits_urgently_at_night, "tomorrow at 09:00. Please do not wait here", True),
    (waits_for_nobody_on_duty, "here in the chat just now. What you wrote", True),
    (is_missed, "stays on our staff's list", True),
    (is_put_off, "with our staff", False),
    (is_put_off_at_night, "we open again tomorrow at 09:00. What you wrote is", False),
    (was_put_off_and_left, "with our staff", False),
]


@pytest.mark.parametrize(("state", "part", "may_be_called"), WE_SPEAK)
async def test_who_writes_while_nobody_looks_hears_how_it_goes_on(
    front: FrontDesk, state: State, part: str, may_be_called: bool
) -> None:
    visitor = await state(front)
    front.assistant.gate.clear()  # the assistant is not asked
    said = await heard(visitor, "i want a person")
    assert len(said) == 1 and said[0]["author"] == "system"
    assert part in str(said[0]["text"]) and PHONE in str(said[0]["text"])
    assert EMERGENCY in str(said[0]["text"])
    assert [one["id"] for one in said[0]["buttons"]] == ["call_me_back"] * may_be_called
    front.assistant.gate.set()


@pytest.mark.parametrize("text", SIBLINGS)
@pytest.mark.parametrize("state", [waits, waits_urgently_at_night])
async def test_whatever_is_written_gets_words(front: FrontDesk, state: State, text: str) -> None:
    visitor = await state(front)
    for _ in range(2):
        assert len(await heard(visitor, text)) == 1
        front.clock.forward(minutes=1)


@pytest.mark.parametrize(("state", "lines"), [(waits, 0), (waits_urgently_at_night, 1)])
async def test_who_writes_on_at_once_is_not_told_the_same_again_unless_there_is_danger(
    front: FrontDesk, state: State, lines: int
) -> None:
    visitor = await state(front)
    assert len(await heard(visitor, "my name is Ann")) == 1
    front.clock.forward(seconds=40)
    assert len(await heard(visitor, "and I wanted to ask about my neck")) == lines


@pytest.mark.parametrize("owner", ["bot", "callback", "closed"])
async def test_the_assistant_answers_where_it_has_the_conversation(
    front: FrontDesk, owner: str
) -> None:
    first = ("call me back", "callback") if owner == "callback" else ("hi", "bot")
    visitor = await after(front, *first)
    if owner == "closed":
        member = await front.member()
        taken = await front.desk.handover.take(await found(visitor), member)
        await front.desk.handover.close(taken, member, "answered")
    before = len(await visitor.words("system"))
    await visitor.say("hello??")
    assert (await visitor.words("assistant"))[-1] == "echo: hello??"
    assert len(await visitor.words("system")) == before


async def test_nobody_talks_over_the_person_who_has_it(front: FrontDesk) -> None:
    visitor, member = await is_with_staff(front), await front.member()
    assert await heard(visitor, "hello??") == []
    await front.desk.handover.reply(await found(visitor), member, "Hi!", "staff_1")
    assert await heard(visitor, "hello??") == []
    front.clock.forward(minutes=15)  # who has it says nothing
    await front.app.state.rooms.answering.timers.run()
    assert "will answer here" in (await visitor.words("system"))[-1]


async def test_who_is_blocked_is_not_answered_but_told_of_danger(front: FrontDesk) -> None:
    visitor, member = await is_with_staff(front), await front.member()
    await front.desk.handover.block(await found(visitor), member)
    assert await heard(visitor, "hello??") == []
    await visitor.post(text=SIGN)

    async def told() -> bool:
        return "This could be an emergency. Call 999." in await visitor.words("system")

    await until(told)


async def test_a_message_that_is_handed_in_again_gets_no_second_line(front: FrontDesk) -> None:
    visitor = await waits(front)
    before = len(await visitor.words("system"))
    for _ in range(2):
        await front.desk.receive(await found(visitor), Incoming("hello?", "again"))
    assert len(await visitor.words("system")) == before + 1


async def test_what_another_machine_wrote_gets_none(front: FrontDesk) -> None:
    visitor = await waits(front)
    before = await visitor.words("system")
    machine = Incoming("I am out of office.", "m1", needs_turn=False, gets_words=False)
    await front.desk.receive(await found(visitor), machine)
    assert await visitor.words("system") == before


async def test_danger_is_told_after_the_line_so_that_it_is_read_last(front: FrontDesk) -> None:
    visitor = await waits(front)
    assert len(await heard(visitor, SIGN)) == 1

    async def told() -> bool:
        return (await visitor.words("system"))[-1] == "This could be an emergency. Call 999."

    await until(told)
    (again,) = await heard(visitor, SIGN)  # the same sign again is counted, and met with words
    assert "do not wait here" in str(again["text"])


async def test_the_line_is_in_the_visitors_language(front: FrontDesk) -> None:
    visitor = await waits_at_night(front)
    heard_by = front.desk._heard
    heard_by._clinic = replace(heard_by._clinic, spoken=("en", "es"))
    await front.desk.conversations.update(visitor.id, language="es")
    (said,) = await heard(visitor, "¿hay alguien?")
    assert "abrimos otra vez mañana" in str(said["text"])


@pytest.mark.parametrize("begins", ["by day", "at night"])
async def test_the_button_of_such_a_line_leads_to_a_callback_and_nobody_is_forgotten(
    front: FrontDesk, begins: str
) -> None:
    """Whoever does not tell their number after all is still on the list of those who were missed."""
    visitor = await (waits_urgently if begins == "by day" else waits_urgently_at_night)(front)
    front.clock.now = MONDAY_NIGHT
    await heard(visitor, "hello??")
    seq = (await visitor.messages())[-1]["seq"]
    assert (await visitor.post(button={"seq": seq, "id": "call_me_back"})).status_code == 202
    assert (await found(visitor)).missed_at

    async def asked() -> bool:
        return bool(front.assistant.turns[-1]["text"] == "Call me back")

    await until(asked)


@pytest.mark.slow
async def test_after_a_real_emergency_told_at_night_nobody_meets_silence(
    front: FrontDesk, told_at_night: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front.assistant, "_reply", lambda text: told_at_night)
    front.clock.now = MONDAY_NIGHT
    visitor = await after(front, TOLD, "waiting")
    assert EMERGENCY in " ".join(await visitor.words("assistant"))
    for text in SIBLINGS:
        (said,) = await heard(visitor, text)
        assert "Please do not wait here" in str(said["text"]) and PHONE in str(said["text"])
