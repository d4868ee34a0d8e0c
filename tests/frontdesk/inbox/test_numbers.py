from __future__ import annotations

import csv
import html
import io
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from clinic import Clinic
from frontdesk.http import CONTENT_SECURITY_POLICY
from frontdesk.inbox import numbers
from frontdesk.inbox.numbers import Numbers, spread, waited, weeks_until
from frontdesk.inbox.numbers_page import COLUMNS
from frontdesk.storage.tables import owner_changes, sendings
from tests.frontdesk.conftest import MONDAY_NOON, FrontDesk, Visitor, until
from tests.frontdesk.inbox.conftest import Colleague

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


async def handed_over(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("human please")

    async def waits() -> bool:
        return await visitor.owner() == "waiting"

    await until(waits)
    return visitor


async def counted(front: FrontDesk) -> Numbers:
    desk = front.desk
    return await numbers.count(desk.conversations, desk.clinic, desk.clock())


async def test_conversations_with_and_without_staff_and_why(
    front: FrontDesk, reception: Colleague
) -> None:
    await front.visitor()  # opened the window and wrote nothing: no conversation yet
    alone = await front.visitor()
    await alone.say("does it hurt?")
    visitor = await handed_over(front)
    found = await counted(front)
    assert found.total("conversations") == 2
    assert found.total("conversations", numbers.WITH_STAFF) == 1
    assert found.tally("handed_over") == {"asked": 1}
    assert found.first_reply() is None
    assert [wait.seconds for wait in found.waits] == [None]
    front.clock.forward(seconds=90)
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="Hello", key="k")
    assert (await counted(front)).first_reply() == (90, 90)


async def test_what_happened_last_week_is_in_last_week(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    front.clock.forward(days=7)
    await visitor.say("me again")
    weeks = (await counted(front)).tally("conversations", "week")
    assert weeks == {date(2026, 11, 23): 1, date(2026, 11, 30): 1}


def test_a_week_begins_on_monday_at_midnight_at_the_clinic(clinic: Clinic) -> None:
    summer_sunday = datetime(2026, 7, 19, 23, 30, tzinfo=timezone.utc)  # Monday 00:30 in London
    assert weeks_until(summer_sunday, clinic)[-1] == date(2026, 7, 20)
    assert weeks_until(MONDAY_NOON - timedelta(hours=13), clinic)[-1] == date(2026, 11, 16)
    assert len(weeks_until(MONDAY_NOON, clinic)) == 6  # 30 days touch six weeks at most


async def test_questions_votes_callbacks_outcomes_and_what_was_left_unanswered(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say("sources please")
    await visitor.say("share")
    await visitor.say("call me back")
    answer = next(m for m in await visitor.messages() if m["answer"])
    for helpful in (True, False):  # the last vote counts
        body = {"seq": answer["seq"], "helpful": helpful}
        await front.http.post("/api/feedback", json=body, headers=visitor.headers)
    found = await counted(front)
    assert found.tally("questions") == {"pain_feel": 1}
    assert found.tally("votes") == {"unhelpful": 1}
    assert found.tally("unanswered") == {"pain_feel": 1}
    assert found.tally("prescreen") == {"R": 1}

    async def noted() -> bool:
        return (await counted(front)).total("callbacks", "open") == 1

    await until(noted)
    callback = (await front.desk.conversations.callbacks.page())[0][0]
    await front.desk.conversations.callbacks.tried(callback.id, "reached", 1)
    assert (await counted(front)).tally("callbacks") == {"reached": 1}


async def test_messages_not_understood_count_unless_they_are_private(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for intent, text in [("nlu_fallback", "gibberish"), ("nlu_fallback", "a secret"), ("faq", "x")]:
        front.assistant.intent = intent
        await visitor.say(text)
    assert (await counted(front)).tally("unanswered") == {"not_understood": 1}


def change(minute: int, before: str, after: str) -> Any:
    at = NOON + timedelta(minutes=minute)
    return SimpleNamespace(
        conversation_id="c", week=0, channel="sms", before=before, after=after, at=at
    )


def reply(minute: int) -> Any:
    return SimpleNamespace(conversation_id="c", at=NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("changes", "replies", "minutes"),
    [
        ([change(0, "bot", "waiting")], [reply(-5), reply(3), reply(4)], [3]),
        ([change(0, "bot", "waiting")], [reply(-5)], [None]),
        # the timer put it back into the queue: it is still the same wait
        (
            [
                change(0, "bot", "waiting"),
                change(1, "waiting", "staff"),
                change(16, "staff", "waiting"),
            ],
            [reply(20)],
            [20],
        ),
        # nobody came, then the visitor asked again: the first wait was in vain
        (
            [
                change(0, "bot", "waiting"),
                change(10, "waiting", "bot"),
                change(60, "bot", "waiting"),
            ],
            [reply(62)],
            [None, 2],
        ),
        ([change(0, "bot", "waiting"), change(2, "waiting", "closed")], [reply(5)], [None]),
        ([change(0, "bot", "staff")], [reply(1)], []),
    ],
)
def test_a_wait_lasts_until_a_person_writes(
    changes: list[Any], replies: list[Any], minutes: list[int | None]
) -> None:
    found = [seconds for _, _, seconds, _ in waited(changes, replies)]
    assert found == [None if one is None else one * 60 for one in minutes]


def test_median_and_ninetieth_percentile_by_nearest_rank() -> None:
    assert spread([]) is None
    assert spread([7]) == (7, 7)
    assert spread([float(n) for n in range(10, 0, -1)]) == (5.5, 9)


async def test_the_page_shows_one_channel_or_all_and_obeys_the_strict_policy(
    front: FrontDesk, reception: Colleague
) -> None:
    await handed_over(front)
    conversation, _ = await front.desk.conversations.create("sms", "+447700900123")
    await front.desk.conversations.write(
        owner_changes.insert().values(
            conversation_id=conversation.id,
            before="bot",
            after="waiting",
            who="assistant",
            why="staff_answer",
            at=front.clock(),
        )
    )
    answer = await reception.get("/inbox/numbers")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "style=" not in answer.text and "<script>" not in answer.text
    assert "asked for a person" in answer.text and "a question for staff" in answer.text
    page = (await reception.get("/inbox/numbers?channel=sms")).text
    assert "a question for staff" in page and "asked for a person" not in page
    assert (await reception.get("/inbox/numbers?channel=<b>")).status_code == 200


async def test_what_messages_cost_by_the_prices_that_the_clinic_typed_in(
    front: FrontDesk, reception: Colleague
) -> None:
    conversation, _ = await front.desk.conversations.create("sms", "+447700900123")
    here = {"conversation_id": conversation.id, "at": front.clock()}
    for message_id, part, status in (
        (1, 0, "sent"),
        (1, 1, "delivered"),
        (2, 0, "read"),
        (3, 0, "failed"),
    ):
        row = {"message_id": message_id, "part": part, "status": status, **here}
        await front.desk.conversations.write(sendings.insert().values(**row))
    page = (await reception.get("/inbox/numbers")).text
    costs = page.partition("Cost of messages, by channel</h2>")[2].partition("</table>")[0]
    assert "SMS: 2 messages, £0.060 each" in costs and "£0.12" in costs
    assert "/inbox/found?channel=sms" in costs
    lines = (await reception.get("/inbox/numbers.csv")).text
    assert "sms,parts,,3" in lines and "sms,messages,,2" in lines


async def test_the_page_of_an_empty_clinic_says_so(reception: Colleague) -> None:
    page = (await reception.get("/inbox/numbers")).text
    assert "Nobody has been handed over." in page and "no votes yet" in page


async def test_the_file_has_one_line_a_number_and_no_words_of_visitors(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await handed_over(front)
    front.clock.forward(seconds=30)
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="Hello", key="k")
    answer = await reception.get("/inbox/numbers.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert tuple(lines[0]) == COLUMNS
    week = ["2026-11-23", "website"]
    assert [*week, "handed_over", "asked", "1"] in lines
    assert [*week, "conversations", "with_staff", "1"] in lines
    assert [*week, "seconds_to_first_reply", "median", "30"] in lines
    assert "human please" not in answer.text
    rows = await front.desk.conversations.rows(
        numbers.sa.text("select what from audit where what = 'exported numbers'")
    )
    assert len(rows) == 1


async def test_trends_by_week_and_hour_lead_to_the_conversations_behind_them(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("human please")
    front.clock.forward(minutes=4)
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="Hello!", key="k")
    other = await front.visitor()
    await other.say("hello")
    page = (await reception.get("/inbox/numbers")).text
    for title in ("Answered without staff, by week", "Time to a person, half of them, by week"):
        assert title in page
    by_week = page.partition("Answered without staff, by week</h2>")[2].partition("</table>")[0]
    assert "50%" in by_week
    by_hour = page.partition("Time to a person, by hour of day</h2>")[2].partition("</table>")[0]
    assert "12:00" in by_hour and "4 min" in by_hour
    link = "/inbox/found?since=2026-11-23&until=2026-11-29"
    assert html.escape(link) in page
    answer = await reception.get(f"{link}&q=secret")
    found = (await reception.get(answer.headers["location"])).text
    assert visitor.id in found and other.id in found and "secret" not in found
    answer = await reception.get("/inbox/found?since=2026-11-16&until=2026-11-22")
    assert visitor.id not in (await reception.get(answer.headers["location"])).text
