"""What could not be stored is handed in again: whatever stands in the way, a provider hears 503."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection

from frontdesk.storage import sqlite
from tests.frontdesk.channels.contract import sent
from tests.frontdesk.channels.drivers import Driver, EmailDriver, SmsDriver, WhatsAppDriver
from tests.frontdesk.conftest import FrontDesk


async def is_taken_the_next_time(front: FrontDesk, driver: Driver) -> bool:
    taken = (await driver.post(front, driver.load("text"))).status_code
    await sent(driver, 2)
    return taken == 200 and len(front.assistant.turns) == 1


@pytest.mark.parametrize(
    "error",
    [
        NoConnection(),
        IntegrityError("insert", None, Exception("one row an id")),
        RuntimeError("cannot start another thread"),
        MemoryError(),
        asyncio.TimeoutError(),
        ValueError("no active connection"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("where", ["keep", "read"])
async def test_whatever_stands_in_the_way_of_a_webhook_it_is_asked_for_again(
    front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    async def fail(*_: Any) -> None:
        raise error

    channel = next(one for one in front.app.state.rooms.channels.all if "whatsapp" in one.names)
    with monkeypatch.context() as patched:
        patched.setattr(front.webhook_events if where == "keep" else channel, where, fail)
        answer = await driver.post(front, driver.load("text"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await is_taken_the_next_time(front, driver)


async def test_a_writer_that_takes_too_long_has_webhooks_asked_for_again(
    front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "TURN_SECONDS", 0.05)
        async with front.app.state.rooms.ground.engine.begin():
            posting = asyncio.create_task(driver.post(front, driver.load("text")))
            answer = await posting
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await is_taken_the_next_time(front, driver)


@pytest.mark.parametrize("driver", [SmsDriver, WhatsAppDriver, EmailDriver], indirect=True)
async def test_a_webhook_is_acknowledged_after_two_statements(
    front: FrontDesk, driver: Driver
) -> None:
    """Begin, and store: whatever else follows from it, the provider does not wait for."""
    counted: Counter[str] = Counter()

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        task = asyncio.current_task()
        counted[task.get_name() if task else ""] += 1

    engine = front.app.state.rooms.ground.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    posting = asyncio.create_task(driver.post(front, driver.load("text")), name="webhook")
    assert (await posting).status_code == 200
    assert counted["webhook"] == 2
