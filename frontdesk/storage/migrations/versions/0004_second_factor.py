"""Second factors with their recovery codes, links that reset a password, rules of the inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import inbox_rules, recovery_codes, reset_links, second_factors

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create what the first step has not."""
    connection = op.get_bind()
    for table in (second_factors, recovery_codes, reset_links, inbox_rules):
        table.create(connection, checkfirst=True)
    if "email" not in {column["name"] for column in sa.inspect(connection).get_columns("staff")}:
        op.add_column("staff", sa.Column("email", sa.String(200)))
