"""What is erased while something of it is under way: nothing comes back, and nobody else is touched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from frontdesk.conversations.model import Author, Conversation, Draft, Message, Status
from frontdesk.outgoing.carrier import Part, Style
from frontdesk.outgoing.delivery import Delivery
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, pending, until

NUMBER = "+447700900123"


@dataclass
class SlowCarrier:
    """A provider that takes its time, at whichever step a test holds it."""

    names: tuple[str, ...] = ("sms",)
    sent: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    shows: asyncio.Event = field(default_factory=asyncio.Event)
    takes: asyncio.Event = field(default_factory=asyncio.Event)

    def style(self, name: str) -> Style:
        return Style(1_600)

    async def present(self, _: object, conversation: Conversation, message: Message) -> list[Part]:
        self.begun.append(f"show {message.text}")
        await self.shows.wait()
        return [Part(message.text)]

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str:
        self.begun.append(f"send {part.text}")
        await self.takes.wait()
        self.sent.append(part.text)
        return f"id of {part.text}"

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        raise NotImplementedError


@pytest.fixture()
def carrier() -> SlowCarrier:
    return SlowCarrier()


@pytest.fixture()
async def delivery(front: FrontDesk, carrier: SlowCarrier) -> AsyncIterator[Delivery]:
    ground, receipts = front.app.state.rooms.ground, front.app.state.rooms.outgoing.receipts
    store = front.desk.conversations
    made = Delivery(
        store, receipts, {"sms": carrier}, carrier.present, ground.signals, ground.claims
    )
    yield made
    carrier.shows.set()
    carrier.takes.set()
    await made.stop()


async def reply_under_way(
    front: FrontDesk, delivery: Delivery, carrier: SlowCarrier, at: str
) -> str:
    """Somebody's conversation whose reply has come to a step of its delivery."""
    store = front.desk.conversations
    conversation, _ = await store.create("sms", NUMBER)
    await store.messages.append(conversation.id, Draft(Author.STAFF, "hi"))
    delivery.wake(conversation)

    async def is_there() -> bool:
        return f"{at} hi" in carrier.begun

    await until(is_there)
    return conversation.id


async def is_over(front: FrontDesk, delivery: Delivery, conversation_id: str) -> None:
    async def nobody_works_on_it() -> bool:
        return not delivery._rounds["sms"].is_serving(conversation_id)

    await until(nobody_works_on_it)
    rows = await front.desk.conversations.rows(sa.select(tables.sendings.c.conversation_id))
    assert conversation_id not in [row.conversation_id for row in rows]


async def test_a_reply_on_its_way_settles_nothing_of_whoever_writes_next(
    front: FrontDesk, delivery: Delivery, carrier: SlowCarrier
) -> None:
    carrier.shows.set()
    visitor = await front.visitor()
    gone = await reply_under_way(front, delivery, carrier, "send")
    assert await front.desk.erase(gone)
    front.assistant.gate.clear()
    await visitor.post(text="hello")
    carrier.takes.set()
    await is_over(front, delivery, gone)
    (waits,) = await pending(front, visitor.id)
    assert waits.text == "hello"
    front.assistant.gate.set()


async def test_what_was_erased_before_it_left_is_not_sent(
    front: FrontDesk, delivery: Delivery, carrier: SlowCarrier
) -> None:
    gone = await reply_under_way(front, delivery, carrier, "show")
    assert await front.desk.erase(gone)
    carrier.shows.set()
    carrier.takes.set()
    await is_over(front, delivery, gone)
    assert carrier.sent == []


async def test_the_next_reply_with_the_same_number_is_sent_although_one_before_it_was(
    front: FrontDesk, delivery: Delivery, carrier: SlowCarrier
) -> None:
    carrier.shows.set()
    gone = await reply_under_way(front, delivery, carrier, "send")
    assert await front.desk.erase(gone)
    store = front.desk.conversations
    another, _ = await store.create("sms", "+447700900124")
    mine = await store.messages.append(another.id, Draft(Author.STAFF, "for you"))
    carrier.takes.set()
    delivery.wake(another)

    async def is_sent() -> bool:
        return (await store.messages.after(another.id, 0))[0].status is Status.SENT

    await until(is_sent)
    assert carrier.sent == ["hi", "for you"] and mine.seq == 1
    await is_over(front, delivery, gone)


async def test_a_turn_under_way_says_nothing_of_whoever_writes_next(front: FrontDesk) -> None:
    leaves, comes = await front.visitor(), await front.visitor()
    front.assistant.gate.clear()
    await leaves.post(text="my secret")

    async def is_asked() -> bool:
        return front.assistant.asked == 1

    await until(is_asked)
    assert await front.desk.erase(leaves.id)
    await comes.post(text="hello")
    front.assistant.gate.set()

    async def is_answered() -> bool:
        return not front.desk.is_answering(leaves.id) and not await pending(front, comes.id)

    await until(is_answered)
    said = await front.desk.conversations.messages.after(comes.id, 0)
    assert [one.is_private for one in said] == [False] * 3
