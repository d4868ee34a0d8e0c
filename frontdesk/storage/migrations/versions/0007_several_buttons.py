"""A card of checkboxes sends several buttons at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Let ``button_id`` hold as many ids as a card has boxes; SQLite never counted them."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("messages", "button_id", type_=sa.Text())
