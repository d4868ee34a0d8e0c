"""What people write and send in a message of Telegram's (core.telegram.org/bots/api#message): plainly, in the
blocks of a rich message, in a poll or a list, or as words picked out of another message."""

from __future__ import annotations

from collections.abc import Iterator

from frontdesk.channels.base import Media, an_object, objects, text, within

KINDS = {
    "photo": "photo",
    "live_photo": "photo",
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "document": "document",
    "sticker": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "story": "story",
    "poll": "poll",
    "dice": "dice",
    "game": "game",
    "invoice": "invoice",
    "checklist": "list",
    "paid_media": "photo",
}
KINDS |= {"voice_note": "voice", "map": "location"}
"""What the blocks of a rich message call them."""
WORDS = ("text", "caption")
IN_BLOCKS, OF_BLOCKS = ("summary", "text", "caption"), ("blocks", "items", "cells")
IN_RUNS = ("text", "alternative_text", "expression")
DEEPEST = 16


def written(message: dict[str, object]) -> str:
    """What was written, wherever Telegram puts it: a rich message, a poll and a list have words of their own.

    Who sends their own contact has told their number, as if they had typed it.
    """
    if plain := next((found for key in WORDS if (found := text(message, key))), ""):
        return plain
    if number := _own_number(message):
        return number
    poll, tasks = message.get("poll"), message.get("checklist")
    words: list[object] = [_in_blocks(message.get("rich_message")), within(tasks, "title")]
    words += [within(poll, key) for key in ("question", "description")]
    for listed in (within(poll, "options"), within(tasks, "tasks")):
        words += [within(one, "text") for one in listed] if isinstance(listed, list) else []
    return "\n".join(one for one in words if isinstance(one, str) and one)


def _own_number(message: dict[str, object]) -> str:
    """The number of whoever sends the contact of themselves; Telegram leaves its plus out."""
    writer, number = (
        within(message, *key) for key in (("from", "id"), ("contact", "phone_number"))
    )
    is_own = writer is not None and within(message, "contact", "user_id") == writer
    return f"+{number.lstrip('+')}" if is_own and isinstance(number, str) and number else ""


def _in_blocks(node: object, depth: int = 0) -> str:
    """The words of a rich message, each block in a line of its own, whatever kinds of blocks there will be."""
    if depth > DEEPEST:
        return ""
    if isinstance(node, list):
        return "\n".join(filter(None, (_in_blocks(one, depth + 1) for one in node)))
    if not isinstance(node, dict):
        return ""
    found = [_in_a_run(node.get(key), depth + 1) for key in IN_BLOCKS]
    return "\n".join(
        filter(None, [*found, *(_in_blocks(node.get(key), depth + 1) for key in OF_BLOCKS)])
    )


def _in_a_run(node: object, depth: int) -> str:
    """The words of a text that is in pieces: bold, a link, an address."""
    if isinstance(node, str) or depth > DEEPEST:
        return node if isinstance(node, str) else ""
    if isinstance(node, list):
        return "".join(_in_a_run(one, depth + 1) for one in node)
    found = (_in_a_run(within(node, key), depth + 1) for key in IN_RUNS)
    return next(filter(None, found), "") if isinstance(node, dict) else ""


def files(message: dict[str, object]) -> Iterator[Media]:
    """What came with the words; one's own contact is words."""
    kind = next((one for one in KINDS if one in message), None)
    if kind and not _own_number(message):
        yield _media(kind, message)
    yield from _in_rich(message.get("rich_message"))


def _in_rich(node: object, depth: int = 0) -> Iterator[Media]:
    if depth > DEEPEST or not isinstance(node, (dict, list)):
        return
    kind = node.get("type") if isinstance(node, dict) else None
    if isinstance(node, dict) and isinstance(kind, str) and kind in KINDS:
        found = node.get(kind)
        one = found[-1] if isinstance(found, list) and found else found
        reference = within(one, "file_id")
        yield Media(KINDS[kind], reference if isinstance(reference, str) else None)
        return
    for one in node if isinstance(node, list) else map(node.get, OF_BLOCKS):
        yield from _in_rich(one, depth + 1)


def picked(message: dict[str, object]) -> str:
    """Words that somebody picked out of the message they answer, or of one in another chat; what Telegram
    quotes by itself adds nothing to the message's number."""
    words = within(message, "quote", "text")
    is_picked = within(message, "quote", "is_manual") is True or "external_reply" in message
    return words if is_picked and isinstance(words, str) else ""


def _media(kind: str, message: dict[str, object]) -> Media:
    """The file of a message; of a photo, which comes in several sizes, the last and largest."""
    content = message[kind]
    if kind == "photo":
        sizes = objects(content, "photo")
        content = sizes[-1] if sizes else {}
    if kind == "paid_media":
        return Media(KINDS[kind])
    return Media(KINDS[kind], text(an_object(content, kind), "file_id") or None)
