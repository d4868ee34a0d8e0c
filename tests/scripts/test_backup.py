"""Saved, wiped, put back: the same conversations, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered

from assistant.tracker_store import ConversationTrackerStore
from scripts.backup import Refusal, files, restore, save
from scripts.environment import tracker_file
from tests.standins.databases import POSTGRES, postgres_url

SAID = [f"message {number}" for number in range(20)]


async def talk(store: ConversationTrackerStore) -> None:
    for text in SAID:
        with store.process("a-conversation", text) as turn:
            begin = [] if turn.tracker.events else [SessionStarted()]
            turn.tracker.update_with_events([*begin, UserUttered(text), BotUttered(text)], None)
            await turn.keep()


def said(url: str) -> list[str]:
    store = ConversationTrackerStore(Domain.empty(), host=url)
    tracker = asyncio.run(store.retrieve("a-conversation"))
    store.engine.dispose()
    return [e.text for e in tracker.events if isinstance(e, UserUttered)] if tracker else []


def there_and_back(values: dict[str, str], tracker_url: str, archive: Path) -> None:
    store = ConversationTrackerStore(Domain.empty(), host=tracker_url)
    asyncio.run(talk(store))
    save(values, archive)
    assert archive.stat().st_mode & 0o077 == 0
    store.erase("a-conversation")
    store.engine.dispose()
    assert said(tracker_url) == []
    restore(values, archive)
    assert said(tracker_url) == SAID


def test_sqlite_there_and_back(tmp_path: Path) -> None:
    values = {"DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db"}
    front_desk, assistant = files(values)
    engine = sa.create_engine(values["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (word TEXT)"))
    engine.dispose()
    assert (front_desk, assistant) == (tmp_path / "frontdesk.db", tmp_path / "assistant.db")
    there_and_back(values, tracker_file(values), tmp_path / "saved")


def test_postgresql_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_url() as url:
        monkeypatch.setenv("PATH", str(POSTGRES), prepend=":")
        there_and_back({"DATABASE_URL": url}, url, tmp_path / "saved")


def test_what_is_no_back_up_changes_nothing(tmp_path: Path) -> None:
    values = {"DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db"}
    with pytest.raises(Refusal, match=r"frontdesk.db does not exist"):
        save(values, tmp_path / "saved")
    asyncio.run(talk(ConversationTrackerStore(Domain.empty(), host=tracker_file(values))))
    (tmp_path / "nonsense").write_text("nonsense")
    with pytest.raises(Refusal, match="is not a back-up"):
        restore(values, tmp_path / "nonsense")
    with pytest.raises(Refusal, match="does not exist"):
        restore(values, tmp_path / "missing")
    assert said(tracker_file(values)) == SAID
