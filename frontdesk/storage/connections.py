"""The way to the database: opening it, and bringing its schema up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from frontdesk.storage import sqlite


def connect(url: str) -> AsyncEngine:
    """Open the database."""
    return sqlite.connect(url) if url.startswith("sqlite") else create_async_engine(url)


def migrate(url: str) -> None:
    """Bring the schema up to date, step by step (frontdesk/storage/migrations/versions)."""
    if url.startswith("sqlite"):
        Path(url.partition("///")[2]).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    config.set_main_option("sqlalchemy.url", plain.replace("%", "%%"))
    command.upgrade(config, "head")
