"""Tells whoever looks at a conversation that there is something new. It carries no content.

A listener that is told reads the store again from the last number it has seen, so a signal that is
lost or comes twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.storage.transactions import afterwards

INBOX = "inbox"
LOOKS = "looks"
"""Who looks at what, and who is typing: a sign of its own, for it changes often."""


class Signal(asyncio.Event):
    """Set whenever something is new; ``topics`` says under which, until it is cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.topics: set[str] = set()

    def clear(self) -> None:
        """Wait for the next time."""
        super().clear()
        self.topics.clear()


class Signals:
    """Signals by conversation id, and for the inbox as a whole."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Signal]] = defaultdict(set)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[Signal]:
        """A signal that is set whenever something is new under one of ``topics``."""
        signal = Signal()
        for topic in topics:
            self._listeners[topic].add(signal)
        try:
            yield signal
        finally:
            for topic in topics:
                self._listeners[topic].discard(signal)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def new(self, conversation_id: str) -> None:
        """Say, once it is stored, that a conversation has something new."""
        afterwards(lambda: self._tell(conversation_id))

    def looks(self, conversation_id: str) -> None:
        """Say that somebody has begun or ceased to look at a conversation, or to type in it."""
        afterwards(lambda: self._tell(conversation_id, LOOKS))

    def _tell(self, conversation_id: str, whole: str = INBOX) -> None:
        for topic in (conversation_id, whole):
            for signal in self._listeners.get(topic, ()):
                signal.topics.add(topic)
                signal.set()
