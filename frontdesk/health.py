"""The truth about itself: does it live, is it ready, what does it measure.

`/health/live`: the process answers. `/health/ready`: the database takes a write, the assistant
answers, the disk has room, nothing waits too long; each by name. `/metrics`: for Prometheus.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from frontdesk import metrics
from frontdesk.assistant_client import AssistantClient
from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Status
from frontdesk.settings import Settings
from frontdesk.storage import tables

LEAST_ROOM = 50 * 1024 * 1024
LONGEST_WAIT = timedelta(seconds=60)
LATELY = timedelta(minutes=30)
REMEMBERED_SECONDS = 2.0
"""Whoever asks more often, or meanwhile, gets the last answer again: asking costs a write."""


class Health:
    """Looks behind the front desk's doors, at most once every two seconds."""

    def __init__(
        self, engine: AsyncEngine, settings: Settings, clock: Clock, assistant: AssistantClient
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._assistant_client = assistant
        self._found: dict[str, str] = {}
        self._looked_at = -REMEMBERED_SECONDS
        self._looking = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Open to everybody: they say nothing about anybody."""
        return [
            Route("/health", self.live),
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """200 when everything works, else 503; and what does not, by name."""
        found = await self.look()
        is_ready = all(state == "ok" for state in found.values())
        body = {"status": "ok" if is_ready else "not ready", **found}
        return JSONResponse(body, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """What was counted since the start, and what waits now; for this machine only."""
        if request.client is None or request.client.host not in ("127.0.0.1", "::1"):
            raise HTTPException(404)
        try:
            await self._measure_queues()
        except SQLAlchemyError:
            metrics.FAILURES.labels("metrics", "SQLAlchemyError").inc()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def look(self) -> dict[str, str]:
        """The state of each thing behind the front desk: "ok", or what is wrong in words."""
        async with self._looking:
            return await self._look()

    async def _look(self) -> dict[str, str]:
        if time.monotonic() - self._looked_at >= REMEMBERED_SECONDS:
            looks: dict[str, Callable[[], Awaitable[str]]] = {
                "database": self._database,
                "assistant": self._assistant,
                "actions": self._actions,
                "providers": self._providers,
                "disk": self._disk,
                "queue": self._queue,
            }
            self._found = {name: await look() for name, look in looks.items()}
            self._looked_at = time.monotonic()
        return self._found

    async def _database(self) -> str:
        try:
            async with self._engine.begin() as connection:
                nobody = tables.erasures.c.conversation_id == ""
                await connection.execute(tables.erasures.delete().where(nobody))
        except SQLAlchemyError as error:
            return f"cannot be written ({type(error).__name__})"
        return "ok"

    async def _assistant(self) -> str:
        return "ok" if await self._assistant_client.is_ready() else "does not answer"

    async def _actions(self) -> str:
        """As the assistant sees them; when it does not answer itself, that is what is wrong."""
        answers = await self._assistant_client.actions_answer()
        return "do not answer" if answers is False else "ok"

    async def _providers(self) -> str:
        """Channels whose last message of the last while was refused, or has been tried for long."""
        message, conversation = tables.messages.c, tables.conversations.c
        newest = (
            sa.select(conversation.channel, sa.func.max(message.id).label("id"))
            .join(tables.conversations, conversation.id == message.conversation_id)
            .where(conversation.address.is_not(None), message.author != Author.VISITOR.value)
            .where(message.status != Status.STORED.value, message.at > self._clock() - LATELY)
            .group_by(conversation.channel)
            .subquery()
        )
        query = sa.select(newest.c.channel).join(tables.messages, message.id == newest.c.id)
        refused = query.where(message.status == Status.FAILED.value).order_by(newest.c.channel)
        try:
            async with self._engine.connect() as connection:
                found = list((await connection.execute(refused)).scalars())
        except SQLAlchemyError as error:
            return f"cannot be read ({type(error).__name__})"
        return f"refused the last message: {', '.join(found)}" if found else "ok"

    async def _disk(self) -> str:
        url = str(self._settings.database_url)
        if not url.startswith("sqlite"):
            return "ok"
        free = shutil.disk_usage(Path(url.partition("///")[2]).parent).free
        return "ok" if free >= LEAST_ROOM else f"only {free // 1024**2} MB are free"

    async def _queue(self) -> str:
        try:
            oldest = await self._measure_queues()
        except SQLAlchemyError as error:
            return f"cannot be read ({type(error).__name__})"
        late = [what for what, seconds in oldest.items() if seconds > LONGEST_WAIT.total_seconds()]
        return "ok" if not late else f"waits for over a minute: {', '.join(late)}"

    async def _measure_queues(self) -> dict[str, float]:
        """Set the gauges; return the age of the oldest that waits, in seconds, by kind."""
        message, event = tables.messages.c, tables.arrivals.c
        count = sa.func.count()
        ours = sa.select(count, sa.func.min(message.at)).where(
            message.status == Status.STORED.value,
            message.author != Author.VISITOR.value,
            message.conversation_id.in_(
                sa.select(tables.conversations.c.id).where(
                    tables.conversations.c.address.is_not(None)
                )
            ),
        )
        asked = sa.select(count, sa.func.min(message.at))
        kinds = {
            "answers": asked.where(message.status == Status.PENDING.value),
            "checks": asked.where(message.is_unchecked.is_(True)),
            "deliveries": ours,
            "webhooks": sa.select(count, sa.func.min(event.at)),
        }
        now, oldest = self._clock(), {}
        async with self._engine.connect() as connection:
            for what, query in kinds.items():
                number, since = (await connection.execute(query)).one()
                oldest[what] = (now - since).total_seconds() if since else 0.0
                metrics.QUEUE.labels(what).set(number)
                metrics.OLDEST.labels(what).set(oldest[what])
        return oldest
