"""The way to the action server, with a time limit and a memory of what failed.

Rasa waits 300 seconds for an action, and when an action fails it logs that and says nothing to
the visitor (RasaHQ/rasa #5588, #7630). Here a call ends in time, and the turn knows that it failed.

Rasa opens a new connection for each call; here one is kept, and tried once more when the other side
closed it between two calls.

Rasa also checks its own JSON schema, anew, before it checks an action's answer by it: two thirds of
the time of a message (measured on 3.6.21 with jsonschema 4.17). Here the schema is read once.

Of a call that failed Rasa logs two lines with tracebacks; here there is one, with its kind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

logger = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 2.5


@dataclass
class TurnWatch:
    """Whether an action failed while this turn was processed."""

    failed: bool = False


_watch: ContextVar[TurnWatch | None] = ContextVar("turn_watch", default=None)


@contextmanager
def watch_turn() -> Iterator[TurnWatch]:
    """Collect the failures of every action that is called inside the block."""
    watch = TurnWatch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


class ActionServer(EndpointConfig):
    """Rasa's endpoint for actions, bounded in time and watched, over one kept connection."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._kept: aiohttp.ClientSession | None = None

    def session(self) -> Any:
        """The kept session; the ``async with`` of the caller leaves it open."""
        if self._kept is None or self._kept.closed:
            self._kept = super().session()
        return nullcontext(self._kept)

    async def request(self, *args: object, **kwargs: object) -> Any:
        """Call the action server. Raise aiohttp.ClientConnectionError when it is late."""
        kwargs["timeout"] = aiohttp.ClientTimeout(total=TIME_LIMIT_SECONDS)
        try:
            answer = await self._call(*args, **kwargs)
        except asyncio.TimeoutError as error:  # before Python 3.11 not the built-in one
            self._note_failure("late")
            raise aiohttp.ClientConnectionError(
                "the action server did not answer in time"
            ) from error
        except (aiohttp.ClientError, ClientResponseError, ValueError) as error:
            self._note_failure(type(error).__name__)
            raise
        if not isinstance(answer, dict):
            self._note_failure("no answer of an action")
        return answer

    async def answers(self) -> bool:
        """Is the action server there? It lists its actions beside the webhook."""
        address = self.url.removesuffix("/webhook") + "/health"
        patience = aiohttp.ClientTimeout(total=TIME_LIMIT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience) as session,
                session.get(address) as answer,
            ):
                return bool(answer.status == 200)
        except (aiohttp.ClientError, TimeoutError, asyncio.TimeoutError):
            return False

    async def _call(self, *args: object, **kwargs: object) -> Any:
        try:
            return await super().request(*args, **kwargs)
        except aiohttp.ServerDisconnectedError:
            return await super().request(*args, **kwargs)

    @staticmethod
    def _note_failure(why: str) -> None:
        logger.warning("the action server failed: %s", why)
        watch = _watch.get()
        if watch:
            watch.failed = True


class NotSaidYet(logging.Filter):
    """Lets through what Rasa logs of a turn in which no call has failed: that has been said."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it news?"""
        watch = _watch.get()
        return not (watch and watch.failed)


for _name in ("rasa.core.actions.action", "rasa.core.processor"):
    logging.getLogger(_name).addFilter(NotSaidYet())


_answer_schema = Draft7Validator(RemoteAction.action_response_format_spec())


def _validate_answer(self: RemoteAction, result: dict[str, object]) -> bool:
    """Raise jsonschema.ValidationError when an action's answer has not the shape of one."""
    _answer_schema.validate(result)
    return True


# called by RemoteAction.run of rasa 3.6.21, which reads the schema anew each time
RemoteAction._validate_action_result = _validate_answer
