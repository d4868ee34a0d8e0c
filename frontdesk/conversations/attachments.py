"""Photos and documents that visitors and staff send each other, each beside its message.

What something is, its content says, never its name or what a browser calls it. A photo is read and
painted anew by Pillow: nothing is left of what the camera noted (where, when, which phone), nor of
anything hidden in the file. What is sent lies in the database, and goes with the message.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from PIL import Image, ImageOps, UnidentifiedImageError

from frontdesk.conversations.model import Message
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database
from frontdesk.tokens import hash_token

LARGEST = 8 * 1024 * 1024
LONGEST_EDGE = 2_048
MOST_PIXELS = 60_000_000
QUALITY = 86
PHOTOS = ("JPEG", "PNG", "WEBP", "GIF")
JPEG, PDF = "image/jpeg", "application/pdf"
PDF_BEGINS, PDF_ENDS = b"%PDF-", b"%%EOF"
LONGEST_NAME = 60
TOO_LARGE = "That file is too large: 8 MB is the most."
NO_PHOTO = "That is not a photo that we can read. Please send it as JPEG or PNG."
NO_FILE = "That is neither a photo nor a PDF. Please send a JPEG, a PNG or a PDF."

A = tables.attachments
logging.getLogger("PIL").setLevel(logging.WARNING)  # it tells what a camera noted, at a level below


class NotTaken(ValueError):
    """It is not taken; the words say why, for whoever sends it."""


@dataclass(frozen=True)
class Attachment:
    """A photo or a document, as it may be given out. ``name`` is made by us, with the right ending."""

    media_type: str
    name: str
    content: bytes

    @property
    def kind(self) -> str:
        """photo or document, as the channels call them."""
        return "photo" if self.media_type == JPEG else "document"

    def payload(self) -> dict[str, object]:
        """What its message says of it."""
        size = len(self.content)
        return {"type": "media", "kind": self.kind, "name": self.name, "size": size, "kept": True}


async def photo(content: bytes) -> Attachment:
    """A photo without what the camera noted. Raise NotTaken."""
    if len(content) > LARGEST:
        raise NotTaken(TOO_LARGE)
    return Attachment(JPEG, "photo.jpg", await asyncio.to_thread(_painted_anew, content))


async def photo_or_document(content: bytes, name: str) -> Attachment:
    """What staff may send: the same, or a PDF under a cleaned name. Raise NotTaken."""
    if content.startswith(PDF_BEGINS) and PDF_ENDS in content[-1024:] and len(content) <= LARGEST:
        return Attachment(PDF, f"{_clean(name) or 'document'}.pdf", content)
    try:
        return await photo(content)
    except NotTaken as problem:
        raise NotTaken(NO_FILE if str(problem) == NO_PHOTO else str(problem)) from problem


def _painted_anew(content: bytes) -> bytes:
    """The picture alone, upright and not larger than a screen shows, as JPEG."""
    try:
        with Image.open(io.BytesIO(content), formats=PHOTOS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise NotTaken(TOO_LARGE)
            found.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            seen = upright.convert("RGBA")
            canvas = Image.new("RGB", seen.size, "white")
            canvas.paste(seen, mask=seen)
            written = io.BytesIO()
            canvas.save(written, "JPEG", quality=QUALITY)
    except NotTaken:
        raise
    except Image.DecompressionBombError:
        raise NotTaken(TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise NotTaken(NO_PHOTO) from None
    return written.getvalue()


def _clean(name: str) -> str:
    """The words of a name up to its first dot: "x.html.jpg" is "x"."""
    words = re.sub(r"[^\w -]+", " ", name.replace("\\", "/").rpartition("/")[2].partition(".")[0])
    return " ".join(words.split())[:LONGEST_NAME]


class Attachments:
    """All of them, by message."""

    def __init__(self, engine: Database) -> None:
        self._engine = engine

    async def keep(self, message: Message, one: Attachment, token: str | None = None) -> None:
        """Keep it with its message, in the caller's transaction; the same message again changes nothing."""
        async with self._engine.begin() as connection:
            if await connection.scalar(
                sa.select(A.c.message_id).where(A.c.message_id == message.id)
            ):
                return
            row = {"message_id": message.id, "conversation_id": message.conversation_id}
            hashed = hash_token(token) if token else None
            await connection.execute(A.insert().values(**row, **vars(one), token_hash=hashed))

    async def of(self, message: Message) -> Attachment | None:
        """What a message brought, unless it is gone."""
        return await self._one(A.c.message_id == message.id)

    async def by_token(self, token: str) -> Attachment | None:
        """What a link leads to."""
        return await self._one(A.c.token_hash == hash_token(token))

    async def count(self, conversation_id: str) -> int:
        """How many a conversation has."""
        query = sa.select(sa.func.count()).where(A.c.conversation_id == conversation_id)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query))

    async def _one(self, condition: object) -> Attachment | None:
        query = sa.select(A.c.media_type, A.c.name, A.c.content).where(condition)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return Attachment(*row) if row else None


def new_token() -> str:
    """The secret part of a link."""
    return secrets.token_urlsafe(24)
