"""An index of the words that were said, kept by the database itself; and of what the lists are ordered by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

SQLITE = (
    """CREATE VIRTUAL TABLE said USING fts5(text, content='messages', content_rowid='id',
       tokenize='unicode61 remove_diacritics 2')""",
    "INSERT INTO said(said) VALUES('rebuild')",
    """CREATE TRIGGER said_new AFTER INSERT ON messages
       BEGIN INSERT INTO said(rowid, text) VALUES (new.id, new.text); END""",
    """CREATE TRIGGER said_gone AFTER DELETE ON messages
       BEGIN INSERT INTO said(said, rowid, text) VALUES ('delete', old.id, old.text); END""",
    """CREATE TRIGGER said_changed AFTER UPDATE OF text ON messages WHEN old.text <> new.text
       BEGIN
         INSERT INTO said(said, rowid, text) VALUES ('delete', old.id, old.text);
         INSERT INTO said(rowid, text) VALUES (new.id, new.text);
       END""",
)
POSTGRESQL = (
    """ALTER TABLE messages ADD COLUMN said tsvector
       GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED""",
    "CREATE INDEX messages_said ON messages USING gin (said)",
)


def upgrade() -> None:
    """What no first step makes."""
    bind = op.get_bind()
    for statement in SQLITE if bind.dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    known = {one["name"] for one in sa.inspect(bind).get_indexes("conversations")}
    for name, columns in (
        ("conversations_updated", ["updated_at"]),
        ("conversations_missed", ["missed_at"]),
    ):
        if name not in known:
            op.create_index(name, "conversations", columns)
