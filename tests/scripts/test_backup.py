"""Saved, wiped, put back: the same conversations, on SQLite and on PostgreSQL, and nobody who was erased."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered

from assistant.tracker_store import ConversationTrackerStore
from clinic import load
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.connections import migrate
from scripts.backup import Refusal, files, restore, save
from scripts.environment import tracker_file
from tests.frontdesk.conftest import SECRET, URL, FakeClock, FrontDesk, until
from tests.standins.assistant import StandInAssistant
from tests.standins.databases import POSTGRES, postgres_url

SAID = [f"message {number}" for number in range(20)]
CANARY = "canaryfeathers"


async def talk(store: ConversationTrackerStore, conversation_id: str) -> None:
    for text in SAID:
        with store.process(conversation_id, text) as turn:
            begin = [] if turn.tracker.events else [SessionStarted()]
            turn.tracker.update_with_events([*begin, UserUttered(text), BotUttered(text)], None)
            await turn.keep()


def said(url: str, conversation_id: str) -> list[str]:
    store = ConversationTrackerStore(Domain.empty(), host=url)
    tracker = asyncio.run(store.retrieve(conversation_id))
    store.engine.dispose()
    return [e.text for e in tracker.events if isinstance(e, UserUttered)] if tracker else []


@asynccontextmanager
async def desk_over(values: dict[str, str]) -> AsyncIterator[FrontDesk]:
    """A front desk, from its start to its end."""
    given = {"ASSISTANT_SECRET": SECRET, "PUBLIC_URL": URL, **values}
    settings, assistant, clock = Settings.read(given), StandInAssistant(SECRET), FakeClock()
    migrate(settings.database_url)
    clinic = load(Path("clinic.yml"))
    clinic = replace(clinic, handover=replace(clinic.handover, on_duty_means="notice"))
    app = create_app(settings, clinic, clock, assistant.transport)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            yield FrontDesk(app, assistant, clock, settings, http)


async def open_one(values: dict[str, str]) -> str:
    async with desk_over(values) as front:
        return (await front.visitor()).id


def there_and_back(values: dict[str, str], tracker_url: str, archive: Path) -> None:
    here = asyncio.run(open_one(values))
    store = ConversationTrackerStore(Domain.empty(), host=tracker_url)
    asyncio.run(talk(store, here))
    archive.touch(0o644)  # an older one, which everybody could read
    save(values, archive)
    assert archive.stat().st_mode & 0o077 == 0
    store.erase(here)
    store.engine.dispose()
    assert said(tracker_url, here) == []
    restore(values, archive, nobody_erased=True)
    assert said(tracker_url, here) == SAID


def test_sqlite_there_and_back(tmp_path: Path) -> None:
    values = {"DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db"}
    assert files(values) == (tmp_path / "frontdesk.db", tmp_path / "assistant.db")
    there_and_back(values, tracker_file(values), tmp_path / "saved")


def test_postgresql_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_url() as url:
        monkeypatch.setenv("PATH", str(POSTGRES), prepend=":")
        there_and_back({"DATABASE_URL": url}, url, tmp_path / "saved")


def test_what_is_no_back_up_changes_nothing(tmp_path: Path) -> None:
    values = {"DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db"}
    with pytest.raises(Refusal, match=r"frontdesk.db does not exist"):
        save(values, tmp_path / "saved")
    asyncio.run(talk(ConversationTrackerStore(Domain.empty(), host=tracker_file(values)), "one"))
    (tmp_path / "nonsense").write_text("nonsense")
    with pytest.raises(Refusal, match="erased.txt does not exist"):
        restore(values, tmp_path / "nonsense")
    (tmp_path / "erased.txt").touch()
    with pytest.raises(Refusal, match="is not a back-up"):
        restore(values, tmp_path / "nonsense")
    with pytest.raises(Refusal, match="does not exist"):
        restore(values, tmp_path / "missing")
    assert said(tracker_file(values), "one") == SAID


def with_erased_file(tmp_path: Path) -> dict[str, str]:
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    return {"DATABASE_URL": url, "ERASED_FILE": str(tmp_path / "erased.txt")}


def bytes_left(tmp_path: Path) -> list[str]:
    words = CANARY.encode()
    return [one.name for one in tmp_path.glob("frontdesk.db*") if words in one.read_bytes()]


async def test_who_was_erased_after_a_back_up_does_not_come_back_with_it(tmp_path: Path) -> None:
    values = with_erased_file(tmp_path)
    async with desk_over(values) as front:
        gone, blanked, stays = [await front.visitor() for _ in range(3)]
        for visitor in (gone, blanked, stays):
            await visitor.say(f"hello, {CANARY if visitor is gone else 'I stay'}")
    await asyncio.to_thread(
        asyncio.run, talk(ConversationTrackerStore(Domain.empty(), host=tracker_file(values)), "x")
    )
    save(values, tmp_path / "saved")
    async with desk_over(values) as front:
        await front.desk.erase(gone.id)
        (told,) = await front.desk.conversations.messages.after(blanked.id, 1, 1)
        await front.desk.conversations.messages.delete_words(told, "A health answer, deleted.")
    assert gone.id not in (tmp_path / "erased.txt").read_text()
    restore(values, tmp_path / "saved")
    assert bytes_left(tmp_path)
    async with desk_over(values) as front:
        answer = await front.http.get("/api/messages?after=0", headers=gone.headers)
        assert answer.status_code == 401
        blanked.front = stays.front = front
        assert (await blanked.words("visitor")) == ["A health answer, deleted."]
        assert (await stays.words("visitor")) == ["hello, I stay"]

        async def is_gone() -> bool:
            await front.desk.sweep()
            told = (blanked.id, {"message_id": f"m_{blanked.id}_2"})
            is_told = gone.id in front.assistant.erased and told in front.assistant.forgot
            return is_told and not bytes_left(tmp_path)

        await until(is_gone)
        audit = await front.desk.conversations.rows(sa.select(tables.audit.c.what))
        assert ("erased again after a restore",) in [tuple(row) for row in audit]
        await front.app.state.rooms.retention.erase_again()
    with closing(sqlite3.connect(tmp_path / "assistant.db")) as tracker:
        assert tracker.execute("SELECT count(*) FROM events").fetchone() == (0,)  # of nobody here
