"""Answers that the clinic writes and signs, trainings, and a role for each kind of work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import answer_steps, row_signatures, trainings

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add what the first step has not; whoever was "staff" is a receptionist."""
    bind = op.get_bind()
    for table in (answer_steps, row_signatures, trainings):
        table.create(bind, checkfirst=True)
    columns = {one["name"] for one in sa.inspect(bind).get_columns("staff")}
    if "registration" not in columns:
        op.add_column("staff", sa.Column("signs_as", sa.String(80)))
        op.add_column("staff", sa.Column("registration", sa.String(40)))
    if bind.dialect.name != "sqlite":  # which keeps any length
        op.alter_column("staff", "role", type_=sa.String(20))
    op.execute(
        "DELETE FROM lessons WHERE state = 'accepted'"
    )  # undecided again: attached anew they are learned
    op.execute("UPDATE staff SET role = 'receptionist' WHERE role = 'staff'")
