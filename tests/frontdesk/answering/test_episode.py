"""Danger belongs to what is happening now: a fresh sign is weakened by nothing, an old one is told to nobody."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from prometheus_client import REGISTRY

from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.conversations.model import Author, Conversation, Draft, Incoming, Turn
from tests.frontdesk.conftest import MONDAY_NIGHT, FrontDesk, Visitor, until

SIGN, UPSET = "i cannot breathe", "i am so upset"
ADVICE = "advice above"


async def found(visitor: Visitor) -> Conversation:
    conversation = await visitor.front.desk.conversations.get(visitor.id)
    assert conversation
    return conversation


async def now_is(visitor: Visitor, owner: str) -> None:
    async def is_there() -> bool:
        return await visitor.owner() == owner

    await until(is_there)


async def in_danger(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say(SIGN)
    await now_is(visitor, "waiting")
    assert (await found(visitor)).sign == "trouble breathing"
    return visitor


async def heard(visitor: Visitor, text: str) -> str:
    answer = await visitor.post(text=text)
    said = await visitor.messages(after=answer.json()["seq"])
    return " ".join(one["text"] for one in said)


async def call_me_back(visitor: Visitor) -> None:
    """Press the button of the newest line that has it."""
    offered = [one for one in await visitor.messages() if one["buttons"]]
    button = {"seq": offered[-1]["seq"], "id": "call_me_back"}
    assert (await visitor.post(button=button)).status_code == 202
    await until(visitor._settled)


async def closed(visitor: Visitor) -> None:
    handover, member = visitor.front.desk.handover, await visitor.front.member()
    await handover.close(await handover.take(await found(visitor), member), member, "answered")


async def handed_back(visitor: Visitor) -> None:
    handover, member = visitor.front.desk.handover, await visitor.front.member()
    await handover.hand_back(await handover.take(await found(visitor), member), "R", staff="R")


@pytest.mark.parametrize("end", [closed, handed_back])
async def test_after_a_person_has_dealt_with_it_the_next_wish_is_no_emergency(
    front: FrontDesk, end: Any
) -> None:
    visitor = await in_danger(front)
    await end(visitor)
    assert ((await found(visitor)).sign, (await found(visitor)).urgency) == (None, None)
    front.clock.forward(hours=1)
    await visitor.say(UPSET)
    await now_is(visitor, "waiting")
    now = await found(visitor)
    assert (now.sign, now.reason, now.urgency) == (None, "distress", "soon")
    assert ADVICE not in (await visitor.words("system"))[-1]
    assert ADVICE not in await heard(visitor, "hello??")


async def test_weeks_later_nobody_is_sent_to_an_advice_of_then(front: FrontDesk) -> None:
    """Nobody came, the visitor would rather be called, and never said on which number."""
    front.clock.now = MONDAY_NIGHT
    visitor = await in_danger(front)
    await call_me_back(visitor)
    front.clock.forward(days=21)
    await visitor.say(UPSET)
    await now_is(visitor, "waiting")
    now = await found(visitor)
    assert (now.sign, now.urgency) == (None, "soon")
    assert ADVICE not in await heard(visitor, "hello??")


async def test_who_still_waits_weeks_later_hears_how_it_goes_on_and_staff_see_the_sign(
    front: FrontDesk,
) -> None:
    front.clock.now = MONDAY_NIGHT
    visitor = await in_danger(front)
    assert ADVICE in await heard(visitor, "hello??")
    front.clock.forward(hours=23)
    assert ADVICE in await heard(visitor, "hello??")
    front.clock.forward(days=14)
    said = await heard(visitor, "hello??")
    assert ADVICE not in said and "999" in said
    assert (await found(visitor)).sign == "trouble breathing"


async def test_a_fresh_danger_is_as_urgent_after_a_wish_to_be_called(front: FrontDesk) -> None:
    front.clock.now = MONDAY_NIGHT
    visitor = await in_danger(front)
    await call_me_back(visitor)
    front.clock.forward(minutes=5)
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    now = await found(visitor)
    assert (now.sign, now.reason, now.urgency) == ("trouble breathing", "urgent", "urgent")
    assert ADVICE in (await visitor.words("system"))[-1]
    assert ADVICE in await heard(visitor, "hello??")


async def test_who_stops_waiting_in_danger_is_not_forgotten(front: FrontDesk) -> None:
    visitor = await in_danger(front)
    await front.http.delete("/api/waiting", headers=visitor.headers)
    assert await visitor.owner() == "bot" and (await found(visitor)).missed_at
    other = await front.visitor()
    await other.say("human please")
    await now_is(other, "waiting")
    await front.http.delete("/api/waiting", headers=other.headers)
    assert (await found(other)).missed_at is None


async def test_what_was_urgent_weeks_ago_makes_nothing_new_more_urgent(front: FrontDesk) -> None:
    visitor = await front.visitor()
    old = {"sign": "trouble breathing", "sign_at": front.clock(), "urgency": "urgent"}
    await front.desk.conversations.update(visitor.id, **old)
    front.clock.forward(days=21)
    told = {"type": "urgent", "level": "U2", "sign": "rash", "sign_words": "a rash"}
    asks = {"type": "handoff", "reason": "urgent", "urgency": "soon"}
    said = tuple(Draft(Author.ASSISTANT, "", payload=one) for one in (told, asks))
    async with front.desk.conversations.transaction():
        await front.desk.handover.apply(await found(visitor), Turn({}, said))
    now = await found(visitor)
    assert (now.sign, now.urgency, now.owner.value) == ("a rash", "soon", "waiting")


async def test_who_fell_silent_and_comes_back_within_the_day_is_still_in_danger(
    front: FrontDesk,
) -> None:
    visitor, member = await in_danger(front), await front.member()
    await front.desk.handover.reply(await found(visitor), member, "Call 999 now.", "s1")
    front.clock.forward(minutes=60)
    await front.app.state.rooms.answering.timers.run()
    assert await visitor.owner() == "bot"
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    assert (await found(visitor)).urgency == "urgent"


# --- who changes their mind ---


async def test_who_would_rather_be_called_is_not_put_back_in_line_by_what_they_wrote_before(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    for _ in range(2):
        front.clock.forward(minutes=10)
        await front.app.state.rooms.answering.timers.run()
    await heard(visitor, "i want a human please")
    await heard(visitor, "and does it hurt?")
    await call_me_back(visitor)
    assert await visitor.owner() == "bot"
    assert [one["text"] for one in front.assistant.turns][-2:] == [
        "and does it hurt?",
        "Call me back",
    ]
    assert "echo: and does it hurt?" in await visitor.words("assistant")


async def test_who_stops_waiting_is_not_put_back_in_line(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    await heard(visitor, "human please!!")
    await front.http.delete("/api/waiting", headers=visitor.headers)
    await until(visitor._settled)
    assert await visitor.owner() == "bot"
    await visitor.say("human please")  # and changes their mind again
    assert await visitor.owner() == "waiting"


async def test_who_leaves_a_number_while_waiting_is_not_put_back_in_line(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    await heard(visitor, "human please!!")
    form = {"id": "f1", "name": "Ana", "contact": "020 7946 0000", "good_time": ""}
    await front.http.post("/api/callback", json=form, headers=visitor.headers)
    await until(visitor._settled)
    assert await visitor.owner() == "callback"


async def test_who_wants_to_be_called_and_then_a_person_at_once_gets_one(front: FrontDesk) -> None:
    """Both were written before the assistant had answered the first."""
    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="call me")
    await visitor.post(text="no, a human please")
    front.assistant.gate.set()
    await until(visitor._settled)
    assert await visitor.owner() == "waiting"


async def test_who_was_erased_holds_up_nobody_who_waits_for_the_assistant(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.assistant.gate.clear()
    first, second = await front.visitor(), await front.visitor()
    for one in (first, second):
        await one.post(text="does it hurt?")
    messages, untold = front.desk.conversations.messages, [(first.id, 2), (second.id, 2)]

    async def both(*_: Any) -> list[tuple[str, int]]:
        return untold

    monkeypatch.setattr(messages, "waiting_untold", both)
    await front.desk.conversations.erase(first.id)
    await front.desk.acknowledge()
    assert "your message is saved" in (await second.words("system"))[-1]
    front.assistant.gate.set()


@pytest.mark.parametrize("number", range(12))
async def test_whatever_happens_at_one_instant_nobody_is_lost_and_nothing_is_said_twice(
    front: FrontDesk, number: int
) -> None:
    """Staff take, close, hand back or reply while the visitor writes, presses, leaves a number or goes away."""
    chance, member = random.Random(number), await front.member()
    visitor = await front.visitor()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    handover, seen = front.desk.handover, await found(visitor)
    form = {"id": "f1", "name": "Ana", "contact": "020 7946 0000", "good_time": ""}
    press = Incoming("Call me back", "press", button_id="call_me_back")

    async def forwards() -> None:
        front.clock.forward(minutes=20)
        await front.app.state.rooms.answering.timers.run()

    deeds: list[Any] = [
        lambda: handover.take(seen, member),
        lambda: handover.reply(seen, member, "Hi!", "staff_1"),
        lambda: handover.close(seen, member, "answered"),
        lambda: handover.hand_back(seen, "R", staff="R"),
        lambda: front.desk.receive(seen, press),
        lambda: front.http.post("/api/callback", json=form, headers=visitor.headers),
        lambda: front.http.delete("/api/waiting", headers=visitor.headers),
        lambda: front.http.post(
            "/api/messages", json={"id": "w", "text": SIGN}, headers=visitor.headers
        ),
        lambda: front.desk.receive(seen, Incoming("does it hurt?", "q")),
        forwards,
    ]
    chosen = chance.sample(deeds, 4)
    done = await asyncio.gather(*(one() for one in chosen), return_exceptions=True)
    assert [
        one
        for one in done
        if isinstance(one, BaseException) and not isinstance(one, TakenBySomebodyElse)
    ] == []
    await until(visitor._settled)
    said = [one["text"] for one in await visitor.messages() if one["author"] != "visitor"]
    assert said.count("Hi!") <= 1 and said.count("echo: does it hurt?") <= 1
    now, owner = await found(visitor), await visitor.owner()
    if deeds[7] in chosen:

        async def told() -> bool:
            return any(
                "999." in one
                for one in await visitor.words("system") + await visitor.words("assistant")
            )

        await until(told)
    if owner == "waiting":
        assert now.timer_kind or now.missed_at


async def test_a_press_that_is_handed_in_again_takes_nobody_out_of_the_line(
    front: FrontDesk,
) -> None:
    front.clock.now = MONDAY_NIGHT
    visitor = await front.visitor()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    press = Incoming("Call me back", "press", button_id="call_me_back")
    await front.desk.receive(await found(visitor), press)
    await until(visitor._settled)
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    await front.desk.receive(await found(visitor), press)  # its answer was lost
    assert await visitor.owner() == "waiting"


async def test_a_message_that_is_handed_in_again_makes_nobody_silent(front: FrontDesk) -> None:
    """A person has answered it meanwhile: theirs is the last word."""
    visitor, member = await front.visitor(), await front.member()
    await visitor.say("human please")
    await now_is(visitor, "waiting")
    await front.desk.handover.take(await found(visitor), member)
    question = Incoming("my question", "question")
    await front.desk.receive(await found(visitor), question)
    await front.desk.handover.reply(await found(visitor), member, "My answer.", "s1")
    await front.desk.receive(await found(visitor), question)
    assert (await found(visitor)).timer_kind == "idle"


async def rather_called(front: FrontDesk) -> Visitor:
    """In danger at night, they press "Call me back"."""
    front.clock.now = MONDAY_NIGHT
    visitor = await in_danger(front)
    await call_me_back(visitor)
    return visitor


async def test_danger_is_told_to_staff_again_though_the_visitor_would_rather_be_called(
    front: FrontDesk,
) -> None:
    visitor = await rather_called(front)
    assert (await found(visitor)).timer_kind == "again"


async def test_danger_is_told_to_staff_again_until_they_look_or_have_called(
    front: FrontDesk,
) -> None:
    visitor = await rather_called(front)
    form = {"id": "f1", "name": "Ana", "contact": "020 7946 0000", "good_time": ""}
    await front.http.post("/api/callback", json=form, headers=visitor.headers)
    now = await found(visitor)
    assert (now.owner.value, now.timer_kind) == ("callback", "again") and now.missed_at
    await front.desk.handover.was_called(now)
    now = await found(visitor)
    assert (now.missed_at, now.timer_kind, now.timer_at) == (None, None, None)


async def test_who_is_blocked_has_no_wish_to_be_called(front: FrontDesk) -> None:
    visitor, member = await front.visitor(), await front.member()
    await front.desk.handover.block(await found(visitor), member)
    form = {"id": "f1", "name": "Ana", "contact": "020 7946 0000", "good_time": ""}
    answer = await front.http.post("/api/callback", json=form, headers=visitor.headers)
    assert answer.status_code == 202
    assert (await front.desk.conversations.callbacks.page())[0] == []
    assert "do not answer here any more" in (await visitor.words("system"))[-1]


# --- a turn without a word ---


def silent_turns() -> float:
    return REGISTRY.get_sample_value("desk_silent_turns_total") or 0.0


@pytest.mark.parametrize("text", ["say nothing", "only a card"])
async def test_a_turn_without_a_word_is_met_with_words_once_and_counted(
    front: FrontDesk, text: str
) -> None:
    before = silent_turns()
    visitor = await front.visitor()
    lines = len(await visitor.words("system"))
    await visitor.say(text)
    await front.desk.sweep()
    (said,) = (await visitor.words("system"))[lines:]
    assert "+44 20 7946 0123" in said and "999" in said and "talk to a person" in said
    assert silent_turns() == before + 1
    await visitor.say("does it hurt?")
    assert (await visitor.words("assistant"))[-1] == "echo: does it hurt?"
    assert silent_turns() == before + 1


@pytest.mark.parametrize("text", ["human please", "erase me", "tell me all about me", "choose"])
async def test_where_somebody_speaks_nothing_is_added(front: FrontDesk, text: str) -> None:
    before = silent_turns()
    await (await front.visitor()).say(text)
    assert silent_turns() == before
