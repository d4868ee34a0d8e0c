"""One turn of a conversation at a time: in this process, or among all assistants through Redis.

Rasa's own locks look again once a second, and its Redis lock reads and writes in two steps, so that two
processes can both win (RasaHQ/rasa #9213). Here Redis gives a lock in one step to one holder and lets
only that holder give it back. A holder that was away longer than the lock lives can still not spoil
anything: the tracker store takes each turn's number once (assistant/tracker_store.py).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis

LIFETIME_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.02
GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class ConversationLocks(LockStore):
    """The locks; ``url`` in endpoints.yml is Redis's address, or empty for this process alone."""

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        self._redis = Redis.from_url(endpoint_config.url) if endpoint_config.url else None
        self._waiting: dict[str, int] = {}
        self._here: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, *args: object, **kwargs: object
    ) -> AsyncIterator[None]:
        """Hold the conversation. Raise LockError when it cannot be had in time."""
        here = self._here.setdefault(conversation_id, asyncio.Lock())
        self._waiting[conversation_id] = self._waiting.get(conversation_id, 0) + 1
        try:
            async with here, self._among_all(conversation_id):
                yield
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._here[conversation_id]

    @asynccontextmanager
    async def _among_all(self, conversation_id: str) -> AsyncIterator[None]:
        if self._redis is None:
            yield
            return
        key, holder = f"assistant:lock:{conversation_id}", secrets.token_hex(16)
        until = time.monotonic() + LIFETIME_SECONDS
        while not await self._redis.set(key, holder, nx=True, px=int(LIFETIME_SECONDS * 1000)):
            if time.monotonic() > until:
                raise LockError(f"conversation {conversation_id} stayed locked")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        try:
            yield
        finally:
            await self._redis.eval(GIVE_BACK, 1, key, holder)

    async def close(self) -> None:
        """Let go of the connections to Redis."""
        if self._redis is not None:
            await self._redis.close()
            await self._redis.connection_pool.disconnect()
