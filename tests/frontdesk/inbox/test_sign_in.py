from __future__ import annotations

import pytest

from frontdesk.staff.members import TooManyTries
from tests.frontdesk.conftest import PASSWORD, FrontDesk


async def test_the_first_account_signs_in_and_gets_a_cookie_that_scripts_cannot_read(
    front: FrontDesk,
) -> None:
    form = {"user_name": "Reception ", "password": PASSWORD}
    answer = await front.http.post("/inbox/sign-in?next=/inbox/c/x", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox/c/x")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil", "/api/"])
async def test_signing_in_never_leads_to_another_website(front: FrontDesk, target: str) -> None:
    form = {"user_name": "reception", "password": PASSWORD}
    answer = await front.http.post("/inbox/sign-in", params={"next": target}, data=form)
    assert answer.headers["location"] == "/inbox/"


async def test_a_wrong_password_and_an_unknown_name_look_alike(front: FrontDesk) -> None:
    pages = [
        (await front.http.post("/inbox/sign-in", data={"user_name": name, "password": "nope"})).text
        for name in ("reception", "nobody")
    ]
    assert pages[0] == pages[1]


async def test_guessing_from_one_address_stops_after_five_tries(front: FrontDesk) -> None:
    for number in range(5):
        assert await front.staff.sign_in(f"name{number}", "wrong", "10.0.0.1") is None
    with pytest.raises(TooManyTries):
        await front.staff.sign_in("reception", PASSWORD, "10.0.0.1")
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.0.2")
    front.clock.forward(minutes=6)
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.0.1")


async def test_guessing_one_account_stops_after_ten_tries_from_anywhere(front: FrontDesk) -> None:
    for number in range(10):
        assert await front.staff.sign_in("reception", "wrong", f"10.0.1.{number}") is None
    with pytest.raises(TooManyTries):
        await front.staff.sign_in("reception", PASSWORD, "10.0.2.1")


async def test_a_session_ends_after_half_a_day(front: FrontDesk) -> None:
    token = await front.staff.sign_in("reception", PASSWORD, "10.0.0.1")
    assert token and await front.staff.session(token)
    front.clock.forward(hours=13)
    assert await front.staff.session(token) is None


async def test_passwords_are_kept_as_argon2id(front: FrontDesk) -> None:
    from frontdesk.storage.tables import staff

    rows = await front.desk.conversations.rows(staff.select())
    assert rows[0]["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("password", "role"), [("short", "staff"), ("long enough password", "boss")]
)
async def test_a_short_password_or_an_unknown_role_is_refused(
    front: FrontDesk, password: str, role: str
) -> None:
    with pytest.raises(ValueError):
        await front.staff.create("x", "X", "nurse", password, role)
