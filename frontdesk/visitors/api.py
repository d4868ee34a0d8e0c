"""What the website widget talks to (docs/contracts.md section 6)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from async_timeout import timeout
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from clinic.contacts import contact_in
from clinic.spoken import ENGLISH
from frontdesk import metrics
from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.conversations.model import Author, Conversation, Incoming, Message, Owner
from frontdesk.copy import words
from frontdesk.http import Problem, address_of, json_body, whole_number
from frontdesk.outgoing.answer_mail import AnswerMails
from frontdesk.outgoing.answer_push import AnswerPushes
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Staff
from frontdesk.tokens import hash_token
from frontdesk.visitors.limits import Limit, counted

LONGEST_TEXT = 2_000
LONGEST_ID = 80
MESSAGES_A_MINUTE = 30
ALL_MESSAGES_A_MINUTE = 240
"""From one address, in all its conversations: an office writes on, a flood is slowed down. Our own machine
is a proxy that does not say for whom it asks."""
OWN_MACHINE = ("127.0.0.1", "::1")
IN_A_CROWD = 4  # messages a minute, while many conversations of an address stand in line
TYPINGS_A_MINUTE = 40
FORMS_A_MINUTE = 12
"""Of one visitor: wishes to be called, votes, copies of what is held."""
OPENINGS_A_MINUTE = 60
"""From one address: an office behind it comes in, a flood does not."""
ALL_OPENINGS_A_MINUTE = 1_200
STREAMS = 8
"""Of one visitor, at once: tabs, and those that are gone but not missed yet."""
HEARTBEAT_SECONDS = 15
LONGEST_FIELD = 200
LONGEST_LANGUAGE = 8
NO_CONTACT = "Please write a phone number with its area code, or an e-mail address."


class VisitorApi:
    """One visitor, one opaque token, one conversation.

    Limits count by address and by token, which are known before a body is read and the database is asked:
    a flood that is refused costs next to nothing.
    """

    def __init__(self, desk: Desk, staff: Staff, mails: AnswerMails, pushes: AnswerPushes) -> None:
        self._desk = desk
        self._staff = staff
        self._mails = mails
        self._pushes = pushes
        self._writing = Limit(MESSAGES_A_MINUTE, desk.clock)
        self._all_writing = Limit(ALL_MESSAGES_A_MINUTE, desk.clock)
        self._opening = Limit(OPENINGS_A_MINUTE, desk.clock)
        self._all_openings = Limit(ALL_OPENINGS_A_MINUTE, desk.clock)
        self._typing = Limit(TYPINGS_A_MINUTE, desk.clock)
        self._forms = Limit(FORMS_A_MINUTE, desk.clock)
        self._streams: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        """All routes, each with its method."""
        return [
            Route("/api/conversations", self.open, methods=["POST"]),
            Route("/api/messages", self.write, methods=["POST"]),
            Route("/api/messages", self.read, methods=["GET"]),
            Route("/api/typing", self.type, methods=["POST"]),
            Route("/api/events", self.events, methods=["GET"]),
            Route("/api/feedback", self.vote, methods=["POST"]),
            Route("/api/callback", self.call_back, methods=["POST"]),
            Route("/api/conversation", self.erase, methods=["DELETE"]),
            Route("/api/copy", self.copy, methods=["GET"]),
            Route("/api/waiting", self.stop_waiting, methods=["DELETE"]),
            Route("/api/clinic", self.clinic, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """Open a conversation and give its token, once; ``carried`` joins it to where its visitor was."""
        address = address_of(request)
        self._slow_down(self._wait_to_open(address))
        body = await json_body(request)
        language, carried = str(body.get("language") or "")[:LONGEST_LANGUAGE], body.get("carried")
        self._slow_down(self._wait_to_open(address))
        with counted((self._opening, address), (self._all_openings, "")):
            conversation, token = await self._desk.open("website", language=language or None)
        if isinstance(carried, str) and 0 < len(carried) <= LONGEST_ID:
            await self._desk.conversations.passages.use(carried, conversation.id)
        return JSONResponse({"token": token, "conversation_id": conversation.id}, 201)

    def _wait_to_open(self, address: str) -> int:
        return self._opening.wait(address) or self._all_openings.wait("")

    async def write(self, request: Request) -> Response:
        """Store a message; 202 means that it is safe."""
        whose, key = _whose(request), _key(request)
        self._slow_down(self._wait(self._writing, whose, key))
        conversation, body = await self.visitor(request), await json_body(request)
        client_id, text, button = body.get("id"), body.get("text"), body.get("button")
        if not isinstance(client_id, str) or not 1 <= len(client_id) <= LONGEST_ID:
            raise Problem(
                400, "malformed", f"'id' must be a string of 1 to {LONGEST_ID} characters."
            )
        button_id = None
        if button is not None:
            text, button_id = await self._pressed(conversation, button)
        if not isinstance(text, str):
            raise Problem(400, "malformed", "'text' must be a string.")
        if not text.strip():
            raise self._problem(422, "empty")
        if len(text) > LONGEST_TEXT:
            raise self._problem(422, "too_long")
        with self._counted(self._writing, whose, key):
            incoming = Incoming(text, client_id, button_id)
            message = await self._desk.receive(conversation, incoming, whose)
        return JSONResponse({"seq": message.seq}, 202)

    def _wait(self, own: Limit, whose: str | None, key: str) -> int:
        """Whoever is refused for one conversation uses up nothing of their address. A form stands in no line."""
        crowd = whose and own is self._writing and self._desk.is_flooded_by(whose)
        own_wait = own.wait(key, IN_A_CROWD if crowd else None)
        return (self._all_writing.wait(whose) if whose else 0) or own_wait

    @contextmanager
    def _counted(self, own: Limit, whose: str | None, key: str) -> Iterator[None]:
        """Do what counts, unless so many came at once that it is too often by now."""
        self._slow_down(self._wait(own, whose, key))
        with counted((own, key), *([(self._all_writing, whose)] if whose else [])):
            yield

    async def type(self, request: Request) -> Response:
        """The visitor is writing: staff see it while they have the conversation, or it waits for them."""
        key = _key(request)
        self._slow_down(self._typing.wait(key))
        conversation = await self.visitor(request)
        self._slow_down(self._typing.take(key))
        if not conversation.owner.is_bot:
            await self._desk.conversations.update(conversation.id, typing_at=self._desk.clock())
            self._desk.signals.looks(conversation.id)
        return Response(status_code=204)

    async def read(self, request: Request) -> Response:
        """All messages after a number."""
        conversation = await self.visitor(request)
        found = await self._desk.conversations.messages.after(conversation.id, _after(request))
        messages = [self._shown(message, conversation) for message in found]
        shown = await self._desk.conversations.as_shown(conversation.id)
        is_pending = bool(shown and shown[1])
        return JSONResponse({"messages": messages, **await self._state(conversation, is_pending)})

    async def events(self, request: Request) -> Response:
        """A live stream: messages after a number, then each new one, and who has the conversation."""
        key = _key(request)
        self._slow_down(self._wait_to_listen(key))
        conversation, after = await self.visitor(request), _after(request)
        self._slow_down(self._wait_to_listen(key))  # those that came at once are counted by now
        return _Counted(self._stream(conversation.id, after), self._streams, key)

    def _wait_to_listen(self, key: str) -> int:
        return HEARTBEAT_SECONDS if self._streams[key] >= STREAMS else 0

    async def _stream(self, conversation_id: str, seq: int) -> AsyncIterator[bytes]:
        """What is new leaves in one piece: each piece wakes the browser, and costs more than its rows."""
        state: dict[str, object] | None = None
        with self._desk.signals.listen(conversation_id) as signal:
            while True:
                signal.clear()
                shown = await self._desk.conversations.as_shown(conversation_id)
                if shown is None:
                    yield ServerSentEvent("{}", event="erased").encode()
                    return
                conversation, is_pending = shown
                new, events = conversation.last_seq > seq, []
                messages = self._desk.conversations.messages
                for message in await messages.after(conversation_id, seq) if new else ():
                    seq = message.seq
                    data = json.dumps(self._shown(message, conversation))
                    events.append(ServerSentEvent(data, event="message", id=str(seq)))
                now = await self._state(conversation, is_pending)
                if now != state:
                    state = now
                    events.append(ServerSentEvent(json.dumps(state), event="state"))
                if events:
                    yield b"".join(event.encode() for event in events)
                with suppress(asyncio.TimeoutError):
                    async with timeout(HEARTBEAT_SECONDS):
                        await signal.wait()

    def _shown(self, message: Message, conversation: Conversation) -> dict[str, object]:
        """As its visitor sees it; what we say is in the language of the conversation, if we speak it."""
        told, is_theirs = conversation.language, message.author is Author.VISITOR
        ours = told if told in self._desk.clinic.spoken else ENGLISH
        return {**message.for_visitor(), "language": None if is_theirs else ours}

    async def _state(self, conversation: Conversation, is_pending: bool) -> dict[str, object]:
        messages = self._desk.conversations.messages
        typing = (
            is_pending
            if conversation.owner.is_bot
            else await self._staff.types(conversation.staff_id, conversation.id)
        )
        member = await self._staff.member(conversation.staff_id) if conversation.staff_id else None
        shown = {"name": member.name, "role": member.job} if member else None
        waits, is_bots = conversation.owner is Owner.WAITING, conversation.owner.is_bot
        is_blanked = conversation.blanked_at is not None
        place = await self._desk.conversations.place_in_line(conversation) if waits else None
        return {
            "owner": conversation.owner.value,
            "typing": typing,
            "staff": shown,
            "place": place,
            "staffed": await self._desk.handover.staff_available(conversation) if waits else None,
            "forgotten": await messages.forgotten(conversation.id) if is_blanked else [],
            "mail": None if is_bots else await self._mails.seen(conversation.id),
            "push": not is_bots and bool(await self._pushes.seen(conversation.id)),
        }

    async def stop_waiting(self, request: Request) -> Response:
        """No person after all: the assistant goes on. Nothing changes when nobody was waited for."""
        conversation = await self.visitor(request)
        if conversation.owner is Owner.WAITING:
            with suppress(TakenBySomebodyElse):
                await self._desk.handover.hand_back(conversation, "visitor", "stopped_waiting")
        return Response(status_code=204)

    async def vote(self, request: Request) -> Response:
        """Was an answer helpful?"""
        self._slow_down(self._forms.wait(_key(request)))
        conversation, body = await self.visitor(request), await json_body(request)
        number, helpful = whole_number(body.get("seq"), conversation.last_seq), body.get("helpful")
        if not number or type(helpful) is not bool:
            raise Problem(400, "malformed", "'seq' must be a number, 'helpful' true or false.")
        with self._counted(self._forms, None, _key(request)):
            await self._desk.conversations.messages.vote(conversation.id, number, helpful)
        return Response(status_code=204)

    async def call_back(self, request: Request) -> Response:
        """Note a callback from the widget's form."""
        whose, mine = _whose(request), _key(request)  # of the address it counts as a message
        self._slow_down(self._wait(self._forms, whose, mine))
        conversation, body = await self.visitor(request), await json_body(request)
        values = [body.get(key) for key in ("name", "contact", "good_time")]
        texts = [one for one in values if isinstance(one, str) and len(one) <= LONGEST_FIELD]
        if len(texts) < len(values):
            raise Problem(400, "malformed", f"Each field is text, {LONGEST_FIELD} letters at most.")
        name, typed, good_time = texts
        contact = str(contact_in(typed, self._desk.clinic.country))
        if not contact:
            raise Problem(422, "no_contact", NO_CONTACT)
        key = body.get("id")
        client_id = f"callback_{key[:LONGEST_ID]}" if isinstance(key, str) else None
        conversations = self._desk.conversations
        with self._counted(self._forms, whose, mine):
            async with conversations.transaction():
                now = await conversations.hold(conversation.id)
                seen = client_id and await conversations.messages.by_client_id(now.id, client_id)
                if not seen and not now.blocked_at:  # else the same form again: staff are told once
                    await self._desk.handover.note_callback(now, name, contact, good_time)
                line = "blocked" if now.blocked_at else "callback_noted"
                noted = seen or await self._desk.say(now, line, client_id)
        await self._desk.check_form(conversation.id, noted, ". ".join(texts))
        return Response(status_code=202)

    async def erase(self, request: Request) -> Response:
        """Erase everything about the conversation, here and in the tracker."""
        conversation = await self.visitor(request)
        await self._desk.erase(conversation.id)
        await self._staff.note(None, Event.ERASED_BY_VISITOR, conversation.id)
        for limit in (self._writing, self._typing, self._forms):
            limit.forget(_key(request))
        return Response(status_code=204)

    async def copy(self, request: Request) -> Response:
        """Everything that is held about the conversation, but what staff noted for themselves."""
        self._slow_down(self._forms.wait(_key(request)))
        conversation = await self.visitor(request)
        with self._counted(self._forms, None, _key(request)):
            held = await self._desk.person.copy(conversation.id, for_visitor=True)
        headers = {"Content-Disposition": 'attachment; filename="copy.json"'}
        return JSONResponse(held, headers=headers)

    async def clinic(self, request: Request) -> Response:
        """What the widget shows of the clinic before anything is said."""
        clinic, now = self._desk.clinic, self._desk.clock()
        body = {
            "name": clinic.name,
            "phone": clinic.phone,
            "emergency_number": clinic.emergency_number,
            "open": clinic.is_open(now),
            "open_until": _moment(clinic.shuts_at(now)),
            "opens_at": _moment(clinic.opens_at(now)),
            "time_zone": clinic.hours.zone.key,
            "staffed": await self._desk.handover.staff_available(),
            "usual_wait": clinic.words["reply_time"],
            "booking_url": clinic.words["booking_url"],
            "questions": clinic.chat_questions,
            "languages": list(clinic.spoken),
            "photos": clinic.channels.attachments,
            "privacy_url": clinic.words["privacy_url"],
            "retention_days": clinic.retention.longest,
            "mails": self._mails.can_send,
            "pushes": self._pushes.can_send,
        }
        return JSONResponse(body, headers={"Cache-Control": "public, max-age=60"})

    async def visitor(self, request: Request) -> Conversation:
        """Whose token a request carries. Raise Problem 401."""
        token = _token(request)
        found = await self._desk.conversations.by_token(token) if 20 <= len(token) <= 100 else None
        if found is None:
            raise self._problem(401, "not_allowed")
        return found

    async def _pressed(self, conversation: Conversation, button: Any) -> tuple[str, str]:
        """The words and id of a button, or of all that a card sends. Raise Problem for others."""
        seq = whole_number(button.get("seq")) if isinstance(button, dict) else None
        if seq:
            said = await self._desk.conversations.messages.after(conversation.id, seq - 1, limit=1)
            buttons = said[0].buttons if said and said[0].seq == seq else ()
            titles = {offered["id"]: offered["title"] for offered in buttons}
            ids = button.get("ids", [button.get("id")])
            if _are_known(ids, titles):
                return "; ".join(titles[one] for one in ids), " ".join(ids)
        raise Problem(422, "no_such_button", "That button was not offered.")

    def _slow_down(self, seconds: int) -> None:
        if seconds:
            metrics.REFUSALS.labels("visitor", "too often").inc()
            raise self._problem(429, "slow_down", Retry_After=str(seconds))

    def _problem(self, status: int, code: str, **headers: str) -> Problem:
        return Problem(status, code, words(code, self._desk.clinic, self._desk.clock()), **headers)


class _Counted(EventSourceResponse):
    """A stream that counts from the moment when it is allowed until it ends."""

    def __init__(self, stream: AsyncIterator[bytes], counter: Counter[str], key: str) -> None:
        super().__init__(stream, ping=HEARTBEAT_SECONDS)
        self._counter, self._key = counter, key
        counter[key] += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._counter[self._key] -= 1
            if not self._counter[self._key]:
                del self._counter[self._key]


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _whose(request: Request) -> str | None:
    """The address that limits count, but for our own machine."""
    address = address_of(request)
    return None if address in OWN_MACHINE else address


def _key(request: Request) -> str:
    """As what limits know whoever has this token: not by the token itself, which opens the chat."""
    return hash_token(_token(request))


def _are_known(ids: Any, titles: dict[str, str]) -> bool:
    """Is this a list of different buttons that were offered?"""
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        return False
    return bool(ids) and len(set(ids)) == len(ids) and set(ids) <= set(titles)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _after(request: Request) -> int:
    found = whole_number(request.query_params.get("after", "0"))
    if found is None:
        raise Problem(400, "malformed", "'after' must be a number.")
    return found
