"""Wishes to be erased, conversations that are kept, messages that the tracker still has to forget,
devices that somebody signed in with; and lines of the audit may be pruned once they are old."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from frontdesk.storage.tables import forgettings, known_devices

revision = "0010"
down_revision = "0009"

CONVERSATION = (
    sa.Column("erase_at", sa.DateTime),
    sa.Column("kept_at", sa.DateTime),
    sa.Column("kept_by", sa.Integer),
    sa.Column("kept_why", sa.String(200)),
)
SQLITE = """
CREATE TRIGGER audit_no_DELETE BEFORE DELETE ON audit
WHEN julianday('now') - julianday(OLD.at) < 90
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END
"""
POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < (now() AT TIME ZONE 'utc') - interval '90 days' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit is only added to';
END $$
""",
    "DROP TRIGGER audit_is_kept ON audit",
    """
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_is_kept()
""",
    """
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()
""",
)


def upgrade() -> None:
    """Add what the first step has not. No line of the audit goes before it is 90 days old."""
    bind = op.get_bind()
    known = {one["name"] for one in sa.inspect(bind).get_columns("conversations")}
    for column in CONVERSATION:
        if column.name not in known:
            op.add_column("conversations", column)
    if "device_hash" not in {one["name"] for one in sa.inspect(bind).get_columns("sign_ins")}:
        op.add_column("sign_ins", sa.Column("device_hash", sa.String(64)))
        op.create_index("ix_sign_ins_device_hash", "sign_ins", ["device_hash"])
    for table in (forgettings, known_devices):
        table.create(bind, checkfirst=True)
    if bind.dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_no_DELETE")
        op.execute(SQLITE)
    else:
        for statement in POSTGRESQL:
            op.execute(statement)
