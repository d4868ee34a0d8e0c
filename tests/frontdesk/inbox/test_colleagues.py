"""Several people at one inbox: who looks, who types, who is mentioned, what is snoozed, who is blocked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from clinic import load_default
from clinic.hours import DAYS, OpeningHours, read_day
from frontdesk.answering.snooze import choices
from tests.frontdesk.conftest import PASSWORD, FrontDesk, Visitor, until
from tests.frontdesk.inbox.conftest import Colleague, sign_in
from tests.frontdesk.inbox.test_work import waiting

DANGER = "I cannot breathe since the session"


async def test_a_colleague_who_looks_or_types_is_seen_and_grows_old(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    others = f"/inbox/c/{visitor.id}/others"
    assert (await reception.get(others)).text.strip() == ""
    await maya.post(f"/inbox/c/{visitor.id}/look", typing="no")
    assert "Maya is looking at this" in (await reception.get(others)).text
    assert "Maya" not in (await maya.get(others)).text
    await maya.post(f"/inbox/c/{visitor.id}/look", typing="yes")
    assert "Maya is writing here" in (await reception.get(others)).text
    front.clock.forward(seconds=9)
    assert "Maya is looking at this" in (await reception.get(others)).text
    front.clock.forward(seconds=60)
    assert (await reception.get(others)).text.strip() == ""


async def test_who_goes_to_another_conversation_is_no_longer_at_the_first(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    one, other = await waiting(front), await waiting(front)
    await maya.post(f"/inbox/c/{one.id}/look", typing="yes")
    await maya.post(f"/inbox/c/{other.id}/look", typing="no")
    assert "Maya" not in (await reception.get(f"/inbox/c/{one.id}/others")).text
    assert "Maya" in (await reception.get(f"/inbox/c/{other.id}/others")).text


async def test_who_took_it_is_said_above_the_reply(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    await maya.post(f"/inbox/c/{visitor.id}/take")
    assert (
        "Maya has this conversation" in (await reception.get(f"/inbox/c/{visitor.id}/others")).text
    )


async def test_a_mention_is_a_sign_until_the_colleague_has_looked(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    mine = "/inbox/?view=mentions"
    for text in ("me@maya.example is her address", "@Mayana, please", "nothing for anybody"):
        await reception.post(f"/inbox/c/{visitor.id}/note", text=text)
    assert visitor.id not in (await maya.get(mine)).text
    await reception.post(f"/inbox/c/{visitor.id}/note", text="can you look, @maya?")
    assert visitor.id in (await maya.get(mine)).text
    assert visitor.id not in (await reception.get(mine)).text
    await maya.get(f"/inbox/c/{visitor.id}")
    assert visitor.id not in (await maya.get(mine)).text


async def test_assigning_with_a_word_is_a_note_with_a_mention(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    chosen = {one.name: str(one.id) for one in await front.staff.members()}["Maya"]
    await reception.post(f"/inbox/c/{visitor.id}/assign", staff_id=chosen, word="she is nervous")
    assert visitor.id in (await maya.get("/inbox/?view=mentions")).text
    page = (await maya.get(f"/inbox/c/{visitor.id}")).text
    assert "she is nervous" in page and "Assigned by reception to Maya" in page
    assert all("nervous" not in one["text"] for one in await visitor.messages())


async def snoozed(front: FrontDesk, visitor: Visitor) -> datetime | None:
    found = await front.desk.conversations.get(visitor.id)
    assert found
    return found.snoozed_until


async def test_snoozed_it_is_out_of_sight_until_its_time_and_is_not_given_back_meanwhile(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="I will ask.", key="k")
    await reception.post(f"/inbox/c/{visitor.id}/snooze", until="tomorrow")
    assert await snoozed(front, visitor) == datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
    assert visitor.id not in (await reception.get("/inbox/?view=mine")).text
    assert visitor.id in (await reception.get("/inbox/?view=snoozed")).text
    front.clock.forward(hours=20)
    await front.app.state.rooms.answering.timers.run()
    assert await visitor.owner() == "staff"
    front.clock.forward(hours=2)
    await front.app.state.rooms.answering.timers.run()
    reception = await sign_in(front, "reception", PASSWORD)
    mine = (await reception.get("/inbox/?view=mine")).text
    assert visitor.id in mine and "due since" in mine
    assert await visitor.owner() == "staff"


def test_tomorrow_is_tomorrow_where_the_doors_are_open_all_night() -> None:
    """They open at no time of that day; the next time that they do is on Monday."""
    clinic = load_default()
    week = dict.fromkeys(DAYS[:5], read_day(["00:00-24:00"]))
    clinic = replace(clinic, hours=OpeningHours(week, clinic.hours.zone))
    said = [one.words for one in choices(clinic, datetime(2026, 11, 23, 10, tzinfo=timezone.utc))]
    assert said == ["In an hour", "Tomorrow at 09:00", "Monday 30 November at 00:00"]


async def test_a_visitor_who_writes_ends_the_snooze(front: FrontDesk, reception: Colleague) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/snooze", at="2026-11-25T10:30")
    assert await snoozed(front, visitor) == datetime(2026, 11, 25, 10, 30, tzinfo=timezone.utc)
    await visitor.post(text="one more thing")
    assert await snoozed(front, visitor) is None
    assert visitor.id in (await reception.get("/inbox/?view=mine")).text


async def test_whoever_waits_for_an_answer_when_a_snooze_ends_waits_no_longer_than_usual(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/snooze", until="hour")
    front.clock.forward(minutes=61)
    timers = front.app.state.rooms.answering.timers
    await timers.run()
    front.clock.forward(hours=1)
    await timers.run()
    assert await visitor.owner() == "waiting"


async def test_no_time_and_a_time_gone_by_are_refused_in_words(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    for form in ({}, {"at": "2026-11-22T10:00"}, {"at": "2036-01-01T10:00"}, {"at": "soon"}):
        answer = await reception.post(f"/inbox/c/{visitor.id}/snooze", **form)
        assert answer.status_code == 422 and "within 90 days" in answer.text


async def test_a_blocked_sender_is_told_once_and_answered_no_more_but_read_for_danger(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/block", blocked="yes")
    assert "ended this chat" in (await visitor.words("system"))[-1]
    said = len(await visitor.messages())
    await visitor.post(text="buy my watches")
    await visitor.post(text="human please")
    await front.desk.sweep()
    assert len(await visitor.messages()) == said + 2
    assert await visitor.owner() == "closed"
    await visitor.post(text=DANGER)

    async def alarmed() -> bool:
        return await visitor.owner() == "waiting"

    await until(alarmed)


async def test_a_blocked_sender_can_be_answered_again(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/block", blocked="yes")
    await reception.post(f"/inbox/c/{visitor.id}/block", blocked="no")
    await visitor.say("hello again")
    assert (await visitor.words("assistant"))[-1] == "echo: hello again"


async def test_visitor_and_staff_see_each_other_write(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    others, here = f"/inbox/c/{visitor.id}/others", f"/inbox/c/{visitor.id}"

    async def typing() -> bool:
        answer = await front.http.get("/api/messages", headers=visitor.headers)
        return bool(answer.json()["typing"])

    await front.http.post("/api/typing", headers=visitor.headers)
    assert "visitor is writing" in (await reception.get(others)).text
    front.clock.forward(seconds=9)
    assert "visitor is writing" not in (await reception.get(others)).text
    await reception.post(f"{here}/take")
    assert not await typing()
    await reception.post(f"{here}/look", typing="yes")
    assert await typing()
    front.clock.forward(seconds=9)
    assert not await typing()


async def test_while_the_assistant_answers_nobody_is_told_that_a_visitor_writes(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    assert (await front.http.post("/api/typing", headers=visitor.headers)).status_code == 204
    others = await reception.get(f"/inbox/c/{visitor.id}/others")
    assert "writing" not in others.text
    assert (await front.http.post("/api/typing")).status_code == 401
