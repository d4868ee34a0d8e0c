"""What an open inbox is told: of the conversation before somebody at once, of all others once a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from frontdesk.inbox import pages
from tests.frontdesk.conftest import FrontDesk, until
from tests.frontdesk.inbox.conftest import Colleague


@pytest.fixture()
async def stream(front: FrontDesk, maya: Colleague) -> AsyncIterator[list[str]]:
    """An inbox open at the conversation "here": the events it is told from now on, as they come."""
    her = next(one for one in await front.staff.members() if one.user_name == "maya")
    found: list[str] = []
    news = front.app.state.rooms.inbox._pages._news(her, maya.http.cookies["inbox"], "here")

    async def read() -> None:
        async for event in news:
            found.append(event.event)

    task = asyncio.create_task(read())
    await told(found, "here", "news")  # who connects looks up everything
    found.clear()
    yield found
    task.cancel()


async def told(stream: list[str], *events: str) -> None:
    """These come, and then nothing more."""

    async def all_of_them() -> bool:
        return len(stream) >= len(events)

    await until(all_of_them)
    await asyncio.sleep(0.2)
    assert stream == list(events)


async def test_many_events_elsewhere_are_one_look_at_the_list(
    front: FrontDesk, stream: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIST_SECONDS", 0.0)
    front.desk.signals.new("there")
    await told(stream, "news")
    monkeypatch.setattr(pages, "LIST_SECONDS", 3600.0)
    for _ in range(10):
        front.desk.signals.new("there")
        await asyncio.sleep(0.01)
    await told(stream, "news")
    monkeypatch.setattr(pages, "LIST_SECONDS", 0.1)
    front.desk.signals.new("there")
    await told(stream, "news", "news")


async def test_what_is_new_here_does_not_wait_for_the_lists(
    front: FrontDesk, stream: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIST_SECONDS", 3600.0)
    front.desk.signals.new("here")
    await told(stream, "here")
    monkeypatch.setattr(pages, "LIST_SECONDS", 0.5)
    front.desk.signals.new("there")
    await told(stream, "here", "news")


async def test_who_looks_and_types_is_told_only_to_whoever_is_there(
    front: FrontDesk, stream: list[str]
) -> None:
    front.desk.signals.looks("there")
    front.desk.signals.looks("here")
    await told(stream, "looks")


async def test_a_page_that_looks_again_writes_nothing(front: FrontDesk, maya: Colleague) -> None:
    visitor = await front.visitor()
    page = f"/inbox/c/{visitor.id}"
    await maya.get(page)
    written: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT"):
            written.append(statement)

    engine = front.app.state.rooms.ground.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    for part in (page, f"{page}?part=facts"):
        answer = await maya.http.get(part, headers={"hx-request": "true"})
        assert answer.status_code == 200 and "<html" not in answer.text
    assert written == []
    sa.event.remove(engine, "before_cursor_execute", count)
