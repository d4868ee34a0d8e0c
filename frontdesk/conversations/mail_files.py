"""Files that came with a mail: no provider keeps them for us, so they lie here as long as their message,
where the clinic lets staff open what visitors send. What a file is, its first bytes say, not its name."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.conversations.model import Message
from frontdesk.storage import tables

T = tables.mail_files
FIRST_BYTES = (
    (0, b"\xff\xd8\xff", "photo"),
    (0, b"\x89PNG\r\n\x1a\n", "photo"),
    (0, b"GIF8", "photo"),
    (8, b"WEBP", "photo"),
    (4, b"ftyphei", "photo"),
    (4, b"ftyphev", "photo"),
    (4, b"ftypmif", "photo"),
    (4, b"ftypM4A", "voice"),
    (4, b"ftyp", "video"),
    (0, b"\x1aE\xdf\xa3", "video"),
    (0, b"OggS", "voice"),
    (0, b"#!AMR", "voice"),
    (0, b"ID3", "voice"),
    (0, b"\xff\xfb", "voice"),
    (8, b"WAVE", "voice"),
    (0, b"%PDF-", "document"),
)
"""Where, which bytes, and staff's word for it (en.wikipedia.org/wiki/List_of_file_signatures)."""
DECLARED = {"image": "photo", "audio": "voice", "video": "video"}


def kind_of(content: bytes, declared: str) -> str:
    """Staff's word for what a file is; what nobody knows by its content, as its sender calls it."""
    for at, begins, kind in FIRST_BYTES:
        if content[at : at + len(begins)] == begins:
            return kind
    return DECLARED.get(declared.partition("/")[0], "document")


class MailFiles:
    """Files of mails, each found by a name that nobody can guess."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, message: Message, contents: dict[str, bytes]) -> None:
        """Keep files by their names, which the message's payload holds."""
        of = {"conversation_id": message.conversation_id, "message_id": message.id}
        rows = [{"name": name, "content": content, **of} for name, content in contents.items()]
        async with self._engine.begin() as connection:
            await connection.execute(T.insert(), rows)

    async def find(self, name: str) -> bytes | None:
        """The file of that name."""
        query = sa.select(T.c.content).where(T.c.name == name)
        async with self._engine.connect() as connection:
            found: bytes | None = await connection.scalar(query)
        return found


def new_name() -> str:
    """A name for a file."""
    return secrets.token_urlsafe(18)
