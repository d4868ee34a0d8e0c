from __future__ import annotations

import re

import pyotp
import pytest

from frontdesk.staff.members import CodeNeeded
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import tables
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

ADDRESS = "10.0.0.7"


async def set_up(front: FrontDesk, colleague: Colleague) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up as its owner would. Return the app and the recovery codes."""
    page = (await colleague.get("/inbox/second-factor")).text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key and "data:image/svg" in page
    app = pyotp.TOTP(key[1].replace(" ", ""))
    done = await colleague.post("/inbox/second-factor", code=app.at(front.clock.now))
    codes = re.findall(r"<code>([0-9a-f]{6}-[0-9a-f]{6})</code>", done.text)
    assert done.status_code == 200 and len(codes) == 8
    front.clock.forward(seconds=60)
    return app, codes


async def test_signing_in_needs_the_code_once_it_is_set_up(
    front: FrontDesk, reception: Colleague
) -> None:
    app, _ = await set_up(front, reception)
    with pytest.raises(CodeNeeded):
        await front.staff.sign_in("reception", PASSWORD, ADDRESS)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, "000000") is None
    assert await front.staff.sign_in("reception", "wrong", ADDRESS, app.at(front.clock.now)) is None
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, app.at(front.clock.now))


async def test_the_page_asks_for_the_code(front: FrontDesk, reception: Colleague) -> None:
    app, _ = await set_up(front, reception)
    form = {"user_name": "reception", "password": PASSWORD}
    refused = await front.http.post("/inbox/sign-in", data=form)
    assert refused.status_code == 401 and "and the code" in refused.text
    code = f"{app.at(front.clock.now)[:3]} {app.at(front.clock.now)[3:]}"
    answer = await front.http.post("/inbox/sign-in", data={**form, "code": code})
    assert answer.status_code == 303


async def test_a_code_works_once_and_within_half_a_minute_of_its_time(
    front: FrontDesk, reception: Colleague
) -> None:
    app, _ = await set_up(front, reception)
    code = app.at(front.clock.now)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, code)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, code) is None
    front.clock.forward(seconds=30)
    late = app.at(front.clock.now)
    front.clock.forward(seconds=30)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, late)
    front.clock.forward(seconds=30)
    too_late = app.at(front.clock.now)
    front.clock.forward(seconds=90)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, too_late) is None


async def test_a_recovery_code_works_once(front: FrontDesk, reception: Colleague) -> None:
    _, codes = await set_up(front, reception)
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, codes[3].upper())
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, codes[3]) is None
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS, codes[4])
    rows = await front.desk.conversations.rows(tables.recovery_codes.select())
    assert codes[5] not in str([tuple(row) for row in rows])


async def test_guessing_codes_is_limited_as_guessing_passwords_is(
    front: FrontDesk, reception: Colleague
) -> None:
    await set_up(front, reception)
    form = {"user_name": "reception", "password": PASSWORD, "code": "111111"}
    answers = [(await front.http.post("/inbox/sign-in", data=form)).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


async def test_a_wrong_code_does_not_put_it_in_use(front: FrontDesk, reception: Colleague) -> None:
    await reception.get("/inbox/second-factor")
    refused = await reception.post("/inbox/second-factor", code="123")
    assert refused.status_code == 422 and "not the code of now" in refused.text
    assert await front.staff.sign_in("reception", PASSWORD, ADDRESS)


async def test_an_admin_requires_it_of_everybody(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    await set_up(front, reception)
    await reception.post("/inbox/settings/second-factor", required="yes")
    assert (await reception.get("/inbox/")).status_code == 200
    assert (await maya.get("/inbox/")).headers["location"] == "/inbox/second-factor"
    refused = await maya.post("/inbox/duty", on_duty="no")
    assert refused.json()["error"]["code"] == "not_yet"
    app, _ = await set_up(front, maya)
    both = {"old": "another-password", "code": app.at(front.clock.now)}
    assert (await maya.get("/inbox/")).status_code == 200
    assert (await maya.post("/inbox/second-factor/off", **both)).status_code == 403
    await reception.post("/inbox/settings/second-factor", required="no")
    assert (await maya.post("/inbox/second-factor/off", **both)).status_code == 303
    assert await front.staff.sign_in("maya", "another-password", ADDRESS)


async def test_switching_it_off_needs_the_password_and_a_code(
    front: FrontDesk, maya: Colleague
) -> None:
    app, codes = await set_up(front, maya)
    off = "/inbox/second-factor/off"
    code = app.at(front.clock.now)
    for form in ({}, {"code": code}, {"old": "another-password"}, {"old": "wrong", "code": code}):
        assert (await maya.post(off, **form)).status_code == 422, form
    assert "You are asked for the code" in (await maya.get("/inbox/second-factor")).text
    front.clock.forward(minutes=6)
    done = await maya.post(off, old="another-password", code=codes[0])
    assert done.status_code == 303


async def test_guessing_the_code_with_the_password_known_is_limited_too(
    front: FrontDesk, maya: Colleague
) -> None:
    app, _ = await set_up(front, maya)
    off, wrong = "/inbox/second-factor/off", {"old": "another-password", "code": "000000"}
    for _ in range(10):
        assert "do not go together" in (await maya.post(off, **wrong)).text
    right = {**wrong, "code": app.at(front.clock.now)}
    assert "Too many tries" in (await maya.post(off, **right)).text
    front.clock.forward(minutes=16)
    right["code"] = app.at(front.clock.now)
    assert (await maya.post(off, **right)).status_code == 303


async def test_an_admin_takes_it_off_when_a_phone_is_lost(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    await set_up(front, maya)
    maya_id = next(m.id for m in await front.staff.members() if m.user_name == "maya")
    assert "Take off second factor" in (await reception.get("/inbox/settings")).text
    await reception.post(f"/inbox/settings/people/{maya_id}/second-factor")
    assert await front.staff.sign_in("maya", "another-password", ADDRESS)
    rows = await front.desk.conversations.rows(tables.audit.select().order_by(tables.audit.c.id))
    assert f"second factor off for account {maya_id}" in [row.what for row in rows]
    await set_up(front, maya)


async def test_two_devices_cannot_spend_one_code(front: FrontDesk, reception: Colleague) -> None:
    import asyncio

    app, _ = await set_up(front, reception)
    factors: SecondFactors = front.staff._factors
    staff_id = (await front.member()).id
    code = app.at(front.clock.now)
    fitted = await asyncio.gather(*[factors.fits(staff_id, code) for _ in range(5)])
    assert fitted.count(True) == 1
