from __future__ import annotations

import asyncio

import pyotp
import pytest

from frontdesk.staff import passwords
from frontdesk.staff.passwords import TooManyTries
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import Colleague


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


async def test_three_hundred_guesses_at_once_are_no_way_around_the_limit(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0

    async def fits(password_hash: str | None, password: str) -> bool:
        nonlocal compared
        compared += 1
        return False

    monkeypatch.setattr(passwords, "fits", fits)
    guesses = [front.staff.sign_in("reception", f"guess {n}", "10.0.0.1") for n in range(300)]
    found = await asyncio.gather(*guesses, return_exceptions=True)
    assert compared == 5
    assert [one for one in found if one is None] == [None] * 5
    assert sum(isinstance(one, TooManyTries) for one in found) == 295


async def test_comparing_passwords_holds_up_nobody_else(front: FrontDesk) -> None:
    """While guessers from many addresses are made to wait, a visitor is served; the rest is refused."""
    guesses = asyncio.gather(
        *[front.staff.sign_in(f"name{n}", "wrong", f"10.0.{n}.1") for n in range(40)],
        return_exceptions=True,
    )
    turns = 0
    while not guesses.done():
        await asyncio.sleep(0)
        turns += 1
    found = await guesses
    assert sum(isinstance(one, TooManyTries) for one in found) >= 40 - passwords.MOST_WAITING - 2
    assert turns > 50, "each guess that held up the loop would let it turn a few times"


async def test_guessers_lock_out_nobody_who_has_signed_in_here_before(front: FrontDesk) -> None:
    token = await front.staff.sign_in("reception", PASSWORD, "10.0.3.1")
    assert token
    device = await front.staff.remember_device(token, "")
    for number in range(10):
        assert await front.staff.sign_in("reception", "wrong", f"10.0.1.{number}") is None
    with pytest.raises(TooManyTries):
        await front.staff.sign_in("reception", PASSWORD, "10.0.3.1")
    again = await front.staff.sign_in("reception", PASSWORD, "10.0.3.1", device=device)
    assert again and await front.staff.remember_device(again, device) == device
    for _ in range(10):
        assert await front.staff.sign_in("reception", "wrong", "10.0.3.1", device=device) is None
    with pytest.raises(TooManyTries):
        await front.staff.sign_in("reception", PASSWORD, "10.0.3.1", device=device)


async def test_the_browser_keeps_its_device_after_signing_out(front: FrontDesk) -> None:
    form = {"user_name": "reception", "password": PASSWORD}
    answer = await front.http.post("/inbox/sign-in", data=form)
    cookies = {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies["inbox_device"] and "Max-Age=7776000" in cookies["inbox_device"]


async def test_the_second_factor_passes_a_locked_account(front: FrontDesk) -> None:
    me = await front.member()
    factors = front.app.state.rooms.staff.factors
    app = pyotp.TOTP((await factors.enrol(me.id, "reception")).secret)
    assert await factors.confirm(me.id, app.at(front.clock.now))
    front.clock.forward(minutes=1)
    for number in range(10):
        assert await front.staff.sign_in("reception", "wrong", f"10.0.1.{number}") is None
    with pytest.raises(TooManyTries):
        await front.staff.sign_in("reception", PASSWORD, "10.0.4.1", "000000")
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.4.1", app.at(front.clock.now))


async def test_guessers_hold_up_nobody_who_changes_the_password(
    front: FrontDesk, maya: Colleague
) -> None:
    for number in range(10):
        assert await front.staff.sign_in("maya", "wrong", f"10.0.1.{number}") is None
    form = {"old": "another-password", "new": "quartz lantern mule"}
    assert (await maya.post("/inbox/password", **form)).status_code == 303


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "10 characters or more"),
        ("x" * 10_000, "200 characters or fewer"),
        ("password12", "easily guessed"),
        ("qwertyuiop", "easily guessed"),
        ("iloveyou12", "easily guessed"),
        ("reception1", "easily guessed"),
        ("thermage2026", "easily guessed"),
        ("Harbour2026!", "easily guessed"),
        ("MiaRossi1990", "easily guessed"),
        ("1234567890", "easily guessed"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        passwords.check(password, "reception", "Mia Rossi")


def test_words_by_chance_are_a_password_also_where_one_holds_a_name() -> None:
    passwords.check("miami quartz lantern", "mia", "Mia", "nurse")


async def test_a_password_of_ten_thousand_characters_is_one_clear_line(
    front: FrontDesk, reception: Colleague
) -> None:
    form = {"user_name": "reception", "password": "x" * 10_000}
    assert (await front.http.post("/inbox/sign-in", data=form)).status_code == 401
    page = await reception.post("/inbox/password", old=PASSWORD, new="x" * 10_000)
    assert page.status_code == 422 and "200 characters or fewer" in page.text


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
    ("password", "role"), [("short", "receptionist"), ("long enough password", "boss")]
)
async def test_a_short_password_or_an_unknown_role_is_refused(
    front: FrontDesk, password: str, role: str
) -> None:
    with pytest.raises(ValueError):
        await front.staff.create("x", "X", "nurse", password, role)
