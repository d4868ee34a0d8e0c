"""The time, as the front desk is given it: one injected clock of aware UTC datetimes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

Clock = Callable[[], datetime]


def is_between(at: time, begin: str | None, end: str | None) -> bool:
    """Is a time of day between two ("22:00", "07:00"), which may lie around midnight?"""
    if not begin or not end:
        return False
    first, last = time.fromisoformat(begin), time.fromisoformat(end)
    return first <= at < last if first <= last else at >= first or at < last
