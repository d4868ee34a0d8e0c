"""What a message costs the database, counted: a fixed bound, so that no new table slows every message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from frontdesk.answering.desk import TOLD_AFTER_SECONDS
from frontdesk.visitors.api import VisitorApi
from tests.frontdesk.conftest import FrontDesk, Visitor, until

TAKE_IN, ANSWER, SHOW = 6, 7, 4
"""The post: token, begin, hold, seen before?, row, number. The turn: what is to do, who is on duty, begin,
number, answered, number, row. The stream, for the message and for the reply: conversation, messages."""


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


async def said(
    visitor: Visitor, pieces: list[bytes], number: int, statements: Counter[str]
) -> None:
    async def is_shown() -> bool:
        return bool(pieces) and f"echo: number {number}".encode() in pieces[-1]

    assert (await visitor.post(text=f"number {number}")).status_code == 202
    await until(is_shown)
    before = -1
    while before != sum(statements.values()):  # whatever else would follow
        before = sum(statements.values())
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("before", [1, 25])
async def test_a_message_costs_so_many_statements_early_and_late_in_a_conversation(
    front: FrontDesk, statements: Counter[str], before: int
) -> None:
    asyncio.current_task().set_name("post")
    front.assistant.seconds = 0.02  # as a real one: the message is shown before its reply is there
    visitor = await front.visitor()
    async with followed(front, visitor) as pieces:
        for number in range(before):
            await said(visitor, pieces, number, statements)
        statements.clear()
        pieces.clear()
        await said(visitor, pieces, before, statements)
        assert statements["post"] == TAKE_IN
        assert statements["turn"] <= ANSWER + bool(statements["sweep"])  # which has it look again
        assert statements["stream"] == SHOW
        assert len(pieces) == 2  # the message and the reply, each with who is typing


async def test_whoever_waits_for_the_assistant_and_knows_it_costs_nothing_more(
    front: FrontDesk,
) -> None:
    """However many wait while it is away: one question twice a second asks for all of them."""
    asyncio.current_task().set_name("test")
    front.assistant.gate.clear()
    visitors = [await front.visitor() for _ in range(6)]
    for visitor in visitors:
        await visitor.post(text="does it hurt?")
    front.clock.forward(seconds=TOLD_AFTER_SECONDS + 1)
    await front.desk.acknowledge()
    assert [len(await visitor.words("system")) for visitor in visitors] == [1] * 6
    counted = Counter[str]()
    engine = front.app.state.rooms.ground.engine.sync_engine

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        task = asyncio.current_task()
        counted[task.get_name() if task else ""] += 1

    sa.event.listen(engine, "before_cursor_execute", count)
    await front.desk.acknowledge()
    assert counted["test"] == 1
    front.assistant.gate.set()
