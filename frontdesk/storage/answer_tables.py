"""The tables of answers: what the clinic wrote, what was signed, what the assistant was taught."""

from __future__ import annotations

import sqlalchemy as sa

from frontdesk.storage.columns import (
    NEVER_AGAIN,
    UtcDateTime,
    metadata,
    moment,
    number_of,
    of_staff,
    own_number,
)

answer_steps = sa.Table(
    "answer_steps",
    metadata,
    own_number(),
    sa.Column("topic", sa.String(80), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    number_of("number", nullable=False),
    sa.Column("step", sa.String(10), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("review_again", sa.Date),
    sa.Column("signed_on", sa.Date),
    of_staff(),
    moment(),
    sa.UniqueConstraint("topic", "language", "number"),
)

row_signatures = sa.Table(
    "row_signatures",
    metadata,
    own_number(),
    sa.Column("row", sa.String(80), nullable=False, index=True),
    sa.Column("fingerprint", sa.String(8), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("signed_as", sa.String(130), nullable=False),
    sa.Column("review_again", sa.Date, nullable=False),
    of_staff(),
    moment(),
)

trainings = sa.Table(
    "trainings",
    metadata,
    own_number(),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("asks", sa.Text, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
    of_staff(),
    moment(),
    sa.Column("ended_at", UtcDateTime),
    **NEVER_AGAIN,
)
