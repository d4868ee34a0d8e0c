"""How staff are told: a sound of one's own, quiet hours, senders that are muted."""

from __future__ import annotations

from datetime import time

import httpx
import pytest

from frontdesk.answering.handover import Danger
from frontdesk.clock import is_between
from frontdesk.outgoing.notices import Notice
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.outgoing.test_push import LINK, PUSH_SECRET, Browser, told


@pytest.fixture()
def extra_settings() -> dict[str, str]:
    return {"PUSH_SECRET": PUSH_SECRET}


@pytest.mark.parametrize(
    ("begin", "end", "quiet"),
    [
        ("22:00", "07:00", ["22:00", "23:59", "00:00", "06:59"]),
        ("12:00", "13:00", ["12:00", "12:59"]),
        (None, None, []),
        ("22:00", None, []),
    ],
)
def test_quiet_hours_may_lie_around_midnight(
    begin: str | None, end: str | None, quiet: list[str]
) -> None:
    asked = [
        "00:00",
        "06:59",
        "07:00",
        "11:59",
        "12:00",
        "12:59",
        "13:00",
        "21:59",
        "22:00",
        "23:59",
    ]
    found = [one for one in asked if is_between(time.fromisoformat(one), begin, end)]
    assert found == sorted(quiet)


async def test_sound_and_quiet_hours_are_kept_and_wrong_ones_refused(
    front: FrontDesk, reception: Colleague
) -> None:
    page = (await reception.get("/inbox/alerts")).text
    assert "Quiet hours" in page and '<option value="chime" selected>' in page
    wish = {"sound": "bell", "quiet_from": "22:00", "quiet_until": "07:00"}
    assert (await reception.post("/inbox/alerts", **wish)).status_code == 303
    page = (await reception.get("/inbox/alerts")).text
    assert 'data-sound="bell"' in page and 'value="22:00"' in page
    for wrong in ({"quiet_until": ""}, {"quiet_from": "24:00"}, {"quiet_from": "<b>"}):
        answer = await reception.post("/inbox/alerts", **{**wish, **wrong})
        assert answer.status_code == 422 and "both times, or none" in answer.text
    assert (await reception.post("/inbox/alerts", **{**wish, "sound": "x"})).status_code == 422
    assert (await front.member()).quiet_from == "22:00"
    await reception.post("/inbox/alerts", sound="silent", quiet_from="", quiet_until="")
    member = await front.member()
    assert (member.sound, member.quiet_from) == ("silent", None)


async def test_in_quiet_hours_only_what_is_urgent_reaches_a_phone(front: FrontDesk) -> None:
    browser = Browser()
    push = await told(front, browser)
    await front.staff.set_alerts((await front.member()).id, "chime", ("11:30", "12:30"))
    await push.tell("n", Notice.WAITING, LINK, front.clock())
    assert browser.requests == [], "it is noon, Monday, in London"
    await push.tell("n", Notice.URGENT, LINK, front.clock())
    assert len(browser.requests) == 1
    front.clock.forward(minutes=31)
    await push.tell("n", Notice.WAITING, LINK, front.clock())
    assert len(browser.requests) == 2


async def test_who_is_muted_is_answered_and_tells_nobody_until_there_is_danger(
    front: FrontDesk, reception: Colleague
) -> None:
    browser = Browser()
    push = await told(front, browser)
    push._http = httpx.AsyncClient(transport=httpx.MockTransport(browser.serve))
    visitor = await front.visitor()
    path = f"/inbox/c/{visitor.id}"
    assert (await reception.post(f"{path}/mute", muted="yes")).status_code == 303
    await visitor.say("human please")
    assert await visitor.owner() == "waiting", "they stand in the list as everybody"
    notices = front.app.state.rooms.outgoing.notices
    await notices.run()
    assert browser.requests == []
    page = (await reception.get("/inbox/?view=waiting")).text
    assert ">muted<" in page
    conversation = await front.desk.conversations.get(visitor.id)
    said = (await front.desk.conversations.messages.after(visitor.id, 0))[-1]
    danger = Danger("U1", "breathing", "cannot breathe", ("Call 999.",))
    assert conversation
    async with front.desk.conversations.transaction():
        await front.desk.handover.raise_alarm(conversation, said, danger)
    await notices.run()
    assert len(browser.requests) == 1
    assert ">muted<" not in (await reception.get("/inbox/?view=waiting")).text
    await reception.post(f"{path}/mute", muted="yes")
    await reception.post(f"{path}/mute", muted="no")
    now = await front.desk.conversations.get(visitor.id)
    assert now and now.muted_at is None
