"""A visitor may write from several addresses of one channel (a number, and a user id without one)."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import other_addresses

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table if the first step has not."""
    other_addresses.create(op.get_bind(), checkfirst=True)
