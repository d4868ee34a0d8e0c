"""Files that came with a mail, and ways from a messaging channel to the website's chat."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import mail_files, passages

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add what the first step has not."""
    for table in (mail_files, passages):
        table.create(op.get_bind(), checkfirst=True)
