"""When words of a conversation were last deleted: without it each look at a chat searched them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.conversations.messages import FORGOTTEN
from frontdesk.storage.tables import conversations, messages

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add what the first step has not; fill it in for what was deleted before."""
    columns = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("conversations")}
    if "blanked_at" in columns:
        return
    op.add_column("conversations", sa.Column("blanked_at", sa.DateTime))
    gone = messages.c.payload["type"].as_string() == FORGOTTEN["type"]
    blanked = sa.select(messages.c.conversation_id).where(gone)
    op.execute(
        conversations.update()
        .where(conversations.c.id.in_(blanked))
        .values(blanked_at=conversations.c.updated_at)
    )
