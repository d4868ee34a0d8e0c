"""A person can have a copy of what is held, and an end to it; gone means gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from frontdesk.conversations.model import Author, Draft
from frontdesk.conversations.person import COPY_TOPIC, Kept
from frontdesk.knowledge.faq import topics
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, Visitor, until

CANARY = "zanzibar-canary"
BIG = CANARY * 120
NUMBER = "+447700900999"


async def filled(front: FrontDesk) -> Visitor:
    """Somebody about whom every table that can hold words holds the canary."""
    visitor = await front.visitor()
    await visitor.say(f"{BIG}, and call me")
    body = {"name": CANARY, "contact": f"{CANARY}@mail.example", "good_time": CANARY, "id": "x"}
    await front.http.post("/api/callback", json=body, headers=visitor.headers)
    about = {"conversation_id": visitor.id, "staff_id": 1, "at": front.clock()}
    write = front.desk.conversations.write
    await write(tables.notes.insert().values(text=BIG, **about))
    await front.desk.conversations.update(
        visitor.id, address=NUMBER, channel="sms", sign=CANARY, summary={"headline": BIG}
    )
    other = {"channel": "sms", "address": CANARY, "conversation_id": visitor.id}
    await write(tables.other_addresses.insert().values(**other))
    events = {"address": NUMBER, "text": BIG}, {"raw": f"{NUMBER} {BIG}"}, {"address": CANARY}
    for event in events:
        await write(
            tables.arrivals.insert().values(
                kind="Unreadable", event={"channel": "sms", **event}, at=front.clock()
            )
        )
    return visitor


def bytes_of(front: FrontDesk, canary: str = CANARY) -> list[str]:
    """Names of the database's files in which the canary stands."""
    folder = Path(front.settings.database_url.partition("///")[2]).parent
    return [one.name for one in folder.glob("desk.db*") if canary.encode() in one.read_bytes()]


async def test_no_byte_of_an_erased_person_is_left(front: FrontDesk) -> None:
    visitor = await filled(front)
    assert bytes_of(front)
    await front.desk.erase_person(visitor.id)
    await front.desk.sweep()
    assert bytes_of(front) == []
    assert bytes_of(front, NUMBER) == []
    assert front.assistant.erased == [visitor.id]


async def test_no_byte_of_a_forgotten_answer_is_left(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say(f"my secret is {BIG}")
    await visitor.say("forget my secret")
    await front.desk.sweep()
    assert bytes_of(front) == []


async def test_a_copy_holds_everything_of_all_linked_conversations(front: FrontDesk) -> None:
    ana, phone, stranger = [await front.visitor() for _ in range(3)]
    await ana.say("from the website")
    await phone.say("from the phone, call me")
    await stranger.say("of somebody else")
    await front.desk.person._same_person.link(ana.id, phone.id, 1)
    note = {"conversation_id": ana.id, "staff_id": 1, "text": "our note", "at": front.clock()}
    await front.desk.conversations.write(tables.notes.insert().values(**note))
    held = json.dumps(await front.desk.person.copy(ana.id))
    for words in ("from the website", "from the phone", "+34 600 000 000", "our note"):
        assert words in held
    assert "somebody else" not in held
    assert json.dumps(await front.desk.person.copy(ana.id)) == held


async def test_the_key_of_a_chat_opens_a_copy_of_that_chat_alone(front: FrontDesk) -> None:
    ana, phone = await front.visitor(), await front.visitor()
    await ana.say("from the website")
    await phone.say("from the phone")
    await front.desk.person._same_person.link(ana.id, phone.id, 1)
    answer = await front.http.get("/api/copy", headers=ana.headers)
    assert "from the website" in answer.text and "from the phone" not in answer.text
    assert "attachment" in answer.headers["content-disposition"]
    assert (await front.http.get("/api/copy")).status_code == 401


async def test_asking_what_we_hold_gets_it_in_words(front: FrontDesk) -> None:
    assert COPY_TOPIC in topics()
    visitor = await front.visitor()
    await visitor.say("call me")
    await visitor.say("what do you have about me?")
    said = (await visitor.words("system"))[-1]
    assert "2 of your messages since 23 November 2026" in said
    assert "+34 600 000 000" in said and "your wish to be called" in said


async def test_who_confirms_it_is_erased_after_the_last_words_have_left(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await front.desk.conversations.update(visitor.id, channel="whatsapp", address=NUMBER)
    await visitor.say("erase me")
    said = (await visitor.words("system"))[-1]
    assert "WhatsApp" in said and "we cannot delete" in said
    retention = front.app.state.rooms.retention
    await retention.erase_wished()
    assert await front.desk.conversations.get(visitor.id)
    front.clock.forward(seconds=51)
    await retention.erase_wished()
    assert await front.desk.conversations.get(visitor.id) is None
    audit = await front.desk.conversations.rows(sa.select(tables.audit.c.what))
    assert ("erased by the visitor",) in [tuple(row) for row in audit]


async def test_on_the_website_it_is_gone_at_once(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("erase me")
    await front.app.state.rooms.retention.erase_wished()
    assert (await visitor.post(text="still here?")).status_code == 401


async def test_erasing_somebody_who_writes_this_second_leaves_nothing_over(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text=CANARY)
    writing = [visitor.post(text=f"{CANARY} {number}") for number in range(8)]
    answers = await asyncio.gather(front.desk.erase_person(visitor.id), *writing)
    assert {one.status_code for one in answers[1:]} <= {202, 401, 404}
    front.assistant.gate.set()

    async def is_over() -> bool:
        await front.desk.sweep()
        return not front.desk.is_answering(visitor.id) and visitor.id in front.assistant.erased

    await until(is_over)
    for table in tables.ABOUT_ONE_CONVERSATION:
        assert await front.desk.conversations.rows(sa.select(table)) == [], table.name
    await front.desk.sweep()
    assert bytes_of(front) == []


async def test_what_is_kept_on_purpose_is_not_erased_by_staff(front: FrontDesk) -> None:
    ana, phone = await front.visitor(), await front.visitor()
    await front.desk.person._same_person.link(ana.id, phone.id, 1)
    await front.desk.conversations.update(phone.id, kept_at=front.clock())
    with pytest.raises(Kept):
        await front.desk.erase_person(ana.id)
    assert await front.desk.conversations.get(ana.id)


async def test_health_told_outside_the_questions_can_be_deleted_with_one_press(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say(f"I take warfarin, sources {CANARY}")
    await visitor.say("and warfarin again")
    offers = [m for m in await visitor.messages() if any("delete" in b["id"] for b in m["buttons"])]
    assert len(offers) == 1 and offers[0]["author"] == "assistant"
    assert sum("Our staff can read this chat" in one for one in await visitor.words("system")) == 1
    button = {"seq": offers[0]["seq"], "id": "delete_2"}
    for _ in range(2):
        assert (await visitor.post(button=button)).status_code == 202

    async def is_told() -> bool:
        await front.desk.sweep()
        return bool(front.assistant.forgot)

    await until(is_told)
    assert CANARY not in str(await visitor.messages())
    assert (await visitor.words("visitor"))[0] == "A health answer, deleted."
    assert front.assistant.forgot == [(visitor.id, {"message_id": f"m_{visitor.id}_2"})]
    assert bytes_of(front) == []


async def test_only_what_was_shared_last_is_shown_to_staff(front: FrontDesk) -> None:
    from frontdesk.conversations.model import hidden_from_staff

    visitor = await front.visitor()
    await visitor.say("my secret is one")
    await visitor.say("share")
    await visitor.say("my secret 2 is two")
    conversation = await front.desk.conversations.get(visitor.id)
    assert conversation
    messages = await front.desk.conversations.messages.after(visitor.id, 0)
    hidden = hidden_from_staff(messages, conversation.summary)
    shown = " ".join(one.text for one in messages if one.seq not in hidden)
    assert "secret is one" in shown and "secret 2 is two" not in shown
    summary = {**(conversation.summary or {}), "pre_screen": "p_2"}
    second = hidden_from_staff(messages, summary)
    shown = " ".join(one.text for one in messages if one.seq not in second)
    assert "secret is one" not in shown and "secret 2 is two" in shown


async def test_the_visitor_is_told_live_which_answers_are_deleted(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("my secret is roaccutane")
    await visitor.say("forget my secret")
    answer = await front.http.get("/api/messages?after=99", headers=visitor.headers)
    assert answer.json()["forgotten"] == [2, 4]


async def test_a_lesson_goes_with_the_words_it_is_about(front: FrontDesk) -> None:
    visitor = await front.visitor()
    draft = Draft(Author.VISITOR, "words")
    message = await front.desk.conversations.messages.append(visitor.id, draft)
    about = {"conversation_id": visitor.id, "staff_id": 1, "at": front.clock()}
    lesson = {"message_id": message.id, "topic": "pain_feel", "state": "accepted", **about}
    await front.desk.conversations.write(tables.lessons.insert().values(**lesson))
    await front.desk.conversations.messages.delete_words(message, "gone")
    assert await front.desk.conversations.rows(sa.select(tables.lessons)) == []


async def test_who_asks_what_is_held_hears_of_the_shared_health_check(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await front.desk.conversations.update(visitor.id, summary={"headline": "Look first."})
    conversation = await front.desk.conversations.get(visitor.id)
    assert conversation
    assert "the health check that you shared: Look first." in await front.desk.person.in_words(
        conversation
    )
