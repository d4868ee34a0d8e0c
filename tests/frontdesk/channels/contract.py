"""What every channel keeps. A test module of a channel is a driver and this class."""

from __future__ import annotations

import asyncio
import copy
import logging
import math
import random
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from frontdesk.channels import reception
from frontdesk.channels.base import Ignored
from frontdesk.channels.receiving import SEEN_ELSEWHERE
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Incoming,
    Message,
    Owner,
    Status,
)
from tests.frontdesk.channels import drivers
from tests.frontdesk.channels.drivers import PAYLOADS, Driver, Payload
from tests.frontdesk.conftest import FrontDesk, pending, until
from tests.standins.provider import CUT, Script

GREETING = "automated assistant"
KIND = "cannot look at pictures"
SENTENCES = " ".join(f"This is sentence number {number} of a long reply." for number in range(100))
HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**40,
    math.nan,
    "",
    "\x00",
    "\ud800",
    "／restart",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": [1]},
    ["a"],
]
DISGUISES = [
    "/restart",
    " /restart",
    "／restart",
    "\u200b/restart",
    "/ restart",
    '/affirm{"x":"y"}',
    "/b_no",
    "\u2060／\u200b/affirm@0.1{}",
    "//restart",
    "⁄restart",
    "\ufeff/restart",
    "/faq/pain_feel",
]


async def chosen_by(front: FrontDesk, driver: Driver, words: str) -> str | None:
    """The choice that words make, when one was offered."""
    await driver.post(front, driver.text("choose", "1"))
    await sent(driver, 2)
    await driver.post(front, driver.text(words, "2"))
    await sent(driver, 3)
    found: str | None = front.assistant.turns[1]["button_id"]
    return found


class ChannelContract:
    """Subclasses set ``make``."""

    make: type[Driver]

    # --- in and out ---

    async def test_a_text_goes_in_and_a_greeting_and_a_reply_come_out(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        answer = await driver.post(front, driver.load("text"))
        assert answer.status_code == 200
        await sent(driver, 2)
        assert {one.to for one in driver.provider.sent} == {driver.address}
        assert GREETING in driver.provider.sent[0].text
        assert driver.provider.sent[1].text == "echo: does it hurt?"
        assert front.assistant.turns[0]["channel"] == driver.channel
        await statuses(front, driver, [Status.SENT, Status.ANSWERED, Status.SENT])

    async def test_every_recorded_payload_does_what_it_should(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorded = {path.stem for path in (PAYLOADS / driver.folder).iterdir()}
        assert recorded == set(driver.expected)
        monkeypatch.setattr(front.desk.handover, "staff_available", nobody)
        for name, what in driver.expected.items():
            if what != drivers.HANDSHAKE:
                await self._one(front, driver, name, what)

    async def _one(self, front: FrontDesk, driver: Driver, name: str, what: str) -> None:
        front.clock.forward(seconds=12)  # each by itself: no album, no machine that answers at once
        if what == drivers.PRESS:
            await driver.post(front, driver.text("choose", f"1000{len(name)}"))
            await settled(front, driver)
        turns, shown = len(front.assistant.turns), await lines(front, driver)
        stored = len(await messages(front, driver))
        answer = await driver.post(front, driver.load(name))
        assert answer.status_code == 200, name
        await settled(front, driver)
        new = front.assistant.turns[turns:]
        kind = [one for one in (await lines(front, driver))[len(shown) :] if KIND in one]
        assert len(kind) == (what in (drivers.PHOTO, drivers.CAPTION)), name
        if what == drivers.THREE:
            assert [turn["text"] for turn in new] == ["first", "second", "third"], name
        elif what == drivers.PRESS:
            assert [turn["button_id"] for turn in new] == ["b_no"], name
        elif what in (drivers.TURN, drivers.CAPTION):
            assert len(new) == 1 and new[0]["text"], name
        else:
            assert new == [], name
        if what in (drivers.NOTHING, drivers.RECEIPT):
            assert len(await messages(front, driver)) == stored, name

    @pytest.mark.parametrize("name", ["photo", "photo_with_caption"])
    async def test_a_photo_is_for_staff_when_they_are_there(
        self, front: FrontDesk, driver: Driver, name: str
    ) -> None:
        for _ in range(2):  # the second time is a delivery that comes again
            await driver.post(front, driver.load(name))
            await until(lambda: waits_for_staff(front, driver))
        conversation = await of(front, driver)
        assert (conversation.owner, conversation.reason) == (Owner.WAITING, "photo")
        shown = await lines(front, driver)
        told = "so our staff will" if driver.channel in SEEN_ELSEWHERE else "cannot be opened here"
        assert len([one for one in shown if told in one]) == 1
        assert len([one for one in shown if "told our staff" in one]) == 1
        assert len(front.assistant.turns) == (name == "photo_with_caption")

    async def test_five_messages_at_once_are_all_answered_in_order(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        for number in range(5):
            await driver.post(front, driver.text(f"message {number}", str(9_000 + number)))
        await sent(driver, 6)
        replies = [one.text for one in driver.provider.sent[1:]]
        assert replies == [f"echo: message {number}" for number in range(5)]

    async def test_what_staff_say_reaches_the_visitor(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        conversation, member = await of(front, driver), await front.member()
        await front.desk.handover.reply(conversation, member, "Maya here. How are you?", "k1")
        await sent(driver, 4)
        assert driver.provider.sent[3].text == "Maya here. How are you?"

    async def test_who_asks_to_be_erased_reads_what_stays_elsewhere_and_is_gone(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        conversation = await of(front, driver)
        await front.desk.receive(conversation, Incoming("erase me", "wish"))

        async def is_gone() -> bool:
            await front.app.state.rooms.retention.erase_wished()
            return await front.desk.conversations.get(conversation.id) is None

        await until(is_gone)
        words = " ".join(one.text for one in driver.provider.sent[2:])
        assert "I am deleting everything" in words and "we cannot delete" in words

    async def test_typing_is_shown_where_the_channel_has_it(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        if driver.has_typing:
            await until(lambda: has(lambda: len(driver.provider.typing) == 1))
        assert len(driver.provider.typing) == driver.has_typing

    # --- the door ---

    async def test_what_the_provider_did_not_sign_is_refused(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        content = driver.encode(driver.load("text"))
        for headers in driver.forgeries(content):
            answer = await driver.post_raw(front, content, headers)
            assert answer.status_code == 403, headers
        assert await nothing_stored(front)
        assert sum(front.app.state.rooms.channels.reception.counts.values()) == len(
            driver.forgeries(content)
        )

    async def test_no_forgery_is_accepted(self, front: FrontDesk, driver: Driver) -> None:
        chance = random.Random(5)
        content = driver.encode(driver.load("text"))
        forgeries = driver.forgeries(content)
        signed = driver.sign(content)
        changeable = next(name for name in signed if name != "content-type")
        for _ in range(1_450):
            headers = dict(chance.choice(forgeries))
            if chance.random() < 0.5:
                headers = dict(signed)
                headers[changeable] = _shaken(headers[changeable], chance)
            answer = await driver.post_raw(front, content, headers)
            assert answer.status_code == 403, headers
        assert await nothing_stored(front)

    async def test_a_changed_body_is_refused(self, front: FrontDesk, driver: Driver) -> None:
        content = driver.encode(driver.text("does it hurt?", "1"))
        for changed in (
            content.replace(b"hurt", b"heal"),
            content + b" ",
            content[:-1],
            b"",
            driver.encode({**driver.text("does it hurt?", "1"), "added": "1"}),
        ):
            answer = await driver.post_raw(front, changed, driver.sign(content))
            assert answer.status_code == 403
        assert await nothing_stored(front)

    async def test_the_same_message_delivered_again_is_one_turn(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        deliveries = [driver.text(f"m{n}", str(5_000 + n)) for n in range(50)] * 6
        random.Random(3).shuffle(deliveries)
        codes = set()
        for start in range(0, len(deliveries), 50):
            batch = deliveries[start : start + 50]
            answers = await asyncio.gather(
                *[driver.post_raw(front, driver.encode(one)) for one in batch]
            )
            codes |= {answer.status_code for answer in answers}
        assert codes == {200}
        await until(front.taken_in)
        await until(lambda: has(lambda: len(front.assistant.turns) >= 50))
        await settled(front, driver)
        assert sorted(turn["text"] for turn in front.assistant.turns) == sorted(
            f"m{n}" for n in range(50)
        )

    async def test_it_is_stored_before_it_is_acknowledged(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        front.assistant.gate.clear()
        assert (await driver.post(front, driver.load("text"))).status_code == 200
        waiting = await pending(front, (await of(front, driver)).id)
        assert [message.text for message in waiting] == ["does it hurt?"]
        front.assistant.gate.set()

    async def test_what_could_not_be_stored_is_not_acknowledged_and_taken_the_next_time(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(front.webhook_events, "keep", locked)
            assert (await driver.post(front, driver.load("text"))).status_code == 503
        assert (await driver.post(front, driver.load("text"))).status_code == 200
        await sent(driver, 2)
        assert len(front.assistant.turns) == 1

    async def test_what_was_acknowledged_is_taken_in_when_the_database_is_back(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reception, "RETRY_SECONDS", 0.01)
        with monkeypatch.context() as patched:
            patched.setattr(front.desk.conversations.messages, "append_all", locked)
            content = driver.encode(driver.load("text"))
            assert (await driver.post_raw(front, content)).status_code == 200
            await asyncio.sleep(0.1)
            assert not await front.taken_in() and not front.assistant.turns
        await sent(driver, 2)
        assert len(front.assistant.turns) == 1

    async def test_what_an_ended_process_left_is_taken_in_by_the_next(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await front.app.state.rooms.channels.reception.stop()
        content = driver.encode(driver.load("text"))
        for _ in range(2):
            assert (await driver.post_raw(front, content)).status_code == 200
        assert not await front.taken_in()
        front.app.state.rooms.channels.reception.start(front.app.state.rooms.receiver.handle)
        await sent(driver, 2)
        assert len(front.assistant.turns) == 1

    async def test_a_mistake_of_ours_stops_one_message_and_loses_none(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await front.webhook_events.keep(
            [Ignored(driver.channel, "of no kind that can be read back")]
        )
        with monkeypatch.context() as patched:
            met = asyncio.Event()

            async def mistaken(*_: object) -> None:
                met.set()
                raise IntegrityError("insert", {}, Exception("as our mistakes would be"))

            patched.setattr(front.app.state.rooms.receiver, "_take_in", mistaken)
            content = driver.encode(driver.text("first", "1"))
            assert (await driver.post_raw(front, content)).status_code == 200
            await asyncio.wait_for(met.wait(), 60)
        content = driver.encode(driver.text("second", "2"))
        assert (await driver.post_raw(front, content)).status_code == 200
        await sent(driver, 2)
        assert [turn["text"] for turn in front.assistant.turns] == ["second"]
        assert not await front.taken_in(), "the first is kept for the next start"

    async def test_a_body_is_taken_up_to_the_providers_own_limit(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        allowed = driver.encode(driver.text("x" * (driver.largest_body - 4_000), "1"))
        assert (await driver.post_raw(front, allowed)).status_code == 200
        await until(front.taken_in)
        assert max(len(one.text) for one in await messages(front, driver)) <= 20_000
        for headers in (driver.sign(allowed), {}):
            content = driver.encode(driver.text("x" * (driver.largest_body + 1_000), "2"))
            assert (await driver.post_raw(front, content, headers)).status_code == 413

    async def test_an_unknown_encoding_is_refused(self, front: FrontDesk, driver: Driver) -> None:
        for content in (b"\xff\xfe{}", b"caf\xe9=1", b'{"a": "\xe9"}'):
            assert (await driver.post_raw(front, content)).status_code in (200, 403)
        assert await nothing_stored(front)

    async def test_a_malformed_payload_is_never_an_error_of_ours(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        chance = random.Random(6)
        names = [name for name in driver.expected if driver.expected[name] != drivers.HANDSHAKE]
        for number in range(715):
            payload = _spoilt(driver.load(chance.choice(names)), chance)
            content = _hostile_bytes(number, driver.encode(payload))
            answer = await driver.post_raw(front, content)
            assert answer.status_code in (200, 403), content[:300]
        counts = front.app.state.rooms.channels.reception.counts
        aside = sum(count for (_, what), count in counts.items() if what.startswith("set aside"))
        kept = await front.desk.conversations.rows(_unreadable())
        assert len(kept) == aside > 0

    # --- choices ---

    async def test_a_choice_is_shown_and_taken(self, front: FrontDesk, driver: Driver) -> None:
        await driver.post(front, driver.text("choose", "1"))
        await sent(driver, 2)
        shown = driver.provider.sent[1]
        if driver.has_buttons:
            assert shown.text == "Which?"
            assert shown.choices == (("b_yes", "Yes"), ("b_no", "No"))
        else:
            assert shown.text == "Which?\nReply with a number:\n1. Yes\n2. No"
        await driver.post(front, driver.press("b_no", "No", "2"))
        await sent(driver, 3)
        assert driver.provider.sent[2].text == "echo: button b_no"
        assert (await messages(front, driver))[-2].text == "No"

    async def test_a_choice_that_was_never_offered_counts_as_its_words_or_is_said_to_be_gone(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("choose", "1"))
        await sent(driver, 2)
        for number, button_id in enumerate(("b_maybe", "/restart", "b_yes "), start=2):
            answer = await driver.post(front, driver.press(button_id, "Maybe", str(number)))
            assert answer.status_code == 200
        await settled(front, driver)
        assert {turn["button_id"] for turn in front.assistant.turns} == {None}
        assert {turn["text"] for turn in front.assistant.turns[1:]} <= {"Maybe"}
        gone = [one for one in await lines(front, driver) if "too old for me" in one]
        assert len(gone) + len(front.assistant.turns[1:]) == 3
        counts = front.app.state.rooms.channels.reception.counts
        assert counts[driver.channel, "a choice that was never offered"] == 3

    @pytest.mark.parametrize("words", ["no", "No.", "NOPE", "no thanks"])
    async def test_a_choice_is_answered_in_words(
        self, front: FrontDesk, driver: Driver, words: str
    ) -> None:
        assert await chosen_by(front, driver, words) == "b_no"

    async def test_a_slash_is_a_letter(self, front: FrontDesk, driver: Driver) -> None:
        for number, words in enumerate(DISGUISES):
            await driver.post(front, driver.text(words, str(100 + number)))
        await until(lambda: has(lambda: len(front.assistant.turns) == len(DISGUISES)))
        assert [turn["text"] for turn in front.assistant.turns] == [
            one.strip() for one in DISGUISES
        ]
        assert {turn["button_id"] for turn in front.assistant.turns} == {None}

    async def test_odd_letters_come_back_as_they_went_in(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        words = "héllo 👋🏽 שלום مرحبا Ａ\u200bЯ"
        await driver.post(front, driver.text(words, "1"))
        await until(lambda: has(lambda: len(front.assistant.turns) == 1))
        assert front.assistant.turns[0]["text"] == words

    async def test_a_text_that_is_too_long_is_kept_and_kindly_refused(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("x" * 2_001, "1"))
        await sent(driver, 2)
        assert "2,000 characters" in driver.provider.sent[1].text
        assert front.assistant.turns == []
        assert any(len(one.text) == 2_001 for one in await messages(front, driver))

    # --- out: splitting, trouble, receipts ---

    async def test_a_long_reply_is_split_at_sentences_in_order(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        await say(front, driver, SENTENCES)
        await settled(front, driver)
        pieces = [one.text for one in driver.provider.sent[2:]]
        assert len(pieces) > 1
        assert " ".join(pieces) == SENTENCES
        assert all(piece.endswith("reply.") for piece in pieces)
        assert all(len(piece) <= driver.longest for piece in pieces)

    async def test_a_refusal_is_seen_with_its_reason_and_can_be_sent_again(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        driver.provider.scripted = [Script(400, body=_error_body(4711))]
        message = await say(front, driver, "You will not read this.")
        await settled(front, driver)
        failed = (await messages(front, driver))[-1]
        assert failed.status is Status.FAILED
        assert failed.error and driver.refused in failed.error and "read" not in failed.error
        await front.desk.conversations.messages.mark(message.id, Status.STORED)
        front.desk.delivery.wake(await of(front, driver))
        await sent(driver, 3)

    async def test_retry_after_is_honoured_and_the_wait_grows(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        waits: list[float] = []

        monkeypatch.setattr("frontdesk.tasks.later", drivers.at_once(waits))
        driver.provider.scripted = [
            Script(429, {"retry-after": "7"}),
            Script(503),
            Script(500),
            Script(502, {"retry-after": "nonsense"}),
        ]
        await say(front, driver, "At last.")
        await sent(driver, 3)
        assert waits == [7, 2, 4, 8]
        assert driver.provider.sent[2].text == "At last."

    async def test_an_unclear_send_is_not_repeated_unless_it_is_urgent(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("frontdesk.outgoing.delivery.RETRY_SECONDS", (0.01, 0.01))
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        driver.provider.scripted = [Script(CUT)]
        message = await say(front, driver, "ordinary")
        await settled(front, driver)
        assert (await messages(front, driver))[-1].status is Status.UNCLEAR
        await front.desk.conversations.update(message.conversation_id, urgency="urgent")
        driver.provider.scripted = [Script(CUT)]
        await say(front, driver, "urgent")
        await sent(driver, 3)
        assert driver.provider.sent[2].text == "urgent"

    async def test_receipts_are_kept_and_never_go_back(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await statuses(front, driver, [Status.SENT, Status.ANSWERED, Status.SENT])
        sendings = await front.desk.conversations.rows(_receipts())
        for number, status in enumerate(driver.receipts):
            at = 0 if status != "failed" else 2
            provider_id = sendings[min(at, 1)].provider_id
            assert provider_id
            answer = await driver.post(front, driver.receipt(provider_id, status))
            assert answer.status_code == 200
            assert (await messages(front, driver))[at].status.value == status, number
        for status in [one for one in driver.receipts[:1] if one != "failed"]:
            await driver.post(front, driver.receipt(sendings[0].provider_id, status))
        best = [one for one in driver.receipts if one != "failed"][-1:] or ["sent"]
        assert (await messages(front, driver))[0].status.value == best[0]
        if driver.receipts:
            unknown = driver.receipt("never-sent", driver.receipts[0])
            assert (await driver.post(front, unknown)).status_code == 200

    async def test_after_the_window_nothing_is_sent_and_staff_read_why(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        front.clock.forward(hours=driver.window_hours, minutes=1)
        await say(front, driver, "Are you still there?")
        await settled(front, driver)
        last = (await messages(front, driver))[-1]
        assert last.status is (Status.FAILED if driver.has_window else Status.SENT)
        hours = f"{driver.window_hours} hours"
        assert (hours in (last.error or "")) == driver.has_window

    async def test_nobody_reads_a_visitors_words_in_the_logs(
        self, front: FrontDesk, driver: Driver, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="frontdesk")
        canary = "canarysoftlysinging"
        await driver.post(front, driver.text(canary, "1"))
        driver.provider.scripted = [Script(400)]
        await sent(driver, 1)
        await settled(front, driver)
        payload = driver.text(canary, "2")
        await driver.post_raw(front, driver.encode(payload), {})
        await driver.post(front, driver.press(canary, canary, "3"))
        await driver.post(front, _spoilt(payload, random.Random(1)))
        await settled(front, driver)
        ours = [one.getMessage() for one in caplog.records if one.name.startswith("frontdesk")]
        assert ours and not [line for line in ours if canary in line or driver.address in line]


async def of(front: FrontDesk, driver: Driver) -> Conversation:
    return await front.app.state.rooms.conversations.addresses.conversation(
        driver.channel, driver.address
    )


async def messages(front: FrontDesk, driver: Driver) -> list[Message]:
    found = await of(front, driver)
    return await front.desk.conversations.messages.after(found.id, 0)


async def lines(front: FrontDesk, driver: Driver) -> list[str]:
    return [one.text for one in await messages(front, driver) if one.author is Author.SYSTEM]


async def say(front: FrontDesk, driver: Driver, words: str) -> Message:
    """Something that a person of the clinic says."""
    conversation = await of(front, driver)
    draft = Draft(Author.STAFF, words, name="Maya, nurse")
    message = await front.desk.conversations.messages.append(conversation.id, draft)
    front.desk.delivery.wake(conversation)
    return message


async def has(condition: Any) -> bool:
    return bool(condition())


async def sent(driver: Driver, count: int) -> None:
    """Wait until the provider has taken so many messages."""
    await until(lambda: has(lambda: len(driver.provider.sent) >= count))


async def settled(front: FrontDesk, driver: Driver) -> None:
    """Wait until nothing waits for an answer or to be sent."""

    async def done() -> bool:
        found = await of(front, driver)
        waiting = await pending(front, found.id) or await front.desk.conversations.to_send(found.id)
        return not waiting

    await until(done)


async def statuses(front: FrontDesk, driver: Driver, expected: list[Status]) -> None:
    async def reached() -> bool:
        return [one.status for one in await messages(front, driver)] == expected

    await until(reached)


async def locked(*_: object, **__: object) -> None:
    """As the database answers when somebody else writes."""
    raise OperationalError("insert", {}, Exception("database is locked"))


async def nobody(conversation: Conversation | None = None) -> bool:
    return False


async def waits_for_staff(front: FrontDesk, driver: Driver) -> bool:
    return (await of(front, driver)).owner is Owner.WAITING


async def nothing_stored(front: FrontDesk) -> bool:
    return not await front.desk.conversations.find()


def _receipts() -> Any:
    from frontdesk.storage.tables import sendings

    return sendings.select().order_by(sendings.c.message_id, sendings.c.part)


def _unreadable() -> Any:
    from frontdesk.storage.tables import arrivals

    return arrivals.select().where(arrivals.c.kind == "Unreadable")


def _error_body(code: int) -> Payload:
    """The error bodies of all providers at once; each reads its own."""
    return {"code": code, "error": {"code": code}, "error_code": code, "ok": False}


def _shaken(value: str, chance: random.Random) -> str:
    """A signature with one sign changed, added or taken away."""
    at = chance.randrange(len(value))
    new = chance.choice([sign for sign in "0123456789abcdefXYZ=+/-_" if sign != value[at]])
    return chance.choice(
        [value[:at] + new + value[at + 1 :], value + new, value[:at] + value[at + 1 :]]
    )


def _spoilt(payload: Payload, chance: random.Random) -> Payload:
    """The payload with one to three of its values replaced, or keys taken away."""
    for _ in range(chance.randint(1, 3)):
        holders = [(payload, key) for key in payload]
        for holder, key in holders:
            inner = holder[key]
            if isinstance(inner, dict):
                holders += [(inner, one) for one in inner]
            elif isinstance(inner, list):
                holders += [(inner, one) for one in range(len(inner))]
        if not holders:
            break
        holder, key = chance.choice(holders)
        if isinstance(holder, dict) and chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(HOSTILE))
    return payload


def _hostile_bytes(number: int, content: bytes) -> bytes:
    """Now and then a body that is no payload at all."""
    whole = [b"", b"[]", b"null", b"NaN", b"[" * 30_000, b'{"a":' * 10_000, b"\x00", b"\xff" * 9]
    return whole[number // 25 % len(whole)] if number % 25 == 0 else content
