"""WhatsApp through Meta's Cloud API (developers.facebook.com/docs/whatsapp/cloud-api)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from frontdesk.channels import meta
from frontdesk.channels.base import (
    Changed,
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    NewAddress,
    Preference,
    Reaction,
    Receipt,
    SaidElsewhere,
    an_object,
    each,
    identifier,
    moment,
    named,
    objects,
    text,
    watched,
    what_is_left,
    within,
)
from frontdesk.channels.problems import explained
from frontdesk.channels.provider import Provider
from frontdesk.channels.reception import Reception
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.outgoing.carrier import Part, Refused, Style
from frontdesk.settings import WhatsAppSettings

NAME = "whatsapp"
MANNERS = Style(
    longest=4_096,
    with_choices=1_024,
    buttons=3,
    rows=10,
    title=20,
    window=timedelta(hours=24),
    templates=True,
)
KINDS = {
    "image": "photo",
    "audio": "voice",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
    "nfm_reply": "form",
    "unsupported": "unknown",
}
REFERRED = ("headline", "body", "source_type")
"""What an advert or post said; some say only what they are."""
ECHOES, ECHOED = "smb_message_echoes", "message_echoes"
CONTACT_IDS = ("wa_id", "user_id", "parent_user_id")
SENDER_IDS = ("from", "from_user_id", "from_parent_user_id")
"""A number, who it is to this business, and who to all that belong to one company: one person."""
STANDBY, CALLS, USER_IDS = "standby", "calls", "user_id_update"
PREFERENCES, MARKETING = "user_preferences", "marketing_messages"
FIELDS = ("messages", ECHOES, STANDBY, CALLS, USER_IDS, PREFERENCES)
ASKED_FOR = "contact_request"
"""Where a contact comes from that somebody sent with the button for it; who has a username shows a number so."""
NO_WORDS = ("reaction", "system")
"""What people do in the WhatsApp Business app without saying anything."""
NO_MESSAGES = (*NO_WORDS, "edit", "revoke")
STATUSES = {"delivered": Status.DELIVERED, "read": Status.READ, "failed": Status.FAILED}


class WhatsAppChannel(meta.Door):
    """One phone number of the Cloud API."""

    name = NAME
    _settings: WhatsAppSettings
    names = (NAME,)

    def __init__(self, settings: WhatsAppSettings, reception: Reception, choose: str) -> None:
        self._settings = settings
        self._reception = reception
        self._choose = choose
        self._api = Provider(
            "WhatsApp",
            settings.api_url,
            meta.problem,
            headers={"Authorization": f"Bearer {settings.access_token}"},
        )

    def style(self, name: str) -> Style:
        """Three buttons, or a list of ten."""
        return MANNERS

    async def read(self, request: Request) -> list[Event]:
        """Messages and statuses of a batch, in its order; one that is odd spoils no other."""
        entries = await meta.signed_entries(
            request, self._settings.app_secret, "whatsapp_business_account"
        )
        return each(NAME, entries, "entry", self._entry)

    def _entry(self, entry: dict[str, object]) -> list[Event]:
        return each(NAME, entry.get("changes"), "changes", self._change)

    def _change(self, change: dict[str, object]) -> list[Event]:
        field = text(change, "field")
        if field not in FIELDS:
            return [Ignored(NAME, f"the field {field[:40]}")]
        value = an_object(change.get("value"), "value")
        metadata = an_object(value.get("metadata"), "metadata")
        if identifier(metadata, "phone_number_id") != self._settings.phone_number_id:
            return [Ignored(NAME, "another phone number")]
        if field == ECHOES:
            return each(NAME, value.get(ECHOED), ECHOED, _said_in_the_app)
        people = _people(value)
        if field == CALLS:
            return each(NAME, value.get(CALLS), CALLS, lambda one: _call(one, people))
        if field == USER_IDS:
            return each(NAME, value.get(USER_IDS), USER_IDS, _new_user_id)
        if field == PREFERENCES:
            return each(NAME, value.get(PREFERENCES), PREFERENCES, _preference)
        events = each(
            NAME, value.get("messages"), "messages", lambda one: _message(one, people), _left
        )
        if field == STANDBY:  # another app or a person has the conversation
            events = [watched(event) for event in events]
        events += each(NAME, value.get("statuses"), "statuses", _status)
        return events + each(NAME, value.get("errors"), "errors", _trouble)

    async def noticed(self, inbound: Inbound) -> None:
        """Blue ticks and "typing" for up to 25 s."""
        await self._post(
            {
                "status": "read",
                "message_id": inbound.provider_id,
                "typing_indicator": {"type": "text"},
            }
        )

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text, buttons, a list, or the clinic's template."""
        if (payload := message.payload or {}).get("type") == "template":
            content: dict[str, object] = {"type": "template", "template": _template(payload)}
        elif part.choices:
            content = {"type": "interactive", "interactive": self._interactive(part)}
        else:
            content = {"type": "text", "text": {"body": part.text, "preview_url": False}}
        address = str(conversation.address)
        to = {"recipient_type": "individual", "to" if address.isdigit() else "recipient": address}
        answer = await self._post({**to, **content})
        sent = objects(answer.get("messages"), "messages")
        return str(sent[0].get("id") or "") if sent else None

    def _interactive(self, part: Part) -> dict[str, object]:
        if len(part.choices) <= MANNERS.buttons:
            buttons = [{"type": "reply", "reply": one} for one in part.choices]
            return {"type": "button", "body": {"text": part.text}, "action": {"buttons": buttons}}
        sections = [{"title": self._choose, "rows": list(part.choices)}]
        action = {"button": self._choose, "sections": sections}
        return {"type": "list", "body": {"text": part.text}, "action": action}

    async def _post(self, content: dict[str, object]) -> dict[str, object]:
        return await self._api.post(
            f"/{self._settings.phone_number_id}/messages",
            json={"messaging_product": "whatsapp", **content},
        )

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file by its id: Meta names an address that is good for five minutes."""
        if not reference.isalnum():
            raise Refused("that is no file of WhatsApp's")
        found = await self._api.get(f"/{reference}")
        return await self._api.download(
            str(found.get("url")), lambda url: meta.is_own_file(url, self._settings.api_url)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _template(payload: dict[str, Any]) -> dict[str, object]:
    content = {"name": payload["name"], "language": {"code": payload["language"]}}
    if not payload["values"]:
        return content
    values = [{"type": "text", "text": value} for value in payload["values"]]
    return {**content, "components": [{"type": "body", "parameters": values}]}


@dataclass(frozen=True)
class _Person:
    """Somebody of a delivery's contacts: who has a username may show no number."""

    name: str | None
    aliases: tuple[str, ...]


def _people(value: dict[str, object]) -> dict[str, _Person]:
    """By number and by user id, who the delivery is about; what is odd here is left out."""
    people: dict[str, _Person] = {}
    contacts = value.get("contacts")
    for contact in contacts if isinstance(contacts, list) else ():
        if isinstance(contact, dict):
            profile = contact.get("profile")
            profile = profile if isinstance(profile, dict) else {}
            name = profile.get("name") or profile.get("username")
            ids = [one for key in CONTACT_IDS if isinstance(one := contact.get(key), str) and one]
            person = _Person(name if isinstance(name, str) else None, tuple(ids))
            people |= {one: person for one in ids}
    return people


def _sender(one: dict[str, object], people: dict[str, _Person]) -> tuple[str, _Person]:
    """The number that wrote, or else its user id; and who that is."""
    ids = tuple(identifier(one, key) for key in SENDER_IDS if one.get(key))
    if not ids:
        raise Malformed("'from' and 'from_user_id' are missing")
    known = next((people[found] for found in ids if found in people), _Person(None, ()))
    return ids[0], _Person(known.name, tuple(dict.fromkeys((*ids, *known.aliases))))


def _message(one: dict[str, object], people: dict[str, _Person]) -> Event:
    sender, person = _sender(one, people)
    message_id, kind = identifier(one, "id"), text(one, "type")
    content = an_object(one.get(kind, {}), kind) if kind != "contacts" else {}
    words, button_id, title, media = "", None, "", None
    if not kind:
        raise Malformed("a message has no type")
    if one.get("group_id"):
        return Ignored(NAME, "a group")
    if kind == "reaction":
        target = identifier(content, "message_id")
        return Reaction(NAME, sender, target, text(content, "emoji"))
    if kind in ("edit", "revoke"):
        return _changed(sender, kind, content)
    if kind == "system":
        new = text(content, "new_wa_id") or text(content, "wa_id") or text(content, "user_id")
        return NewAddress(NAME, sender, new) if new else Ignored(NAME, "a system message")
    if kind == "text":
        words = text(content, "body")
    elif kind == "interactive":
        inner = text(content, "type")
        reply = an_object(content.get(inner) or {}, "interactive")
        if inner == "call_permission_reply":
            return Ignored(NAME, f"interactive {inner}")
        words = title = text(reply, "title")
        if reply.get("id"):
            button_id, words = identifier(reply, "id"), ""
        elif not title:
            media = Media(named(inner, KINDS))
    elif kind == "button":
        words = text(content, "text")
    elif kind == "contacts" and (number := _shared_number(one, person)):
        words = number
    elif kind == "request_welcome":
        return Inbound(NAME, sender, message_id, name=person.name, is_opening=True)
    else:
        what = text(content, "type") if kind == "unsupported" else ""
        media = Media(named(what or kind, KINDS), text(content, "id") or None)
        words = text(content, "caption") or text(content, "text")
    referral = an_object(one.get("referral") or {}, "referral")
    return Inbound(
        NAME,
        sender,
        message_id,
        words,
        button_id=button_id,
        title=title,
        media=media,
        name=person.name,
        aliases=tuple(alias for alias in person.aliases if alias != sender),
        quoted=text(an_object(one.get("context") or {}, "context"), "id") or None,
        referral=next((found for key in REFERRED if (found := text(referral, key))), None),
        said_at=moment(one, "timestamp", 1),
    )


def _shared_number(one: dict[str, object], person: _Person) -> str:
    """The number of whoever sends the contact of themselves, on their own or because they were asked for it: as
    if they had typed it."""
    cards = one.get("contacts")
    for card in cards if isinstance(cards, list) else ():
        phones = within(card, "phones")
        for phone in phones if isinstance(phones, list) else ():
            is_own = within(phone, "wa_id") in person.aliases
            number = within(phone, "phone")
            if (is_own or within(card, "origin") == ASKED_FOR) and isinstance(number, str):
                return number
    return ""


def _left(one: dict[str, object]) -> Inbound | None:
    """Who wrote a message that cannot be read, and its words; of an edit or a sign nothing is left."""
    if one.get("type") in NO_MESSAGES or one.get("group_id"):
        return None
    kind = str(one.get("type"))
    words = (within(one, kind, key) for key in ("body", "caption", "text"))
    sender = one.get("from") or one.get("from_user_id")
    return what_is_left(NAME, sender, one.get("id"), *words, one.get(kind))


def _changed(sender: str, kind: str, content: dict[str, object]) -> Event:
    original = identifier(content, "original_message_id")
    if kind == "revoke":
        return Changed(NAME, sender, original, None)
    inner = _edited(content)
    return Changed(NAME, sender, original, text(inner, "body") or text(inner, "caption"))


def _edited(content: dict[str, object]) -> dict[str, object]:
    message = an_object(content.get("message"), "message")
    return an_object(message.get(text(message, "type")) or {}, "message")


def _call(one: dict[str, object], people: dict[str, _Person]) -> Event:
    """Somebody rang and nobody answered: nobody here can."""
    if text(one, "direction") != "USER_INITIATED" or text(one, "event") != "terminate":
        return Ignored(NAME, "a call")
    if one.get("duration"):
        return Ignored(NAME, "a call that was answered")
    sender, person = _sender(one, people)
    key = f"call:{identifier(one, 'id')}"
    return Inbound(NAME, sender, key, media=Media("call"), name=person.name)


def _new_user_id(one: dict[str, object]) -> Event:
    ids = an_object(one.get("user_id"), "user_id")
    return NewAddress(NAME, identifier(ids, "previous"), identifier(ids, "current"))


def _preference(one: dict[str, object]) -> Event:
    """Who stops marketing in WhatsApp still wants answers: Meta keeps marketing templates back, nothing else."""
    category, wish = text(one, "category"), text(one, "value")
    if category != MARKETING or wish not in ("stop", "resume"):
        return Ignored(NAME, f"a preference about {category[:30]}, {wish[:10]}")
    key = next((key for key in CONTACT_IDS if one.get(key)), "wa_id")
    return Preference(NAME, identifier(one, key), wish == "resume")


def _trouble(one: dict[str, object]) -> Event:
    return Ignored(NAME, f"WhatsApp reports error {str(one.get('code'))[:10]}")


def _said_in_the_app(one: dict[str, object]) -> Event:
    """What somebody of the clinic wrote in the WhatsApp Business app."""
    to = text(one, "to") or text(one, "to_user_id")
    if not to:
        raise Malformed("'to' is missing")
    kind = text(one, "type")
    if kind in NO_WORDS:
        return Ignored(NAME, f"a {kind} of staff")
    content = an_object(one.get(kind) or {}, kind) if kind != "contacts" else {}
    if kind == "revoke":
        return Changed(NAME, to, identifier(content, "original_message_id"), by_staff=True)
    if kind == "edit":
        content = _edited(content)
    words = text(content, "body") or text(content, "caption") or f"[{kind or 'message'}]"
    key, said_at = identifier(one, "id"), moment(one, "timestamp", 1)
    return SaidElsewhere(NAME, to, key, words, said_at=said_at)


def _status(one: dict[str, object]) -> Event:
    status = STATUSES.get(text(one, "status"))
    if status is None:
        return Ignored(NAME, "an interim status")
    errors = one.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    why = explained("WhatsApp", within(first, "code")) if errors else None
    return Receipt(NAME, identifier(one, "id"), status, why)
