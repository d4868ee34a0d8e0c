"""Conversations and messages as they are kept: opened once, never written to after their end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from frontdesk.conversations.model import Author, Draft, Gone, Turn
from frontdesk.storage.claims import ClaimLost
from tests.frontdesk.conftest import FrontDesk

NOTHING = Draft(Author.SYSTEM, "hello")


async def test_an_address_has_one_conversation_however_often_it_is_opened(front: FrontDesk) -> None:
    store = front.desk.conversations
    first = await store.by_address("sms", "+447700900111")
    assert (await store.by_address("sms", "+447700900111")).id == first.id
    assert (await store.by_address("whatsapp", "+447700900111")).id != first.id


async def test_an_address_that_another_person_has_stays_theirs(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    first = await addresses.conversation("instagram", "a", ["shared"])
    second = await addresses.conversation("instagram", "b")
    assert second.id != first.id
    await addresses._remember("instagram", second, ["shared"])
    found = await addresses.known("instagram", "shared")
    assert found and found.id == first.id


async def test_nothing_is_written_about_a_conversation_that_is_gone(front: FrontDesk) -> None:
    visitor = await front.visitor()
    store = front.desk.conversations
    conversation = await store.get(visitor.id)
    assert conversation
    await front.desk.erase(visitor.id)
    with pytest.raises(Gone):
        await store.messages.append(visitor.id, NOTHING)
    with pytest.raises(Gone):
        await front.desk.handover.note_callback(conversation, "Ana", "07700", None)
    with pytest.raises(Gone):
        await store.callbacks.add(visitor.id, "Ana", "07700", None)
    with pytest.raises(Gone):
        await front.desk.handover.take(conversation, await front.member())


async def test_a_message_that_is_answered_is_not_answered_again(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    store = front.desk.conversations
    conversation = await store.get(visitor.id)
    asked = [one for one in await store.messages.after(visitor.id, 0) if one.text == "hello"]
    assert conversation
    with pytest.raises(ClaimLost):
        await store.messages.settle(asked[0], Turn({}, (NOTHING,)), conversation.owner_version)


async def test_whoever_listens_is_told_that_there_is_something_new(front: FrontDesk) -> None:
    visitor = await front.visitor()
    other = await front.visitor()
    signals = front.desk.signals
    with signals.listen(visitor.id) as mine, signals.listen(other.id) as theirs:
        await visitor.say("hello")
        assert mine.is_set()
        assert not theirs.is_set()


async def test_whoever_waits_too_long_for_the_assistant_is_told_once(front: FrontDesk) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="hello")
    await front.desk.acknowledge()
    assert await visitor.words("system") == []
    front.clock.now += timedelta(seconds=4)
    for _ in range(2):
        await front.desk.acknowledge()
    assert len(await visitor.words("system")) == 1
    front.assistant.gate.set()


async def test_who_goes_on_writing_in_an_outage_is_told_again_a_little_later_and_once(
    front: FrontDesk,
) -> None:
    """Every message is acknowledged in words, but not each of a burst by itself."""
    visitor, other = await front.visitor(), await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="hello")
    told = []
    for second in range(90):
        front.clock.forward(seconds=1)
        if second < 20:
            await visitor.post(text=f"and {second}")
        if second == 15:
            await other.post(text="is anybody there?")
        await front.desk.acknowledge()
        told.append((len(await visitor.words("system")), len(await other.words("system"))))
    assert [told.index((one, two)) for one, two in ((1, 0), (1, 1), (2, 1))] == [3, 19, 33]
    assert told[-1] == (2, 1)
    front.assistant.gate.set()
