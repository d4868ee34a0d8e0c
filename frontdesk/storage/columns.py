"""Kinds of columns that many tables have."""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa

metadata = sa.MetaData()

NEVER_AGAIN = {"sqlite_autoincrement": True}
"""For tables whose rows go and whose numbers live on elsewhere: in a sending that is under way, in another
table, on a page that is open. Left to itself SQLite gives the highest number again once its row is gone;
PostgreSQL never does."""


class UtcDateTime(sa.types.TypeDecorator):
    """An aware datetime in UTC; databases that keep no zone keep UTC."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """Store UTC without a zone. Raise ValueError for a datetime that has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Give back an aware datetime."""
        return value.replace(tzinfo=timezone.utc) if value else None


def own_number() -> sa.Column:
    """Rows counted by the database."""
    return sa.Column("id", sa.Integer, primary_key=True)


def of_conversation(**how: bool) -> sa.Column:
    """Which conversation a row is about."""
    return sa.Column("conversation_id", sa.String(64), nullable=False, **(how or {"index": True}))


def of_staff(**how: bool) -> sa.Column:
    """Which member of staff a row is about, or comes from."""
    return sa.Column("staff_id", sa.Integer, nullable=False, **how)


def number_of(name: str, **how: bool) -> sa.Column:
    """The number of a row of another table."""
    return sa.Column(name, sa.Integer, **how)


def moment(name: str = "at") -> sa.Column:
    """When it was; always there."""
    return sa.Column(name, UtcDateTime, nullable=False)
