"""Which language a conversation is in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add what the first step has not."""
    columns = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("conversations")}
    if "language" not in columns:
        op.add_column("conversations", sa.Column("language", sa.String(8)))
