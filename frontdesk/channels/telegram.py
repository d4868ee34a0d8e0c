"""Telegram bots (core.telegram.org/bots/api). Telegram signs nothing; it sends back the secret token
that the webhook was set with, and repeats an update until it hears a 2xx."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import Request

from frontdesk.channels.base import (
    LARGEST_BODY,
    Changed,
    Event,
    Forged,
    Ignored,
    Inbound,
    Malformed,
    Media,
    OptedOut,
    Reaction,
    an_object,
    each,
    identifier,
    json_object,
    named,
    objects,
    text,
    together,
    what_is_left,
    within,
)
from frontdesk.channels.meta import same
from frontdesk.channels.provider import Problem, Provider
from frontdesk.channels.reception import OneWebhook, Reception
from frontdesk.channels.telegram_words import KINDS, WORDS, files, picked, written
from frontdesk.conversations.model import Conversation, Message
from frontdesk.outgoing.carrier import Part, Refused, Style
from frontdesk.settings import TelegramSettings

NAME = "telegram"
PATH = "/channels/telegram"
MANNERS = Style(longest=4_096, with_choices=4_096, buttons=20, title=60)
LONGEST_DATA = 64
SERVICE = re.compile(
    r"(new_chat|left_chat|delete_chat|group_chat|supergroup_chat|channel_chat|message_auto_delete|migrate_|pinned_|"
    r"successful_|refunded_|users_|chat_|user_shared|gift|unique_gift|connected_|write_access|passport_|proximity_|boost_|"
    r"checklist_tasks|direct_message|forum_|general_forum|giveaway|paid_message|suggested_post|video_chat|web_app_|managed_bot_|poll_option_|"
    r"community_chat_).*"
)
"""What a chat says of itself (core.telegram.org/bots/api#message): nobody wrote it."""
ENVELOPE = {"message_id", "from", "chat", "date", "message_thread_id", "is_topic_message"}
ENVELOPE |= {
    "reply_to_message",
    "quote",
    "external_reply",
    "link_preview_options",
    "sender_chat",
    "via_bot",
    "entities",
}
OTHER_SIGN = "⭐"
"""A sign of one's own making, or a paid one: shown as a star."""
START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.I | re.S)
OFFER = re.compile(r"[A-Za-z0-9_-]{1,64}")
MEMBERS = {"kicked": True, "left": True, "member": False}


class TelegramChannel(OneWebhook):
    """One bot, in private chats only."""

    names = (NAME,)
    webhook_path, webhook_name = PATH, NAME
    largest_body = LARGEST_BODY

    def __init__(self, settings: TelegramSettings, reception: Reception) -> None:
        self._settings = settings
        self._reception = reception
        self._api = Provider("Telegram", settings.api_url, _problem)

    def style(self, name: str) -> Style:
        """An inline keyboard, one choice a row."""
        return MANNERS

    async def read(self, request: Request) -> list[Event]:
        """One update."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not same(given, self._settings.secret_token):
            raise Forged("secret token")
        return each(NAME, [json_object(await request.body())], "update", _update, _left)

    async def noticed(self, inbound: Inbound) -> None:
        """Take the spinner off a pressed button; else show "typing" for 5 s."""
        if inbound.button_id:
            query_id = inbound.provider_id.removeprefix("press:")
            await self._post("answerCallbackQuery", {"callback_query_id": query_id})
        else:
            await self._post("sendChatAction", {"chat_id": inbound.address, "action": "typing"})

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text with its inline keyboard; as plain text, so that no sign is markup."""
        content: dict[str, object] = {
            "chat_id": conversation.address,
            "text": part.text,
            "link_preview_options": {"is_disabled": True},
        }
        if part.choices:
            rows = [[{"text": one["title"], "callback_data": one["id"]}] for one in part.choices]
            content["reply_markup"] = {"inline_keyboard": rows}
        answer = await self._post("sendMessage", content)
        return str(an_object(answer.get("result") or {}, "result").get("message_id") or "")

    async def _post(self, method: str, content: dict[str, object]) -> dict[str, object]:
        return await self._api.post(f"/bot{self._settings.bot_token}/{method}", json=content)

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file by its id."""
        answer = await self._post("getFile", {"file_id": reference})
        path = str(an_object(answer.get("result") or {}, "result").get("file_path") or "")
        if not path or urlsplit(path).netloc or ".." in path:
            raise Refused("Telegram names no file")
        return await self._api.download(
            f"/file/bot{self._settings.bot_token}/{path}",
            lambda url: url.startswith(f"{self._settings.api_url}/"),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _update(update: dict[str, object]) -> Event:
    update_id = identifier(update, "update_id")
    if "message" in update:
        return _message(update_id, an_object(update["message"], "message"))
    if "edited_message" in update:
        return _edited(an_object(update["edited_message"], "edited_message"))
    if "callback_query" in update:
        return _press(an_object(update["callback_query"], "callback_query"))
    if "message_reaction" in update:
        return _reaction(an_object(update["message_reaction"], "message_reaction"))
    if "my_chat_member" in update:
        return _blocked(an_object(update["my_chat_member"], "my_chat_member"))
    if len(update) < 2:
        raise Malformed("the update is empty")
    kinds = sorted(set(update) - {"update_id"})
    return Ignored(NAME, f"an update about {kinds[0][:40]}")


def _left(update: dict[str, object]) -> Inbound | None:
    """Who wrote a message that cannot be read, and its words."""
    message = update.get("message")
    if within(message, "chat", "type") != "private":
        return None
    words = (within(message, key) for key in WORDS)
    key = f"update:{update.get('update_id')}"
    return what_is_left(NAME, within(message, "chat", "id"), key, *words)


def _edited(message: dict[str, object]) -> Event:
    chat = an_object(message.get("chat"), "chat")
    if chat.get("type") != "private":
        return Ignored(NAME, "not a private chat")
    is_opening, words = _opening(written(message))
    if is_opening:
        return Ignored(NAME, "a changed /start")
    is_edited = "edit_date" in message  # Telegram tells of fields that we do not use, too
    return Changed(NAME, identifier(chat, "id"), _key(message), words, is_edited=is_edited)


def _opening(words: str) -> tuple[bool, str]:
    """Do these words open the chat? And what they say: the offer, or what somebody wrote on behind it."""
    opened = START.fullmatch(words)
    if opened is None:
        return False, words
    offer = (opened[1] or "").strip()
    return not offer or bool(OFFER.fullmatch(offer)), offer


def _reaction(reaction: dict[str, object]) -> Event:
    chat = an_object(reaction.get("chat"), "chat")
    if chat.get("type") != "private":
        return Ignored(NAME, "not a private chat")
    given = objects(reaction.get("new_reaction"), "new_reaction")
    signs = [text(one, "emoji") or OTHER_SIGN for one in given]
    return Reaction(
        NAME, identifier(chat, "id"), identifier(reaction, "message_id"), "".join(signs)
    )


def _blocked(change: dict[str, object]) -> Event:
    """Who blocks the bot wants no more messages; who unblocks it does."""
    chat = an_object(change.get("chat"), "chat")
    new = an_object(change.get("new_chat_member") or {}, "new_chat_member")
    stopped = MEMBERS.get(text(new, "status"))
    if chat.get("type") != "private" or stopped is None:
        return Ignored(NAME, "a change of members")
    return OptedOut(NAME, identifier(chat, "id"), stopped, until_they_write=stopped)


def _key(message: dict[str, object]) -> str:
    """A message's number in its chat, which an edit, a sign or an answer names again."""
    return identifier(message, "message_id")


def _message(update_id: str, message: dict[str, object]) -> Event:
    chat = an_object(message.get("chat"), "chat")
    if chat.get("type") != "private":
        return Ignored(NAME, "not a private chat")
    words = written(message)
    media, more = together(files(message))
    if not words and not media:
        kinds = sorted(set(message) - ENVELOPE)
        if not kinds or any(SERVICE.fullmatch(one) for one in kinds):
            return Ignored(NAME, f"a message about {', '.join(kinds)[:60] or 'nothing'}")
        # what was sent is an object; what is said of it, a word or a number
        if "text" not in kinds:
            sent = [one for one in kinds if isinstance(message[one], (dict, list))]
            media = Media(named((sent or kinds)[0], KINDS))
    is_opening, words = _opening(words)
    writer = an_object(message.get("from") or {}, "from")
    return Inbound(
        NAME,
        identifier(chat, "id"),
        f"update:{update_id}",
        "" if is_opening else words,
        media=media,
        more=more,
        name=text(writer, "first_name") or None,
        is_opening=is_opening,
        quoted=_quoted(message),
        quoted_words=picked(message),
        known_as=_key(message) if message.get("message_id") else None,
        referral=words or None if is_opening else None,
        is_automatic=writer.get("is_bot") is True,
    )


def _quoted(message: dict[str, object]) -> str | None:
    replied = message.get("reply_to_message")
    return (
        str(replied["message_id"])
        if isinstance(replied, dict) and replied.get("message_id")
        else None
    )


def _press(query: dict[str, object]) -> Event:
    """A button; one that is none of ours gets its answer too, so that its spinner ends."""
    data = text(query, "data") or text(query, "game_short_name") or "?"
    if len(data.encode("utf-8", "replace")) > LONGEST_DATA:
        raise Malformed("'data' is too long")
    message = an_object(query.get("message") or {}, "message")
    chat = an_object(message.get("chat") or query.get("from"), "chat")
    if chat.get("type", "private") != "private":
        return Ignored(NAME, "not a private chat")
    query_id = identifier(query, "id")
    title = _title(message, data)
    return Inbound(NAME, identifier(chat, "id"), f"press:{query_id}", button_id=data, title=title)


def _title(message: dict[str, object], data: str) -> str:
    """The words on a button, which come with the message that it hangs on."""
    rows = within(message, "reply_markup", "inline_keyboard")
    rows = rows if isinstance(rows, list) else []
    buttons = (one for row in rows if isinstance(row, list) for one in row)
    titles = (within(one, "text") for one in buttons if within(one, "callback_data") == data)
    return next((title for title in titles if isinstance(title, str)), "")


def _problem(body: dict[str, object]) -> Problem:
    parameters = body.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    number = float(seconds) if isinstance(seconds, int) else None
    return str(body.get("error_code") or ""), body.get("error_code") == 429, number
