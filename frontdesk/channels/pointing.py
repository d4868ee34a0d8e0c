"""What somebody means who answers a message with "this one": the words that they point at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from frontdesk.channels.opt_out import folded
from frontdesk.conversations.model import Author, Conversation, Message
from frontdesk.conversations.store import Conversations

WORDS = Path(__file__).with_name("pointing.yml")
NEAR = 8
"""A question is looked for so many messages before our answer."""


def only_points(text: str) -> bool:
    """Does the whole of a text only point at something? A bare sign ("?") does."""
    said = folded(text)
    return said in _words() if said else bool(text.strip(" \n"))


async def pointed_at(
    conversations: Conversations, conversation: Conversation, quoted: Message | None, picked: str
) -> str | None:
    """The words that are meant: those ``picked`` out, the visitor's that are quoted, or those that our
    quoted message answered."""
    if picked or quoted is None:
        return picked or None
    if quoted.author is Author.VISITOR:
        return quoted.text or None
    since = max(0, quoted.seq - NEAR - 1)
    before = await conversations.messages.after(conversation.id, since, NEAR + 1)
    asked = [
        one.text
        for one in before
        if one.seq < quoted.seq and one.author is Author.VISITOR and one.text
    ]
    return asked[-1] if asked else None


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    # texts only: "no" and "on" are words here
    raw = yaml.load(WORDS.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return frozenset(folded(one) for one in raw)
