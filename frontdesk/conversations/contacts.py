"""What staff know of a person: name, number, e-mail, labels and a few words, in all their conversations.

Each conversation of the person has the whole of it, so that erasing or unlinking one takes and leaves
just what belongs there.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from frontdesk.conversations.labels import Labels
from frontdesk.conversations.same_person import SamePerson
from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

T = tables.contacts
LONGEST_NAME, LONGEST_ABOUT = 200, 2_000


@dataclass(frozen=True)
class Known:
    """What staff wrote down of a person; "" for what they do not know."""

    name: str = ""
    phone: str = ""
    email: str = ""
    about: str = ""
    labels: tuple[str, ...] = ()


KNOWN = (
    sa.select(tables.conversations.c.known_as, T.c.phone, T.c.email, T.c.about)
    .outerjoin(T, T.c.conversation_id == tables.conversations.c.id)
    .where(tables.conversations.c.id == sa.bindparam("here"))
)


class Contacts:
    """Persons as staff know them."""

    def __init__(self, conversations: Conversations, same_person: SamePerson) -> None:
        self._conversations = conversations
        self._same_person = same_person
        self._labels = Labels(conversations)

    async def of(self, conversation_id: str) -> Known:
        """What is known of the person of a conversation."""
        rows = await self._conversations.rows(KNOWN, here=conversation_id)
        words = await self._labels.of([conversation_id], of_person=True)
        name, phone, email, about = [one or "" for one in rows[0]] if rows else ("", "", "", "")
        return Known(name, phone, email, about, words.get(conversation_id, ()))

    async def keep(self, conversation_id: str, known: Known, staff_id: int) -> None:
        """Write it down for all conversations with the person."""
        ids = [conversation_id, *await self._same_person.others(conversation_id)]
        async with self._conversations.transaction() as connection:
            for one in ids:
                what = {"phone": known.phone, "email": known.email, "about": known.about}
                who = {"staff_id": staff_id, "at": self._conversations.clock()}
                await connection.execute(T.delete().where(T.c.conversation_id == one))
                row = {"conversation_id": one, **what, **who}
                await connection.execute(T.insert().values(**row))
                await self._conversations.update(one, known_as=known.name or None)
                await self._labels.set(one, known.labels, of_person=True)
            self._conversations.leaves_traces()

    async def link(self, one: str, other: str, staff_id: int) -> None:
        """Note that two conversations are with one person; what was known of either is known of both."""
        first, second = await self.of(one), await self.of(other)
        both = {
            name: getattr(first, name) or getattr(second, name)
            for name in ("name", "phone", "email")
        }
        about = "\n".join(dict.fromkeys(filter(None, (first.about, second.about))))[:LONGEST_ABOUT]
        labels = tuple(dict.fromkeys(first.labels + second.labels))
        async with self._conversations.transaction():
            await self._same_person.link(one, other, staff_id)
            merged = Known(**both, about=about, labels=labels)
            if merged != Known():
                await self.keep(one, merged, staff_id)
