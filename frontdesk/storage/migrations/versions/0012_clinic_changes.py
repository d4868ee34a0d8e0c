"""What the clinic changed of clinic.yml in the inbox, with who and when."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import clinic_changes

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table if the first step has not."""
    clinic_changes.create(op.get_bind(), checkfirst=True)
