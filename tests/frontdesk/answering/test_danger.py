"""Danger is read whoever owns the conversation: told at once, put on top, counted when it is repeated."""

from __future__ import annotations

import pytest

from frontdesk.conversations.model import Conversation, Owner
from tests.frontdesk.conftest import FrontDesk, Visitor, until

TOLD = "This could be an emergency. Call 999."
SIGN = "i cannot breathe"


async def found(visitor: Visitor) -> Conversation:
    conversation = await visitor.front.desk.conversations.get(visitor.id)
    assert conversation
    return conversation


async def owned_by(front: FrontDesk, owner: str) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("human please")
    if owner == "staff":
        await front.desk.handover.take(await found(visitor), await front.member())
    assert await visitor.owner() == owner
    return visitor


@pytest.mark.parametrize("owner", ["waiting", "staff"])
async def test_the_visitor_is_told_at_once_and_staff_see_the_sign(
    front: FrontDesk, owner: str
) -> None:
    visitor = await owned_by(front, owner)
    await visitor.post(text=SIGN)
    await until(lambda: told(visitor))
    now = await found(visitor)
    assert (now.urgency, now.sign, now.owner.value) == ("urgent", "trouble breathing", owner)


async def told(visitor: Visitor) -> bool:
    return TOLD in await visitor.words("system")


async def test_each_message_of_a_burst_is_looked_at(front: FrontDesk) -> None:
    visitor = await owned_by(front, "waiting")
    for text in ("hello", "are you there", SIGN, "please", "x" * 1_990):
        await visitor.post(text=text)
    await until(lambda: told(visitor))

    async def all_looked_at() -> bool:
        return len(front.assistant.checked) == 6  # the long one in two pieces

    await until(all_looked_at)


async def test_the_same_emergency_ten_times_is_one_alert_and_one_reply(front: FrontDesk) -> None:
    visitor = await owned_by(front, "waiting")
    for _ in range(10):
        await visitor.post(text=SIGN)

    async def counted() -> bool:
        return (await found(visitor)).sign_count == 10

    await until(counted)
    assert (await visitor.words("system")).count(TOLD) == 1
    front.clock.forward(minutes=11)
    await visitor.post(text=SIGN)

    async def again() -> bool:
        return (await visitor.words("system")).count(TOLD) == 2

    await until(again)


async def test_while_the_assistant_is_down_staff_see_that_nobody_has_checked(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.tasks.AFTER_FAILURE_SECONDS", (0.02,))
    visitor = await owned_by(front, "staff")
    front.assistant.status = 503
    await visitor.post(text=SIGN)

    async def is_unchecked() -> bool:
        return (await front.desk.conversations.messages.after(visitor.id, 0))[-1].is_unchecked

    await until(is_unchecked)
    last = (await front.desk.conversations.messages.after(visitor.id, 0))[-1]
    front.assistant.status = 200
    await until(lambda: told(visitor))
    last = await front.desk.conversations.messages.by_client_id(visitor.id, last.client_id or "")
    assert last and not last.is_unchecked


async def test_an_emergency_behind_a_hand_over_is_not_swallowed_by_it(front: FrontDesk) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    for text in ("hello", "human please", SIGN):
        await visitor.post(text=text)
    front.assistant.gate.set()
    await until(lambda: told(visitor))
    statuses = {one["text"]: one["status"] for one in await visitor.messages()}
    assert statuses[SIGN] == "with_staff"


async def test_what_nobody_has_seen_before_a_hand_back_is_answered(front: FrontDesk) -> None:
    visitor = await owned_by(front, "staff")
    taken = await found(visitor)
    await visitor.post(text="one more question")
    await front.desk.handover.hand_back(taken, "Reception", staff="Reception")

    async def answered() -> bool:
        return "echo: one more question" in await visitor.words("assistant")

    await until(answered)


@pytest.mark.parametrize("field", ["name", "good_time"])
async def test_danger_written_into_the_callback_form_is_told_at_once(
    front: FrontDesk, field: str
) -> None:
    visitor = await front.visitor()
    wish = {"id": "1", "name": "Ann", "contact": "07700 900123", "good_time": "now"}
    calm = await front.http.post("/api/callback", json=wish, headers=visitor.headers)
    assert calm.status_code == 202 and not await told(visitor)
    body = {**wish, "id": "2", field: SIGN}
    answer = await front.http.post("/api/callback", json=body, headers=visitor.headers)
    assert answer.status_code == 202
    assert await told(visitor)
    now = await found(visitor)
    assert (now.urgency, now.sign) == ("urgent", "trouble breathing")


async def test_a_callback_form_takes_nothing_from_staff(front: FrontDesk) -> None:
    visitor = await owned_by(front, "staff")
    wish = {"name": "Ann", "good_time": "now"}
    numbers = ("1", "07700 900123"), ("2", "07700 900456")
    for sent, contact in (*numbers, numbers[-1]):  # the answer to the last was lost: sent again
        body = {**wish, "id": sent, "contact": contact}
        answer = await front.http.post("/api/callback", json=body, headers=visitor.headers)
        assert answer.status_code == 202
    assert (await found(visitor)).owner is Owner.STAFF
    callbacks, _ = await front.desk.conversations.callbacks.page()
    assert [one.contact for one in callbacks] == ["+44 7700 900456"], "a second changes the first"
    assert len([w for w in await visitor.words("system") if "to be called" in w]) == 2
