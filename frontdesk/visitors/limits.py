"""How often the same somebody may do something: so many times a minute, remembered only so long."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from frontdesk.clock import Clock

WINDOW = timedelta(minutes=1)
MOST_REMEMBERED = 10_000


class Limit:
    """So many a minute for each key. A clock that goes back locks nobody out."""

    def __init__(self, a_minute: int, clock: Clock) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._recent: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, key: str) -> int:
        """0 when it is allowed, which counts; else after how many seconds it is."""
        now = self._clock()
        recent = self._recent.setdefault(key, deque())
        self._recent.move_to_end(key)
        if len(self._recent) > MOST_REMEMBERED:
            self._recent.popitem(last=False)
        while recent and not now - WINDOW <= recent[0] <= now:
            recent.popleft()
        if len(recent) >= self._a_minute:
            return max(1, int((recent[0] + WINDOW - now).total_seconds()))
        recent.append(now)
        return 0

    def forget(self, key: str) -> None:
        """As if the key had never come."""
        self._recent.pop(key, None)
