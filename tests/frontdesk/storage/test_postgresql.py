"""PostgreSQL: the audit's lines go when they are old, and never before; promises hold there too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from clinic import Clinic
from frontdesk.answering.desk import TOLD_AFTER_SECONDS
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.staff.members import Staff
from frontdesk.staff.passwords import TooManyTries
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections, tables
from tests.frontdesk.channels.drivers import WhatsAppDriver
from tests.frontdesk.conftest import PASSWORD, SECRET, URL, FakeClock, FrontDesk, until
from tests.frontdesk.inbox.conftest import sign_in
from tests.frontdesk.inbox.test_access import ACCESS, _real
from tests.standins.assistant import StandInAssistant
from tests.standins.databases import new_database, postgres_url

NOW = datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_url() as address:
        yield address


async def test_old_lines_of_the_audit_go_and_young_ones_never(postgres: str) -> None:
    url = new_database(postgres)
    connections.migrate(url)
    engine = connections.connect(url.replace("postgresql://", "postgresql+asyncpg://"))
    staff = Staff(engine, lambda: NOW, SecondFactors(engine, "", lambda: NOW))
    line = {"staff_id": None, "conversation_id": None}
    async with engine.begin() as connection:
        for what, days in (("old", 400), ("young", 1)):
            at = NOW - timedelta(days=days)
            await connection.execute(tables.audit.insert().values(what=what, at=at, **line))
    await staff.prune(timedelta(days=365))
    async with engine.connect() as connection:
        kept = (await connection.execute(sa.select(tables.audit.c.what))).scalars().all()
    assert kept == ["young"]
    for change in (tables.audit.delete(), tables.audit.update().values(what="x")):
        with pytest.raises(DBAPIError, match="only added to"):
            async with engine.begin() as connection:
                await connection.execute(change)
    await engine.dispose()


async def test_guesses_at_once_are_counted_one_by_one(postgres: str) -> None:
    url = new_database(postgres)
    connections.migrate(url)
    engine = connections.connect(url.replace("postgresql://", "postgresql+asyncpg://"))
    staff = Staff(engine, lambda: NOW, SecondFactors(engine, "", lambda: NOW))
    guesses = [staff.sign_in("nobody", "wrong", "10.0.0.1") for _ in range(12)]
    found = await asyncio.gather(*guesses, return_exceptions=True)
    assert found.count(None) == 5
    assert sum(isinstance(one, TooManyTries) for one in found) == 7
    await engine.dispose()


@pytest.fixture()
def whatsapp() -> Iterator[WhatsAppDriver]:
    made = WhatsAppDriver()
    yield made
    made.provider.close()


@pytest.fixture()
async def front(
    postgres: str, clinic: Clinic, whatsapp: WhatsAppDriver
) -> AsyncIterator[FrontDesk]:
    url, assistant, clock = new_database(postgres), StandInAssistant(SECRET), FakeClock()
    values = {"ASSISTANT_SECRET": SECRET, "STAFF_PASSWORD": PASSWORD, "PUBLIC_URL": URL}
    settings = Settings.read({**values, **whatsapp.settings, "DATABASE_URL": url})
    connections.migrate(settings.database_url)
    app = create_app(settings, clinic, clock, assistant.transport)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            found = FrontDesk(app, assistant, clock, settings, http)
            await found.desk.conversations.write(tables.one_time_passwords.delete())
            yield found


async def test_every_page_and_every_chore_works_here_too(
    front: FrontDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    visitor = await front.visitor()
    await visitor.say("a human please")
    member = await sign_in(front, "reception", PASSWORD)
    pages = [path for method, path in ACCESS if method == "GET" and "events" not in path]
    answers = {path: (await member.get(_real(path, visitor.id))).status_code for path in pages}
    answers["search"] = (await member.search(q="human")).status_code
    assert {path: code for path, code in answers.items() if code >= 500} == {}
    await front.app.state.rooms.retention.run()
    failed = [one.getMessage() for one in caplog.records if " failed: " in one.getMessage()]
    assert failed == []  # each chore ran at the start


async def test_while_no_connection_is_to_be_had_visitors_are_asked_to_try_again(
    front: FrontDesk, postgres: str
) -> None:
    """The server refuses new connections and has ended those there were; then it is back."""
    visitor = await front.visitor()
    name = sa.engine.make_url(front.settings.database_url).database
    server = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            connection.execute(sa.text(ends), {"name": name})
            answers = [await visitor.post(text=f"number {number}") for number in range(8)]
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    finally:
        server.dispose()
    assert {one.status_code for one in answers} == {503}
    assert answers[0].headers["retry-after"] == "2"
    assert (await visitor.post(text="now?")).status_code == 202


async def test_a_message_s_whole_way_over_a_channel_is_the_same_here(
    front: FrontDesk, whatsapp: WhatsAppDriver
) -> None:
    """Handed in twice and at once, answered in order, once each; in an outage told so once."""
    posts = [whatsapp.text(f"number {number}", str(9_000 + number % 4)) for number in range(8)]
    front.assistant.gate.clear()
    await asyncio.gather(*(whatsapp.post(front, one) for one in posts))
    for _ in range(2):
        front.clock.forward(seconds=TOLD_AFTER_SECONDS + 1)
        await front.desk.acknowledge()
    front.assistant.gate.set()

    async def are_answered() -> bool:
        return len(whatsapp.provider.sent) >= 6

    await until(are_answered)
    texts = [one.text for one in whatsapp.provider.sent]
    assert "automated assistant" in texts[0] and "cannot answer just now" in texts[1]
    assert texts[2:] == [f"echo: number {number}" for number in said(front)]
    (conversation,) = await front.desk.conversations.find()
    sent = await front.desk.conversations.messages.after(conversation.id, 0)
    assert [one.seq for one in sent] == list(range(1, 11))


def said(front: FrontDesk) -> list[str]:
    """The numbers that the assistant was asked, in order."""
    return [str(turn["text"]).removeprefix("number ") for turn in front.assistant.turns]
