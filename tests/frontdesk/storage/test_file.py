from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from frontdesk.storage import file
from frontdesk.storage.connections import migrate
from frontdesk.storage.file import Unusable, held, keep_private


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def open_and_close(url: str) -> None:
    with held(url, "http://desk.example"):
        pass


def test_one_front_desk_holds_a_file_and_the_second_is_told_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    used = r"desk\.db is used .* http://first\.example:8000"
    with held(url_of(path), "http://first.example:8000"), pytest.raises(Unusable, match=used):
        open_and_close(url_of(path))
    with held(url_of(path), "http://second.example"):
        pass


@pytest.mark.parametrize("content", [b"no database at all" * 300, b""], ids=["corrupt", "empty"])
def test_a_corrupt_file_is_named_with_its_remedy_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(Unusable, match=r"desk\.db is damaged .* backup"):
            open_and_close(url_of(path))
    else:
        with held(url_of(path), "http://desk.example"):
            migrate(url_of(path))
    assert (path.read_bytes() == content) == bool(content)


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "LEAST_ROOM", 1 << 62)
    with pytest.raises(Unusable, match="no room to grow"):
        open_and_close(url_of(tmp_path / "desk.db"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(Unusable, match="cannot be written .*DATABASE_URL"):
        open_and_close(url_of(tmp_path / "var" / "desk.db"))


def test_a_database_server_is_nobodys_file() -> None:
    with held("postgresql+asyncpg://desk@db.example/desk", "http://desk.example"):
        pass


def test_a_migration_that_fails_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    real = sa.Table.create

    def fails(table: sa.Table, *args: object, **more: object) -> None:
        if table.name == "erasures":
            raise RuntimeError("the power failed")
        real(table, *args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(sa.Table, "create", fails)
        with pytest.raises(Unusable, match="could not be brought up to date .* power failed"):
            migrate(url_of(path))
    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from sqlite_master").fetchone() == (0,)
    connection.close()
    migrate(url_of(path))


def test_old_files_are_made_private_again(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    (folder / "run").mkdir(parents=True)
    files = [folder / "frontdesk.db", folder / "frontdesk.db-wal", folder / "run" / "frontdesk.log"]
    for one in files:
        one.touch()
        one.chmod(0o644)
    folder.chmod(0o755)
    keep_private(files[0])
    assert [one.stat().st_mode & 0o777 for one in files] == [0o600, 0o600, 0o644]
    keep_private(folder, tmp_path / "there is none")
    assert [one.stat().st_mode & 0o777 for one in files] == [0o600] * 3
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_new_file_is_private_whoever_makes_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        migrate(url_of(tmp_path / "desk.db"))
    finally:
        os.umask(before)
    assert (tmp_path / "desk.db").stat().st_mode & 0o777 == 0o600


def test_a_file_of_a_newer_version_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    migrate(url_of(path))
    connection = sqlite3.connect(path)
    connection.execute("update alembic_version set version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Unusable, match=r"desk\.db was written by a newer version .* backup"):
        migrate(url_of(path))
    assert path.read_bytes() == before


def test_a_migration_that_was_left_half_done_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    """By another program, or an old version of ours that did not take all steps together."""
    path = tmp_path / "desk.db"
    migrate(url_of(path))
    connection = sqlite3.connect(path)
    connection.execute("update alembic_version set version_num = '0002'")
    connection.execute("drop table messages")
    connection.commit()
    before = connection.execute("select name from sqlite_master order by 1").fetchall()
    connection.close()
    with pytest.raises(Unusable, match=r"desk\.db could not be brought up to date .* backup"):
        migrate(url_of(path))
    connection = sqlite3.connect(path)
    assert connection.execute("select name from sqlite_master order by 1").fetchall() == before
    connection.close()
