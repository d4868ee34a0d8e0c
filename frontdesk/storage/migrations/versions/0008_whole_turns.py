"""Messages that nobody has looked at for danger, waits that were missed, notices of several kinds,
erasures that the tracker still owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import erasures, notices

revision = "0008"
down_revision = "0007"

CONVERSATION = (
    sa.Column("missed_at", sa.DateTime),
    sa.Column("looked_at", sa.DateTime),
    sa.Column("sign", sa.String(200)),
    sa.Column("sign_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sign_at", sa.DateTime),
)
UNCHECKED = sa.Column("is_unchecked", sa.Boolean, nullable=False, server_default=sa.false())


def upgrade() -> None:
    """Add what the first step has not. Notices that are under way were about nothing but a wait."""
    bind = op.get_bind()
    here = sa.inspect(bind)
    has = {
        table: {one["name"] for one in here.get_columns(table)} for table in here.get_table_names()
    }
    for column in CONVERSATION:
        if column.name not in has["conversations"]:
            op.add_column("conversations", column)
    if UNCHECKED.name not in has["messages"]:
        op.add_column("messages", UNCHECKED)
        op.create_index("messages_unchecked", "messages", ["is_unchecked"])
    if "kind" not in has["notices"]:
        op.drop_table("notices")
        notices.create(bind)
    erasures.create(bind, checkfirst=True)
