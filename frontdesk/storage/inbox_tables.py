"""The tables that only the inbox works with: what staff know, note and want to see again."""

from __future__ import annotations

import sqlalchemy as sa

from frontdesk.storage.columns import (
    NEVER_AGAIN,
    UtcDateTime,
    metadata,
    moment,
    number_of,
    of_conversation,
    of_staff,
    own_number,
)

contacts = sa.Table(
    "contacts",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("phone", sa.String(40)),
    sa.Column("email", sa.String(200)),
    sa.Column("about", sa.Text),
    of_staff(),
    moment(),
)
"""What staff know of a person; each of the person's conversations has the whole of it."""

labels = sa.Table(
    "labels",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("word", sa.String(40), primary_key=True, index=True),
    sa.Column("of_person", sa.Boolean, primary_key=True),
)

looks = sa.Table(
    "looks",
    metadata,
    of_staff(primary_key=True, autoincrement=False),
    of_conversation(),
    moment(),
    sa.Column("typing_at", UtcDateTime),
)
"""Which conversation each member of staff has before them, and when they last typed in it."""

reads = sa.Table(
    "reads",
    metadata,
    of_staff(primary_key=True, autoincrement=False),
    of_conversation(primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Index("reads_conversation", "conversation_id"),
)
"""How far each member of staff has read."""

mentions = sa.Table(
    "mentions",
    metadata,
    own_number(),
    of_conversation(),
    number_of("note_id", nullable=False),
    of_staff(index=True),
    sa.Column("seen_at", UtcDateTime),
    **NEVER_AGAIN,
)

callback_tries = sa.Table(
    "callback_tries",
    metadata,
    own_number(),
    of_conversation(),
    number_of("callback_id", nullable=False, index=True),
    of_staff(),
    sa.Column("outcome", sa.String(20), nullable=False),
    moment(),
    **NEVER_AGAIN,
)

saved_filters = sa.Table(
    "saved_filters",
    metadata,
    own_number(),
    of_staff(index=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("query", sa.String(200), nullable=False),
    **NEVER_AGAIN,
)
"""Filters by channel, outcome and label. Words that were looked for may name somebody: not kept."""

push_devices = sa.Table(
    "push_devices",
    metadata,
    own_number(),
    of_staff(index=True),
    sa.Column("endpoint", sa.String(1_000), nullable=False, unique=True),
    sa.Column("p256dh", sa.String(200), nullable=False),
    sa.Column("auth", sa.String(100), nullable=False),
    moment(),
    **NEVER_AGAIN,
)

attachments = sa.Table(
    "attachments",
    metadata,
    number_of("message_id", primary_key=True, autoincrement=False),
    of_conversation(),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("token_hash", sa.String(64), unique=True),
)
"""The photo or document of a message. ``token_hash``: of the link that a messaging channel carries."""

teachings = sa.Table(
    "teachings",
    metadata,
    number_of("message_id", primary_key=True, autoincrement=False),
    of_conversation(),
    number_of("reply_id", nullable=False),
    of_staff(),
    moment(),
)
"""A visitor's message whose answer by staff is worth learning."""

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    own_number(),
    sa.Column("title", sa.String(60), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    **NEVER_AGAIN,
)

opening_exceptions = sa.Table(
    "opening_exceptions",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("word", sa.String(60), nullable=False),
    sa.Column("hours", sa.String(60), nullable=False),
)

inbox_rules = sa.Table(
    "inbox_rules",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    moment("since"),
)

clinic_changes = sa.Table(
    "clinic_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, index=True),
    sa.Column("value", sa.Text),
    sa.Column("staff_id", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

lessons = sa.Table(
    "lessons",
    metadata,
    number_of("message_id", primary_key=True, autoincrement=False),
    of_conversation(),
    sa.Column("topic", sa.String(80)),
    sa.Column("state", sa.String(10), nullable=False),
    of_staff(),
    moment(),
)
