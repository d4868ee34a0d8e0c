"""Working in the inbox all day: what staff know of a person, labels, who looks at what, mentions,
snoozing, blocking, several tries of a callback, filters that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import (
    callback_tries,
    contacts,
    labels,
    looks,
    mentions,
    saved_filters,
)

revision = "0015"
down_revision = "0014"

CONVERSATION = (
    sa.Column("known_as", sa.String(200)),
    sa.Column("snoozed_until", sa.DateTime),
    sa.Column("blocked_at", sa.DateTime),
)


def upgrade() -> None:
    """Add what the first step has not."""
    bind = op.get_bind()
    for table in (contacts, labels, looks, mentions, callback_tries, saved_filters):
        table.create(bind, checkfirst=True)
    known = {one["name"] for one in sa.inspect(bind).get_columns("conversations")}
    for column in CONVERSATION:
        if column.name not in known:
            op.add_column("conversations", column)
    if "try_at" not in {one["name"] for one in sa.inspect(bind).get_columns("callbacks")}:
        op.add_column("callbacks", sa.Column("try_at", sa.DateTime))
