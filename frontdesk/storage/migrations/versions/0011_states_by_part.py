"""Each part of a message has a state of its own, and a receipt may be faster than the provider's answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import early_receipts

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add what the first step has not made."""
    have = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("sendings")}
    if "status" not in have:
        op.add_column(
            "sendings", sa.Column("status", sa.String(10), nullable=False, server_default="sent")
        )
        op.add_column("sendings", sa.Column("error", sa.String(200)))
    early_receipts.create(op.get_bind(), checkfirst=True)
