"""Several front desks on one database: who works on what. And after which message an owner changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import claims

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add what the first step has not."""
    bind = op.get_bind()
    claims.create(bind, checkfirst=True)
    columns = {one["name"] for one in sa.inspect(bind).get_columns("owner_changes")}
    if "seq" not in columns:
        op.add_column("owner_changes", sa.Column("seq", sa.Integer))
