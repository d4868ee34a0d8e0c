"""Buttons pressed twice, forms that come again late, and words that came when nobody read them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from frontdesk.conversations.model import Author, Draft, Incoming, Status
from frontdesk.outgoing.delivery import Delivery
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, Visitor, pending, until
from tests.frontdesk.inbox.conftest import Colleague, reception, sign_in

__all__ = ["reception", "sign_in"]


async def who_waits(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("can I talk to a human")
    assert await visitor.owner() == "waiting"
    return visitor


async def test_a_reply_that_comes_again_after_the_hand_back_takes_nothing_back(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await who_waits(front)
    here = f"/inbox/c/{visitor.id}"
    for _ in range(2):
        await reception.post(f"{here}/reply", text="Hello", key="k1")
    await reception.post(f"{here}/back")
    before = await visitor.messages()
    assert await visitor.owner() == "bot"
    await reception.post(f"{here}/reply", text="Hello", key="k1")
    await reception.post(f"{here}/back", text="Hello", key="k1")
    assert await visitor.owner() == "bot" and await visitor.messages() == before


@pytest.mark.parametrize("what", ["assign", "close", "note", "back"])
async def test_a_button_pressed_twice_says_it_once(
    front: FrontDesk, reception: Colleague, what: str
) -> None:
    visitor, me = await who_waits(front), await front.member()
    form = {"staff_id": str(me.id), "word": "look", "outcome": "answered", "text": "x", "key": "k"}

    async def seen() -> tuple[object, object]:
        notes = await front.desk.conversations.rows(sa.select(tables.notes.c.text))
        return await visitor.messages(), notes

    assert (await reception.post(f"/inbox/c/{visitor.id}/{what}", **form)).status_code == 303
    once = await seen()
    assert (await reception.post(f"/inbox/c/{visitor.id}/{what}", **form)).status_code == 303
    assert await seen() == once


async def test_the_same_note_later_is_another_note(front: FrontDesk, reception: Colleague) -> None:
    visitor = await who_waits(front)
    for _ in range(2):
        await reception.post(f"/inbox/c/{visitor.id}/note", text="called, no answer")
        front.clock.forward(minutes=5)
    assert len(await front.desk.conversations.rows(sa.select(tables.notes.c.id))) == 2


async def test_what_is_too_long_for_the_assistant_and_was_written_to_people_is_told_so(
    front: FrontDesk,
) -> None:
    visitor = await who_waits(front)
    store, text = front.desk.conversations, "word " * 500 + "i cannot breathe"
    conversation = await store.get(visitor.id)
    assert conversation
    await front.desk.receive(conversation, Incoming(text[:2_500], "long", needs_turn=False))
    await front.http.delete("/api/waiting", headers=visitor.headers)
    await visitor.say("hello")
    assert all(len(turn["text"]) <= 2_000 for turn in front.assistant.turns)
    assert any("2,000 characters" in words for words in await visitor.words("system"))
    assert "echo: hello" in await visitor.words("assistant")


async def test_danger_in_what_is_too_long_is_found_when_it_comes_back_to_the_assistant(
    front: FrontDesk,
) -> None:
    visitor = await who_waits(front)
    conversation = await front.desk.conversations.get(visitor.id)
    assert conversation
    front.assistant.status = 503  # nobody can look at it while it waits for people
    text = "word " * 500 + "i cannot breathe"
    await front.desk.receive(conversation, Incoming(text, "long", needs_turn=False))
    await front.http.delete("/api/waiting", headers=visitor.headers)
    front.assistant.status = 200

    async def is_told() -> bool:
        return any("999" in words for words in (await visitor.words("system"))[1:])

    await until(is_told)
    assert await visitor.owner() == "waiting"


async def test_whoever_asked_to_be_erased_and_writes_again_is_answered_first(
    front: FrontDesk,
) -> None:
    visitor, wishes = await front.visitor(), front.app.state.rooms.retention.erase_wished
    front.assistant.gate.clear()
    await visitor.post(text="cannot breathe")
    await front.desk.conversations.update(visitor.id, erase_at=front.clock())
    await wishes()
    assert await pending(front, visitor.id), "it is not erased unread"
    front.clock.forward(minutes=1)
    await wishes()
    assert await front.desk.conversations.get(visitor.id) is None, "nor kept longer than promised"


async def test_a_failed_text_far_down_a_long_conversation_is_sent_again(
    front: FrontDesk, reception: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, messages = await front.visitor(), front.desk.conversations.messages
    await messages.append_all(visitor.id, [Draft(Author.ASSISTANT, "x")] * 1_010)
    last = await messages.append(visitor.id, Draft(Author.STAFF, "y"))
    await messages.mark(last.id, Status.FAILED, "no")
    asked: list[int] = []

    async def ask(self: Delivery, conversation: object, message: object) -> None:
        asked.append(message.seq)  # type: ignore[attr-defined]

    monkeypatch.setattr(Delivery, "ask_provider", ask)
    await reception.post(f"/inbox/c/{visitor.id}/ask-provider", seq=str(last.seq))
    await reception.post(f"/inbox/c/{visitor.id}/retry", seq=str(last.seq))
    assert asked == [last.seq]
    assert (await messages.after(visitor.id, last.seq - 1))[0].status is Status.STORED
