"""What was erased, so that a back-up that is put back brings none of it back.

Hashes of ids, which name nobody, in a file that no back-up holds (ERASED_FILE). A line is written before
anything is deleted; when the front desk starts, it erases again whatever of it is there.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.storage import tables
from frontdesk.storage.file import Unusable

KEPT = timedelta(days=400)
"""No back-up may be older (docs/operations.md)."""
EDITED_WITHIN = timedelta(days=2)
"""No provider lets anybody edit longer."""
NAME = "name:"
C, M, OTHER = tables.conversations.c, tables.messages.c, tables.other_addresses.c


def of_conversation(conversation_id: str) -> str:
    """What stands there of an erased conversation."""
    return _hash("conversation", conversation_id)


def of_message(conversation_id: str, seq: int, at: datetime) -> str:
    """What stands there of a deleted message: another one may get its number after a restore."""
    return _hash("message", conversation_id, str(seq), at.isoformat())


def of_name(channel: str, address: str, name: str) -> str:
    """What stands there of words that a provider may still report as edited, by the name it gave them."""
    return NAME + _hash("words", channel, address, name)


async def names_of(connection: AsyncConnection, now: datetime, *which: Any) -> list[str]:
    """The same of all that visitors wrote lately, of ``which`` messages, under each of their addresses."""
    written = sa.and_(M.author == "visitor", M.at > now - EDITED_WITHIN, *which)
    named = (M.client_id, M.payload)
    main = sa.select(C.channel, C.address, *named).where(
        C.id == M.conversation_id, C.address.is_not(None), written
    )
    others = sa.select(OTHER.channel, OTHER.address, *named).where(
        OTHER.conversation_id == M.conversation_id, written
    )
    rows = [row for query in (main, others) for row in await connection.execute(query)]
    return [
        of_name(row.channel, row.address, name)
        for row in rows
        for name in (row.client_id, (row.payload or {}).get("marks", {}).get("known_as"))
        if name
    ]


def _hash(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


class Erased:
    """The file; without one nothing is kept."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def note(self, *erased: str) -> None:
        """Add what is about to be deleted; it is on the disk when this returns. Raise Unusable."""
        today = self._clock().date().isoformat()
        lines = "".join(f"{today} {one}\n" for one in erased)
        self._change(lambda file: _append(file, lines))

    def all(self) -> frozenset[str]:
        """Everything that a back-up could bring back, and what may still be reported as edited."""
        if self._path is None or not self._path.exists():
            return frozenset()
        lines = self._path.read_text(encoding="ascii").splitlines()
        return frozenset(line.partition(" ")[2] for line in self._young(lines))

    def prune(self) -> None:
        """Drop what no back-up can bring back any more. Raise Unusable."""
        if self._path is None or not self._path.exists():
            return
        lines = self._path.read_text(encoding="ascii").splitlines()
        if len(self._young(lines)) < len(lines):
            self._change(self._keep_young)

    def _young(self, lines: list[str]) -> list[str]:
        today = self._clock().date()
        return [line for line in lines if _is_young(line, today)]

    def _keep_young(self, file: int) -> None:
        """Another front desk may have added a line meanwhile, so all is read again."""
        lines = os.pread(file, os.fstat(file).st_size, 0).decode("ascii").splitlines()
        young = "".join(f"{line}\n" for line in self._young(lines)).encode("ascii")
        os.pwrite(file, young, 0)
        os.ftruncate(file, len(young))

    def _change(self, what: Callable[[int], object]) -> None:
        if self._path is None:
            return
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                what(file)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise Unusable(
                f"{self._path} cannot be written ({error.strerror}); make it writable for this user, "
                "or set ERASED_FILE in .env."
            ) from error


def _append(file: int, lines: str) -> None:
    """All of it or nothing: half a line would swallow the next one."""
    end, whole = os.lseek(file, 0, os.SEEK_END), lines.encode("ascii")
    if os.write(file, whole) < len(whole):
        os.ftruncate(file, end)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_young(line: str, today: date) -> bool:
    day, _, erased = line.partition(" ")
    kept = EDITED_WITHIN if erased.startswith(NAME) else KEPT
    return day >= (today - kept).isoformat()
