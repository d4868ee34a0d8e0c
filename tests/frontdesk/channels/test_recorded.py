"""Hundreds of payloads in the providers' shapes, kinds by states: each is posted, signed, at the real
front desk by a visitor of its own, and must lead to exactly what its line in data/ says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontdesk.conversations.model import Author, Conversation, Message, Owner, Status
from frontdesk.copy import words
from frontdesk.storage.tables import sendings
from tests.frontdesk.channels import drivers
from tests.frontdesk.channels.drivers import Driver
from tests.frontdesk.conftest import FrontDesk, until

DATA = Path(__file__).parent / "data"
MAKERS: dict[str, type[Driver]] = {
    "sms": drivers.SmsDriver,
    "twilio_whatsapp": drivers.TwilioWhatsAppDriver,
    "whatsapp": drivers.WhatsAppDriver,
    "messenger": drivers.MessengerDriver,
    "instagram": drivers.InstagramDriver,
    "telegram": drivers.TelegramDriver,
    "chatwoot": drivers.ChatwootDriver,
    "email": drivers.EmailDriver,
}
LINES = (
    "photo",
    "photo_for_staff",
    "photo_not_opened",
    "empty",
    "too_long",
    "choice_gone",
    "greeting",
    "greeting_from",
)
LINES += ("opted_out", "opted_in", "sms_help")
Case = dict[str, Any]


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DATA / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def test_there_are_more_than_a_thousand_and_each_has_its_own_name() -> None:
    names = [(name, case["name"]) for name in MAKERS for case in recorded(name)["cases"]]
    assert len(names) > 1_000 and len(set(names)) == len(names)
    assert {path.stem for path in DATA.glob("*.yml")} == set(MAKERS)


@pytest.mark.parametrize("driver", MAKERS.values(), ids=MAKERS, indirect=True)
async def test_each_payload_leads_to_what_its_line_says(front: FrontDesk, driver: Driver) -> None:
    data = recorded(driver.folder)
    wrong = {}
    for number, case in enumerate(data["cases"], start=1):
        found = await led_to(front, driver, data, case, number)
        if found != case["leads_to"]:
            wrong[case["name"]] = {"should": case["leads_to"], "does": found}
    assert not wrong, yaml.safe_dump(wrong, allow_unicode=True)


async def led_to(
    front: FrontDesk, driver: Driver, data: dict[str, Any], case: Case, number: int
) -> dict[str, Any]:
    """Post a case, and say what came of it: only what there is."""
    address = _address(driver, number)
    values = {"address": address, "id": data["ids"].format(number * 10)}
    for at, said in enumerate(case.get("before", ()), start=1):
        earlier = {"address": address, "id": data["ids"].format(number * 10 + at), "words": said}
        values.setdefault("mine", driver.called(earlier["id"]))
        await driver.post(front, _filled(data["text"], data["envelopes"], earlier))
        await _settled(front, driver, address)
    conversation = await _of(front, driver, address)
    values["ours"] = await _latest_id(front, conversation)
    seen = await _messages(front, conversation)
    counts = Counter(front.app.state.rooms.channels.reception.counts)
    turns = len(front.assistant.turns)
    answer = await driver.post(front, _filled(case, data["envelopes"], values))
    assert answer.status_code == 200, case["name"]
    await _settled(front, driver, address)
    conversation = await _of(front, driver, address)
    now = await _messages(front, conversation)
    found = {
        "turns": [_turn(one) for one in front.assistant.turns[turns:]],
        "shown": [_shown(one) for one in now[len(seen) :] if one.author is Author.VISITOR],
        "lines": _lines(front, now[len(seen) :]),
        "staff": [one.text for one in now[len(seen) :] if one.author is Author.STAFF],
        "marks": [mark for old, new in zip(seen, now, strict=False) for mark in _marks(old, new)],
        "owner": conversation.owner.value if conversation else Owner.BOT.value,
        "status": _status(seen, now),
        "counted": sorted(
            what
            for (_, what), _ in (front.app.state.rooms.channels.reception.counts - counts).items()
        ),
    }
    if found["owner"] == Owner.BOT.value:
        del found["owner"]
    return {key: value for key, value in found.items() if value}


def _address(driver: Driver, number: int) -> str:
    if driver.folder == "chatwoot":
        return str(1_000 + number)
    if driver.folder == "email":
        return driver.address.replace("0001", f"{number:04d}")
    return f"{driver.address[:-4]}{number:04d}"


def _filled(case: Case, envelopes: dict[str, Any], values: dict[str, str]) -> Any:
    """The envelope with the case inside: "$one" is replaced by it, and a key "$one" takes its keys."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            made = {key: fill(one) for key, one in value.items() if key != "$one"}
            return {**made, **fill(case["one"])} if "$one" in value else made
        if isinstance(value, list):
            return [fill(one) for one in value]
        if not isinstance(value, str):
            return value
        if value == "$one":
            return fill(case["one"])
        if value.startswith("#") and value[1:] in values:
            return int(values[value[1:]].rpartition(":")[2] or 0)
        for name, put in values.items():
            value = value.replace(f"${name}", put or "")
        return value

    return fill(envelopes[case["in"]])


async def _of(front: FrontDesk, driver: Driver, address: str) -> Conversation | None:
    found: Conversation | None = await front.app.state.rooms.conversations.addresses.known(
        driver.channel, address
    )
    return found


async def _messages(front: FrontDesk, conversation: Conversation | None) -> list[Message]:
    if conversation is None:
        return []
    return await front.desk.conversations.messages.after(conversation.id, 0)


async def _latest_id(front: FrontDesk, conversation: Conversation | None) -> str:
    if conversation is None:
        return ""
    query = sendings.select().where(sendings.c.conversation_id == conversation.id)
    rows = await front.desk.conversations.rows(query.order_by(sendings.c.message_id.desc()))
    return str(rows[0].provider_id) if rows else ""


async def _settled(front: FrontDesk, driver: Driver, address: str) -> None:
    conversations = front.desk.conversations

    async def done() -> bool:
        found = await _of(front, driver, address)
        if found is None:  # whoever wrote has another address
            return not await conversations.messages.with_something_to_do()
        outbox = await conversations.to_send(found.id)
        return not (outbox or await conversations.to_do(found.id))

    await until(done)


def _turn(turn: dict[str, Any]) -> str:
    return f"button {turn['button_id']}" if turn["button_id"] else str(turn["text"])


def _shown(message: Message) -> str:
    payload = message.payload or {}
    quote = payload.get("marks", {}).get("quote")
    kind = f"[{payload['kind']}] " if payload.get("kind") else ""
    return f"{kind}{message.text}".strip() + (f" (answers: {quote})" if quote else "")


def _lines(front: FrontDesk, new: list[Message]) -> list[str]:
    known = {words(line, front.desk.clinic, front.clock()): line for line in LINES}
    ours = [one for one in new if one.author is not Author.VISITOR]
    return [known[one.text] for one in ours if one.text in known]


def _marks(old: Message, new: Message) -> list[str]:
    before, after = ((one.payload or {}).get("marks", {}) for one in (old, new))
    return [f"{key}: {value}" for key, value in after.items() if before.get(key) != value]


def _status(seen: list[Message], now: list[Message]) -> str:
    old = {one.seq: one.status for one in seen}
    changed = [one for one in now if one.seq in old and old[one.seq] is not one.status]
    ours = [one for one in changed if one.author is not Author.VISITOR]
    return ", ".join(
        f"failed: {one.error}" if one.status is Status.FAILED else one.status.value for one in ours
    )
