"""Tells a visitor who left, and asked for it, on their own device that a person has answered, by Web Push.

A browser lets a site's own pages alone ask for that, so they ask in a small window of the front desk
(visitors/answer_push_page.py), wherever the chat is. A device that its service does not know any more is
forgotten.
"""

from __future__ import annotations

from typing import Any

from frontdesk.clock import Clock
from frontdesk.outgoing.answer_news import OPENS, AnswerNews, NotAsked
from frontdesk.outgoing.push import Device, Gone, Push
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database

KEPT_SECONDS = 86_400
"""How long a service keeps a push for a device that is off: an answer is still there the next day."""


class AnswerPushes(AnswerNews):
    """Pushes to the devices of visitors who left."""

    table = tables.answer_pushes
    where = "endpoint"

    def __init__(
        self, engine: Database, push: Push | None, settings: Settings, clock: Clock
    ) -> None:
        super().__init__(engine, settings, clock)
        self._push = push if settings.is_secure else None

    @property
    def can_send(self) -> bool:
        """Is there a key to sign with, and an address at which browsers allow it?"""
        return self._push is not None

    @property
    def public_key(self) -> str:
        """What a browser needs to let us write to it; "" where there is no push."""
        return self._push.public_key if self._push else ""

    async def ask(self, conversation_id: str, device: Device, page: str) -> None:
        """Tell this device from now on. Raise NotAsked."""
        if not device.is_allowed:
            raise NotAsked(device.endpoint)
        async with self._engine.begin() as connection:
            await self._keep(connection, conversation_id, page, **vars(device))

    async def _send(self, row: Any, lines: dict[str, str]) -> None:
        assert self._push
        said = {"title": lines["subject"], "body": lines["open"], "link": row.site + OPENS}
        try:
            device = Device(row.endpoint, row.p256dh, row.auth)
            await self._push.send(device, said, KEPT_SECONDS)
        except Gone:
            await self.end(row.conversation_id)
