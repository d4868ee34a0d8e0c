"""What was erased, so that a back-up that is put back brings none of it back.

Hashes of ids, which name nobody, in a file that no back-up holds (ERASED_FILE). A line is written before
anything is deleted; when the front desk starts, it erases again whatever of it is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path

from frontdesk.clock import Clock
from frontdesk.storage.file import Unusable

KEPT = timedelta(days=400)
"""No back-up may be older (docs/operations.md)."""


def of_conversation(conversation_id: str) -> str:
    """What stands there of an erased conversation."""
    return _hash("conversation", conversation_id)


def of_message(conversation_id: str, seq: int, at: datetime) -> str:
    """What stands there of a deleted message: another one may get its number after a restore."""
    return _hash("message", conversation_id, str(seq), at.isoformat())


def of_words(channel: str, address: str, name: str) -> str:
    """What stands there of words that a provider may still report as edited, by the name it gave them."""
    return _hash("words", channel, address, name)


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
        self._write("".join(f"{today} {one}\n" for one in erased), os.O_APPEND)

    def all(self) -> frozenset[str]:
        """Everything that a back-up could bring back; what is older than any is dropped."""
        if self._path is None or not self._path.exists():
            return frozenset()
        oldest = (self._clock() - KEPT).date().isoformat()
        lines = self._path.read_text(encoding="ascii").splitlines()
        young = [line for line in lines if line >= oldest]
        if len(young) < len(lines):
            self._write("".join(f"{line}\n" for line in young), os.O_TRUNC)
        return frozenset(line.partition(" ")[2] for line in young)

    def _write(self, lines: str, how: int) -> None:
        if self._path is None:
            return
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | how, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                os.write(file, lines.encode("ascii"))
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise Unusable(
                f"{self._path} cannot be written ({error.strerror}); make it writable for this user, "
                "or set ERASED_FILE in .env."
            ) from error
