"""Visitors who left an address, to be told that a person has answered."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import answer_mails

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add what the first step has not."""
    answer_mails.create(op.get_bind(), checkfirst=True)
