"""What a conversation was like before a message came, in two reads: this is asked of every message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from frontdesk.channels.automatic import Said
from frontdesk.conversations.model import Author, Conversation
from frontdesk.conversations.opt_outs import IS_BLOCKED, IS_STOPPED
from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

MANY_TURNS = 60
GREETING = "greeting"
MINUTE = timedelta(minutes=1)
LAST_TURN = 8
ALBUM = timedelta(seconds=10)
M = tables.messages

_HERE = M.c.conversation_id == sa.bindparam("id")
_FACTS = sa.select(
    sa.exists().where(_HERE, M.c.client_id == sa.bindparam("key")).label("is_known"),
    sa.exists().where(_HERE, M.c.client_id == GREETING).label("is_greeted"),
    IS_STOPPED.label("is_stopped"),
    IS_BLOCKED.label("is_blocked"),
    sa.select(sa.func.count())
    .where(_HERE, M.c.author == Author.VISITOR.value, M.c.at > sa.bindparam("since"))
    .scalar_subquery()
    .label("lately"),
)
_SAID = (
    sa.select(M.c.author, M.c.text, M.c.at, M.c.client_id, M.c.buttons)
    .where(_HERE, M.c.seq > sa.bindparam("after"))
    .order_by(M.c.seq)
)


@dataclass(frozen=True)
class Earlier:
    """``is_known``: the message is stored already. ``lately``: the visitor's, in the last minute.
    ``is_blocked``: stopped only until they write."""

    is_known: bool
    is_greeted: bool
    is_stopped: bool
    is_blocked: bool
    lately: int
    said: tuple[Said, ...]

    def was_just_said(self, line: str, key: str, now: datetime) -> bool:
        """Has a line of ours just been said to another message than that of this key?"""
        return any(
            one.client_id.startswith(f"{line}_") and one.client_id != f"{line}_{key}"
            for one in self.said[-LAST_TURN:]
            if now - one.at <= ALBUM
        )

    def offered(self, lasting: str) -> tuple[dict[str, str], ...]:
        """What was offered last since the visitor spoke; a line of ours that is ``lasting`` is not said
        again while it is in sight, so what it offers stays."""
        lines = list(self.said[-LAST_TURN:])
        while lines and not lines[-1].is_ours:
            lines.pop()
        has_spoken = bool(self.said) and not self.said[-1].is_ours
        if has_spoken and not (lines and lines[-1].client_id.startswith(f"{lasting}_")):
            return ()
        last = next((one for one in reversed(lines) if one.buttons or not one.is_ours), None)
        return last.buttons if last else ()


async def before(
    conversations: Conversations, conversation: Conversation, key: str, now: datetime
) -> Earlier:
    """What was so when the message of that key came."""
    rows = await conversations.rows(
        _FACTS,
        id=conversation.id,
        key=key,
        channel=conversation.channel,
        address=conversation.address or "",
        since=now - MINUTE,
    )
    facts, said = rows[0], []
    if conversation.last_seq:
        after = conversation.last_seq - MANY_TURNS
        said = await conversations.rows(_SAID, id=conversation.id, after=after)
    return Earlier(
        bool(facts.is_known),
        bool(facts.is_greeted),
        bool(facts.is_stopped),
        bool(facts.is_blocked),
        int(facts.lately),
        tuple(
            Said(
                one.author != Author.VISITOR.value,
                one.text,
                one.at,
                one.client_id or "",
                tuple(one.buttons or ()),
            )
            for one in said
        ),
    )
