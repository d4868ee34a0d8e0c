"""What providers have handed in and nobody has looked at yet."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import arrivals

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table if the first step has not."""
    arrivals.create(op.get_bind(), checkfirst=True)
