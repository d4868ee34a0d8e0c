"""Opening exceptions, one-time passwords, lessons, notices; and an audit that is only added to."""

from __future__ import annotations

from alembic import op

from frontdesk.storage.tables import lessons, notices, one_time_passwords, opening_exceptions

revision = "0003"
down_revision = "0002"

SQLITE = """
CREATE TRIGGER IF NOT EXISTS audit_no_{verb} BEFORE {verb} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()
"""


def upgrade() -> None:
    """Create what the first step has not, and the triggers, which it never makes."""
    connection = op.get_bind()
    for table in (opening_exceptions, one_time_passwords, lessons, notices):
        table.create(connection, checkfirst=True)
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))
    else:
        op.execute(POSTGRESQL)
