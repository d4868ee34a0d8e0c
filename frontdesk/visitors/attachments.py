"""Photos from visitors of the website's chat, and what staff sent them to keep (docs/contracts.md section 6)."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from frontdesk.answering.desk import Desk
from frontdesk.conversations.attachments import Attachment, NotTaken, photo
from frontdesk.conversations.model import Author, Conversation, Draft, Incoming
from frontdesk.copy import words
from frontdesk.http import Problem, as_attachment
from frontdesk.visitors.limits import Limit, counted

PLACE = "/api/attachments"
LINK = "/sent"
LONGEST_ID = 80
PHOTOS_A_MINUTE = 6
MOST = 40
"""In one conversation."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{clinic}</title><link rel="stylesheet" href="/inbox/static/inbox.css">
<main class="narrow"><h1>{clinic}</h1><p>Our staff sent you: <strong>{name}</strong></p>
<form method="post"><button class="primary">Save it on this device</button></form></main></html>"""

WhoAsks = Callable[[Request], Awaitable[Conversation]]


class VisitorAttachments:
    """What a visitor sends and saves."""

    def __init__(self, desk: Desk, visitor: WhoAsks) -> None:
        self._desk = desk
        self._visitor = visitor
        self._sending = Limit(PHOTOS_A_MINUTE, desk.clock)

    def routes(self) -> list[Route]:
        """All routes, each with its method."""
        return [
            Route(PLACE, self.send, methods=["POST"]),
            Route(f"{PLACE}/{{seq:number}}", self.save, methods=["GET"]),
            Route(f"{LINK}/{{token}}", self.show_link, methods=["GET"]),
            Route(f"{LINK}/{{token}}", self.save_by_link, methods=["POST"]),
        ]

    async def send(self, request: Request) -> Response:
        """Take a photo: the body is the file, ``id`` the message's id; again it is taken once."""
        conversation = await self._visitor(request)
        client_id = request.query_params.get("id", "")
        if not self._desk.clinic.channels.attachments:
            raise Problem(403, "no_photos", self._words("photo", conversation))
        if not 1 <= len(client_id) <= LONGEST_ID:
            raise Problem(400, "malformed", f"'id' must have 1 to {LONGEST_ID} characters.")
        if seconds := self._sending.wait(conversation.id):
            slow = self._words("slow_down", conversation)
            raise Problem(429, "slow_down", slow, Retry_After=str(seconds))
        with counted((self._sending, conversation.id)):
            if await self._desk.conversations.attachments.count(conversation.id) >= MOST:
                raise Problem(422, "too_many", f"A chat holds {MOST} photos at the most.")
            try:
                taken = await photo(await request.body())
            except NotTaken as problem:
                raise Problem(422, "no_photo", str(problem)) from problem
            return JSONResponse({"seq": await self._store(conversation, client_id, taken)}, 202)

    async def _store(self, conversation: Conversation, client_id: str, taken: Attachment) -> int:
        """Keep it, say who looks at it, and bring staff to it where some are there."""
        conversations, handover = self._desk.conversations, self._desk.handover
        incoming = Incoming("", client_id, payload=taken.payload(), needs_turn=False)
        async with conversations.transaction():
            message = await self._desk.receive(conversation, incoming)
            await conversations.attachments.keep(message, taken)
            now = await conversations.hold(conversation.id)
            if now.owner.is_bot and not now.blocked_at:
                looks = await handover.may_look(now, taken.kind)
                line = self._words("photo_for_staff" if looks else "photo", now)
                key = f"photo_{client_id}"
                draft = Draft(Author.SYSTEM, line, client_id=key)
                await conversations.messages.append(now.id, draft)
                await handover.let_staff_look(now, taken.kind)
        self._desk.signals.new(conversation.id)
        return message.seq

    async def save(self, request: Request) -> Response:
        """What a message of this chat brought, as a file."""
        conversation, seq = await self._visitor(request), request.path_params["seq"]
        conversations = self._desk.conversations
        found = await conversations.messages.after(conversation.id, seq - 1, limit=1) if seq else []
        kept = None
        if found and found[0].seq == seq:
            kept = await conversations.attachments.of(found[0])
        return _as_file(kept)

    async def show_link(self, request: Request) -> Response:
        """A page with one button: what looks at links before people do gets no file."""
        kept = await self._by_link(request)
        clinic, name = (html.escape(one) for one in (self._desk.clinic.name, kept.name))
        return HTMLResponse(PAGE.format(clinic=clinic, name=name))

    async def save_by_link(self, request: Request) -> Response:
        """The file behind a link that staff sent."""
        return _as_file(await self._by_link(request))

    async def _by_link(self, request: Request) -> Attachment:
        token = request.path_params["token"]
        kept = await self._desk.conversations.attachments.by_token(token)
        if kept is None:
            phone = self._desk.clinic.phone
            gone = f"This link does not work any more. You can call us on {phone}."
            raise Problem(404, "not_found", gone)
        return kept

    def _words(self, line: str, conversation: Conversation) -> str:
        return words(line, self._desk.clinic, self._desk.clock(), conversation.language)


def _as_file(kept: Attachment | None) -> Response:
    if kept is None:
        raise Problem(404, "not_found", "There is no such file; it may have been deleted.")
    return as_attachment(kept.content, kept.media_type, kept.name)
