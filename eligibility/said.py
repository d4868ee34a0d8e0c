"""What a visitor said, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Mention:
    """One entity of the message, as docs/contracts.md section 3 gives it."""

    entity: str
    value: str
    role: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Said:
    """One message of a visitor. ``written``: as it stands, where ``text`` are its words in English."""

    text: str
    mentions: tuple[Mention, ...] = ()
    today: date = date.min
    written: str = ""


@dataclass(frozen=True)
class Finding:
    """A row and the answer found for it ("ask" when it was only mentioned), days ago if said."""

    row: str
    answer: str
    days_ago: int | None = None
