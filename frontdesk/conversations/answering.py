"""Which message of the visitor it is that something of ours answers: another may have come meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from frontdesk.conversations.model import Author, Draft, Message

_ANSWERED: ContextVar[Message | None] = ContextVar("answered", default=None)


@contextmanager
def answering(message: Message) -> Iterator[None]:
    """Whatever is said inside, in the conversation of this message, answers it."""
    token = _ANSWERED.set(message)
    try:
        yield
    finally:
        _ANSWERED.reset(token)


def answer_to(conversation_id: str, draft: Draft) -> Draft:
    """The draft, with what it answers where somebody has said so."""
    asked = _ANSWERED.get()
    is_told = draft.answers or draft.author is Author.VISITOR
    if is_told or asked is None or asked.conversation_id != conversation_id:
        return draft
    return replace(draft, answers=asked.seq)
