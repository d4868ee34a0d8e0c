"""A front desk whose power fails at a chosen step: every statement, every commit, every call outside.

The steps of a turn are counted by running it once; they are not picked by hand.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from clinic import Clinic
from frontdesk.app import create_app
from frontdesk.settings import Settings
from tests.frontdesk.conftest import PASSWORD, SECRET, URL, FakeClock, FrontDesk
from tests.standins.assistant import StandInAssistant

HOOK = {
    "NOTIFY_WEBHOOK_URL": "http://127.0.0.1:9/hook",
    "NOTIFY_WEBHOOK_SECRET": "a-webhook-secret-for-tests",
}
"""Nobody listens there: a notice stays in the record until it is taken."""
NOT_A_TURN = ("sweep", "acknowledge", "timers", "notices", "retention")


class PowerCut(BaseException):
    """Nothing after this happens in the process that it ends."""


class Power:
    """Counts the steps of the turns, and fails at one of them for good."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.steps = 0
        self.is_off = False
        self.fails_at = fails_at

    def step(self, *_: Any) -> None:
        task = asyncio.current_task()
        if self.is_off:
            raise PowerCut
        if task and task.get_name() not in NOT_A_TURN:
            self.steps += 1
            if self.steps == self.fails_at:
                self.is_off = True
                raise PowerCut


def settings_in(folder: Path, template: Path) -> Settings:
    """A copy of a migrated, empty database."""
    folder.mkdir()
    shutil.copy(template, folder / "desk.db")
    url = f"sqlite:///{folder}/desk.db"
    values = {"ASSISTANT_SECRET": SECRET, "STAFF_PASSWORD": PASSWORD, "PUBLIC_URL": URL}
    return Settings.read({**values, "DATABASE_URL": url, **HOOK})


@asynccontextmanager
async def switched_on(
    settings: Settings, clinic: Clinic, assistant: StandInAssistant, clock: FakeClock, power: Power
) -> AsyncIterator[FrontDesk]:
    """A front desk on this power."""

    async def outside(request: httpx.Request) -> httpx.Response:
        power.step()
        answer = await assistant.transport.handle_async_request(request)
        power.step()
        return answer

    app = create_app(settings, clinic, clock, httpx.MockTransport(outside))
    engine = app.state.rooms.ground.engine.sync_engine
    opened: list[Any] = []
    sa.event.listen(engine, "connect", lambda connection, record: opened.append(connection))
    async with app.router.lifespan_context(app):
        sa.event.listen(engine, "before_cursor_execute", power.step)
        sa.event.listen(engine, "commit", power.step)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            yield FrontDesk(app, assistant, clock, settings, http)
        sa.event.remove(engine, "before_cursor_execute", power.step)
        sa.event.remove(engine, "commit", power.step)
    for connection in opened:  # a process that ends lets go of its files
        with suppress(ValueError, sqlite3.Error):
            await connection.driver_connection.rollback()
            await connection.driver_connection.close()
