"""Devices of staff that are told by Web Push, answers worth learning, and when a visitor last typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import push_devices, teachings

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add what the first step has not."""
    bind = op.get_bind()
    for table in (push_devices, teachings):
        table.create(bind, checkfirst=True)
    if "typing_at" not in {one["name"] for one in sa.inspect(bind).get_columns("conversations")}:
        op.add_column("conversations", sa.Column("typing_at", sa.DateTime))
