"""The first tables."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of frontdesk/database.py as it was when this step was written."""
    metadata.create_all(op.get_bind())
