"""Photos and documents in conversations, senders that are muted, and each member's quiet hours and sound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import attachments

revision = "0020"
down_revision = "0019"

ADDED = {
    "conversations": [sa.Column("muted_at", sa.DateTime)],
    "staff": [
        sa.Column("quiet_from", sa.String(5)),
        sa.Column("quiet_until", sa.String(5)),
        sa.Column("sound", sa.String(20), nullable=False, server_default="chime"),
    ],
}


def upgrade() -> None:
    """Add what the first step has not."""
    bind = op.get_bind()
    attachments.create(bind, checkfirst=True)
    for table, columns in ADDED.items():
        there = {one["name"] for one in sa.inspect(bind).get_columns(table)}
        for column in columns:
            if column.name not in there:
                op.add_column(table, column)
