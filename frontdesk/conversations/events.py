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


class Signals:
    """Signals by conversation id, and for the inbox as a whole."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something is new under ``topic``."""
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            yield event
        finally:
            self._listeners[topic].discard(event)
            if not self._listeners[topic]:
                del self._listeners[topic]

    def new(self, conversation_id: str) -> None:
        """Say, once it is stored, that a conversation has something new."""
        afterwards(lambda: self._tell(conversation_id))

    def _tell(self, conversation_id: str) -> None:
        for topic in (conversation_id, INBOX):
            for event in self._listeners.get(topic, ()):
                event.set()
