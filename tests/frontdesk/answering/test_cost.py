"""What a message costs the database, counted: a fixed bound, so that no new table slows every message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from frontdesk.visitors.api import VisitorApi
from tests.frontdesk.conftest import FrontDesk, Visitor, until

TAKE_IN, ANSWER, SHOW = 6, 7, 4
"""The post: token, begin, hold, seen before?, row, number. The turn: what is to do, who is on duty, begin,
number, answered, number, row. The stream, for the message and for the reply: conversation, messages."""


@pytest.fixture()
def statements(front: FrontDesk) -> Counter[str]:
    """How many statements each task has made."""
    counted: Counter[str] = Counter()

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        task = asyncio.current_task()
        counted[task.get_name().partition(" ")[0] if task else ""] += 1

    engine = front.app.state.rooms.ground.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    return counted


@asynccontextmanager
async def followed(front: FrontDesk, visitor: Visitor) -> AsyncIterator[list[bytes]]:
    """A visitor whose chat is open: the pieces that it is sent."""
    routes = (one for one in front.app.routes if getattr(one, "path", "") == "/api/events")
    api: VisitorApi = next(routes).endpoint.__self__
    pieces: list[bytes] = []

    async def follow() -> None:
        async for piece in api._stream(visitor.id, 0):
            pieces.append(piece)

    task = asyncio.create_task(follow(), name="stream")
    yield pieces
    task.cancel()


async def said(visitor: Visitor, pieces: list[bytes], number: int) -> None:
    async def is_shown() -> bool:
        return bool(pieces) and f"echo: number {number}".encode() in pieces[-1]

    assert (await visitor.post(text=f"number {number}")).status_code == 202
    await until(is_shown)
    await asyncio.sleep(0.05)  # whatever else would follow


@pytest.mark.parametrize("before", [1, 25])
async def test_a_message_costs_so_many_statements_early_and_late_in_a_conversation(
    front: FrontDesk, statements: Counter[str], before: int
) -> None:
    asyncio.current_task().set_name("post")
    front.assistant.seconds = 0.1  # as a real one: the message is shown before its reply is there
    visitor = await front.visitor()
    async with followed(front, visitor) as pieces:
        for number in range(before):
            await said(visitor, pieces, number)
        statements.clear()
        pieces.clear()
        await said(visitor, pieces, before)
        assert statements["post"] == TAKE_IN
        assert statements["turn"] == ANSWER
        assert statements["stream"] == SHOW
        assert len(pieces) == 2  # the message and the reply, each with who is typing
