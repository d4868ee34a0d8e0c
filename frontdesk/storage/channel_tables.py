"""The tables of messaging channels: what came, other addresses of a person, files of mails, ways to the website."""

from __future__ import annotations

import sqlalchemy as sa

from frontdesk.storage.columns import (
    NEVER_AGAIN,
    metadata,
    moment,
    number_of,
    of_conversation,
    own_number,
)

arrivals = sa.Table(
    "arrivals",
    metadata,
    own_number(),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("event", sa.JSON, nullable=False),
    moment(),
    **NEVER_AGAIN,
)

other_addresses = sa.Table(
    "other_addresses",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("address", sa.String(200), primary_key=True),
    of_conversation(),
)

mail_files = sa.Table(
    "mail_files",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    of_conversation(),
    number_of("message_id", nullable=False, index=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    of_conversation(),
    sa.Column("website_id", sa.String(64), index=True),
    moment("until"),
)
