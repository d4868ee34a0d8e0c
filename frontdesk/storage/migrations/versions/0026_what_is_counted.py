"""What is asked at every look of staff is found by an index, however long the clinic has worked."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import audit, callbacks, conversations

revision = "0026"
down_revision = "0025"

NEW = ("conversations_staff", "conversations_snoozed", "audit_looks", "callbacks_done")


def upgrade() -> None:
    """Add what the first step has not."""
    for index in (*conversations.indexes, *audit.indexes, *callbacks.indexes):
        if index.name in NEW:
            index.create(op.get_bind(), checkfirst=True)
