"""The tables of the front desk; the inbox's and the channels' own are in inbox_tables.py, channel_tables.py."""

from __future__ import annotations

import sqlalchemy as sa

from frontdesk.storage.answer_tables import answer_steps as answer_steps
from frontdesk.storage.answer_tables import row_signatures as row_signatures
from frontdesk.storage.answer_tables import trainings as trainings
from frontdesk.storage.channel_tables import arrivals as arrivals
from frontdesk.storage.channel_tables import mail_files as mail_files
from frontdesk.storage.channel_tables import other_addresses as other_addresses
from frontdesk.storage.channel_tables import passages as passages
from frontdesk.storage.columns import (
    NEVER_AGAIN,
    UtcDateTime,
    moment,
    number_of,
    of_conversation,
    of_staff,
    own_number,
)
from frontdesk.storage.columns import metadata as metadata
from frontdesk.storage.inbox_tables import attachments as attachments
from frontdesk.storage.inbox_tables import callback_tries as callback_tries
from frontdesk.storage.inbox_tables import canned_replies as canned_replies
from frontdesk.storage.inbox_tables import clinic_changes as clinic_changes
from frontdesk.storage.inbox_tables import contacts as contacts
from frontdesk.storage.inbox_tables import inbox_rules as inbox_rules
from frontdesk.storage.inbox_tables import labels as labels
from frontdesk.storage.inbox_tables import lessons as lessons
from frontdesk.storage.inbox_tables import looks as looks
from frontdesk.storage.inbox_tables import mentions as mentions
from frontdesk.storage.inbox_tables import opening_exceptions as opening_exceptions
from frontdesk.storage.inbox_tables import push_devices as push_devices
from frontdesk.storage.inbox_tables import reads as reads
from frontdesk.storage.inbox_tables import saved_filters as saved_filters
from frontdesk.storage.inbox_tables import teachings as teachings

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.String(200)),
    sa.Column("language", sa.String(8)),
    sa.Column("token_hash", sa.String(64), unique=True),
    sa.Column("owner", sa.String(10), nullable=False),
    sa.Column("owner_version", sa.Integer, nullable=False),
    sa.Column("staff_id", sa.Integer),
    sa.Column("reason", sa.String(30)),
    sa.Column("urgency", sa.String(10)),
    sa.Column("topic", sa.String(80)),
    sa.Column("summary", sa.JSON),
    sa.Column("contact", sa.String(200)),
    sa.Column("visitor_name", sa.String(200)),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("read_seq", sa.Integer, nullable=False),
    sa.Column("waiting_since", UtcDateTime),
    sa.Column("timer_kind", sa.String(10)),
    sa.Column("timer_at", UtcDateTime),
    sa.Column("missed_at", UtcDateTime),
    sa.Column("looked_at", UtcDateTime),
    sa.Column("sign", sa.String(200)),
    sa.Column("sign_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sign_at", UtcDateTime),
    sa.Column("erase_at", UtcDateTime),
    sa.Column("kept_at", UtcDateTime),
    sa.Column("kept_by", sa.Integer),
    sa.Column("kept_why", sa.String(200)),
    sa.Column("known_as", sa.String(200)),
    sa.Column("snoozed_until", UtcDateTime),
    sa.Column("blocked_at", UtcDateTime),
    sa.Column("typing_at", UtcDateTime),
    sa.Column("muted_at", UtcDateTime),
    sa.Column("blanked_at", UtcDateTime),
    moment("created_at"),
    moment("updated_at"),
    sa.UniqueConstraint("channel", "address", name="one_conversation_an_address"),
    sa.Index("conversations_owner", "owner", "updated_at"),
    sa.Index("conversations_timer", "timer_at"),
    sa.Index("conversations_updated", "updated_at"),
    sa.Index("conversations_missed", "missed_at"),
)
_C = conversations.c
sa.Index(
    "conversations_staff",
    *(_C.staff_id, _C.owner, _C.snoozed_until),
    sqlite_where=_C.staff_id.is_not(None),
    postgresql_where=_C.staff_id.is_not(None),
)
sa.Index(
    "conversations_snoozed",
    *(_C.owner, _C.snoozed_until),
    sqlite_where=_C.snoozed_until.is_not(None),
    postgresql_where=_C.snoozed_until.is_not(None),
)

messages = sa.Table(
    "messages",
    metadata,
    own_number(),
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("author", sa.String(10), nullable=False),
    sa.Column("name", sa.String(200)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("buttons", sa.JSON),
    sa.Column("button_id", sa.Text),
    sa.Column("answer", sa.JSON),
    sa.Column("payload", sa.JSON),
    sa.Column("understood", sa.JSON),
    sa.Column("is_private", sa.Boolean, nullable=False),
    sa.Column("client_id", sa.String(100)),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("is_unchecked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("error", sa.String(200)),
    sa.Column("answers", sa.Integer),
    moment(),
    sa.UniqueConstraint("conversation_id", "seq", name="one_message_a_seq"),
    sa.UniqueConstraint("conversation_id", "client_id", name="one_message_a_client_id"),
    sa.Index("messages_status", "status"),
    sa.Index("messages_unchecked", "is_unchecked"),
    **NEVER_AGAIN,
)

owner_changes = sa.Table(
    "owner_changes",
    metadata,
    own_number(),
    of_conversation(),
    sa.Column("before", sa.String(10), nullable=False),
    sa.Column("after", sa.String(10), nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("seq", sa.Integer),
    moment(),
)

callbacks = sa.Table(
    "callbacks",
    metadata,
    own_number(),
    of_conversation(),
    sa.Column("name", sa.String(200)),
    sa.Column("contact", sa.String(200), nullable=False),
    sa.Column("good_time", sa.String(200)),
    sa.Column("outcome", sa.String(20)),
    sa.Column("done_by", sa.Integer),
    sa.Column("done_at", UtcDateTime),
    sa.Column("try_at", UtcDateTime),
    moment(),
    sa.Index("callbacks_done", "done_at"),
    **NEVER_AGAIN,
)

notes = sa.Table(
    "notes",
    metadata,
    own_number(),
    of_conversation(),
    of_staff(),
    sa.Column("text", sa.Text, nullable=False),
    moment(),
    **NEVER_AGAIN,
)

feedback = sa.Table(
    "feedback",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    own_number(),
    sa.Column("user_name", sa.String(60), nullable=False, unique=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("job", sa.String(60), nullable=False),
    sa.Column("email", sa.String(200)),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("signs_as", sa.String(80)),
    sa.Column("registration", sa.String(40)),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("on_duty", sa.Boolean, nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("quiet_from", sa.String(5)),
    sa.Column("quiet_until", sa.String(5)),
    sa.Column("sound", sa.String(20), nullable=False, server_default="chime"),
    moment("created_at"),
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    of_staff(index=True),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    moment("expires_at"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    own_number(),
    sa.Column("user_name", sa.String(60), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False, index=True),
    sa.Column("device_hash", sa.String(64), index=True),
    sa.Column("succeeded", sa.Boolean, nullable=False),
    moment(),
)

audit = sa.Table(
    "audit",
    metadata,
    own_number(),
    sa.Column("staff_id", sa.Integer),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("conversation_id", sa.String(64)),
    moment(),
    sa.Index("audit_looks", "staff_id", "what", "conversation_id", "at"),
)

answer_mails = sa.Table(
    "answer_mails",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("address", sa.String(200), nullable=False, index=True),
    sa.Column("site", sa.String(300), nullable=False),
    sa.Column("end_key", sa.String(40), nullable=False, unique=True),
    moment("seen_at"),
    sa.Column("told_at", UtcDateTime),
    sa.Column("next_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    moment(),
)
"""Visitors who asked to be told by e-mail; ``end_key`` opens nothing but the end of that."""

answer_pushes = sa.Table(
    "answer_pushes",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("endpoint", sa.String(1_000), nullable=False),
    sa.Column("p256dh", sa.String(200), nullable=False),
    sa.Column("auth", sa.String(100), nullable=False),
    sa.Column("site", sa.String(300), nullable=False),
    moment("seen_at"),
    sa.Column("told_at", UtcDateTime),
    sa.Column("next_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    moment(),
)
"""Visitors who asked to be told on their device."""

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("address", sa.String(200), primary_key=True),
    moment(),
    sa.Column("until_they_write", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""``until_they_write``: they blocked us at the provider, and who writes has undone that."""

sendings = sa.Table(
    "sendings",
    metadata,
    number_of("message_id", primary_key=True, autoincrement=False),
    number_of("part", primary_key=True, autoincrement=False),
    of_conversation(),
    sa.Column("provider_id", sa.String(255), index=True),
    sa.Column("status", sa.String(10), nullable=False, server_default="sent"),
    sa.Column("error", sa.String(200)),
    moment(),
)

early_receipts = sa.Table(
    "early_receipts",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("provider_id", sa.String(255), primary_key=True),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("error", sa.String(200)),
    moment(),
)

one_time_passwords = sa.Table(
    "one_time_passwords",
    metadata,
    of_staff(primary_key=True, autoincrement=False),
    moment("expires_at"),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    of_staff(primary_key=True, autoincrement=False),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("last_step", sa.Integer, nullable=False),
    sa.Column("confirmed_at", UtcDateTime),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("code_hash", sa.String(64), primary_key=True),
    of_staff(index=True),
)

reset_links = sa.Table(
    "reset_links",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    of_staff(index=True),
    moment("expires_at"),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(30), nullable=False),
    moment(),
    of_conversation(),
    sa.Column("target", sa.String(10), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_at", UtcDateTime, index=True),
    sa.Column("outcome", sa.String(40)),
)

erasures = sa.Table(
    "erasures",
    metadata,
    of_conversation(primary_key=True),
    moment(),
)

forgettings = sa.Table(
    "forgettings",
    metadata,
    number_of("message_id", primary_key=True, autoincrement=False),
    of_conversation(),
    sa.Column("seq", sa.Integer, nullable=False),
)

known_devices = sa.Table(
    "known_devices",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    of_staff(index=True),
    moment("seen_at"),
)

same_person = sa.Table(
    "same_person",
    metadata,
    of_conversation(primary_key=True),
    sa.Column("person", sa.String(20), nullable=False, index=True),
    of_staff(),
    moment(),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("desk", sa.String(20), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("until", sa.DateTime, nullable=False),
)

ABOUT_ONE_CONVERSATION = (
    messages,
    owner_changes,
    callbacks,
    notes,
    feedback,
    sendings,
    lessons,
    notices,
    same_person,
    other_addresses,
    forgettings,
    contacts,
    labels,
    looks,
    reads,
    mentions,
    callback_tries,
    teachings,
    attachments,
    answer_mails,
    answer_pushes,
    mail_files,
    passages,
)
