"""What a look of staff costs the database, counted: bounds that hold however many look, and however much there is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from frontdesk.inbox.lists import VIEWS
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

REFRESH = {"hx-request": "true"}
LIST, REFRESHED_LIST, CALLS = 9, 7, 3
"""Who is there, colleagues, numbers, rows, their last words, labels, what is read; labels and filters to choose.
The callbacks themselves, and whether that look is in the audit."""
THREAD, FACTS, OTHERS, SUGGESTIONS = 10, 10, 3, 3
GROWS = ("conversations", "messages", "audit", "callbacks", "notes", "mentions", "reads", "looks")


@contextmanager
def counted(front: FrontDesk) -> Iterator[list[tuple[str, Any]]]:
    """The statements, with their values, that this task's requests make."""
    made: list[tuple[str, Any]] = []
    engine, here = front.app.state.rooms.ground.engine.sync_engine, asyncio.current_task()

    def count(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if asyncio.current_task() is here:
            made.append((statement, values))

    sa.event.listen(engine, "before_cursor_execute", count)
    yield made
    sa.event.remove(engine, "before_cursor_execute", count)


@pytest.fixture()
async def here(front: FrontDesk, reception: Colleague) -> str:
    """A conversation that somebody has looked at, among others."""
    for number in range(3):
        visitor = await front.visitor()
        await visitor.say(f"number {number}")
        await visitor.say("a human please")
    assert (await reception.get(f"/inbox/c/{visitor.id}")).status_code == 200
    return visitor.id


@pytest.mark.parametrize("key", [one.key for one in VIEWS])
async def test_a_list_costs_so_many_statements(
    front: FrontDesk, reception: Colleague, here: str, key: str
) -> None:
    calls, path = CALLS if key == "callbacks" else 0, f"/inbox/?view={key}"
    await reception.get(path)
    with counted(front) as made:
        await reception.get(path)
    assert len(made) <= LIST + calls
    with counted(front) as made:
        await reception.http.get(path, headers=REFRESH)
    assert len(made) <= REFRESHED_LIST + calls


@pytest.mark.parametrize(
    ("part", "most"),
    [("", THREAD), ("?part=facts", FACTS), ("/others", OTHERS), ("/suggestions", SUGGESTIONS)],
)
async def test_a_part_that_looks_again_costs_so_many_statements_and_writes_nothing(
    front: FrontDesk, reception: Colleague, here: str, part: str, most: int
) -> None:
    path = f"/inbox/c/{here}{part}"
    await reception.http.get(path, headers=REFRESH)
    with counted(front) as made:
        answer = await reception.http.get(path, headers=REFRESH)
    assert answer.status_code == 200 and len(made) <= most
    assert {statement.partition(" ")[0] for statement, _ in made} == {"SELECT"}


async def test_no_look_goes_through_all_that_grows(
    front: FrontDesk, reception: Colleague, here: str
) -> None:
    """Only in the order of an index, until a page is full; what is looked for by words may stand anywhere."""
    with counted(front) as made:
        for key in [one.key for one in VIEWS if one.key != "callbacks"]:
            await reception.get(f"/inbox/?view={key}")
        await reception.get(f"/inbox/c/{here}")
    plans = []
    async with front.app.state.rooms.ground.engine.connect() as connection:
        for statement, values in made:
            if statement.startswith("SELECT"):
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans += [(row[3], statement) for row in plan]
    through = re.compile(rf"SCAN ({'|'.join(GROWS)})(?! USING)")
    assert plans
    assert [one for one in plans if through.match(one[0])] == []
