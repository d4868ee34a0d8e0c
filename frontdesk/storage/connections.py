"""The way to the database: opening it, and bringing its schema up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from frontdesk.storage import sqlite
from frontdesk.storage.file import Unusable, path_of
from frontdesk.storage.transactions import Database

FOR_NOW = ("08", "40", "53", "55", "57")
"""Classes of PostgreSQL's error codes (its appendix A) that pass: connections, deadlocks, what is used up
or locked, a server that is stopped."""


def connect(url: str) -> Database:
    """Open the database. What is stored is never written into a log."""
    if url.startswith("sqlite"):
        return sqlite.connect(url)
    engine = create_async_engine(url, hide_parameters=True).sync_engine
    sa.event.listen(engine, "do_connect", _connected)
    sa.event.listen(engine, "handle_error", _named, retval=True)
    return Database(engine)


def _connected(dialect: Any, record: Any, args: Any, options: Any) -> Any:
    """asyncpg's own errors, and the network's, come through SQLAlchemy as they are."""
    try:
        return dialect.connect(*args, **options)
    except (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise dialect.dbapi.OperationalError(type(error).__name__) from error


def _named(context: Any) -> Any:
    """A connection that breaks, a server that stops, a deadlock: SQLAlchemy calls them just errors."""
    found, original = context.sqlalchemy_exception, context.original_exception
    if type(found) is DBAPIError and str(getattr(original, "sqlstate", ""))[:2] in FOR_NOW:
        found = OperationalError(context.statement, None, original)
    return found


def migrate(url: str) -> None:
    """Bring the schema up to date, step by step (frontdesk/storage/migrations/versions).

    All steps are taken, or none. Raise Unusable.
    """
    if url.startswith("sqlite"):
        file = Path(url.partition("///")[2])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)  # SQLite's own files beside it get the same rights
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    config.set_main_option("sqlalchemy.url", plain.replace("%", "%%"))
    where = path_of(plain) or "The database"
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Unusable(
            f"{where} was written by a newer version ({error}); start that version, "
            "or put a backup of this one in its place."
        ) from error
    except Exception as error:  # noqa: BLE001 (a schema half done by others can break any step)
        raise Unusable(
            f"{where} could not be brought up to date ({type(error).__name__}: {_reason(error)}); "
            "nothing of it was changed. Put your last backup in its place, or ask for help."
        ) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
