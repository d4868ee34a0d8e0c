"""Chatwoot as an agent bot: the clinic keeps its inbox, and the assistant works in it.

A conversation that is pending belongs to the assistant; one that is open belongs to people, and the
assistant is silent. A hand-over opens it, with what is known as a private note. Chatwoot signs
"{timestamp}.{body}" with HMAC-SHA256 since 4.13 (github.com/chatwoot/chatwoot/pull/13892); it opens
the conversation itself when a webhook is not answered within 5 s.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from frontdesk.channels.base import (
    LARGEST_BODY,
    Changed,
    Event,
    Forged,
    Ignored,
    Inbound,
    Media,
    OwnerChange,
    Reaction,
    SaidElsewhere,
    an_object,
    each,
    identifier,
    json_object,
    named,
    objects,
    text,
    together,
    what_is_left,
    with_what_is_below,
    within,
)
from frontdesk.channels.mail_text import bare, parted, plain_text
from frontdesk.channels.meta import same
from frontdesk.channels.provider import Problem, Provider
from frontdesk.channels.reception import OneWebhook, Reception
from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Conversation, Message, Owner
from frontdesk.outgoing.carrier import Part, Refused, Style
from frontdesk.settings import ChatwootSettings

NAME = "chatwoot"
PATH = "/channels/chatwoot"
MANNERS = Style(longest=4_000, with_choices=4_000, buttons=10, title=60)
KINDS = {"image": "photo", "audio": "voice", "video": "video", "file": "document"}
KINDS |= {"location": "location", "contact": "contact"}
WRITTEN = ("", "text", "incoming_email", "input_text", "input_email", "input_select", "input_csat")
"""Kinds of content that hold words."""
OLDEST_SECONDS = 300
STATUSES = {"open": Owner.STAFF, "resolved": Owner.CLOSED, "pending": Owner.BOT}
OPENED = {"conversation_opened": "open", "conversation_resolved": "resolved"}
STATUS_CHANGED = "conversation_status_changed"
"""To bots Chatwoot tells the first two, to other webhooks the third; a clinic may have both."""
BY_ITSELF = ("automation_rule_id", "campaign_id")
"""Marks what Chatwoot sends by itself under a person's name."""


class ChatwootChannel(OneWebhook):
    """One agent bot. A visitor's address is the conversation's number in Chatwoot."""

    names = (NAME,)
    webhook_path, webhook_name = PATH, NAME
    largest_body = LARGEST_BODY

    def __init__(self, settings: ChatwootSettings, reception: Reception, clock: Clock) -> None:
        self._settings = settings
        self._reception = reception
        self._clock = clock
        self._api = Provider(
            "Chatwoot",
            settings.url,
            _problem,
            headers={"api_access_token": settings.access_token},
        )

    def style(self, name: str) -> Style:
        """Choices as Chatwoot's own list, which it shows as each of its channels can."""
        return MANNERS

    async def read(self, request: Request) -> list[Event]:
        """What visitors and the clinic's people write, and who answers a conversation."""
        event = json_object(self._signed(request, await request.body()))
        return each(NAME, [event], "event", self._event, self._left)

    def _event(self, event: dict[str, object]) -> list[Event]:
        kind = text(event, "event")
        account = event.get("account")
        if account and identifier(an_object(account, "account"), "id") != self._settings.account_id:
            return [Ignored(NAME, "another account")]
        if kind in OPENED or kind == STATUS_CHANGED:
            owner = STATUSES.get(OPENED.get(kind) or text(event, "status"))
            if owner is None:
                return [Ignored(NAME, f"the event {kind}")]
            return [OwnerChange(NAME, identifier(event, "id"), owner)]
        if kind not in ("message_created", "message_updated"):
            return [Ignored(NAME, f"the event {kind[:40]}")]
        an_object(account, "account")
        conversation = an_object(event.get("conversation"), "conversation")
        address, is_pending = (
            identifier(conversation, "id"),
            conversation.get("status") == "pending",
        )
        if (chosen := _chosen(event)) and is_pending:
            return [OwnerChange(NAME, address, Owner.BOT), _message(event, address, chosen)]
        if event.get("private"):
            return [Ignored(NAME, "a private note")]
        if rated := _rated(event):
            return [_watched(event, address, rated)]
        if kind == "message_updated":
            return [_changed(event, address, is_pending)]
        if event.get("message_type") in ("outgoing", 1):
            return [_said_by_staff(event, address)]
        if event.get("message_type") not in ("incoming", 0):
            return [Ignored(NAME, "not the visitor's message")]
        if _attributes(event).get("is_reaction"):
            target = identifier(_attributes(event), "in_reply_to")
            return [Reaction(NAME, address, f"message:{target}", _words(event))]
        message = _message(event, address, None)
        if is_pending:
            return [OwnerChange(NAME, address, Owner.BOT), *with_what_is_below(message)]
        return with_what_is_below(replace(message, is_watched=True))

    def _left(self, event: dict[str, object]) -> Inbound | None:
        """Who wrote a message that cannot be read, and its words."""
        is_ours = str(within(event, "account", "id")) == self._settings.account_id
        said = event.get("event") == "message_created" and not event.get("private")
        if not (is_ours and said and event.get("message_type") in ("incoming", 0)):
            return None
        address, key = within(event, "conversation", "id"), f"message:{event.get('id')}"
        left = what_is_left(NAME, address, key, event.get("content"))
        is_watched = within(event, "conversation", "status") != "pending"
        return replace(left, is_watched=is_watched) if left and event.get("id") else None

    def _signed(self, request: Request, body: bytes) -> bytes:
        stamp = request.headers.get("x-chatwoot-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise Forged("timestamp")
        key = self._settings.webhook_secret.encode()
        digest = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not same(request.headers.get("x-chatwoot-signature", ""), f"sha256={digest}"):
            raise Forged("signature")
        if abs(self._clock().timestamp() - int(stamp)) > OLDEST_SECONDS:
            raise Forged("an old request")
        return body

    async def noticed(self, inbound: Inbound) -> None:
        """Show "typing"; Chatwoot takes it away with the reply."""
        await self._post(inbound.address, "toggle_typing_status", {"typing_status": "on"})

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text or choices; or hand over: a private note, then the conversation is opened."""
        address, payload = str(conversation.address), message.payload or {}
        if payload.get("type") in ("handoff", "callback") and not message.text:
            await self._post(address, "messages", {"content": note(payload), "private": True})
            if payload["type"] == "handoff":
                await self._post(address, "toggle_status", {"status": "open"})
            return None
        if conversation.owner is Owner.STAFF and message.author is Author.ASSISTANT:
            raise Refused("people have the conversation in Chatwoot")
        content: dict[str, object] = {"content": part.text, "message_type": "outgoing"}
        if part.choices:
            items = [{"title": one["title"], "value": one["id"]} for one in part.choices]
            content |= {"content_type": "input_select", "content_attributes": {"items": items}}
        answer = await self._post(address, "messages", content)
        return f"message:{answer['id']}" if answer.get("id") else ""

    async def _post(self, address: str, what: str, content: dict[str, object]) -> dict[str, object]:
        account = self._settings.account_id
        path = f"/api/v1/accounts/{account}/conversations/{address}/{what}"
        return await self._api.post(path, json=content)

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Staff look at files in Chatwoot itself."""
        raise Refused("the file is in Chatwoot")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def note(payload: dict[str, Any]) -> str:
    """What staff should know, in words; health answers only when the visitor shared them."""
    names = {"reason": "Reason", "urgency": "Urgency", "topic": "Topic", "name": "Name"}
    names |= {"contact": "Contact", "good_time": "Good time"}
    lines = ["A callback is wanted." if payload["type"] == "callback" else "A person is wanted."]
    lines += [f"{title}: {payload[key]}" for key, title in names.items() if payload.get(key)]
    summary = payload.get("summary") or {}
    if summary.get("headline"):
        lines.append(
            f"Pre-screen, shared by the visitor: {summary['headline']} ({summary['outcome']})"
        )
        lines += [f"- {flag['reason']} ({flag['row']})" for flag in summary.get("flags") or []]
        lines += [f"- {fact['question']} {fact['answer']}" for fact in summary.get("facts") or []]
        lines += [f"- {line}" for line in summary.get("staff_notes") or []]
    return "\n".join(lines)


def _message(event: dict[str, object], address: str, chosen: tuple[str, str] | None) -> Inbound:
    message_id, sender = identifier(event, "id"), event.get("sender") or {}
    if chosen:
        value, title = chosen
        key = f"choice:{message_id}:{value}"
        return Inbound(NAME, address, key, button_id=value, title=title)
    files = objects(event.get("attachments"), "attachments")
    media, more = together(_file(one) for one in files)
    kind, attributes, email = text(event, "content_type"), _attributes(event), _email(event)
    if kind == "voice_call":
        media = Media("call")
    elif attributes.get("is_unsupported") and media is None:
        media = Media("unknown")
    elif kind not in WRITTEN and media is None and not text(event, "content"):
        media = Media(named(kind, KINDS))
    quoted = attributes.get("in_reply_to")
    words, below = _parted(event)
    words = words or bare(text(email, "subject"))
    return Inbound(
        NAME,
        address,
        f"message:{message_id}",
        "" if kind == "voice_call" else words,
        media=media,
        more=more,
        name=text(an_object(sender, "sender"), "name") or None,
        quoted=f"message:{quoted}" if quoted else None,
        is_automatic=email.get("auto_reply") is True,
        subject=text(email, "subject")[:200],
        below=below,
    )


def _watched(event: dict[str, object], address: str, words: str) -> Inbound:
    """What somebody wrote beside their stars is read for danger and answered by nobody."""
    key = f"rated:{identifier(event, 'id')}"
    return Inbound(NAME, address, key, words, is_watched=True)


def _rated(event: dict[str, object]) -> str:
    """The words beside the stars of Chatwoot's own survey."""
    if event.get("content_type") != "input_csat":
        return ""
    submitted = _attributes(event).get("submitted_values")
    if not isinstance(submitted, dict):
        return ""
    survey = an_object(submitted.get("csat_survey_response") or {}, "csat_survey_response")
    return text(survey, "feedback_message")


def _file(attachment: dict[str, object]) -> Media:
    url = text(attachment, "data_url")
    kind = named(text(attachment, "file_type"), KINDS)
    return Media(kind, url if urlsplit(url).hostname else None)


def _attributes(event: dict[str, object]) -> dict[str, object]:
    return an_object(event.get("content_attributes") or {}, "content_attributes")


def _email(event: dict[str, object]) -> dict[str, object]:
    return an_object(_attributes(event).get("email") or {}, "email")


def _words(event: dict[str, object]) -> str:
    return _parted(event)[0]


def _parted(event: dict[str, object]) -> tuple[str, str]:
    """The visitor's own words: of a mail, without what it quotes and without markup; and what was cut below."""
    email = _email(event)
    plain = an_object(email.get("text_content") or {}, "text_content")
    marked = an_object(email.get("html_content") or {}, "html_content")
    words = text(plain, "reply") or text(marked, "reply") or text(event, "content")
    if not email:
        return plain_text(words), ""
    sender = event.get("sender")
    return parted(plain_text(words), f"{within(sender, 'name')} {within(sender, 'email')}")


def _said_by_staff(event: dict[str, object], address: str) -> Event:
    sender = an_object(event.get("sender") or {}, "sender")
    if text(sender, "type").lower() != "user":
        return Ignored(NAME, "our own message")
    more = an_object(event.get("additional_attributes") or {}, "additional_attributes")
    if any(one.get(mark) for one in (_attributes(event), more) for mark in BY_ITSELF):
        return Ignored(NAME, "sent by Chatwoot itself")
    words, name = text(event, "content"), text(sender, "name") or None
    key = f"message:{identifier(event, 'id')}"
    return SaidElsewhere(NAME, address, key, words or "[a file]", name)


def _changed(event: dict[str, object], address: str, is_pending: bool) -> Event:
    """Chatwoot says so of each new state of a message too; the same words again change nothing."""
    attributes = _attributes(event)
    key, is_gone = f"message:{identifier(event, 'id')}", bool(attributes.get("deleted"))
    if attributes.get("is_reaction") or not is_gone and event.get("content_type") == "voice_call":
        return Ignored(NAME, "a changed sign or call")
    if event.get("message_type") not in ("incoming", 0):
        is_staffs = is_gone and event.get("message_type") in ("outgoing", 1)
        by_staff = Changed(NAME, address, key, by_staff=True)
        return by_staff if is_staffs else Ignored(NAME, "a changed message")
    is_edited = attributes.get("is_edited") is True
    words = None if is_gone else _words(event)
    return Changed(NAME, address, key, words, is_watched=not is_pending, is_edited=is_edited)


def _chosen(event: dict[str, object]) -> tuple[str, str] | None:
    """The id of the choice that a visitor took from a list of ours, and the words on it."""
    if event.get("content_type") != "input_select":
        return None
    given = _attributes(event).get("submitted_values")
    submitted = objects([given] if isinstance(given, dict) else given, "values")
    return (identifier(submitted[0], "value"), text(submitted[0], "title")) if submitted else None


def _problem(body: dict[str, object]) -> Problem:
    return "", False, None
