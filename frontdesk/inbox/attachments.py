"""What visitors sent, opened by staff; and photos and documents that staff send."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.conversations.attachments import (
    LARGEST,
    Attachment,
    NotTaken,
    new_token,
    photo,
    photo_or_document,
)
from frontdesk.conversations.model import Conversation, Message
from frontdesk.http import Problem, as_attachment, text_of, whole_number
from frontdesk.inbox.pages import Pages
from frontdesk.outgoing.carrier import Refused, TryAgain, Unclear
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

PLACE = "/inbox/attachments"
UNKNOWN_TYPE = "application/octet-stream"
LONGEST_WORDS = 500


class AttachmentsPage:
    """Nothing is ever shown as a page: a photo may stand in an <img>, everything else is saved."""

    def __init__(self, desk: Desk, staff: Staff, pages: Pages, public_url: str) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages
        self._public_url = public_url

    async def open(self, request: Request, session: Session) -> Response:
        """The file of a message: kept here, or fetched from the provider now and kept nowhere.

        ``file`` numbers what came together.

        Raise Problem 404 or 502.
        """
        conversation, seq = await self._pages.find(request), request.path_params["seq"]
        messages = self._desk.conversations.messages
        found = await messages.after(conversation.id, seq - 1, limit=1) if seq else []
        one = found[0] if found and found[0].seq == seq else None
        kept = await self._desk.conversations.attachments.of(one) if one else None
        if one and kept is None:
            kept = await self._fetched(conversation, _reference(one, request))
        if kept is None:
            raise Problem(404, "not_found", "There is no such file, or files are switched off.")
        await self._staff.note(session.member.id, Event.OPENED_FILE, conversation.id)
        return as_attachment(kept.content, kept.media_type, kept.name)

    async def _fetched(self, conversation: Conversation, reference: str) -> Attachment | None:
        channel = self._desk.delivery.channel_of(conversation)
        if not (self._desk.clinic.channels.media and channel and reference):
            return None
        try:
            _, content = await channel.fetch(reference)
        except (Refused, TryAgain, Unclear) as error:
            raise Problem(502, "no_file", f"The file could not be fetched: {error}.") from error
        try:
            return await photo(content)
        except NotTaken:
            return Attachment(UNKNOWN_TYPE, "file", content)

    async def send(self, request: Request, session: Session, form: FormData) -> Response:
        """Send a photo or a PDF; over a messaging channel as a link to it. Again it is sent once."""
        conversation = await self._pages.one(text_of(form, "conversation"))
        upload, key = form.get("file"), text_of(form, "key")[:80]
        is_file = isinstance(upload, UploadFile) and upload.size
        content = await upload.read(LARGEST + 1) if isinstance(upload, UploadFile) else b""
        name = (upload.filename if isinstance(upload, UploadFile) else "") or ""
        await form.close()
        if not self._desk.clinic.channels.attachments:
            raise Problem(403, "no_files", "Files are switched off (Settings, The clinic).")
        if not is_file or not key:
            raise Problem(422, "empty", "Please choose a file first.")
        try:
            taken = await photo_or_document(content, name)
        except NotTaken as problem:
            raise Problem(422, "no_file", str(problem)) from problem
        words = text_of(form, "text").strip()[:LONGEST_WORDS]
        try:
            await self._store(conversation, session, taken, words, f"file_{key}")
        except TakenBySomebodyElse:
            taken_by = "A colleague has this conversation now. The file was not sent."
            raise Problem(409, "taken", taken_by) from None
        return RedirectResponse(f"/inbox/c/{conversation.id}", 303)

    async def _store(
        self, conversation: Conversation, session: Session, taken: Attachment, words: str, key: str
    ) -> None:
        token = new_token() if conversation.address else None
        if token:
            words = f"{words or taken.name}: {self._public_url}/sent/{token}"
        async with self._desk.conversations.transaction():
            message = await self._desk.handover.reply(
                conversation, session.member, words, key, payload=taken.payload()
            )
            await self._desk.conversations.attachments.keep(message, taken, token)


def _reference(message: Message, request: Request) -> str:
    """What the provider finds a file of a message by; "" for one that is not there."""
    payload = message.payload or {}
    files = [payload, *payload.get("more", ())]
    number = whole_number(request.query_params.get("file", "0"), most=len(files) - 1)
    return str(files[number].get("reference") or "") if number is not None else ""
