"""How often the same somebody may do something: so many times a minute, remembered only so long."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil

from frontdesk.clock import Clock
from frontdesk.storage.transactions import AWAY

WINDOW = timedelta(minutes=1)
MOST_REMEMBERED = 10_000


class Limit:
    """So many a minute for each key. A clock that goes back locks nobody out."""

    def __init__(self, a_minute: int, clock: Clock) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._recent: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, most: int | None = None) -> int:
        """0 when it is allowed, else after how many seconds it is. Nothing is counted: whoever is refused is
        to be refused before anything else is done for them. ``most``: fewer a minute, for this once."""
        now, recent = self._clock(), self._recent.get(key)
        if recent is None:
            return 0
        self._recent.move_to_end(key)
        while recent and not now - WINDOW <= recent[0] <= now:
            recent.popleft()
        most = most or self._a_minute
        if len(recent) < most:
            return 0
        return max(1, ceil((recent[-most] + WINDOW - now).total_seconds()))

    def take(self, key: str) -> int:
        """The same; what is allowed counts."""
        seconds = self.wait(key)
        if not seconds:
            self._recent.setdefault(key, deque()).append(self._clock())
            if len(self._recent) > MOST_REMEMBERED:
                self._recent.popitem(last=False)
        return seconds

    def give_back(self, key: str) -> None:
        """What counted last has come to nothing."""
        if recent := self._recent.get(key):
            recent.pop()

    def forget(self, key: str) -> None:
        """As if the key had never come."""
        self._recent.pop(key, None)


@contextmanager
def counted(*taken: tuple[Limit, str]) -> Iterator[None]:
    """Count what is done inside with each limit and key. While the database is away nothing counts: whoever
    tries again until it is stored would be refused just when it could be."""
    for limit, key in taken:
        limit.take(key)
    try:
        yield
    except AWAY:
        for limit, key in taken:
            limit.give_back(key)
        raise
