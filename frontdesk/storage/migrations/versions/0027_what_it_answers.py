"""Each message of ours knows which message of the visitor it answers: another may have come meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add what the first step has not; messages from before answer what came last before them."""
    columns = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("messages")}
    if "answers" not in columns:
        op.add_column("messages", sa.Column("answers", sa.Integer))
