"""What the assistant fails on again and again, while it answers others, holds up nobody for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from frontdesk import assistant_client, tasks
from frontdesk.assistant_client import TRIES, AssistantUnavailable, Unreadable
from frontdesk.conversations.model import Danger, Message, Status
from tests.frontdesk.conftest import PASSWORD, FrontDesk, Visitor, pending, until
from tests.frontdesk.inbox.conftest import sign_in


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AFTER_FAILURE_SECONDS", (0.05,))


async def test_a_message_that_cannot_be_read_goes_to_people_with_what_stands_behind_it(
    front: FrontDesk,
) -> None:
    visitor, other = await front.visitor(), await front.visitor()
    await visitor.post(text="unreadable")
    await visitor.post(text="and what does it cost")

    async def is_settled_beside_others() -> bool:
        await asyncio.sleep(0.3)
        await other.say("hello")
        return not await pending(front, visitor.id)

    await until(is_settled_beside_others, 120)
    assert await visitor.owner() != "bot"
    words = " ".join(await visitor.words("system"))
    assert "I cannot read your last message" in words and "999" in words


async def test_while_it_answers_nobody_no_message_is_given_up(front: FrontDesk) -> None:
    visitor = await front.visitor()
    front.assistant.status = 503
    await visitor.post(text="what does it cost")
    for _ in range(TRIES + 2):
        await front.desk.sweep()
        tried = front.assistant.asked

        async def tried_again(before: int = tried) -> bool:
            return front.assistant.asked > before

        await until(tried_again)
    assert [one.status for one in await pending(front, visitor.id)] == [Status.PENDING]
    front.assistant.status = 200
    await front.desk.sweep()

    async def answered() -> bool:
        return not await pending(front, visitor.id)

    await until(answered)
    assert "echo: what does it cost" in " ".join(await visitor.words("assistant"))


async def test_while_the_actions_are_away_nothing_is_given_up_for_what_needs_none(
    front: FrontDesk,
) -> None:
    """A greeting is answered without them, a question is not: that one is asked again when they are back."""
    visitor, other = await front.visitor(), await front.visitor()
    front.assistant.has_actions = False
    await visitor.post(text="unreadable")
    for _ in range(2 * TRIES):
        tried = front.assistant.asked
        await other.say("hello")

        async def tried_again(before: int = tried) -> bool:
            return front.assistant.asked > before + 1

        await until(tried_again)
    assert [one.status for one in await pending(front, visitor.id)] == [Status.PENDING]


async def message_of(front: FrontDesk, visitor: Visitor) -> Message:
    await visitor.say("hello")
    return (await front.desk.conversations.messages.after(visitor.id, 0))[-1]


async def test_who_gets_the_number_of_an_erased_message_begins_anew(front: FrontDesk) -> None:
    first = await message_of(front, await front.visitor())
    other = await message_of(front, await front.visitor())
    unreadable = Unreadable(front.desk.assistant)
    for _ in range(TRIES):
        assert not await unreadable.failed(first)
        unreadable.answered(other)
    assert not await unreadable.failed(replace(other, id=first.id))
    assert await unreadable.failed(first)


async def test_of_what_is_never_answered_only_so_much_is_remembered(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistant_client, "MOST_REMEMBERED", 3)
    message = await message_of(front, await front.visitor())
    unreadable = Unreadable(front.desk.assistant)
    for seq in range(9):
        await unreadable.failed(replace(message, seq=seq))
    assert [seq for _, seq in unreadable._failed] == [6, 7, 8]


ANSWER = httpx.Response(500, request=httpx.Request("POST", "http://assistant"))


@pytest.mark.parametrize(
    ("why", "is_let_be"),
    [
        (httpx.HTTPStatusError("500", request=ANSWER.request, response=ANSWER), True),
        (httpx.ReadTimeout("slow"), False),
    ],
)
async def test_what_cannot_be_looked_at_for_danger_keeps_nothing_behind_it_from_it(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch, why: Exception, is_let_be: bool
) -> None:
    visitor, other = await front.visitor(), await front.visitor()
    await visitor.say("human please")
    real, tries = front.desk.assistant.check, []

    async def check(text: str, language: str | None = None) -> Danger | None:
        if text != "odd":
            return await real(text, language)
        tries.append(text)
        raise AssistantUnavailable("always") from why

    monkeypatch.setattr(front.desk.assistant, "check", check)
    await visitor.post(text="odd")
    await visitor.post(text="i cannot breathe")
    for _ in range(TRIES + 2):
        before = len(tries)
        await other.say("hello")

        async def tried_again(before: int = before) -> bool:
            return len(tries) > before or "i cannot breathe" in front.assistant.checked

        await until(tried_again)
    assert ("i cannot breathe" in front.assistant.checked) is is_let_be
    staff = await sign_in(front, "reception", PASSWORD)
    shown = (await staff.get(f"/inbox/c/{visitor.id}")).text
    assert "not checked for danger yet" in shown, "staff are told, as nothing has looked at it"
