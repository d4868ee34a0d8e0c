from __future__ import annotations

import asyncio
import random

import pytest

from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.conversations.model import Conversation, Owner
from frontdesk.staff.members import Staff
from frontdesk.staff.second_factor import SecondFactors
from tests.frontdesk.conftest import MONDAY_NIGHT, FrontDesk, Visitor, pending, until


async def conversation_of(visitor: Visitor):  # type: ignore[no-untyped-def]
    found = await visitor.front.desk.conversations.get(visitor.id)
    assert found
    return found


async def waiting(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("human please")
    await until(lambda: _line(visitor, "told our staff"))
    return visitor


async def _line(visitor: Visitor, part: str) -> bool:
    return any(part in line for line in await visitor.words("system"))


async def _is(visitor: Visitor, owner: str) -> bool:
    return await visitor.owner() == owner


async def test_a_hand_over_is_acknowledged_with_what_happens_next(front: FrontDesk) -> None:
    visitor = await waiting(front)
    assert "about 10 minutes" in (await visitor.words("system"))[-1]
    conversation = await conversation_of(visitor)
    assert (conversation.reason, conversation.urgency) == ("asked", "normal")


async def test_the_assistant_says_nothing_while_somebody_waits_for_a_person(
    front: FrontDesk,
) -> None:
    visitor = await waiting(front)
    before = await visitor.words("assistant")
    await visitor.say("are you there?")
    assert await visitor.words("assistant") == before


async def test_two_take_at_once_and_one_wins(front: FrontDesk) -> None:
    await front.staff.create("maya", "Maya", "nurse", "a-long-password")
    visitor = await waiting(front)
    seen = await conversation_of(visitor)
    members = await front.staff.members()
    results = await asyncio.gather(
        *[front.desk.handover.take(seen, member) for member in members], return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == [
        "Conversation",
        "TakenBySomebodyElse",
    ]
    assert len([w for w in await visitor.words("system") if "has joined" in w]) == 1


async def test_any_reply_counts_as_taking_and_names_the_person(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    member = await front.member()
    await front.desk.handover.reply(await conversation_of(visitor), member, "Hi!", "staff_1")
    assert await visitor.owner() == "staff"
    last = (await visitor.messages())[-1]
    assert (last["author"], last["name"], last["text"]) == ("staff", "Reception, front desk", "Hi!")


async def test_a_reply_sent_twice_is_said_once(front: FrontDesk) -> None:
    visitor = await waiting(front)
    member = await front.member()
    for _ in range(2):
        await front.desk.handover.reply(await conversation_of(visitor), member, "Hi!", "staff_1")
    assert await visitor.words("staff") == ["Hi!"]


async def test_a_bot_reply_that_comes_back_after_a_person_took_over_is_dropped(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="does it hurt?")
    await until(lambda: _pending(visitor))
    await front.desk.handover.take(await conversation_of(visitor), await front.member())
    front.assistant.gate.set()
    await until(lambda: visitor._settled())
    assert "echo: does it hurt?" not in await visitor.words("assistant")


async def _pending(visitor: Visitor) -> bool:
    return bool(await pending(visitor.front, visitor.id))


@pytest.mark.slow
async def test_no_bot_word_after_a_take_over_in_a_thousand_interleavings(
    front: FrontDesk,
) -> None:
    chance, member = random.Random(7), await front.member()

    async def one() -> None:
        visitor = await front.visitor()
        for number in range(chance.randint(1, 3)):
            await visitor.post(text=f"m{number}")
            await asyncio.sleep(chance.random() * 0.02)
        while True:
            try:
                await front.desk.handover.take(await conversation_of(visitor), member)
                break
            except TakenBySomebodyElse:
                continue
        joined = next(m["seq"] for m in await visitor.messages() if "has joined" in m["text"])
        await asyncio.sleep(0.05)
        after = [m for m in await visitor.messages() if m["seq"] > joined]
        assert [m for m in after if m["author"] == "assistant"] == []

    for _ in range(20):
        await asyncio.gather(*[one() for _ in range(50)])


async def test_staff_hand_back_and_the_assistant_answers_again(front: FrontDesk) -> None:
    visitor = await waiting(front)
    taken = await front.desk.handover.take(await conversation_of(visitor), await front.member())
    await front.desk.handover.hand_back(taken, "Reception", staff="Reception, front desk")
    assert "automated assistant" in (await visitor.words("system"))[-1]
    await visitor.say("hello again")
    assert (await visitor.words("assistant"))[-1] == "echo: hello again"


async def test_nobody_takes_it_in_time_and_it_is_missed_until_a_person_comes(
    front: FrontDesk,
) -> None:
    visitor = await waiting(front)
    front.clock.forward(minutes=10)
    for _ in range(3):
        await front.app.state.rooms.answering.timers.run()
    lines = [one for one in await visitor.messages() if "nobody could answer" in one["text"]]
    assert lines == [] and (await conversation_of(visitor)).missed_at is None
    front.clock.forward(minutes=5)
    for _ in range(3):
        await front.app.state.rooms.answering.timers.run()
    lines = [one for one in await visitor.messages() if "nobody could answer" in one["text"]]
    assert [one["title"] for one in lines[0]["buttons"]] == ["Call me back"] and len(lines) == 1
    missed = await conversation_of(visitor)
    assert missed.missed_at and (missed.owner, missed.reason) == (Owner.WAITING, "asked")
    for _ in range(30):
        front.clock.forward(hours=1)
        await front.app.state.rooms.answering.timers.run()
    assert (await conversation_of(visitor)).missed_at == missed.missed_at
    await front.desk.handover.take(missed, await front.member())
    assert (await conversation_of(visitor)).missed_at is None


async def test_whoever_would_rather_be_called_goes_on_with_the_assistant_and_stays_missed(
    front: FrontDesk,
) -> None:
    visitor = await waiting(front)
    for _ in range(2):
        front.clock.forward(minutes=10)
        await front.app.state.rooms.answering.timers.run()
    seq = next(one["seq"] for one in reversed(await visitor.messages()) if one["buttons"])
    assert (await visitor.post(button={"seq": seq, "id": "call_me_back"})).status_code == 202
    await until(lambda: _heard(visitor, "Call me back"))
    assert front.assistant.turns[-1]["button_id"] is None
    assert (await conversation_of(visitor)).missed_at


async def _heard(visitor: Visitor, text: str) -> bool:
    return bool(visitor.front.assistant.turns) and visitor.front.assistant.turns[-1]["text"] == text


async def written_to_who_is_silent(front: FrontDesk) -> Visitor:
    visitor = await waiting(front)
    await front.desk.handover.reply(
        await conversation_of(visitor), await front.member(), "Hi!", "staff_1"
    )
    await visitor.post(text="my question is …")
    return visitor


async def test_a_person_who_falls_silent_gives_the_conversation_back_to_the_queue(
    front: FrontDesk,
) -> None:
    visitor = await written_to_who_is_silent(front)
    front.clock.forward(minutes=15)
    await front.app.state.rooms.answering.timers.run()
    assert await visitor.owner() == "waiting"


async def test_who_falls_silent_when_the_clinic_closes_leaves_it_to_those_who_come_next(
    front: FrontDesk,
) -> None:
    visitor = await written_to_who_is_silent(front)
    front.clock.now = MONDAY_NIGHT
    await front.app.state.rooms.answering.timers.run()
    found = await conversation_of(visitor)
    assert found.owner is Owner.WAITING and found.missed_at
    assert "call you back" in (await visitor.words("system"))[-1]


async def test_an_idle_timer_never_takes_away_what_waits_for_a_person(front: FrontDesk) -> None:
    visitor = await written_to_who_is_silent(front)
    await front.desk.conversations.update(visitor.id, timer_kind="idle")
    front.clock.forward(hours=2)
    await front.app.state.rooms.answering.timers.run()
    assert await visitor.owner() == "waiting"


async def test_after_an_idle_hour_the_assistant_is_back_and_says_so(front: FrontDesk) -> None:
    visitor = await waiting(front)
    await front.desk.handover.reply(
        await conversation_of(visitor), await front.member(), "Bye!", "staff_1"
    )
    front.clock.forward(minutes=60)
    await front.app.state.rooms.answering.timers.run()
    assert await visitor.owner() == "bot"
    assert "automated assistant again" in (await visitor.words("system"))[-1]


async def test_the_assistant_is_told_once_that_people_have_spoken(front: FrontDesk) -> None:
    visitor = await waiting(front)
    assert not front.assistant.turns[-1]["context"]["after_staff"]
    front.clock.forward(minutes=1)
    await front.desk.handover.reply(
        await conversation_of(visitor), await front.member(), "Bye!", "staff_1"
    )
    await front.desk.handover.hand_back(await conversation_of(visitor), "Ana", staff="Ana")
    for expected in (True, False):
        front.clock.forward(minutes=1)
        await visitor.say("hello")
        assert front.assistant.turns[-1]["context"]["after_staff"] is expected


@pytest.mark.parametrize("why", ["closed", "off duty"])
async def test_a_person_is_never_promised_when_nobody_is_there(front: FrontDesk, why: str) -> None:
    if why == "closed":
        front.clock.now = MONDAY_NIGHT
    else:
        await front.staff.set_on_duty((await front.member()).id, False)
    visitor = await front.visitor()
    await visitor.say("hello")
    assert not front.assistant.turns[-1]["context"]["staff_available"]
    await visitor.say("i cannot breathe")
    await until(lambda: _line(visitor, "Nobody from our staff is here"))
    assert "do not wait here" in (await visitor.words("system"))[-1]


async def test_a_callback_is_kept_and_the_assistant_goes_on(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("call me back")
    await until(lambda: _is(visitor, "callback"))
    callback = (await front.desk.conversations.callbacks.page())[0][0]
    assert (callback.name, callback.contact) == ("Ana", "+34 600 000 000")
    await visitor.say("hello")
    assert (await visitor.words("assistant"))[-1] == "echo: hello"
    assert await front.desk.conversations.callbacks.tried(callback.id, "reached", 1)
    assert not await front.desk.conversations.callbacks.tried(callback.id, "reached", 1)


async def test_the_shared_result_is_kept_for_staff(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("share")
    await until(lambda: _has_summary(visitor))


async def _has_summary(visitor: Visitor) -> bool:
    summary = (await conversation_of(visitor)).summary
    return bool(summary) and summary["outcome"] == "R"


async def test_every_change_of_owner_is_recorded(front: FrontDesk) -> None:
    from frontdesk.storage.tables import owner_changes

    visitor = await waiting(front)
    await front.desk.handover.take(await conversation_of(visitor), await front.member())
    rows = await front.desk.conversations.rows(owner_changes.select())
    assert [(row["before"], row["after"], row["who"]) for row in rows] == [
        ("bot", "waiting", "assistant"),
        ("waiting", "staff", "Reception"),
    ]


async def test_what_waited_when_the_process_ended_is_answered_by_the_next(
    front: FrontDesk,
    settings,
    clinic,  # type: ignore[no-untyped-def]
) -> None:
    from frontdesk.app import create_app

    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="hello")
    await until(lambda: _pending(visitor))
    await front.app.state.rooms.channels.reception.stop()
    await front.desk.stop()
    front.assistant.gate.set()
    successor = create_app(settings, clinic, front.clock, front.assistant.transport)
    async with successor.router.lifespan_context(successor):
        await until(lambda: _echoed(visitor))
    assert (await visitor.words("assistant")).count("echo: hello") == 1


async def _echoed(visitor: Visitor) -> bool:
    return "echo: hello" in await visitor.words("assistant")


def test_exactly_the_bots_states_let_the_assistant_answer() -> None:
    assert {owner for owner in Owner if owner.is_bot} == {Owner.BOT, Owner.CALLBACK, Owner.CLOSED}


async def test_what_a_pre_screen_held_is_forgotten_in_the_messages_too(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for words in ("hello", "my secret is isotretinoin", "forget my secret", "thanks"):
        await visitor.say(words)
    said = [one["text"] for one in await visitor.messages()]
    assert "isotretinoin" not in str(await front.desk.conversations.messages.after(visitor.id, 0))
    assert said.count("A health answer, deleted.") == 2
    assert "Forgotten." in said and "echo: hello" in said and "echo: thanks" in said


async def test_an_account_begins_off_duty(front: FrontDesk) -> None:
    await front.staff.create("maya", "Maya", "nurse", "a-long-password")
    assert [m.on_duty for m in await front.staff.members() if m.user_name == "maya"] == [False]


async def test_who_is_on_duty_says_so_and_has_the_inbox_open(front: FrontDesk) -> None:
    engine = front.desk.conversations._engine
    staff = Staff(engine, front.clock, SecondFactors(engine, "", front.clock))
    member = await front.member()
    assert await staff.anybody_on_duty()
    front.clock.forward(minutes=3)
    assert not await staff.anybody_on_duty()
    await staff.seen(member.id)
    assert await staff.anybody_on_duty()
    await staff.set_on_duty(member.id, False)
    assert not await staff.anybody_on_duty()


@pytest.mark.parametrize("jump", [{"hours": -1}, {"hours": 1}, {"days": -1}, {"days": 1}])
async def test_the_clock_may_jump_and_the_assistant_is_told_once_that_people_spoke(
    front: FrontDesk, jump: dict[str, int]
) -> None:
    visitor, member = await front.visitor(), await front.member()
    await visitor.say("hello")
    handover, conversations = front.desk.handover, front.desk.conversations
    seen = await conversations.get(visitor.id)
    assert seen
    await handover.reply(await handover.take(seen, member), member, "here I am", "k1")
    front.clock.forward(**jump)
    held = await conversations.get(visitor.id)
    assert held
    await handover.hand_back(held, member.name, staff=member.shown_name)
    for number in range(3):
        await visitor.say(f"answer {number}")
    told = [turn["context"]["after_staff"] for turn in front.assistant.turns[-3:]]
    assert told == [True, False, False]
    said = [message["text"] for message in await visitor.messages()]
    assert said[-6:] == [t for n in range(3) for t in (f"answer {n}", f"echo: answer {n}")]


async def test_whoever_saw_the_conversation_as_it_was_changes_nothing(front: FrontDesk) -> None:
    visitor = await front.visitor()
    seen, handover, member = (
        await conversation_of(visitor),
        front.desk.handover,
        await front.member(),
    )
    await handover.take(seen, member)
    said = await visitor.words("system")
    await handover.ask_for_staff(seen, {"reason": "asked"})
    for act in (
        handover.assign(seen, member, member),
        handover.hand_back(seen, "visitor"),
        handover.close(seen, member, "answered"),
    ):
        with pytest.raises(TakenBySomebodyElse):
            await act
    assert await visitor.owner() == "staff"
    assert await visitor.words("system") == said


async def test_a_summary_that_comes_with_the_wish_for_a_person_is_kept(front: FrontDesk) -> None:
    visitor = await front.visitor()
    wish = {"reason": "prescreen", "urgency": "normal", "summary": {"headline": "Look first."}}
    await front.desk.handover.ask_for_staff(await conversation_of(visitor), wish)
    assert (await conversation_of(visitor)).summary == {"headline": "Look first."}


async def test_danger_of_somebody_who_was_missed_alerts_staff_again(front: FrontDesk) -> None:
    visitor = await waiting(front)
    await front.desk.conversations.update(visitor.id, missed_at=front.clock(), timer_kind=None)
    await visitor.post(text="i cannot breathe")

    async def is_signed() -> bool:
        return bool((await conversation_of(visitor)).sign)

    await until(is_signed)
    found = await conversation_of(visitor)
    assert (found.urgency, found.timer_kind) == ("urgent", "again")
    assert found.timer_at and found.timer_at > front.clock()


async def test_a_timer_that_fails_or_comes_too_late_holds_up_no_other(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone, broken, fine = [await written_to_who_is_silent(front) for _ in range(3)]
    front.clock.forward(minutes=15)
    timers, store = front.app.state.rooms.answering.timers, front.desk.conversations
    due = await store.timers_due()
    await front.desk.erase(gone.id)
    act = timers._time_is_up

    async def time_is_up(conversation: Conversation) -> None:
        if conversation.id == broken.id:
            raise ValueError("as a mistake of ours would")
        await act(conversation)

    async def still_due() -> list[Conversation]:
        return due

    monkeypatch.setattr(timers, "_time_is_up", time_is_up)
    monkeypatch.setattr(store, "timers_due", still_due)
    with caplog.at_level("INFO"):
        await timers.run()
    assert await fine.owner() == "waiting"
    assert await broken.owner() == "staff"
    assert f"timer overtaken {gone.id}" in caplog.text
