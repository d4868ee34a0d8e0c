"""Words go when their time is over, counted from each message; what is kept on purpose stays."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import sqlalchemy as sa

from frontdesk.conversations.model import Author, Draft
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, Visitor

LONG_AGO = datetime(2025, 1, 1, tzinfo=timezone.utc)


async def clean(front: FrontDesk) -> None:
    await front.app.state.rooms.retention.run()


async def is_there(front: FrontDesk, visitor: Visitor) -> bool:
    return await front.desk.conversations.get(visitor.id) is not None


async def test_each_message_goes_at_its_own_age_also_while_the_conversation_goes_on(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say("old words")
    front.clock.forward(days=20)
    await visitor.say("newer words")
    front.clock.forward(days=11)
    await clean(front)
    assert await visitor.words("visitor") == ["newer words"]
    [(told, what)] = front.assistant.forgot
    limit = front.clock() - timedelta(days=30)
    assert (told, what) == (visitor.id, {"before": limit.timestamp()})
    front.clock.forward(days=20)
    await clean(front)
    assert not await is_there(front, visitor)


async def test_the_periods_are_those_of_the_clinics_file(front: FrontDesk) -> None:
    empty, finished, handed = [await front.visitor() for _ in range(3)]
    await finished.say("does it hurt?")
    await handed.say("human please")
    for days, left in [
        (6, (True, True, True)),
        (2, (False, True, True)),
        (23, (False, False, True)),
    ]:
        front.clock.forward(days=days)
        await clean(front)
        assert tuple([await is_there(front, one) for one in (empty, finished, handed)]) == left
    front.clock.forward(days=60)
    await clean(front)
    assert not await is_there(front, handed)


async def test_what_the_assistant_could_not_forget_stays_until_it_can(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("words")
    front.clock.forward(days=31)
    front.assistant.status = 503
    try:
        await clean(front)
    except Exception as error:  # noqa: BLE001 (the chore says it and comes again)
        assert type(error).__name__ == "AssistantUnavailable"
    assert await visitor.words("visitor") == ["words"]
    front.assistant.status = 200
    await clean(front)
    assert not await is_there(front, visitor)


async def test_what_was_shared_goes_with_the_message_that_shared_it(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("share")
    front.clock.forward(days=29)
    await visitor.say("hello again")
    front.clock.forward(days=2)
    await clean(front)
    conversation = await front.desk.conversations.get(visitor.id)
    assert conversation and conversation.summary is None


async def test_health_questions_left_in_the_middle_are_blanked_after_a_day(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say("my secret is roaccutane")
    front.clock.forward(hours=23)
    await clean(front)
    assert "roaccutane" in str(await visitor.messages())
    front.clock.forward(hours=2)
    await clean(front)
    assert "roaccutane" not in str(await visitor.messages())
    assert await visitor.words("visitor") == ["A health answer, deleted."]
    assert front.assistant.forgot == [(visitor.id, {"pre_screen": "p_1"})]
    await clean(front)
    assert len(front.assistant.forgot) == 1


async def test_what_is_kept_on_purpose_stays(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("I complain")
    me = (await front.member()).id
    await front.desk.conversations.update(
        visitor.id, kept_at=front.clock(), kept_by=me, kept_why="a complaint"
    )
    front.clock.forward(days=400)
    await clean(front)
    assert await visitor.words("visitor") == ["I complain"]


async def test_tries_sessions_devices_and_the_audit_are_pruned(front: FrontDesk) -> None:
    assert await front.staff.sign_in("reception", "wrong", "10.0.0.1") is None
    line = {"staff_id": None, "conversation_id": None}
    await front.desk.conversations.write(
        tables.audit.insert().values(what="from long ago", at=LONG_AGO, **line)
    )
    await front.desk.conversations.write(
        tables.known_devices.insert().values(token_hash="x", staff_id=1, seen_at=LONG_AGO)
    )
    await front.desk.conversations.write(
        tables.reset_links.insert().values(token_hash="x", staff_id=1, expires_at=LONG_AGO)
    )
    front.clock.forward(days=31)
    await clean(front)
    for table in (tables.sign_ins, tables.known_devices, tables.reset_links):
        assert await front.desk.conversations.rows(sa.select(table)) == [], table.name
    kept = [row.what for row in await front.desk.conversations.rows(sa.select(tables.audit))]
    assert "from long ago" not in kept and "sign-in refused" in kept


async def test_no_table_that_holds_words_of_a_conversation_is_forgotten(front: FrontDesk) -> None:
    """After the longest time nothing is left but what is named here."""
    visitor = await front.visitor()
    for text in ("human please", "call me", "share"):
        await visitor.say(text)
    draft = Draft(Author.STAFF, "words of staff")
    await front.desk.conversations.messages.append(visitor.id, draft)
    front.clock.forward(days=100)
    await clean(front)
    about = [one for one in tables.metadata.sorted_tables if "conversation_id" in one.c]
    for table in about:
        mine = table.c.conversation_id == visitor.id
        rows = await front.desk.conversations.rows(sa.select(table).where(mine))
        assert not rows or table is tables.audit, table.name
    known = {*tables.ABOUT_ONE_CONVERSATION, tables.audit, tables.erasures}
    assert set(about) == known
