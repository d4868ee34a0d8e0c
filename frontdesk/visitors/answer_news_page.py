"""What the two ways to be told of an answer (e-mail, push) share in the chat: a limit, and an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from frontdesk.answering.desk import Desk
from frontdesk.conversations.model import Conversation
from frontdesk.copy import words
from frontdesk.http import Problem
from frontdesk.visitors.limits import Limit, counted

ASKS_A_MINUTE = 6

WhoAsks = Callable[[Request], Awaitable[Conversation]]


class News(Protocol):
    """One way to be told."""

    async def end(self, conversation_id: str) -> None:
        """Forget whom to tell."""


class AnswerNewsPage:
    """Asked for and ended by the visitor whose chat it is."""

    def __init__(self, desk: Desk, news: News, visitor: WhoAsks) -> None:
        self._desk = desk
        self._news = news
        self._visitor = visitor
        self._asking = Limit(ASKS_A_MINUTE, desk.clock)

    @contextmanager
    def _not_too_often(self, conversation: Conversation) -> Iterator[None]:
        """Do what counts. Raise Problem 429."""
        if seconds := self._asking.wait(conversation.id):
            slow = words("slow_down", self._desk.clinic, self._desk.clock(), conversation.language)
            raise Problem(429, "slow_down", slow, Retry_After=str(seconds))
        with counted((self._asking, conversation.id)):
            yield

    def _done(self, conversation: Conversation) -> Response:
        self._desk.signals.looks(conversation.id)
        return Response(status_code=204)

    async def end(self, request: Request) -> Response:
        """Tell nobody after all; the address or device is forgotten."""
        conversation = await self._visitor(request)
        await self._news.end(conversation.id)
        return self._done(conversation)
