"""On which day an answer was signed at another desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add what the first step has not."""
    columns = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("answer_steps")}
    if "signed_on" not in columns:
        op.add_column("answer_steps", sa.Column("signed_on", sa.Date))
