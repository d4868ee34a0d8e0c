"""The number of a row that is gone is given to no other row: something may still act on it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from frontdesk.storage import connections, tables
from frontdesk.storage.columns import metadata
from frontdesk.storage.file import Unusable
from tests.frontdesk.conftest import FrontDesk

KEPT_FOR_GOOD = {"staff", "answer_steps", "row_signatures", "clinic_changes"}
"""No row of them is ever deleted."""
NAMED_BY_NOBODY = {"owner_changes", "sign_ins", "audit"}
"""Their rows go, but no other table, page or task knows one by its number."""
COUNTED = {
    one.name
    for one in metadata.tables.values()
    if "id" in one.c and one.c.id.type.python_type is int
}
NEVER_AGAIN = COUNTED - KEPT_FOR_GOOD - NAMED_BY_NOBODY
ADDED = """INSERT INTO messages(conversation_id, seq, author, text, is_private, status, at)
VALUES ('{one}', 1, 'visitor', '{text}', 0, 'answered', '2026-11-23 12:00:00')"""


def made_as_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """A file of the version before, with two conversations in it."""
    real = command.upgrade
    with monkeypatch.context() as patched:
        for name in NEVER_AGAIN:
            patched.setitem(metadata.tables[name].dialect_options["sqlite"], "autoincrement", False)
        patched.setattr(command, "upgrade", lambda config, _: real(config, "0027"))
        connections.migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE notes ADD COLUMN later TEXT")
    for one in ("ana", "ben"):
        connection.execute(ADDED.format(one=one, text=f"words of {one}"))
    connection.commit()
    return connection


def schema(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
    return {name: " ".join(str(sql).replace('"', "").split()) for name, sql in rows}


def numbered(connection: sqlite3.Connection) -> set[str]:
    return {name for name, sql in schema(connection).items() if "AUTOINCREMENT" in sql}


def test_every_table_that_is_counted_says_why_its_numbers_may_come_again_or_gives_none_again(
    tmp_path: Path,
) -> None:
    connections.migrate(f"sqlite:///{tmp_path / 'desk.db'}")
    connection = sqlite3.connect(tmp_path / "desk.db")
    assert numbered(connection) == NEVER_AGAIN
    connection.close()


def test_an_old_file_keeps_all_it_has_and_gives_no_number_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made_as_before(tmp_path / "desk.db", monkeypatch)
    before, rows = schema(old), old.execute("SELECT * FROM messages").fetchall()
    assert numbered(old) == set()
    old.close()
    connections.migrate(f"sqlite:///{tmp_path / 'desk.db'}")
    connection = sqlite3.connect(tmp_path / "desk.db")
    after = schema(connection)
    assert numbered(connection) == NEVER_AGAIN
    assert after.keys() == before.keys()
    same = after.keys() - NEVER_AGAIN
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert connection.execute("SELECT * FROM messages").fetchall() == rows
    connection.execute("DELETE FROM messages WHERE conversation_id = 'ben'")
    connection.execute(ADDED.format(one="eva", text="other words"))
    found = connection.execute("SELECT rowid FROM said('words') ORDER BY 1").fetchall()
    assert found == [(1,), (3,)]  # the index of words still follows
    connection.close()


def test_a_file_that_is_not_as_it_was_made_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made_as_before(tmp_path / "desk.db", monkeypatch)
    old.execute("DROP TABLE arrivals")  # the last of them: all others have been made anew by then
    old.execute("CREATE TABLE arrivals (id TEXT, kind TEXT, event JSON, at DATETIME)")
    old.commit()
    before = schema(old)
    old.close()
    with pytest.raises(Unusable, match="arrivals is not as it was made.*nothing of it was changed"):
        connections.migrate(f"sqlite:///{tmp_path / 'desk.db'}")
    connection = sqlite3.connect(tmp_path / "desk.db")
    assert schema(connection) == before
    assert connection.execute("SELECT count(*) FROM messages").fetchone() == (2,)
    connection.close()


def test_no_words_are_left_behind_in_the_file_when_its_tables_are_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_as_before(tmp_path / "desk.db", monkeypatch).close()
    connections.migrate(f"sqlite:///{tmp_path / 'desk.db'}")
    connection = sqlite3.connect(tmp_path / "desk.db")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM messages")
    connection.commit()
    connection.close()
    copy = shutil.copy(tmp_path / "desk.db", tmp_path / "copy.db")
    assert b"words of ana" not in Path(copy).read_bytes()


@pytest.mark.parametrize("table", [tables.messages, tables.callbacks], ids=lambda one: one.name)
async def test_what_comes_after_an_erasure_has_a_number_of_its_own(
    front: FrontDesk, table: sa.Table
) -> None:
    async def last() -> Any:
        newest = sa.select(table.c.id).order_by(table.c.id.desc()).limit(1)
        (row,) = await front.desk.conversations.rows(newest)
        return row["id"]

    first = await front.visitor()
    await first.say("call me back")
    before = await last()
    await front.desk.erase(first.id)
    await (await front.visitor()).say("call me back")
    assert await last() > before
