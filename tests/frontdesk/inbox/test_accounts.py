"""First and one-time passwords, and what an account that was switched off loses."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from frontdesk.inbox import pages
from frontdesk.storage import tables
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import Colleague, sign_in

OWN = "quite-another-password"


async def begin_anew(front: FrontDesk) -> None:
    """As on the first day: no account but the first."""
    await front.desk.conversations.write(tables.staff.delete())
    await front.staff.ensure_first_account(PASSWORD)


async def test_the_first_password_lets_in_once_and_must_be_changed(front: FrontDesk) -> None:
    await begin_anew(front)
    transport = httpx.ASGITransport(front.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as http:
        form = {"user_name": "reception", "password": PASSWORD}
        assert (await http.post("/inbox/sign-in", data=form)).status_code == 303
        assert (await http.get("/inbox/")).headers["location"] == "/inbox/password"
        page = (await http.get("/inbox/password")).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        new = {"csrf_token": token[1], "old": PASSWORD, "new": OWN}
        assert (await http.post("/inbox/password", data=new)).status_code == 303
        assert (await http.get("/inbox/")).status_code == 200
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.0.2") is None
    assert await front.staff.sign_in("reception", OWN, "10.0.0.2")


async def test_a_one_time_password_is_spent_at_its_first_use(
    front: FrontDesk, reception: Colleague
) -> None:
    page = await reception.post(
        "/inbox/settings/people", user_name="tom", name="Tom", job="nurse", role="receptionist"
    )
    password = re.search(r"<code>([^<]+)</code>", page.text)
    assert password
    tries = [front.staff.sign_in("tom", password[1], f"10.0.0.{n}") for n in range(4)]
    found = await asyncio.gather(*tries)
    assert sum(token is not None for token in found) == 1
    assert await front.staff.sign_in("tom", password[1], "10.0.1.1") is None


async def test_an_account_that_is_switched_off_loses_its_stream_within_a_heartbeat(
    front: FrontDesk, reception: Colleague, maya: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "HEARTBEAT_SECONDS", 0.2)
    people = await front.staff.members()
    her = next(one for one in people if one.user_name == "maya")
    token = maya.http.cookies["inbox"]
    stream = front.app.state.rooms.inbox._pages._news(her, token, "")
    await stream.__anext__()
    waiting = asyncio.ensure_future(stream.__anext__())
    await asyncio.sleep(0.5)
    assert not waiting.done()
    await reception.post(f"/inbox/settings/people/{her.id}/active", active="no")
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(waiting, 30)


async def test_a_stream_that_is_held_for_days_ends_with_the_session(
    front: FrontDesk, maya: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "HEARTBEAT_SECONDS", 0.1)
    her = next(one for one in await front.staff.members() if one.user_name == "maya")
    stream = front.app.state.rooms.inbox._pages._news(her, maya.http.cookies["inbox"], "")
    await stream.__anext__()
    front.clock.forward(hours=13)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(stream.__anext__(), 30)


async def test_signing_out_clears_what_the_browser_kept(front: FrontDesk) -> None:
    colleague = await sign_in(front, "reception", PASSWORD)
    answer = await colleague.post("/inbox/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
