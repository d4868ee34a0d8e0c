"""What staff look at: the queue, one conversation, callbacks; as pages and as parts that refresh."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from frontdesk.channels.base import Refused, TryAgain, Unclear
from frontdesk.conversations.desk import Desk
from frontdesk.conversations.events import INBOX
from frontdesk.conversations.model import Conversation, Owner
from frontdesk.conversations.same_person import SamePerson
from frontdesk.http import Problem
from frontdesk.inbox.canned import CannedReplies
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Member, Session, Staff
from frontdesk.storage import tables

HEARTBEAT_SECONDS = 15
CHANNELS = ("website", "sms", "whatsapp", "messenger", "instagram", "telegram", "chatwoot")
CLOSING_OUTCOMES = ("answered", "booked", "no answer", "other")
MOST_FOUND = 10
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
URGENCY_RANK = sa.case(
    (tables.conversations.c.urgency == "urgent", 0),
    (tables.conversations.c.urgency == "soon", 1),
    else_=2,
)


@dataclass(frozen=True)
class View:
    """One list of the inbox."""

    key: str
    title: str
    empty: str


VIEWS = (
    View("waiting", "Waiting", "Nobody is waiting. Well done."),
    View("missed", "Missed", "Nobody was missed."),
    View("mine", "Mine", "You have no conversations."),
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
    since: str
    until: str

    @classmethod
    def read(cls, query: QueryParams) -> Wanted:
        """What the search form asks for; what it cannot ask for is left out."""
        channel, outcome = query.get("channel", ""), query.get("outcome", "")
        return cls(
            query.get("q", "").strip()[:100],
            channel if channel in CHANNELS else "",
            outcome if outcome in CLOSING_OUTCOMES else "",
            _day(query.get("since", "")),
            _day(query.get("until", "")),
        )

    @property
    def anything(self) -> bool:
        """Is it a search at all?"""
        return any(vars(self).values())

    @property
    def query(self) -> str:
        """The same search, for an address."""
        return urlencode({key: value for key, value in vars(self).items() if value})

    def conditions(self, zone: tzinfo) -> list[Any]:
        """For conversations that match everything."""
        c, change = tables.conversations.c, tables.owner_changes.c
        found: list[Any] = []
        if self.q:
            found.append(_matching(self.q))
        if self.channel:
            found.append(c.channel == self.channel)
        if self.outcome:
            ended = (change.after == Owner.CLOSED.value) & (change.why == self.outcome)
            found.append(c.id.in_(sa.select(change.conversation_id).where(ended)))
        if self.since:
            found.append(c.updated_at >= _midnight(self.since, zone))
        if self.until:
            found.append(c.created_at < _midnight(self.until, zone) + timedelta(days=1))
        return found


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _midnight(day: str, zone: tzinfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), clock_time.min, zone)


class Pages:
    """Renders everything; changes nothing but what has been read."""

    def __init__(
        self, desk: Desk, staff: Staff, canned: CannedReplies, same_person: SamePerson
    ) -> None:
        self._desk = desk
        self._staff = staff
        self._canned = canned
        self._same_person = same_person
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["waited"] = self._waited
        self._templates.filters["clock"] = self._clock_time
        self._templates.filters["span"] = span_in_words

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """One template as a page."""
        base = {"clinic": self._desk.clinic, "views": VIEWS}
        return HTMLResponse(self._templates.get_template(template).render(**base, **values), status)

    async def queue(self, request: Request, session: Session) -> Response:
        """The list of a view, with the counts of all; only the list itself for htmx."""
        key = request.query_params.get("view", "waiting")
        view = next((one for one in VIEWS if one.key == key), VIEWS[0])
        wanted = Wanted.read(request.query_params)
        values: dict[str, Any] = {
            "me": session.member,
            "csrf_token": session.csrf_token,
            "view": view,
            "wanted": wanted,
            "channels": CHANNELS,
            "outcomes": CLOSING_OUTCOMES,
            "counts": await self._counts(session.member),
            "members": {member.id: member for member in await self._staff.members()},
            "callbacks": await self._desk.conversations.callbacks.all()
            if key == "callbacks"
            else [],
            "conversations": await self._listed(view.key, session.member, wanted),
        }
        part = request.headers.get("hx-request") == "true"
        return self.render("queue_part.html" if part else "queue.html", **values)

    async def conversation(self, request: Request, session: Session) -> Response:
        """One conversation; only its changing part for htmx."""
        conversation = await self.find(request)
        members = await self._staff.members()
        values: dict[str, Any] = {
            "me": session.member,
            "csrf_token": session.csrf_token,
            "conversation": conversation,
            "messages": await self._desk.conversations.messages.after(conversation.id, 0),
            "notes": await self.notes(conversation.id),
            **await self._with_same_person(conversation, request.query_params),
            "members": members,
            "holder": next((m for m in members if m.id == conversation.staff_id), None),
            "canned": await self._canned.filled(),
            "outcomes": CLOSING_OUTCOMES,
            "window_closed": await self._desk.delivery.window_closed(
                conversation, self._desk.clock()
            ),
            "view": VIEWS[0],
            "q": "",
            "counts": await self._counts(session.member),
        }
        await self._desk.conversations.update(
            conversation.id, read_seq=conversation.last_seq, looked_at=self._desk.clock()
        )
        if conversation.summary:
            await self._staff.note(session.member.id, Event.READ_HEALTH_ANSWERS, conversation.id)
        part = request.headers.get("hx-request") == "true"
        return self.render("thread.html" if part else "conversation.html", **values)

    async def media(self, request: Request, session: Session) -> Response:
        """A file that a visitor sent, fetched from the provider now and kept nowhere.

        Pictures are shown; anything else is only ever saved. Raise Problem 404 or 502.
        """
        conversation, seq = await self.find(request), request.path_params["seq"]
        found = await self._desk.conversations.messages.after(conversation.id, seq - 1, limit=1)
        payload = (found[0].payload if found and found[0].seq == seq else None) or {}
        reference, channel = payload.get("reference"), self._desk.delivery.channel_of(conversation)
        if not (self._desk.clinic.channels.media and channel and reference):
            raise Problem(404, "not_found", "There is no such file, or files are switched off.")
        try:
            kind, content = await channel.fetch(str(reference))
        except (Refused, TryAgain, Unclear) as error:
            raise Problem(502, "no_file", f"The file could not be fetched: {error}.") from error
        await self._staff.note(session.member.id, Event.OPENED_FILE, conversation.id)
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        if kind not in PICTURES:
            kind = "application/octet-stream"
            headers["Content-Disposition"] = "attachment"
        return Response(content, media_type=kind, headers=headers)

    async def events(self, request: Request, session: Session) -> Response:
        """A stream that says "something is new" and how many wait; of conversations nothing."""
        return EventSourceResponse(self._news(), ping=HEARTBEAT_SECONDS)

    async def _news(self) -> AsyncIterator[ServerSentEvent]:
        with self._desk.signals.listen(INBOX) as signal:
            yield ServerSentEvent(await self._waiting(), event="news")
            while True:
                await signal.wait()
                signal.clear()
                yield ServerSentEvent(await self._waiting(), event="news")
                await asyncio.sleep(0.05)

    async def _waiting(self) -> str:
        count = sa.select(sa.func.count()).select_from(tables.conversations)
        waiting = count.where(tables.conversations.c.owner == Owner.WAITING.value)
        return str((await self._desk.conversations.rows(waiting))[0][0])

    async def find(self, request: Request) -> Conversation:
        """The conversation of the path. Raise Problem 404."""
        found = await self._desk.conversations.get(request.path_params["id"])
        if found is None:
            raise Problem(
                404, "not_found", "There is no such conversation; it may have been erased."
            )
        return found

    async def notes(self, conversation_id: str) -> list[Any]:
        """Private notes about a conversation, the oldest first."""
        query = (
            sa.select(tables.notes.c.text, tables.notes.c.at, tables.staff.c.name)
            .join(tables.staff, tables.staff.c.id == tables.notes.c.staff_id)
            .where(tables.notes.c.conversation_id == conversation_id)
            .order_by(tables.notes.c.id)
        )
        return await self._desk.conversations.rows(query)

    async def _with_same_person(
        self, conversation: Conversation, query: QueryParams
    ) -> dict[str, Any]:
        """Conversations linked with this one; and, when looked for, those that could be."""
        c, looked_for = tables.conversations.c, query.get("same", "").strip()[:100]
        others = await self._same_person.others(conversation.id)
        found: list[Conversation] = []
        if looked_for:
            found = await self._desk.conversations.find(
                _matching(looked_for),
                c.id.not_in([conversation.id, *others]),
                order=[c.updated_at.desc()],
                limit=MOST_FOUND,
            )
        return {
            "others": await self._desk.conversations.find(c.id.in_(others)),
            "looked_for": looked_for,
            "found": found,
        }

    async def _listed(self, key: str, me: Member, wanted: Wanted) -> list[Conversation]:
        conditions, order = self._chosen(key, me)
        conditions += wanted.conditions(self._desk.clinic.hours.zone)
        return await self._desk.conversations.find(*conditions, order=order)

    def _chosen(self, key: str, me: Member) -> tuple[list[Any], list[Any]]:
        c = tables.conversations.c
        newest = [c.updated_at.desc()]
        if key == "waiting":
            in_time = [c.owner == Owner.WAITING.value, c.missed_at.is_(None)]
            return in_time, [URGENCY_RANK, c.waiting_since]
        if key == "missed":
            return [c.missed_at.is_not(None)], [URGENCY_RANK, c.missed_at]
        if key == "mine":
            return [c.owner == Owner.STAFF.value, c.staff_id == me.id], newest
        if key == "closed":
            return [c.owner == Owner.CLOSED.value], newest
        if key == "callbacks":
            return [sa.false()], newest
        return [c.last_seq > 1], newest

    async def _counts(self, me: Member) -> dict[str, int]:
        counts = {}
        for key in ("waiting", "missed", "mine"):
            query = sa.select(sa.func.count()).select_from(tables.conversations)
            rows = await self._desk.conversations.rows(query.where(*self._chosen(key, me)[0]))
            counts[key] = rows[0][0]
        counts["callbacks"] = len(await self._desk.conversations.callbacks.all())
        return counts

    def _waited(self, since: datetime | None) -> str:
        if since is None:
            return ""
        seconds = (self._desk.clock() - since).total_seconds()
        return span_in_words(seconds) if seconds >= 60 else "just now"

    def _clock_time(self, at: datetime) -> str:
        local = at.astimezone(self._desk.clinic.hours.zone)
        return local.strftime("%H:%M") if self._is_today(local) else local.strftime("%d %b %H:%M")

    def _is_today(self, local: datetime) -> bool:
        return local.date() == self._desk.clinic.today(self._desk.clock())


def span_in_words(seconds: float) -> str:
    """How long something took: "40 s", "12 min", "1 h 5 min"."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _matching(words: str) -> Any:
    """Conversations in whose name, contact, topic or messages the words occur."""
    c, m = tables.conversations.c, tables.messages.c
    said = sa.select(m.conversation_id).where(_contains(m.text, words))
    shared = c.summary.is_not(None) & c.id.in_(said.where(m.is_private))
    columns = (c.visitor_name, c.contact, c.topic, c.address, c.channel)
    return sa.or_(
        c.id.in_(said.where(sa.not_(m.is_private))),
        shared,
        *[_contains(column, words) for column in columns],
    )


def _contains(column: Any, words: str) -> Any:
    return sa.func.lower(column).contains(words.lower(), autoescape=True)
