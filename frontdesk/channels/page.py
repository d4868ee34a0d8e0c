"""What Messenger and Instagram share: one shape of webhook, one Send API.

developers.facebook.com/docs/messenger-platform/webhooks
"""

from __future__ import annotations

from starlette.requests import Request

from frontdesk.channels import meta
from frontdesk.channels.base import (
    Changed,
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    OwnerChange,
    Reaction,
    ReadUpTo,
    Receipt,
    SaidElsewhere,
    an_object,
    each,
    identifier,
    moment,
    named,
    objects,
    text,
    together,
    watched,
    what_is_left,
    within,
)
from frontdesk.channels.provider import Provider
from frontdesk.channels.reception import Reception
from frontdesk.conversations.model import Conversation, Message, Owner, Status
from frontdesk.outgoing.carrier import Part, Style
from frontdesk.settings import PageSettings

KINDS = {"image": "photo", "audio": "voice", "video": "video", "file": "document"}
THREAD_CONTROL = {"take_thread_control": Owner.STAFF, "pass_thread_control": Owner.BOT}
"""Meta tells whom a conversation is taken from, and to whom it is passed (handover protocol)."""
NO_MEDIA = ("fallback", "template")
OPENING = "get_started"
HUMAN_AGENT = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
CONVERSATIONS = ("messaging", "standby", "changes")
CHANGED = ("messages", "message_reactions", "messaging_postbacks", "messaging_seen")
"""Fields by which Instagram may send the same events as changes, as its own test button does."""
INBOXES = ("263902037430900", "1217981644879628")
"""Meta's own inboxes, of pages and of Instagram, as apps (messenger-platform/handover-protocol)."""
OURS = "assistant"
"""What we send carries it as metadata, and so do its echoes."""


class PageChannel(meta.Door):
    """One page or account. A subclass names the channel, the object it is about, and its style."""

    _settings: PageSettings
    about: str
    limits: Style

    def __init__(self, settings: PageSettings, reception: Reception) -> None:
        self._settings = settings
        self._reception = reception
        self._api = Provider(
            self.name.title(),
            settings.api_url,
            meta.problem,
            headers={"Authorization": f"Bearer {settings.access_token}"},
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The channel's one name."""
        return (self.name,)

    def style(self, name: str) -> Style:
        """Quick replies."""
        return self.limits

    async def read(self, request: Request) -> list[Event]:
        """Messages, postbacks and receipts of a batch, in its order; one that is odd spoils no other."""
        entries = await meta.signed_entries(request, self._settings.app_secret, self.about)
        return each(self.name, entries, "entry", self._entry)

    def _entry(self, entry: dict[str, object]) -> list[Event]:
        if identifier(entry, "id") != self._settings.account_id:
            return [Ignored(self.name, "another page or account")]
        if not any(key in entry for key in CONVERSATIONS):
            return [Ignored(self.name, "no messages")]
        # standby: another app answers this conversation now, so only what people say there counts
        return [
            *each(self.name, entry.get("messaging"), "messaging", self._event, self._left),
            *map(
                watched, each(self.name, entry.get("standby"), "standby", self._event, self._left)
            ),
            *each(self.name, entry.get("changes"), "changes", self._change, self._left_of_change),
        ]

    def _change(self, change: dict[str, object]) -> list[Event]:
        field = text(change, "field")
        if field not in CHANGED:
            return [Ignored(self.name, f"the field {field[:40]}")]
        return self._event(an_object(change.get("value"), "value"))

    def _event(self, one: dict[str, object]) -> list[Event]:
        is_echo = an_object(one.get("message") or {}, "message").get("is_echo")
        if not is_echo and _id_of(one, "sender") == self._settings.account_id:
            return [Ignored(self.name, "a note to ourselves")]
        if "message" in one:
            return [self._message(one, an_object(one["message"], "message"))]
        if "message_edit" in one:
            edit = an_object(one["message_edit"], "message_edit")
            return [Changed(self.name, _sender(one), identifier(edit, "mid"), text(edit, "text"))]
        if "reaction" in one:
            reaction = an_object(one["reaction"], "reaction")
            sign = text(reaction, "emoji") or text(reaction, "reaction")
            sign = sign if reaction.get("action") == "react" else ""
            return [Reaction(self.name, _sender(one), identifier(reaction, "mid"), sign)]
        if "postback" in one:
            return [self._postback(one, an_object(one["postback"], "postback"))]
        if "referral" in one:
            referral = _referral(one)
            key = f"{_sender(one)}:{one.get('timestamp')}:referral"
            return [Inbound(self.name, _sender(one), key, is_opening=True, referral=referral)]
        if "delivery" in one:
            mids = an_object(one["delivery"], "delivery").get("mids") or []
            if not isinstance(mids, list) or not all(isinstance(mid, str) for mid in mids):
                raise Malformed("mids is no list of ids")
            return [Receipt(self.name, mid, Status.DELIVERED) for mid in mids]
        if "read" in one:
            return [self._read(one, an_object(one["read"], "read"))]
        if "messaging_feedback" in one:
            return [self._feedback(one, an_object(one["messaging_feedback"], "messaging_feedback"))]
        for kind, owner in THREAD_CONTROL.items():
            if kind in one:
                return [OwnerChange(self.name, _sender(one), owner)]
        kinds = sorted(set(one) - {"sender", "recipient", "timestamp"})
        return [Ignored(self.name, f"an event about {', '.join(kinds)[:60] or 'nothing'}")]

    def _read(self, one: dict[str, object], read: dict[str, object]) -> Event:
        """Instagram names the message; Messenger the time up to which everything was read."""
        if mid := text(read, "mid"):
            return Receipt(self.name, mid, Status.READ)
        watermark = identifier(read, "watermark")
        if not (watermark.isascii() and watermark.isdigit() and len(watermark) < 15):
            raise Malformed("'watermark' is no time")
        return ReadUpTo(self.name, _sender(one), int(watermark))

    def _left(self, one: dict[str, object]) -> Inbound | None:
        """Who wrote a message that cannot be read, and its words."""
        sender, mid = within(one, "sender", "id"), within(one, "message", "mid")
        ours = within(one, "message", "is_echo") or sender == self._settings.account_id
        if ours or within(one, "message", "is_deleted"):
            return None
        return what_is_left(self.name, sender, mid, within(one, "message", "text"))

    def _left_of_change(self, change: dict[str, object]) -> Inbound | None:
        value = change.get("value")
        is_ours = change.get("field") in CHANGED and isinstance(value, dict)
        return self._left(an_object(value, "value")) if is_ours else None

    def _feedback(self, one: dict[str, object], feedback: dict[str, object]) -> Event:
        """What somebody wrote beside their stars is read for danger and seen by staff."""
        words = []
        for screen in objects(feedback.get("feedback_screens"), "feedback_screens"):
            for question in an_object(screen.get("questions") or {}, "questions").values():
                found = an_object(question, "a question").get("follow_up") or {}
                words.append(text(an_object(found, "follow_up"), "payload"))
        sender, said = _sender(one), "\n".join(filter(None, words))
        if not said:
            return Ignored(self.name, "stars without words")
        key = f"{sender}:{one.get('timestamp')}:feedback"
        return Inbound(self.name, sender, key, said, is_watched=True)

    def _message(self, one: dict[str, object], message: dict[str, object]) -> Event:
        if message.get("is_echo"):
            return self._echo(one, message)
        if message.get("is_deleted"):
            return Changed(self.name, _sender(one), identifier(message, "mid"), None)
        button_id = _payload(an_object(message.get("quick_reply") or {}, "quick_reply"))
        found, words = objects(message.get("attachments"), "attachments"), text(message, "text")
        media, more = together(_media(one) for one in found if one.get("type") not in NO_MEDIA)
        if not media and (message.get("is_unsupported") or found and not words):
            media = Media("link") if found else Media("unknown")
        story = an_object(message.get("reply_to") or {}, "reply_to").get("story")
        return Inbound(
            self.name,
            _sender(one),
            identifier(message, "mid"),
            words,
            button_id=button_id,
            title=words if button_id else "",
            media=media,
            more=more,
            quoted=text(an_object(message.get("reply_to") or {}, "reply_to"), "mid") or None,
            referral=_referral(message) or _referral(one) or ("story" if story else None),
            said_at=moment(one, "timestamp", 1_000),
        )

    def _echo(self, one: dict[str, object], message: dict[str, object]) -> Event:
        """Our own words come back with our mark, another app's with its id; people write in Meta's inbox."""
        if message.get("metadata") == OURS:
            return Ignored(self.name, "our own message")
        if message.get("app_id") and str(message["app_id"]) not in INBOXES:
            return Ignored(self.name, "another app's message")
        words = text(message, "text") or "[a file]"
        visitor = identifier(an_object(one.get("recipient"), "recipient"), "id")
        if message.get("is_deleted"):
            return Changed(self.name, visitor, identifier(message, "mid"), by_staff=True)
        key, said_at = identifier(message, "mid"), moment(one, "timestamp", 1_000)
        return SaidElsewhere(self.name, visitor, key, words, said_at=said_at)

    def _postback(self, one: dict[str, object], postback: dict[str, object]) -> Event:
        payload, sender = _payload(postback) or "", _sender(one)
        key = text(postback, "mid") or f"{sender}:{one.get('timestamp')}:{payload}"
        is_opening = payload.lower() == OPENING
        return Inbound(
            self.name,
            sender,
            key,
            text="" if payload else text(postback, "title"),
            button_id=None if is_opening else payload or None,
            title=text(postback, "title"),
            is_opening=is_opening,
            referral=_referral(postback),
        )

    async def noticed(self, inbound: Inbound) -> None:
        """Show "typing" for up to 20 s."""
        await self._post({"recipient": {"id": inbound.address}, "sender_action": "typing_on"})

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text with its quick replies."""
        content: dict[str, object] = {"text": part.text, "metadata": OURS}
        if part.choices:
            content["quick_replies"] = [
                {"content_type": "text", "title": one["title"], "payload": one["id"]}
                for one in part.choices
            ]
        answer = await self._post(
            {
                "recipient": {"id": str(conversation.address)},
                **(HUMAN_AGENT if part.is_late else {"messaging_type": "RESPONSE"}),
                "message": content,
            }
        )
        return str(answer.get("message_id") or "")

    async def _post(self, content: dict[str, object]) -> dict[str, object]:
        return await self._api.post("/me/messages", json=content)

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file from Meta's own servers."""
        return await self._api.download(
            reference, lambda url: meta.is_own_file(url, self._settings.api_url)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _referral(holder: dict[str, object]) -> str | None:
    """What the advert, link or story said that brought somebody here."""
    referral = an_object(holder.get("referral") or {}, "referral")
    context = an_object(referral.get("ads_context_data") or {}, "ads_context_data")
    found = text(context, "ad_title") or text(referral, "ref") or text(referral, "source")
    return found[:200] or None


def _id_of(one: dict[str, object], who: str) -> str:
    return str(an_object(one.get(who) or {}, who).get("id") or "")


def _payload(holder: dict[str, object]) -> str | None:
    """The id of what was pressed; some things that are pressed have only words."""
    return identifier(holder, "payload") if holder.get("payload") else None


def _sender(one: dict[str, object]) -> str:
    return identifier(an_object(one.get("sender"), "sender"), "id")


def _media(attachment: dict[str, object]) -> Media:
    payload = an_object(attachment.get("payload") or {}, "payload")
    if payload.get("sticker_id"):
        return Media("sticker")
    return Media(named(text(attachment, "type"), KINDS), text(payload, "url") or None)
