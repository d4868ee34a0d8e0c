"""A real front desk over a real SQLite file, beside a stand-in of the assistant."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from starlette.applications import Starlette

from clinic import Clinic, load
from clinic.watched import LOOK_AGAIN
from frontdesk.answering.desk import Desk
from frontdesk.app import create_app
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.conversations.model import Message, Status
from frontdesk.settings import Settings
from frontdesk.staff.members import Member, Staff
from frontdesk.storage import sqlite, tables
from frontdesk.storage.connections import migrate
from frontdesk.wiring import build
from tests.standins.assistant import StandInAssistant
from tests.standins.mail import MailBox
from tests.standins.ports import free_ports

URL = "http://desk.test"
SECRET = "a-secret-for-tests-only"
PASSWORD = "a-password-for-tests"
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
MONDAY_NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=timezone.utc)


@dataclass
class FakeClock:
    """Time that moves when a test says so."""

    now: datetime = MONDAY_NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += timedelta(**by)


@dataclass
class FrontDesk:
    """Everything that a test may want of one front desk."""

    app: Starlette
    assistant: StandInAssistant
    clock: FakeClock
    settings: Settings
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    visitors: int = 0

    @property
    def desk(self) -> Desk:
        return self.app.state.rooms.answering.desk

    @property
    def staff(self) -> Staff:
        return self.app.state.rooms.staff.members

    @property
    def webhook_events(self) -> WebhookEvents:
        return self.app.state.rooms.channels.webhook_events

    async def taken_in(self) -> bool:
        """Has everything that providers have handed in been looked at?"""
        return not await self.webhook_events.first(but=())

    async def member(self) -> Member:
        return (await self.staff.members())[0]

    async def visitor(self) -> Visitor:
        """Somebody from an address of their own."""
        self.visitors += 1
        address = f"10.{self.visitors >> 8}.{self.visitors & 255}.1"
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        asks = httpx.Request(
            "POST", f"{self.settings.public_url}/api/conversations", json={"language": "en"}
        )
        answer = await transport.handle_async_request(asks)
        body = json.loads(await answer.aread())
        assert answer.status_code == 201, body
        return Visitor(self, body["token"], body["conversation_id"])


@dataclass
class Visitor:
    """Somebody at the visitor API."""

    front: FrontDesk
    token: str
    id: str
    count: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **body: Any) -> httpx.Response:
        self.count += 1
        body = {"id": f"id-{self.count}", **body}
        return await self.front.http.post("/api/messages", json=body, headers=self.headers)

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        answer = await self.front.http.get(f"/api/messages?after={after}", headers=self.headers)
        assert answer.status_code == 200
        return answer.json()["messages"]

    async def words(self, author: str) -> list[str]:
        return [m["text"] for m in await self.messages() if m["author"] == author]

    async def owner(self) -> str:
        conversation = await self.front.desk.conversations.get(self.id)
        assert conversation
        return conversation.owner.value

    async def say(self, text: str) -> None:
        """Write, and wait until nothing is pending."""
        answer = await self.post(text=text)
        assert answer.status_code == 202, answer.text
        await until(lambda: self._settled())

    async def _settled(self) -> bool:
        return not await pending(self.front, self.id)


async def pending(front: FrontDesk, conversation_id: str) -> list[Message]:
    """A visitor's messages that nobody has answered yet, in order."""
    said = await front.desk.conversations.messages.after(conversation_id, 0)
    return [one for one in said if one.status is Status.PENDING]


async def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until an async condition holds: a test that fails waits longer, one that passes does not."""

    async def holds() -> None:
        while not await condition():  # noqa: ASYNC110 (the condition is a row in a database)
            await asyncio.sleep(0.005)

    await asyncio.wait_for(holds(), seconds)


async def within_a_second(condition: Callable[[], Any]) -> None:
    """It is so for whoever asks a moment later, however busy the machine is."""
    await asyncio.sleep(LOOK_AGAIN)
    assert LOOK_AGAIN < 1 and await condition()


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    """Whoever says so is on duty, however far a test moves the clock."""
    found = load(Path("clinic.yml"))
    return replace(found, handover=replace(found.handover, on_duty_means="notice"))


@pytest.fixture()
def mail_port() -> int:
    return free_ports(1)[0]


@pytest.fixture()
def post(mail_port: int) -> Iterator[MailBox]:
    """A mailbox behind a real SMTP server."""
    found = MailBox()
    server = Controller(found, hostname="127.0.0.1", port=mail_port)
    server.start()
    yield found
    server.stop()


@pytest.fixture()
def extra_settings() -> dict[str, str]:
    """Settings that a test module adds."""
    return {}


@pytest.fixture(scope="session")
def with_reception(tmp_path_factory: pytest.TempPathFactory, clinic: Clinic) -> Path:
    """A database with the first account, to be copied: to hash a password costs more than most tests."""
    file = tmp_path_factory.mktemp("database") / "desk.db"
    url = f"sqlite:///{file}"
    given = {"ASSISTANT_SECRET": SECRET, "STAFF_PASSWORD": PASSWORD, "DATABASE_URL": url}
    settings = Settings.read(given)
    migrate(settings.database_url)

    async def add() -> None:
        rooms = build(settings, clinic, FakeClock())
        await rooms.staff.members.ensure_first_account(PASSWORD)
        await rooms.ground.engine.dispose()

    asyncio.run(add())
    return file


@pytest.fixture()
def settings(tmp_path: Path, extra_settings: dict[str, str], with_reception: Path) -> Settings:
    found = Settings.read(
        {
            "ASSISTANT_SECRET": SECRET,
            "STAFF_PASSWORD": PASSWORD,
            "PUBLIC_URL": URL,
            "DATABASE_URL": f"sqlite:///{tmp_path}/desk.db",
            **extra_settings,
        }
    )
    shutil.copy(with_reception, tmp_path / "desk.db")
    return found


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits to write is not given up: many write at once, and the machine may be busy."""
    monkeypatch.setattr(sqlite, "TURN_SECONDS", 60.0)


@pytest.fixture()
async def front(settings: Settings, clinic: Clinic) -> AsyncIterator[FrontDesk]:
    assistant, clock = StandInAssistant(SECRET), FakeClock()
    app = create_app(settings, clinic, clock, assistant.transport)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            found = FrontDesk(app, assistant, clock, settings, http)
            await found.desk.conversations.write(tables.one_time_passwords.delete())  # was changed
            await found.staff.set_on_duty((await found.member()).id, True)
            yield found


@pytest.fixture()
def statements(front: FrontDesk) -> Counter[str]:
    """How many statements each kind of task has made."""
    counted: Counter[str] = Counter()

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        task = asyncio.current_task()
        counted[task.get_name().partition(" ")[0] if task else ""] += 1

    engine = front.app.state.rooms.ground.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    return counted
