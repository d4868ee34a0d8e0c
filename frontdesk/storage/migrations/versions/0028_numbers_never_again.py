"""SQLite gives the number of a row that is gone to no other, as PostgreSQL never did."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TABLES = (
    "messages",
    "callbacks",
    "notes",
    "mentions",
    "callback_tries",
    "saved_filters",
    "push_devices",
    "canned_replies",
    "trainings",
    "arrivals",
)
NUMBER = re.compile(r"\bid INTEGER NOT NULL\b(?! PRIMARY)")
KEY = re.compile(r",\s*PRIMARY KEY \(id\)")
NAME = re.compile(r"^CREATE TABLE \S+")
MADE = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"
BESIDE = """SELECT sql FROM sqlite_master
WHERE tbl_name = :name AND type IN ('index', 'trigger') AND sql IS NOT NULL"""


def upgrade() -> None:
    """Put each table that the first step has not made so into a new one; SQLite knows no other way."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return
    bind.exec_driver_sql("PRAGMA secure_delete = ON")  # the old pages hold what visitors said
    for name in TABLES:
        if "AUTOINCREMENT" not in bind.scalar(sa.text(MADE), {"name": name}):
            _make_anew(bind, name)


def _make_anew(bind: sa.engine.Connection, name: str) -> None:
    """With the same columns, rows, numbers, indexes and triggers."""
    made = bind.scalar(sa.text(MADE), {"name": name})
    beside = bind.execute(sa.text(BESIDE), {"name": name}).scalars().all()
    made, numbers = NUMBER.subn("id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", made, count=1)
    made, keys = KEY.subn("", made, count=1)
    if (numbers, keys) != (1, 1):
        raise RuntimeError(f"the table {name} is not as it was made")
    for statement in (
        NAME.sub(f"CREATE TABLE new_{name}", made, count=1),
        f"INSERT INTO new_{name} SELECT * FROM {name}",
        f"DROP TABLE {name}",
        f"ALTER TABLE new_{name} RENAME TO {name}",
        *beside,
    ):
        bind.exec_driver_sql(statement)
