"""Days with other hours and ready-made replies are in the zip too; what else a clinic writes is there, or told why not."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest

from frontdesk.inbox.holidays import Holiday
from frontdesk.knowledge.export import CELLS, CLINIC, FAQ, MANIFEST
from frontdesk.knowledge.export import DAYS as DAYS_FILE
from frontdesk.knowledge.export import REPLIES as REPLIES_FILE
from frontdesk.storage.columns import metadata
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.studio import colleague
from tests.frontdesk.inbox.test_answers import WORDS
from tests.frontdesk.inbox.test_files import (
    PAGE,
    changed_zip,
    extra_settings,
    other_desk,
    problem,
    repacked,
    take_in,
)

__all__ = ["extra_settings"]
DAYS = "days: [{day: '2026-12-25', word: Christmas Day, hours: ''}, {day: 2026-12-24, word: Eve, hours: 10:00-14:00}]"
REPLIES = "replies: [{title: Hello, text: 'Call {phone}.'}]"


async def desk_of(front: FrontDesk) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """The days and the replies that are kept."""
    page = front.app.state.rooms.inbox._settings
    days = [(one.day.isoformat(), one.word, one.hours) for one in await page._holidays.all()]
    return days, [(one.title, one.text) for one in await page._replies.all()]


async def test_days_and_ready_made_replies_go_out_and_come_in(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    settings = "/inbox/settings"
    await manager.post(f"{settings}/days", day="2026-12-25", word="Christmas: Day", hours="")
    await manager.post(f"{settings}/days", day="2026-12-31", word="#Late", hours="00:00-24:00")
    holidays = front.app.state.rooms.ground.holidays
    await holidays.keep(Holiday(date(2026, 11, 20), "Gone", ""), "")
    await manager.post(f"{settings}/replies", title="Hello", text="Call {phone}.\n- yes: 'no'")
    before = await desk_of(front)
    packed = (await manager.get(f"{PAGE}/clinic.zip")).content
    for row in (await desk_of(front))[0]:
        page = front.app.state.rooms.inbox._settings
        gone = Holiday(date.fromisoformat(row[0]), row[1], row[2])
        await page._holidays.remove(gone.day, gone.seen)
    first = (await front.app.state.rooms.inbox._settings._replies.all())[0]
    await front.app.state.rooms.inbox._settings._replies.remove(first.id, first.seen)
    answer = await take_in(manager, packed)
    assert "with 2 days and 1 ready-made replies" in answer.text, problem(answer.text)
    coming = [row for row in before[0] if row[0] > "2026-11-23"]
    assert await desk_of(front) == (coming, before[1])
    assert front.desk.clinic.exceptions[date(2026, 12, 25)] == ()
    assert "with 0 days" not in (await take_in(manager, packed)).text


async def test_a_zip_of_an_older_desk_leaves_days_and_replies_alone(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    old = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as now, zipfile.ZipFile(old, "w") as new:
        for name in now.namelist():
            if name not in ("days.yml", "replies.yml"):
                new.writestr(name, now.read(name))
    await manager.post("/inbox/settings/days", day="2026-12-25", word="Christmas", hours="")
    answer = await take_in(manager, old.getvalue())
    assert answer.status_code == 200, problem(answer.text)
    assert (await desk_of(front))[0] == [("2026-12-25", "Christmas", "")]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("days_yml", "days: [{day: 2026-12-25, word: Late, hours: 22:00-02:00}]", "A day needs"),
        ("days_yml", "days: [{day: yesterday, word: Late}]", "'yesterday' is no day"),
        ("days_yml", "days: [{word: Late}]", "is no day"),
        ("days_yml", "days: [{day: 2026-12-25, word: ''}]", "A day needs"),
        ("days_yml", f"days: [{{day: 2026-12-25, word: {'x' * 61}}}]", "A day needs"),
        ("days_yml", "days: [{day: 2026-12-25, word: A, hours: 10:00}]", "hours is no text"),
        ("days_yml", "days: [{day: 2026-12-25, word: [A]}]", "word is no text"),
        ("days_yml", "days: [{day: 2026-12-25, word: A, who: B}]", "allowed are day, word, hours"),
        ("days_yml", "days: {day: 2026-12-25}", "with a list of 1000 or fewer"),
        ("days_yml", "- a", "it was not made by this page"),
        ("days_yml", "day: []", "allowed is the key days"),
        ("days_yml", "days: [a, b]", "allowed are day, word, hours"),
        ("days_yml", f"days: [{', '.join(['{}'] * 1001)}]", "with a list of 1000 or fewer"),
        ("days_yml", "days: [{day: 2026-12-25, word: A}, {day: 2026-12-25, word: B}]", "twice"),
        ("replies_yml", "replies: [{title: A, text: 'Our {secret}'}]", "no fact {secret}"),
        ("replies_yml", "replies: [{title: A}]", "a title and a text"),
        ("replies_yml", f"replies: [{{title: {'x' * 61}, text: b}}]", "60 characters"),
        ("replies_yml", "replies: [{title: A, text: b}, {title: A, text: c}]", "twice"),
        ("replies_yml", 'replies: [{title: A, text: "b\\0"}]', "text is no text"),
        ("replies_yml", "replies: [&a {title: A, text: b}, *a]", "an alias"),
    ],
)
async def test_an_odd_day_or_reply_in_a_zip_gets_a_line_and_nothing_is_taken_in(
    front: FrontDesk, name: str, text: str, line: str
) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    await manager.fact_back("prices.from")
    good = {"days_yml": DAYS, "replies_yml": REPLIES}
    answer = await take_in(manager, repacked(packed, **{**good, name: text}))
    assert answer.status_code == 422
    assert line in problem(answer.text), problem(answer.text)
    assert await desk_of(front) == ([], [])
    assert not await front.app.state.rooms.ground.facts.values()


async def test_days_and_replies_written_by_hand_are_taken_in(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = (await manager.get(f"{PAGE}/clinic.zip")).content
    answer = await take_in(manager, repacked(packed, days_yml=DAYS, replies_yml=REPLIES))
    assert answer.status_code == 200, problem(answer.text)
    days, replies = await desk_of(front)
    assert days == [("2026-12-24", "Eve", "10:00-14:00"), ("2026-12-25", "Christmas Day", "")]
    assert replies == [("Hello", "Call {phone}.")]


async def test_two_zips_at_the_same_moment_are_both_whole(front: FrontDesk) -> None:
    manager, other = await colleague(front, "manager"), await colleague(front, "manager", "bo")
    packed = await changed_zip(manager)
    await other_desk(front, packed)
    await manager.fact_back("prices.from")
    kept = front.app.state.rooms.ground
    second = repacked(packed, days_yml=DAYS)
    answers = await asyncio.gather(take_in(manager, packed), take_in(other, second))
    assert [one.status_code for one in answers] == [200, 200], [problem(a.text) for a in answers]
    assert (await kept.facts.values())["prices.from"] == "£199"
    assert (await kept.answers.one("pain_feel")).written.text == WORDS
    assert len((await desk_of(front))[0]) == 2


def test_every_table_of_the_clinics_own_is_in_the_zip_or_told_why_not() -> None:
    """A table that belongs to no conversation stands in docs/contracts.md, with its file or the reason."""
    page = Path("docs/contracts.md").read_text(encoding="utf-8")
    section = page[page.index("## 8.") :]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("|")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    own = {one.name for one in metadata.tables.values() if "conversation_id" not in one.c}
    assert told >= own, own - told
    for file in (CLINIC, FAQ, CELLS, DAYS_FILE, REPLIES_FILE, MANIFEST):
        assert f"`{file}" in section, file
