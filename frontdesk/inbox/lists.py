"""The lists of the inbox: which conversations stand in each, what is looked for, and what a row says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import sqlalchemy as sa
import yaml
from starlette.datastructures import QueryParams
from starlette.requests import Request

from clinic import Clinic
from frontdesk.conversations.callbacks import STILL_TO_CALL
from frontdesk.conversations.labels import LONGEST_LABEL, Labels
from frontdesk.conversations.model import Author, Conversation, Owner
from frontdesk.conversations.search import Passage, Search
from frontdesk.conversations.store import Conversations
from frontdesk.http import day
from frontdesk.inbox.notes import unseen
from frontdesk.staff.members import Member
from frontdesk.storage import tables
from frontdesk.storage.columns import UtcDateTime

CHANNELS = ("website", "sms", "whatsapp", "messenger", "instagram", "telegram", "chatwoot", "email")
CLOSING_OUTCOMES = ("answered", "booked", "no answer", "other")
PAGE = 50
R = tables.reads
SEARCH, SAME = "inbox_search", "inbox_same"
"""Cookies that hold what somebody looks for."""
ORDER, NEWEST = "inbox_order", "newest"
"""The cookie of whoever wants the newest first; without it, the most urgent."""
LONGEST_WORDS = 90
LONG_WAIT = timedelta(minutes=10)
URGENCY_RANK = sa.case(
    (tables.conversations.c.urgency == "urgent", 0),
    (tables.conversations.c.urgency == "soon", 1),
    else_=2,
)
NEWEST_FIRST: list[Any] = [tables.conversations.c.updated_at.desc()]
COUNTED = ("waiting", "missed", "mine", "mentions", "snoozed")
ME, NOW = sa.bindparam("me", type_=sa.Integer), sa.bindparam("now", type_=UtcDateTime)
"""Who looks, and when: what is asked for each look is put together once."""
READ_BY = sa.select(R.c.conversation_id, R.c.seq).where(R.c.staff_id == ME)
READ_HERE = READ_BY.where(R.c.conversation_id == sa.bindparam("here"))


@dataclass(frozen=True)
class View:
    """One list of the inbox."""

    key: str
    title: str
    empty: str
    is_rare: bool = False
    """Shown only while something stands in it."""


VIEWS = (
    View("waiting", "Waiting", "Nobody is waiting. Well done."),
    View("missed", "Missed", "Nobody was missed."),
    View("mine", "Mine", "You have no conversations."),
    View("mentions", "Mentions", "Nobody has mentioned you.", is_rare=True),
    View("snoozed", "Snoozed", "Nothing is snoozed.", is_rare=True),
    View("all", "All", "There are no conversations yet."),
    View("callbacks", "Callbacks", "Nobody is waiting for a call."),
    View("closed", "Closed", "Nothing has been closed yet."),
)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; "" for what does not matter. Days are days at the clinic."""

    q: str
    channel: str
    outcome: str
    label: str
    since: str
    until: str

    @classmethod
    def of(cls, request: Request, cookie: str = SEARCH) -> Wanted:
        """What is looked for just now. Names and numbers are in a cookie, never in an address."""
        return cls.read(QueryParams(unquote(request.cookies.get(cookie, ""))))

    @classmethod
    def nothing(cls) -> Wanted:
        """No search."""
        return cls.read({})

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> Wanted:
        """What the search form asks for; what it cannot ask for is left out."""
        query = {key: value for key, value in query.items() if isinstance(value, str)}
        channel, outcome = query.get("channel", ""), query.get("outcome", "")
        return cls(
            query.get("q", "").strip()[:100],
            channel if channel in CHANNELS else "",
            outcome if outcome in CLOSING_OUTCOMES else "",
            query.get("label", "").strip()[:LONGEST_LABEL],
            _day(query.get("since", "")),
            _day(query.get("until", "")),
        )

    @property
    def anything(self) -> bool:
        """Is it a search at all?"""
        return any(vars(self).values())

    @property
    def kept(self) -> str:
        """The same search, for the cookie."""
        return quote(self.query)

    @property
    def query(self) -> str:
        """The same search as a form sends it."""
        return urlencode({key: value for key, value in vars(self).items() if value})

    @property
    def without_words(self) -> Wanted:
        """What may be kept: not what was typed, which may name somebody, and no days."""
        return replace(self, q="", since="", until="")

    def conditions(self, zone: tzinfo, search: Search) -> list[object]:
        """For conversations that match everything; ``search`` looks for the words."""
        c, change = tables.conversations.c, tables.owner_changes.c
        found: list[object] = []
        if self.q:
            found.append(search.conversations())
        if self.channel:
            found.append(c.channel == self.channel)
        if self.outcome:
            ended = (change.after == Owner.CLOSED.value) & (change.why == self.outcome)
            found.append(c.id.in_(sa.select(change.conversation_id).where(ended)))
        if self.label:
            found.append(c.id.in_(labelled(self.label)))
        if self.since:
            found.append(c.updated_at >= _midnight(self.since, zone))
        if self.until:
            found.append(c.created_at < _midnight(self.until, zone) + timedelta(days=1))
        return found


def _day(text: str) -> str:
    found = day(text)
    return found.isoformat() if found else ""


def _midnight(day: str, zone: tzinfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), clock_time.min, zone)


@dataclass(frozen=True)
class Row:
    """One conversation as a list shows it: who, the visitor's last words, and the true reason."""

    conversation: Conversation
    who: str
    channel: str
    words: str
    reason: str
    unread: int
    is_long: bool
    labels: tuple[str, ...]
    is_due: bool
    passage: Passage | None


@dataclass(frozen=True)
class Listed:
    """One page of a list; ``older`` and ``newer`` are page numbers, None where there is none."""

    rows: tuple[Row, ...]
    newer: int | None
    older: int | None


class Lists:
    """Reads the lists of the inbox."""

    def __init__(self, conversations: Conversations, clinic: Clinic) -> None:
        self._conversations = conversations
        self._clinic = clinic
        self._labels = Labels(conversations)

    async def page(
        self, key: str, me: Member, wanted: Wanted, number: int, by_newest: bool
    ) -> Listed:
        """One page of a list, the first for ``number`` 0."""
        now, search = self._conversations.clock(), self.search(wanted)
        conditions = wanted.conditions(self._clinic.hours.zone, search)
        query = _of_list(key, by_newest)
        query = query.where(*conditions) if conditions else query
        rows = await self._conversations.rows(
            query.limit(PAGE + 1).offset(number * PAGE), me=me.id, now=now
        )
        shown = [Conversation.of(row) for row in rows[:PAGE]]
        ids = [one.id for one in shown]
        words, labels = await self._last_words(ids), await self._labels.of_all(ids)
        passages = await self._passages(search, ids) if wanted.q else {}
        read = await self._read_by(me, ids)
        listed = tuple(
            self._row(
                one,
                words.get(one.id),
                now,
                labels.get(one.id, ()),
                passages.get(one.id),
                read.get(one.id, 0),
            )
            for one in shown
        )
        more = len(rows) > PAGE
        return Listed(listed, number - 1 if number else None, number + 1 if more else None)

    def search(self, wanted: Wanted) -> Search:
        """How the words that are wanted are looked for here."""
        return Search(wanted.q, self._conversations.dialect, self._clinic.country)

    async def read(self, conversation: Conversation, me: Member) -> None:
        """Note that somebody has read all of a conversation; nothing is written where that is known."""
        known = await self._conversations.rows(READ_HERE, me=me.id, here=conversation.id)
        if known and known[0].seq == conversation.last_seq and conversation.looked_at:
            return
        row = {"staff_id": me.id, "conversation_id": conversation.id}
        mine = sa.and_(R.c.staff_id == me.id, R.c.conversation_id == conversation.id)
        seen = {"read_seq": conversation.last_seq, "looked_at": self._conversations.clock()}
        async with self._conversations.transaction() as connection:
            # of two pages at once, one after the other
            await self._conversations.hold(conversation.id)
            await connection.execute(R.delete().where(mine))
            await connection.execute(R.insert().values(**row, seq=conversation.last_seq))
            await self._conversations.update(conversation.id, **seen)

    async def _read_by(self, me: Member, ids: list[str]) -> dict[str, int]:
        """How far this member has read in those that they opened."""
        rows = await self._conversations.rows(READ_BY.where(R.c.conversation_id.in_(ids)), me=me.id)
        return {row.conversation_id: row.seq for row in rows}

    async def _passages(self, search: Search, ids: list[str]) -> dict[str, Passage]:
        rows = await self._conversations.rows(search.passages(ids))
        return {row.conversation_id: search.passage(row.seq, row.text) for row in rows}

    async def counts(self, me: Member) -> dict[str, int]:
        """How many conversations stand in the lists that somebody has to empty."""
        now = self._conversations.clock()
        found = (await self._conversations.rows(_counts(), me=me.id, now=now))[0]
        return dict(zip((*COUNTED, "callbacks"), found, strict=True))

    async def _last_words(self, ids: list[str]) -> dict[str, Any]:
        """The visitor's latest message of each conversation."""
        m = tables.messages.c
        latest = (
            sa.select(m.conversation_id, sa.func.max(m.seq).label("seq"))
            .where(m.conversation_id.in_(ids), m.author == Author.VISITOR.value)
            .group_by(m.conversation_id)
            .subquery()
        )
        query = sa.select(m.conversation_id, m.text, m.is_private, m.payload, m.understood).join(
            latest, (m.conversation_id == latest.c.conversation_id) & (m.seq == latest.c.seq)
        )
        return {row.conversation_id: row for row in await self._conversations.rows(query)}

    @staticmethod
    def _row(
        one: Conversation,
        last: Any,
        now: datetime,
        labels: tuple[str, ...],
        passage: Passage | None,
        read_seq: int,
    ) -> Row:
        known = inbox_words()
        words = ""
        if last is not None:
            shared = (one.summary or {}).get("pre_screen")
            asked = (last.understood or {}).get("pre_screen")
            is_hidden = last.is_private and (asked is None or asked != shared)
            words = known["private"] if is_hidden else last.text or known["file"]
        if len(words) > LONGEST_WORDS:
            words = words[:LONGEST_WORDS].rsplit(" ", 1)[0] + " …"
        waits = one.owner is Owner.WAITING and one.waiting_since is not None
        return Row(
            one,
            who(one),
            known["channels"].get(one.channel, one.channel),
            words,
            reason(one),
            max(0, one.last_seq - read_seq),
            bool(waits and one.waiting_since and now - one.waiting_since >= LONG_WAIT),
            labels,
            bool(one.snoozed_until and one.snoozed_until <= now),
            passage,
        )


@lru_cache(maxsize=1)
def inbox_words() -> dict[str, Any]:
    """The inbox's words for short names (words.yml)."""
    path = Path(__file__).with_name("words.yml")
    found: dict[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def who(one: Conversation) -> str:
    """Somebody's name as staff know it, else as they gave it, else the number they write from, else a short handle that stays theirs."""
    if named := one.known_as or one.visitor_name or one.contact or one.address:
        return named
    handle = base64.b32encode(one.id[-6:].encode()).decode()[:3]
    return f"Visitor {handle}"


def reason(one: Conversation) -> str:
    """Why a conversation is where it is: the urgent sign in words, else the reason in words."""
    if one.sign:
        return one.sign
    if not one.reason:
        return ""
    return str(inbox_words()["reasons"].get(one.reason, one.reason.replace("_", " ")))


@cache
def _of_list(key: str, by_newest: bool) -> Any:
    """The query of a list, for whoever looks and when."""
    conditions, order = chosen(key)
    query = sa.select(tables.conversations).where(*conditions)
    return query.order_by(*(NEWEST_FIRST if by_newest else order))


@lru_cache(maxsize=1)
def _counts() -> Any:
    """The query of all numbers in one row."""
    of_list = sa.select(sa.func.count()).select_from(tables.conversations)
    found = [of_list.where(*chosen(key)[0]).scalar_subquery() for key in COUNTED]
    return sa.select(*found, STILL_TO_CALL.scalar_subquery())


def chosen(key: str) -> tuple[list[object], list[object]]:
    """The conditions of a list, and its order: by urgency, then by how long somebody waits."""
    c = tables.conversations.c
    with_staff, sleeps = c.owner == Owner.STAFF.value, c.snoozed_until > NOW
    if key == "waiting":
        in_time = [c.owner == Owner.WAITING.value, c.missed_at.is_(None)]
        return in_time, [URGENCY_RANK, c.waiting_since]
    if key == "missed":
        return [c.missed_at.is_not(None)], [URGENCY_RANK, c.missed_at]
    if key == "mine":
        awake = sa.or_(c.snoozed_until.is_(None), sa.not_(sleeps))
        return [with_staff, c.staff_id == ME, awake], [c.snoozed_until.is_(None), *NEWEST_FIRST]
    if key == "snoozed":
        return [with_staff, sleeps], [c.snoozed_until]
    if key == "mentions":
        return [unseen(ME)], NEWEST_FIRST
    if key == "closed":
        return [c.owner == Owner.CLOSED.value], NEWEST_FIRST
    if key == "callbacks":
        return [sa.false()], NEWEST_FIRST
    return [c.last_seq > 1], NEWEST_FIRST


def labelled(word: str) -> Any:
    """Ids of conversations that have a label, on them or on their person."""
    label = tables.labels.c
    return sa.select(label.conversation_id).where(label.word == word)
