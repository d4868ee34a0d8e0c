"""Visitors who asked to be told on their device that a person has answered."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import answer_pushes

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add what the first step has not."""
    answer_pushes.create(op.get_bind(), checkfirst=True)
