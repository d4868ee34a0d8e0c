"""What the assistant fails on again and again, while it answers others, holds up nobody for ever."""

from __future__ import annotations

import asyncio

import pytest

from frontdesk import tasks
from frontdesk.assistant_client import TRIES
from frontdesk.conversations.model import Status
from tests.frontdesk.conftest import FrontDesk, pending, until


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
