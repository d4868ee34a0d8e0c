"""What the assistant cannot forget now holds up nothing: not what it can forget, not what waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from frontdesk.answering import forgetting
from frontdesk.assistant_client import AssistantUnavailable
from tests.frontdesk.conftest import FrontDesk, Visitor, until


async def two_visitors(front: FrontDesk) -> tuple[Visitor, Visitor]:
    first, second = await front.visitor(), await front.visitor()
    for visitor in (first, second):
        await visitor.say("hello")
    return first, second


def refuse(front: FrontDesk, monkeypatch: pytest.MonkeyPatch, name: str, whose: Visitor) -> None:
    """The assistant fails whenever it is asked about one conversation."""
    real = getattr(front.desk.assistant, name)

    async def asked(conversation_id: str, **what: Any) -> None:
        if conversation_id == whose.id:
            raise AssistantUnavailable("always")
        await real(conversation_id, **what)

    monkeypatch.setattr(front.desk.assistant, name, asked)


async def test_one_that_cannot_be_erased_in_the_tracker_keeps_no_other_there(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await two_visitors(front)
    refuse(front, monkeypatch, "erase", first)
    front.assistant.status = 503
    await front.desk.erase(first.id)
    await front.desk.erase(second.id)
    front.assistant.status = 200
    await front.desk.sweep()
    assert front.assistant.erased == [second.id]
    assert await front.desk.conversations.still_in_tracker() == [first.id]


async def test_words_that_are_too_old_go_although_those_of_somebody_else_cannot(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await two_visitors(front)
    refuse(front, monkeypatch, "forget", first)
    front.clock.forward(days=400)
    await front.app.state.rooms.retention.run()
    assert await front.desk.conversations.get(second.id) is None
    assert await first.words("visitor") == ["hello"]


async def test_an_assistant_that_is_slow_to_forget_keeps_nobody_waiting(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "WAITED_SECONDS", 0.05)
    first, second = await two_visitors(front)
    slow = asyncio.Event()
    begun: list[str] = []

    async def erase(conversation_id: str) -> None:
        begun.append(conversation_id)
        await slow.wait()

    front.assistant.status = 503
    await front.desk.erase(first.id)
    front.assistant.status = 200
    monkeypatch.setattr(front.desk.assistant, "erase", erase)
    await asyncio.wait_for(front.desk.sweep(), 5)
    await asyncio.wait_for(front.desk.sweep(), 5)
    assert begun == [first.id]
    slow.set()

    async def is_forgotten() -> bool:
        return not await front.desk.conversations.still_in_tracker()

    await until(is_forgotten)
    await second.say("still here")


async def test_a_message_whose_turn_another_front_desk_has_under_way_is_forgotten_after_it(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the turn would bring the words back, and nobody would know that they are there."""
    visitor, _ = await two_visitors(front)
    messages, claims = front.desk.conversations.messages, front.app.state.rooms.ground.claims
    held: list[tuple[str, str]] = []
    is_free = asyncio.Event()

    @asynccontextmanager
    async def hold(work: str, conversation_id: str) -> AsyncIterator[bool]:
        held.append((work, conversation_id))
        yield is_free.is_set()

    monkeypatch.setattr(claims, "hold", hold)
    said = (await messages.after(visitor.id, 0))[1]
    await messages.delete_words(said, "deleted")
    await front.desk.forgetting.run()
    assert ("turn", visitor.id) in held and front.assistant.forgot == []
    is_free.set()
    await front.desk.forgetting.run()
    assert [conversation_id for conversation_id, _ in front.assistant.forgot] == [visitor.id]
