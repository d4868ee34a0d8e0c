"""Whoever tries the door of a running front desk: guessers, former staff, other websites, odd numbers."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

import httpx
import pyotp
import pytest

from frontdesk.tokens import hash_token
from tests.e2e.conftest import ROOT, holding, until
from tests.e2e.door import HOST, OURS, WORDS, Door, Staff, account, admin, door
from tests.frontdesk.inbox.test_access import ACCESS

__all__ = ["admin", "door"]

GUESSES = 300
NUMBERS = ("²", "٣", str(10**30), "-1", "9999-12-31", "9" * 400, "NaN", "%00")
TRIED_ELSEWHERE = ("/inbox/events", "/api/events", "/inbox/sign-out", "/inbox/training")
CANARY = "zanzibarcanary"
HEARTBEAT_AND_SOME = 60
"""Seconds: a heartbeat is 15, and the machine may be busy."""


def test_what_every_answer_carries_behind_tls(door: Door, admin: Staff) -> None:
    for path in ("/inbox/sign-in", "/inbox/", "/api/clinic", "/widget.js", "/no/such/page"):
        headers = door.http.get(path).headers
        assert headers["strict-transport-security"] == "max-age=31536000", path
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
    assert len(admin.set_cookies) == 2
    for cookie in admin.set_cookies:
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/inbox"} <= set(cookie.split("; "))
    for path in ("/", "/playground"):
        assert door.http.get(path).status_code == 404, "a real clinic shows no sample"


@pytest.mark.parametrize(
    "host", ["evil.example", f"{HOST}.evil.example", f"evil.example:443/{HOST}"]
)
def test_another_host_name_opens_no_route(door: Door, host: str) -> None:
    for path in ("/inbox/sign-in", "/inbox/forgotten", "/api/clinic", "/channels/telegram"):
        for headers in ({"host": host}, {"host": host, "x-forwarded-host": HOST}):
            answer = door.http.get(path, headers=headers)
            assert answer.status_code == 400 and host not in answer.text
    kept = door.http.get("/inbox/", headers={"x-forwarded-host": host})
    assert "evil" not in kept.headers["location"]


def test_who_is_no_proxy_says_nothing_about_where_it_comes_from(door: Door) -> None:
    """Another address of this machine, which FORWARDED_ALLOW_IPS does not name."""
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(
        transport=transport, base_url=door.http.base_url, headers=OURS, timeout=120
    ) as http:
        form = {"user_name": "whoever", "password": "a wrong guess"}
        statuses = [
            http.post(
                "/inbox/sign-in", data=form, headers={"x-forwarded-for": f"203.0.113.{n}"}
            ).status_code
            for n in range(7)
        ]
        assert http.get("/metrics").status_code == 404
    assert statuses == [401] * 5 + [429] * 2


def test_a_subscriber_of_ipv6_has_no_more_tries_than_anybody(door: Door) -> None:
    statuses = [
        door.guess(f"whoever{n}", address=f"2001:db8:7:7::{n:x}").status_code for n in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2
    assert door.guess("whoever", address="2001:db8:7:8::1").status_code == 401


@pytest.mark.parametrize(
    ("key", "value"), [("FRONTDESK_HOST", "0.0.0.0"), ("FORWARDED_ALLOW_IPS", "0.0.0.0/0")]
)
def test_a_door_that_would_stand_open_is_not_opened(door: Door, key: str, value: str) -> None:
    environment = {**door.environment, "PUBLIC_URL": "http://desk.clinic.example", key: value}
    done = subprocess.run(
        [sys.executable, "-m", "frontdesk"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    said = done.stderr.strip().splitlines()
    assert len(said) == 1 and key in said[0] and "allowed" in said[0], done.stderr


def test_three_hundred_guesses_at_once_try_ten_and_slow_nobody(door: Door, admin: Staff) -> None:
    gina, waited, is_over = account(door, admin, "gina"), [], threading.Event()

    def visit() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            door.http.get("/api/clinic")
            waited.append(time.monotonic() - began)
            time.sleep(0.02)

    visitor = threading.Thread(target=visit)
    visitor.start()
    with ThreadPoolExecutor(30) as at_once:
        one = Counter(
            r.status_code
            for r in at_once.map(
                lambda n: door.guess(f"somebody{n}", address="203.0.113.77"), range(GUESSES)
            )
        )
        many = Counter(
            r.status_code for r in at_once.map(lambda n: door.guess("gina"), range(GUESSES))
        )
    is_over.set()
    visitor.join()
    assert one[401] <= 5 and many[401] <= 10, (one, many)
    for found in (one, many):  # 503 on a machine that is too busy for 300 writers: not tried, too
        assert found[429] > GUESSES // 2 and set(found) <= {401, 429, 503}, found
    assert median(waited) < 10, "a visitor waits for no guesser, on however busy a machine"
    assert door.guess("gina", WORDS).status_code == 429
    form = {"user_name": "gina", "password": WORDS}
    known = door.http.post("/inbox/sign-in", data=form, headers=gina.headers)
    assert known.status_code == 303, "her own browser passes"
    assert gina.post("/inbox/password", old=WORDS, new=f"{WORDS} two").status_code == 303


def test_a_name_that_there_is_and_one_that_there_is_not_look_alike(door: Door) -> None:
    known, unknown = [door.guess(name) for name in ("reception", "nobody")]
    long = [door.guess(name, "x" * 10_000) for name in ("reception", "nobody")]
    assert known.text == unknown.text == long[0].text == long[1].text
    assert {one.status_code for one in (known, unknown, *long)} == {401}
    alike = ("content-length", "content-security-policy", "cache-control")
    assert [known.headers[name] for name in alike] == [unknown.headers[name] for name in alike]


def test_a_link_for_a_new_password_works_once(door: Door, admin: Staff) -> None:
    rita = account(door, admin, "rita")
    links = [door.link("rita"), "the second", "the third"]
    soon = datetime.now(timezone.utc) + timedelta(minutes=31)
    for token in links[1:]:
        door.rows(
            "insert into reset_links (token_hash, staff_id, expires_at) "
            "select ?, id, ? from staff where user_name = 'rita'",
            hash_token(token),
            f"{soon:%Y-%m-%d %H:%M:%S.%f}",
        )
    links.append(door.link("rita"))

    def choose(token: str, password: str) -> str:
        answer = door.http.post("/inbox/reset", data={"token": token, "new": password})
        found = re.search(r'class="problem"[^>]*>([^<]+)', answer.text)
        return found[1].strip() if found else str(answer.status_code)

    over = "This link does not work any more. Please ask for another."
    assert choose(links[0], "violet engine paper") == over, "of four the oldest made room"
    assert choose(links[3], "x" * 10_000) == "A password has 200 characters or fewer."
    with ThreadPoolExecutor(4) as at_once:
        said = list(at_once.map(lambda n: choose(links[3], f"violet engine paper {n}"), range(4)))
    assert sorted(said) == ["303", over, over, over]
    assert choose(links[2], "violet engine paper") == over, "they die with a new password"
    assert rita.get("/inbox/").status_code == 303, "and so do its sessions"
    assert door.guess("rita", WORDS).status_code == 401
    assert door.guess("rita", f"violet engine paper {said.index('303')}").status_code == 303


def test_the_second_factor_goes_with_password_and_code_and_is_not_guessed(
    door: Door, admin: Staff
) -> None:
    tara, place = account(door, admin, "tara"), "/inbox/second-factor"
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", tara.get(place).text)
    assert key
    app = pyotp.TOTP(key[1].replace(" ", ""))
    code = app.now()
    codes = re.findall(r"<code>([0-9a-f]{6}-[0-9a-f]{6})</code>", tara.post(place, code=code).text)
    assert len(codes) == 8
    assert door.guess("tara", WORDS).status_code == 401
    assert door.guess("tara", WORDS, code=code).status_code == 401, "it was used"
    with ThreadPoolExecutor(3) as at_once:
        with_one = list(at_once.map(lambda n: door.guess("tara", WORDS, code=codes[0]), range(3)))
    assert sorted(one.status_code for one in with_one) == [303, 401, 401]
    together = "Password and code do not go together."
    said = [tara.problem(f"{place}/off", old=WORDS, code=f"{n:06}") for n in range(13)]
    assert said == [together] * 10 + ["Too many tries. Please wait some minutes."] * 3
    other = Staff(door, door.guess("tara", WORDS, code=codes[1]))
    assert other.problem(f"{place}/off", old="not hers at all", code=codes[2]) == together
    assert other.post(f"{place}/off", old=WORDS, code=codes[2]).status_code == 303
    assert door.guess("tara", WORDS).status_code == 303


def test_streams_end_with_the_account_and_with_the_session(door: Door, admin: Staff) -> None:
    """Held for days: the session is made as old as that."""
    who = {name: account(door, admin, name) for name in ("olga", "otto")}
    begun: list[str] = []
    ended: dict[str, float] = {}

    def listen(name: str) -> None:
        with door.http.stream("GET", "/inbox/events", headers=who[name].headers) as stream:
            assert stream.status_code == 200
            begun.append(name)
            for _ in stream.iter_lines():
                pass
        ended[name] = time.monotonic()

    listeners = [threading.Thread(target=listen, args=(name,)) for name in who]
    for one in listeners:
        one.start()
    assert until(lambda: len(begun) == len(who))
    ids = {name: door.rows("select id from staff where user_name = ?", name)[0][0] for name in who}
    began = time.monotonic()
    admin.post(f"/inbox/settings/people/{ids['olga']}/active", active="no")
    old = datetime.now(timezone.utc) - timedelta(days=3)
    change = "update staff_sessions set expires_at = ? where staff_id = ? returning staff_id"
    assert door.rows(change, f"{old:%Y-%m-%d %H:%M:%S.%f}", ids["otto"])
    for name in who:
        assert who[name].get("/inbox/").status_code == 303, "and every page at once"
    for one in listeners:
        one.join(HEARTBEAT_AND_SOME)
    assert set(ended) == set(who)
    assert max(ended.values()) - began < HEARTBEAT_AND_SOME


def routes() -> Iterator[tuple[str, str]]:
    """Every route with each odd number in each of its places."""
    for method, path in ACCESS:
        if path in TRIED_ELSEWHERE:
            continue
        place = re.compile(r"\{[\w:]+\}")
        for value in NUMBERS if place.search(path) else NUMBERS[:1]:
            yield method, place.sub(value, path)


def test_odd_numbers_in_every_route_are_no_error_of_ours(door: Door, admin: Staff) -> None:
    opened = door.http.post("/api/conversations", json={}).json()
    mine = {"authorization": f"Bearer {opened['token']}"}
    found: Counter[int] = Counter()
    ada = account(door, admin, "ada")
    ids = door.rows("select id from staff where user_name = 'ada'")
    admin.post(f"/inbox/settings/people/{ids[0][0]}/role", role="admin")
    names = ("after", "page", "seq", "id", "since", "until", "day", "at", "seen", "number", "again")
    for number, (method, path) in enumerate(routes()):
        value: Any = NUMBERS[number % len(NUMBERS)]
        values = dict.fromkeys(names, value) | {"csrf_token": ada.csrf_token}
        headers = mine if path.startswith("/api/") else ada.headers
        sent = {"json": values} if path.startswith("/api/") else {"data": values}
        if method == "GET":
            sent = {"params": values}
        answer = door.http.request(method, path, headers=headers, **sent)
        found[answer.status_code] += 1
        assert answer.status_code < 500, (method, path, value, answer.text[:300])
        if path == "/api/conversation":
            opened = door.http.post("/api/conversations", json={}).json()
            mine = {"authorization": f"Bearer {opened['token']}"}
    assert sum(found.values()) > 300 and found[401] < 30, found
    assert ada.get("/inbox/settings").status_code == 200, "signed in to the end"
    assert "Traceback" not in door.log


def tell(door: Door, words: str, number: int) -> None:
    """Somebody writes to the bot."""
    payload = door.driver.text(words, str(number))
    payload["message"]["from"]["first_name"] = CANARY
    payload["message"]["message_id"] = number
    content = door.driver.encode(payload)
    answer = door.http.post(
        "/channels/telegram", content=content, headers=door.driver.sign(content)
    )
    assert answer.status_code == 200, answer.text


def test_who_writes_through_a_provider_is_erased_on_a_wish(door: Door) -> None:
    tell(door, f"hello from {CANARY}", 71)
    sent = door.driver.provider.sent
    assert until(lambda: any("echo" in one.text for one in sent)), sent
    assert holding(door.folder, CANARY)
    tell(door, "erase me", 72)
    assert until(lambda: any("we cannot delete" in one.text for one in sent)), sent
    address = door.driver.address
    kept = "select count(*) from conversations where channel = 'telegram'"
    assert until(lambda: door.rows(kept)[0][0] == 0, 60)
    assert until(lambda: not holding(door.folder, CANARY, address)), holding(
        door.folder, CANARY, address
    )
    assert door.rows("select what from audit order by id desc limit 1") == [
        ("erased by the visitor",)
    ]


def test_what_is_past_its_time_is_gone_after_a_start_and_files_are_private(door: Door) -> None:
    """The clock goes on by months while the desk is away: the messages are made as old."""
    opened = door.http.post("/api/conversations", json={}).json()
    mine = {"authorization": f"Bearer {opened['token']}"}
    said = [("old", "words of long ago"), ("new", "words of today")]
    for key, text in said:
        sent = {"id": key, "text": f"{CANARY} {text}"}
        assert door.http.post("/api/messages", json=sent, headers=mine).status_code == 202
        want = 3 if key == "old" else 5
        read = lambda: door.http.get("/api/messages", headers=mine).json()["messages"]  # noqa: E731
        assert until(lambda: len(read()) >= want)  # noqa: B023
    door.stop()
    old = datetime.now(timezone.utc) - timedelta(days=31)
    door.rows(
        "update messages set at = ? where conversation_id = ? and seq <= 3 returning seq",
        f"{old:%Y-%m-%d %H:%M:%S.%f}",
        opened["conversation_id"],
    )
    door.folder.chmod(0o755)
    for one in door.folder.glob("desk.db*"):
        one.chmod(0o644)
    door.start()
    assert until(lambda: "today" in str(read()) and "long ago" not in str(read())), read()
    assert until(lambda: not holding(door.folder, "words of long ago"))
    ours = ("desk.db", "desk.db-wal", "desk.db.lock", "erased.txt", ".env")
    open_to_others = [n for n in ours if (door.folder / n).stat().st_mode & 0o077]
    assert open_to_others == []


def test_no_cell_is_calculated_and_signing_out_clears_the_browser(door: Door, admin: Staff) -> None:
    odd = account(door, admin, "=1+1")
    out = odd.post("/inbox/sign-out")
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    assert odd.get("/inbox/").status_code == 303
    rows = admin.get("/inbox/audit.csv").text.splitlines()
    assert any(",'=1+1," in row for row in rows) and not any(",=1+1," in row for row in rows)
