"""Links between conversations with one person."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import same_person

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table if the first step has not."""
    same_person.create(op.get_bind(), checkfirst=True)
