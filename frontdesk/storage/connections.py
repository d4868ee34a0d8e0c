"""The way to the database: opening it, and bringing its schema up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from frontdesk.storage import sqlite
from frontdesk.storage.transactions import Database


def connect(url: str) -> Database:
    """Open the database. What is stored is never written into a log."""
    if url.startswith("sqlite"):
        return sqlite.connect(url)
    return Database(create_async_engine(url, hide_parameters=True).sync_engine)


def migrate(url: str) -> None:
    """Bring the schema up to date, step by step (frontdesk/storage/migrations/versions)."""
    if url.startswith("sqlite"):
        Path(url.partition("///")[2]).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    config.set_main_option("sqlalchemy.url", plain.replace("%", "%%"))
    command.upgrade(config, "head")
