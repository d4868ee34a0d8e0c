"""Labels: a word or two that staff put on a conversation, or on a person, to find it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

T = tables.labels
LONGEST_LABEL, MOST_LABELS, MOST_KNOWN = 40, 12, 40
BY_PERSON = sa.select(T.c.conversation_id, T.c.word).order_by(T.c.of_person.desc(), T.c.word)
MOST_USED = (
    sa.select(T.c.word)
    .group_by(T.c.word)
    .order_by(sa.func.count().desc(), T.c.word)
    .limit(MOST_KNOWN)
)


class Labels:
    """The labels of all conversations."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def of(self, ids: Collection[str], of_person: bool) -> dict[str, tuple[str, ...]]:
        """By conversation, its labels in order."""
        query = sa.select(T.c.conversation_id, T.c.word).order_by(T.c.word)
        found: dict[str, list[str]] = defaultdict(list)
        query = query.where(T.c.conversation_id.in_(ids), T.c.of_person.is_(of_person))
        for row in await self._conversations.rows(query):
            found[row.conversation_id].append(row.word)
        return {one: tuple(words) for one, words in found.items()}

    async def of_all(self, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """By conversation, those of its person and then its own, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in await self._conversations.rows(BY_PERSON.where(T.c.conversation_id.in_(ids))):
            found[row.conversation_id].append(row.word)
        return {one: tuple(words) for one, words in found.items()}

    async def known(self) -> list[str]:
        """The labels that are used most, in order."""
        return sorted(row.word for row in await self._conversations.rows(MOST_USED))

    async def set(self, conversation_id: str, words: Iterable[str], of_person: bool) -> None:
        """Put just these labels on a conversation, or on its person. Raise Gone."""
        mine = (T.c.conversation_id == conversation_id) & T.c.of_person.is_(of_person)
        async with self._conversations.transaction() as connection:
            await self._conversations.hold(conversation_id)
            await connection.execute(T.delete().where(mine))
            for word in words:
                row = {"conversation_id": conversation_id, "word": word, "of_person": of_person}
                await connection.execute(T.insert().values(**row))
            self._conversations.leaves_traces()


def labels_of(words: Iterable[str], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Labels as they are kept: short, each once however it is written, spelt as those that exist."""
    spelt = {one.casefold(): one for one in known}
    found: dict[str, str] = {}
    for text in words:
        word = " ".join(text.split())[:LONGEST_LABEL].strip()
        if word:
            found.setdefault(word.casefold(), spelt.get(word.casefold(), word))
    return tuple(found.values())[:MOST_LABELS]
