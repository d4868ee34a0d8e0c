"""What staff look at: the queue, one conversation, callbacks; as pages and as parts that refresh."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from async_timeout import timeout_at
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from clinic.contacts import contact_in
from frontdesk.answering.desk import Desk
from frontdesk.answering.snooze import choices
from frontdesk.conversations.contacts import Contacts, Known
from frontdesk.conversations.events import INBOX, LOOKS
from frontdesk.conversations.labels import Labels
from frontdesk.conversations.model import Conversation, Message, Owner, hidden_from_staff
from frontdesk.conversations.same_person import SamePerson
from frontdesk.http import Problem, whole_number
from frontdesk.inbox.callbacks_page import CallbacksPage
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.filters import Filters
from frontdesk.inbox.guard import COOKIE
from frontdesk.inbox.lists import (
    CHANNELS,
    CLOSING_OUTCOMES,
    ME,
    NEWEST,
    ORDER,
    SAME,
    VIEWS,
    Lists,
    Wanted,
    inbox_words,
    reason,
    who,
)
from frontdesk.inbox.notes import Notes, unseen
from frontdesk.knowledge.faq import topics
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Member, Session, Staff
from frontdesk.staff.roles import May
from frontdesk.storage import tables

HEARTBEAT_SECONDS = 15
LIST_SECONDS = 1.0
MOST_FOUND = 10
AUDIBLE = sa.or_(
    tables.conversations.c.muted_at.is_(None), tables.conversations.c.urgency == "urgent"
)
"""Who is muted rings no bell, unless there is danger."""
_COUNT = sa.select(sa.func.count()).select_from(tables.conversations)
NEWS = sa.select(
    _COUNT.where(tables.conversations.c.owner == Owner.WAITING.value, AUDIBLE)
    .scalar_subquery()
    .label("waiting"),
    _COUNT.where(unseen(ME)).scalar_subquery().label("mentions"),
)
MOST_PAGES = 99_999
ERASE_REASONS = ("they asked us", "written by mistake", "not a visitor of ours")


class Pages:
    """Renders everything; changes nothing but what has been read."""

    def __init__(
        self,
        desk: Desk,
        staff: Staff,
        canned: CannedReplies,
        same_person: SamePerson,
        contacts: Contacts,
        callbacks: CallbacksPage,
        filters: Filters,
    ) -> None:
        self._desk = desk
        self._staff = staff
        self._canned = canned
        self._same_person = same_person
        self._contacts = contacts
        self._callbacks = callbacks
        self._filters = filters
        self._labels = Labels(desk.conversations)
        self._notes = Notes(desk.conversations)
        self._lists = Lists(desk.conversations, desk.clinic)
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
        self._templates.filters["question"] = question_of
        self._templates.globals["May"] = May

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """One template as a page."""
        base = {"clinic": self._desk.clinic, "views": VIEWS, "words": inbox_words(), "named": who}
        return HTMLResponse(self._templates.get_template(template).render(**base, **values), status)

    def facts(self) -> dict[str, str]:
        """Every placeholder of an answer, as of now."""
        return self._desk.clinic.facts(self._desk.clock())

    async def queue(self, request: Request, session: Session) -> Response:
        """The list of a view, with the counts of all; only the list itself for htmx."""
        values = await self._list(request, session)
        part = is_refresh(request)
        if values["wanted"].anything:
            await self._staff.note_look(session, Event.SEARCHED, refreshed=part)
        elif values["view"].key == "callbacks":
            await self._staff.note_look(session, Event.READ_CALLBACKS, refreshed=part)
        return self.render("queue_part.html" if part else "queue.html", **values)

    async def _frame(self, request: Request, session: Session) -> dict[str, Any]:
        """What every part of the workplace asks for."""
        key = request.query_params.get("view", "waiting")
        return {
            "me": session.member,
            "csrf_token": session.csrf_token,
            "view": next((one for one in VIEWS if one.key == key), VIEWS[0]),
            "members": {member.id: member for member in await self._staff.members()},
        }

    async def _list(self, request: Request, session: Session) -> dict[str, Any]:
        """What the list at the left shows; beside a conversation it stays as it was."""
        frame = await self._frame(request, session)
        if not is_refresh(request):
            frame |= await self._around_list(session)
        view, me = frame["view"], session.member
        is_search = request.query_params.get("search") == "yes"
        wanted = Wanted.of(request) if is_search else Wanted.nothing()
        number = whole_number(request.query_params.get("page", "0"), most=MOST_PAGES) or 0
        by_newest = request.cookies.get(ORDER) == NEWEST
        is_calls = view.key == "callbacks"
        return {
            **frame,
            "wanted": wanted,
            "counts": await self._lists.counts(me),
            "callbacks": await self._callbacks.listed(request) if is_calls else None,
            "listed": await self._lists.page(view.key, me, wanted, number, by_newest),
            "number": number,
            "by_newest": by_newest,
            "conversation": None,
            "opened": request.query_params.get("open", ""),
        }

    async def _around_list(self, session: Session) -> dict[str, Any]:
        """What stands above the list: to search and to filter."""
        return {
            "channels": CHANNELS,
            "outcomes": CLOSING_OUTCOMES,
            "labels": await self._labels.known(),
            "filters": await self._filters.mine(session),
        }

    async def conversation(self, request: Request, session: Session) -> Response:
        """One conversation as a page; for htmx what was said, or what is known, and nothing else."""
        conversation = await self.find(request)
        part = is_refresh(request)
        only_facts = part and request.query_params.get("part") == "facts"
        frame = self._frame if part else self._list
        values = {**await frame(request, session), "conversation": conversation}
        values["who"] = who(conversation)
        stopped = await self._desk.conversations.opt_outs.of(conversation)
        values |= {"is_stopped": stopped.is_stopped, "is_blocked": stopped.is_blocked}
        if not only_facts:
            values |= await self._thread(conversation, values["members"])
            await self._lists.read(conversation, session.member)
            await self._notes.seen(conversation.id, session.member)
        if only_facts or not part:
            values |= await self._facts(conversation, request)
        if not part:
            values |= await self._deeds(conversation, values["members"])
        seen = Event.READ_HEALTH_ANSWERS if conversation.summary else Event.OPENED_CONVERSATION
        await self._staff.note_look(session, seen, conversation.id, refreshed=part)
        template = "facts.html" if only_facts else "thread.html" if part else "conversation.html"
        return self.render(template, **values)

    async def _thread(
        self, conversation: Conversation, members: dict[int, Member]
    ) -> dict[str, Any]:
        """What was said, and by whom it is answered."""
        messages = await self._desk.conversations.messages.after(conversation.id, 0)
        return {
            "reason": reason(conversation),
            "timeline": await self._timeline(conversation, messages),
            "hidden": hidden_from_staff(messages, conversation.summary),
            "holder": members.get(conversation.staff_id or 0),
            "can_tell": self._desk.delivery.can_tell(conversation),
        }

    async def _facts(self, conversation: Conversation, request: Request) -> dict[str, Any]:
        """What is known of the visitor."""
        labels = await self._labels.of([conversation.id], of_person=False)
        known = await self._contacts.of(conversation.id)
        return {
            "known": known,
            "labelled": labels.get(conversation.id, ()),
            "labels": await self._labels.known(),
            "can_be_stopped": self.can_be_stopped(conversation),
            **await self._with_same_person(conversation, known, request),
        }

    async def _deeds(
        self, conversation: Conversation, members: dict[int, Member]
    ) -> dict[str, Any]:
        """What can be done with it."""
        now = self._desk.clock()
        window = await self._desk.delivery.closed_window(conversation, now)
        return {
            "times": choices(self._desk.clinic, now),
            "reasons": ERASE_REASONS,
            "keeper": members.get(conversation.kept_by or 0),
            "colleagues": list(members.values()),
            "canned": await self._canned.filled(),
            "closed_window": days_in_words(window) if window else None,
        }

    def can_be_stopped(self, conversation: Conversation) -> bool:
        """Do we send messages here ourselves, to somebody who may not want them?"""
        channel = self._desk.delivery.channel_of(conversation)
        return bool(channel and conversation.address and not conversation.staff_are_elsewhere)

    async def events(self, request: Request, session: Session) -> Response:
        """A stream that says "something is new" and how many wait; of conversations nothing."""
        token, opened = request.cookies.get(COOKIE, ""), request.query_params.get("open", "")
        stream = self._news(session.member, token, opened)
        return EventSourceResponse(stream, ping=HEARTBEAT_SECONDS)

    async def _news(
        self, member: Member, token: str, opened: str
    ) -> AsyncIterator[ServerSentEvent]:
        """An open stream is an inbox that somebody has before them; it ends with the session.

        What is new in the conversation before them is told at once (``here``; ``looks``: who looks and
        types), the lists (``news``) at once and then once in LIST_SECONDS: all staff see every change.
        """
        now = asyncio.get_running_loop().time
        checked, listed, topics = now(), -LIST_SECONDS, {INBOX, opened}
        is_due = False
        with self._desk.signals.listen(INBOX, LOOKS, opened) as signal:
            while True:
                if opened and opened in topics:
                    yield ServerSentEvent("", event="here" if INBOX in topics else "looks")
                is_due = is_due or INBOX in topics
                if is_due and now() - listed >= LIST_SECONDS:
                    listed, is_due = now(), False
                    yield await self._counted(member)
                await asyncio.sleep(0.05)
                next_look = checked + HEARTBEAT_SECONDS
                if is_due:
                    next_look = min(next_look, listed + LIST_SECONDS)
                with suppress(asyncio.TimeoutError):
                    async with timeout_at(next_look):
                        await signal.wait()
                if now() - checked >= HEARTBEAT_SECONDS:
                    if await self._staff.session(token) is None:
                        return
                    await self._staff.seen(member.id)
                    checked = now()
                topics = set(signal.topics)
                signal.clear()

    async def _counted(self, member: Member) -> ServerSentEvent:
        """How many wait for anybody, and in how many somebody mentioned this member."""
        found = (await self._desk.conversations.rows(NEWS, me=member.id))[0]
        now = await self._staff.member(member.id) or member
        local = self._desk.clock().astimezone(self._desk.clinic.hours.zone).time()
        return ServerSentEvent(json.dumps({**found, "quiet": now.is_quiet(local)}), event="news")

    async def find(self, request: Request) -> Conversation:
        """The conversation of the path. Raise Problem 404."""
        return await self.one(request.path_params["id"])

    async def one(self, conversation_id: str) -> Conversation:
        """The conversation of an id. Raise Problem 404."""
        found = await self._desk.conversations.get(conversation_id)
        if found is None:
            raise Problem(
                404, "not_found", "There is no such conversation; it may have been erased."
            )
        return found

    async def _timeline(
        self, conversation: Conversation, messages: list[Message]
    ) -> list[tuple[str, object]]:
        """What was said, noted and done, in order: (message | note | event, itself)."""
        said = [(one.at, "message", one) for one in messages]
        noted = [(one.at, "note", one) for one in await self._notes.of([conversation.id])]
        done = [(row.at, "event", words) for row, words in await self._events(conversation)]
        everything = sorted([*said, *noted, *done], key=itemgetter(0))
        return [(kind, one) for _, kind, one in everything]

    async def _events(self, conversation: Conversation) -> list[tuple[Any, str]]:
        """Who assigned and who closed it, in words; taking and handing back are said to the visitor."""
        change = tables.owner_changes.c
        query = sa.select(change.after, change.who, change.why, change.at).order_by(change.id)
        found = []
        for row in await self._desk.conversations.rows(
            query.where(change.conversation_id == conversation.id)
        ):
            if row.after == Owner.CLOSED.value:
                found.append((row, f"Closed by {row.who}: {row.why}"))
            elif row.why.startswith("assigned by "):
                found.append((row, f"{row.why.capitalize()} to {row.who}"))
        return found

    async def _with_same_person(
        self, conversation: Conversation, known: Known, request: Request
    ) -> dict[str, Any]:
        """Conversations linked with this one; and, when looked for, those that could be."""
        asked = request.query_params.get("same") == "yes"
        wanted = Wanted.of(request, SAME) if asked else Wanted.nothing()
        c = tables.conversations.c
        others = await self._same_person.others(conversation.id)
        found: list[Conversation] = []
        if wanted.q:
            found = await self._desk.conversations.find(
                self._lists.search(wanted).conversations(),
                c.id.not_in([conversation.id, *others]),
                order=[c.updated_at.desc()],
                limit=MOST_FOUND,
            )
        return {
            "others": await self._desk.conversations.find(c.id.in_(others)) if others else [],
            "perhaps": await self._perhaps_the_same(conversation, known, others),
            "notes_elsewhere": await self._notes.of(others) if others else [],
            "looked_for": wanted.q,
            "found": found,
        }

    async def _perhaps_the_same(
        self, conversation: Conversation, known: Known, others: list[str]
    ) -> list[Conversation]:
        """Conversations with the same number or address, for staff to say whether it is one person."""
        given = contact_in(conversation.contact or "", self._desk.clinic.country)
        reached = (known.phone, known.email, given.phone, given.email, conversation.address)
        same = [
            condition
            for one in dict.fromkeys(filter(None, reached))
            if (condition := self._lists.search(Wanted.read({"q": one})).same_contact()) is not None
        ]
        here = tables.conversations.c
        unknown = here.id.not_in([conversation.id, *others])
        newest = [here.updated_at.desc()]
        find = self._desk.conversations.find
        return await find(sa.or_(*same), unknown, order=newest, limit=3) if same else []

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


def is_refresh(request: Request) -> bool:
    """Does a page that is open already ask for a part of itself?"""
    return request.headers.get("hx-request") == "true"


def question_of(topic: str) -> str:
    """A topic as staff know it: the question of its answer."""
    found = topics().get(topic)
    return found.question if found else topic.replace("_", " ") or "other"


def span_in_words(seconds: float) -> str:
    """How long something took: "40 s", "12 min", "1 h 5 min"."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def days_in_words(window: timedelta) -> str:
    """How long a provider lets us write: "24 hours", "7 days"."""
    return (
        f"{window.days} days" if window.days > 1 else f"{window.total_seconds() / 3600:.0f} hours"
    )
