"""The table of parts handed to providers."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import sendings

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create it where the first step has not: there it was made with all the others."""
    sendings.create(op.get_bind(), checkfirst=True)
