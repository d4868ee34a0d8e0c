"""How far each member of staff has read a conversation: what is new is new for me."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import reads

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add what the first step has not."""
    reads.create(op.get_bind(), checkfirst=True)
