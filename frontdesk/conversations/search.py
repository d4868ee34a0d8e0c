"""Finding conversations by words: an index of the database's own for what was said, names and numbers.

SQLite: an FTS5 table beside the messages. PostgreSQL: a column of kind tsvector. Both are made by step
0016 of the schema and kept by the database itself, so that what is blanked or erased is found no more.
A word is found by its beginning, however it is written: capitals and, in SQLite, accents do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
import sqlalchemy as sa

from frontdesk.storage import tables

C, M = tables.conversations.c, tables.messages.c
P = tables.conversations.alias("person").c
WORD = re.compile(r"\w+")
MOST_WORDS, MOST_FOUND = 12, 2_000
"""Of a word that is everywhere, the newest messages are looked at."""
LEAST_DIGITS, WHOLE_NUMBER = 4, 8
AROUND = 40
VISIBLE = sa.or_(
    sa.not_(M.is_private),
    M.understood["pre_screen"].as_string() == C.summary["pre_screen"].as_string(),
)
"""A private message is found where it belongs to the health questions that the visitor shared."""
IN_SQLITE = "SELECT rowid AS id FROM said WHERE said MATCH :asked ORDER BY rowid DESC LIMIT :most"
IN_POSTGRESQL = "SELECT id FROM messages WHERE said @@ to_tsquery('simple', :asked) ORDER BY id DESC LIMIT :most"


@dataclass(frozen=True)
class Passage:
    """The words that were found, between those that stand around them; ``seq`` is their message."""

    seq: int
    before: str
    found: str
    after: str


class Search:
    """One search: ``words`` as they were typed, in a database of one kind."""

    def __init__(self, words: str, dialect: str, country: str) -> None:
        self._words = words
        self._dialect = dialect
        self._country = country
        self._asked = WORD.findall(words)[:MOST_WORDS]

    def conversations(self) -> Any:
        """The condition: the words occur in the name, the contact or what was said there.

        Each place gives its ids; asked row by row, all of it would be asked of every conversation.
        """
        said = sa.select(M.conversation_id).where(self._said(), VISIBLE)
        said = said.join(tables.conversations, C.id == M.conversation_id)
        return C.id.in_(sa.union(said, *(self._by_number() or self._by_name())))

    def _by_name(self) -> list[Any]:
        """Ids: the words occur in what is known of who it is, and of what they asked."""
        known = tables.contacts.c
        about = (known.phone, known.email, known.about)
        columns = (P.known_as, P.visitor_name, P.contact, P.topic, P.address, P.channel)
        return [
            sa.select(known.conversation_id).where(sa.or_(*map(self._contains, about))),
            sa.select(P.id).where(sa.or_(*map(self._contains, columns))),
        ]

    def same_contact(self) -> Any | None:
        """The condition: the same whole number or e-mail address; None for words that are neither."""
        address = self._words.strip().lower()
        if "@" in address:
            known = sa.select(tables.contacts.c.conversation_id)
            known = known.where(sa.func.lower(tables.contacts.c.email) == address)
            columns = [sa.func.lower(C.address) == address]
            given = sa.func.lower(C.contact)  # a number may stand before it
            columns += [given == address, given.endswith(f", {address}", autoescape=True)]
            return sa.or_(C.id.in_(known), *columns)
        digits = [one for one in self._words if one.isdecimal()]
        numbers = self._by_number() if len(digits) >= WHOLE_NUMBER else []
        return C.id.in_(sa.union(*numbers)) if numbers else None

    def passages(self, ids: list[str]) -> Any:
        """A query: the newest message of each conversation in which the words occur, as staff may see it."""
        newest = (
            sa.select(sa.func.max(M.id))
            .join(tables.conversations, C.id == M.conversation_id)
            .where(M.conversation_id.in_(ids), self._said(), VISIBLE)
            .group_by(M.conversation_id)
        )
        return sa.select(M.conversation_id, M.seq, M.text).where(M.id.in_(newest))

    def passage(self, seq: int, text: str) -> Passage:
        """Where the first of the words stands in a message."""
        starts = [
            found.start()
            for word in self._asked
            if (found := re.search(rf"\b{re.escape(word)}", text, re.I))
        ]
        at = min(starts, default=0)
        end = at + len(found[0]) if starts and (found := WORD.match(text, at)) else at
        cut = max(0, at - AROUND)
        before = ("… " if cut else "") + text[cut:at]
        after = text[end : end + AROUND] + (" …" if end + AROUND < len(text) else "")
        return Passage(seq, before, text[at:end], after)

    def _said(self) -> Any:
        """Of messages: all words occur, each as the beginning of a word."""
        if not self._asked:  # nothing but signs: no index has those
            return self._contains(M.text)
        if self._dialect == "sqlite":
            asked, query = " ".join(f'"{one}"*' for one in self._asked), IN_SQLITE
        else:
            asked, query = " & ".join(f"{one}:*" for one in self._asked), IN_POSTGRESQL
        found = sa.text(query).bindparams(asked=asked, most=MOST_FOUND)
        return M.id.in_(found.columns(sa.column("id", sa.Integer)).subquery().select())

    def _by_number(self) -> list[Any]:
        """Ids: the number, however it is typed and however it was written down."""
        digits = "".join(one for one in self._words if "0" <= one <= "9")
        if len(digits) < LEAST_DIGITS or re.search(r"[^\W\d_]", self._words):
            return []
        try:
            number = phonenumbers.parse(self._words, self._country)
            digits = phonenumbers.national_significant_number(number)
        except phonenumbers.NumberParseException:
            digits = digits.lstrip("0")
        phones = tables.contacts.c
        given = sa.or_(_digits(P.contact).contains(digits), P.address.contains(digits))
        return [
            sa.select(phones.conversation_id).where(_digits(phones.phone).contains(digits)),
            sa.select(P.id).where(given),
        ]

    def _contains(self, column: Any) -> Any:
        """SQLite compares A to Z in either case by itself, and knows no other capitals."""
        small = self._words.lower()
        if self._dialect != "sqlite":
            return sa.func.lower(column).contains(small, autoescape=True)
        written = {small} if self._words.isascii() else {small, self._words}
        return sa.or_(*[column.contains(one, autoescape=True) for one in sorted(written)])


def _digits(column: object) -> Any:
    for sign in " -()./":
        column = sa.func.replace(column, sign, "")
    return column
