"""Who is stopped because they blocked us at the provider is known from who wrote STOP."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add what the first step has not; whoever is stopped already wrote STOP, or staff said so."""
    columns = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("opt_outs")}
    if "until_they_write" not in columns:
        column = sa.Column(
            "until_they_write", sa.Boolean, nullable=False, server_default=sa.false()
        )
        op.add_column("opt_outs", column)
