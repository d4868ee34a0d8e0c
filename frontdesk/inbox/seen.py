"""What somebody saw who sends a form: where it is something else by now, nothing is kept and they see both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


def mark_of(*parts: object) -> str:
    """A short sign of what a form shows; the form brings it back in its field ``seen``."""
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Theirs:
    """What stands there now. ``who`` is "" where nobody wrote down who did it."""

    name: str
    text: str
    who: str = ""
    at: datetime | None = None


class OtherNow(Exception):
    """Somebody changed it in the meantime; ``theirs`` is what stands there now."""

    def __init__(self, theirs: Sequence[Theirs]) -> None:
        super().__init__(", ".join(one.name for one in theirs))
        self.theirs = tuple(theirs)
