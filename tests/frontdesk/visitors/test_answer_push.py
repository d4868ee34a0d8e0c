"""Who left is told on their device, only if they asked, without a word of the chat; the device goes with it."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml

from frontdesk.outgoing.answer_news import KEPT, WAITS
from frontdesk.outgoing.answer_push import AnswerPushes
from frontdesk.storage import tables
from tests.frontdesk.conftest import URL, FrontDesk, Visitor
from tests.frontdesk.outgoing.test_push import PUSH_SECRET, Browser
from tests.frontdesk.visitors.test_answer_mail import PAGE, nurse, reply, waiting

SITE = "https://www.clinic.example"
LINES = yaml.safe_load(Path("frontdesk/outgoing/answer_news.yml").read_text(encoding="utf-8"))
SECURE = URL.replace("http://", "https://")


@pytest.fixture
def extra_settings() -> dict[str, str]:
    return {"PUSH_SECRET": PUSH_SECRET, "ALLOWED_ORIGINS": SITE, "PUBLIC_URL": SECURE}


@pytest.fixture
def browser(front: FrontDesk) -> Browser:
    """A browser, whose push service is the one that the front desk reaches."""
    found = Browser()
    push = front.app.state.rooms.outgoing.push
    push._http = httpx.AsyncClient(transport=httpx.MockTransport(found.serve))
    return found


@pytest.fixture
def pushes(front: FrontDesk) -> AnswerPushes:
    found: AnswerPushes = front.app.state.rooms.outgoing.answer_pushes
    return found


async def asks(visitor: Visitor, browser: Browser, **other: Any) -> httpx.Response:
    body = {**vars(browser.device), "page": PAGE, **other}
    return await visitor.front.http.post("/api/answer-push", json=body, headers=visitor.headers)


async def rows(front: FrontDesk) -> list[Any]:
    return await front.desk.conversations.rows(sa.select(tables.answer_pushes))


async def left_and_answered(front: FrontDesk, browser: Browser) -> Visitor:
    """They asked, left, and a person answered."""
    visitor = await waiting(front)
    assert (await asks(visitor, browser)).status_code == 204
    front.clock.forward(seconds=30)
    await reply(await nurse(front), visitor)
    front.clock.forward(minutes=2)
    return visitor


async def test_who_left_gets_one_push_with_a_link_back_and_no_words(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser
) -> None:
    visitor = await left_and_answered(front, browser)
    for _ in range(3):
        await pushes.run()
    (request,) = browser.requests
    said = browser.read()
    assert said == {
        "title": "The clinic has answered you",
        "body": "Open the chat",
        "link": f"{SITE}/prices/#chat",
    }
    assert request.headers["ttl"] == "86400"
    for word in ("worry", "common", "Nora", "advert", visitor.id):
        assert word not in json.dumps(said) and word.encode() not in request.content


async def test_whoever_is_there_or_did_not_ask_or_ended_it_gets_none(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser
) -> None:
    there, silent, ended = [await waiting(front) for _ in range(3)]
    for visitor in (there, ended):
        await asks(visitor, browser)
    await front.http.delete("/api/answer-push", headers=ended.headers)
    nora = await nurse(front)
    for visitor in (there, silent, ended):
        await reply(nora, visitor)
    front.clock.forward(minutes=5)
    await there.messages()
    await pushes.run()
    assert browser.requests == []


async def test_the_chat_knows_that_it_was_asked_for_and_ended(
    front: FrontDesk, browser: Browser
) -> None:
    visitor = await waiting(front)

    async def shown() -> Any:
        answer = await front.http.get("/api/messages", headers=visitor.headers)
        return answer.json()["push"]

    assert (await front.http.get("/api/clinic")).json()["pushes"] is True
    assert await shown() is False
    await asks(visitor, browser)
    await asks(visitor, browser)
    assert await shown() is True
    await front.http.delete("/api/answer-push", headers=visitor.headers)
    assert await shown() is False


async def test_the_device_goes_with_the_chat_is_in_the_copy_and_is_left_after_a_month(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser
) -> None:
    erased, old = await waiting(front), await waiting(front)
    for visitor in (erased, old):
        await asks(visitor, browser)
    copy = (await front.http.get("/api/copy", headers=erased.headers)).text
    assert browser.device.endpoint in copy and browser.device.auth not in copy
    await front.http.delete("/api/conversation", headers=erased.headers)
    assert [row.conversation_id for row in await rows(front)] == [old.id]
    front.clock.forward(seconds=int(KEPT.total_seconds()) + 1)
    await pushes.run()
    assert await rows(front) == []


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_its_service_does_not_know_is_forgotten(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser, status: int
) -> None:
    await left_and_answered(front, browser)
    browser.status = status
    for _ in range(2):
        await pushes.run()
    assert len(browser.requests) == 1 and await rows(front) == []


@pytest.mark.parametrize("status", [302, 429, 503])
async def test_a_service_that_does_not_take_it_is_asked_again(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser, status: int
) -> None:
    await left_and_answered(front, browser)
    browser.status = status
    for _ in range(2):
        await pushes.run()
    assert len(browser.requests) == 1
    browser.status = 201
    front.clock.forward(seconds=int(WAITS[0].total_seconds()))
    for _ in range(2):
        await pushes.run()
    assert len(browser.requests) == 2


async def test_of_two_front_desks_one_tells(
    front: FrontDesk, pushes: AnswerPushes, browser: Browser
) -> None:
    await left_and_answered(front, browser)
    both = [row for _ in range(2) for row in await pushes._due()]
    assert len(both) == 2
    assert [await pushes._claim(row) for row in both] == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        {"endpoint": "http://fcm.googleapis.com/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://fcm.googleapis.com@169.254.169.254/x"},
        {"endpoint": "https://fcm.googleapis.com.evil.example/x"},
        {"endpoint": "https://fcm.googleapis.com:8443/x"},
        {"endpoint": "https://fcm.googleapis.com:port/x"},
        {"endpoint": "https://["},
        {"endpoint": "https://fcm.googleapis.com/" + "x" * 1_000},
        {"p256dh": "x"},
        {"auth": ""},
        {"auth": "QQ" * 200},
    ],
)
async def test_what_is_no_browsers_device_is_refused(
    front: FrontDesk, browser: Browser, other: dict[str, str]
) -> None:
    visitor = await waiting(front)
    assert (await asks(visitor, browser, **other)).status_code == 422
    assert await rows(front) == []


@pytest.mark.parametrize("other", [{"page": None}, {"endpoint": 7}, {"auth": ["x"]}])
async def test_a_broken_wish_is_refused(
    front: FrontDesk, browser: Browser, other: dict[str, Any]
) -> None:
    visitor = await front.visitor()
    assert (await asks(visitor, browser, **other)).status_code == 400


async def test_a_flood_of_wishes_is_slowed_down(front: FrontDesk, browser: Browser) -> None:
    visitor = await waiting(front)
    codes = [(await asks(visitor, browser)).status_code for _ in range(8)]
    assert codes == [204] * 6 + [429] * 2


async def test_the_window_asks_only_for_pages_that_may_hold_the_chat(front: FrontDesk) -> None:
    for origin, status in ((SITE, 200), ("https://evil.example", 404), ("", 404), ("null", 404)):
        answer = await front.http.get("/answer-push/", params={"origin": origin})
        assert answer.status_code == status, origin
    asked = await front.http.get("/answer-push/", params={"origin": SITE, "language": "<b"})
    assert 'lang="en"' in asked.text and "<b" not in asked.text.replace("<body", "").replace(
        "<button", ""
    )


@pytest.mark.parametrize("language", ["en", "es", "pt", "fr", "de", "pl", "ar"])
async def test_the_window_speaks_the_seven_languages(front: FrontDesk, language: str) -> None:
    asked = {"origin": SITE, "language": language}
    page = (await front.http.get("/answer-push/", params=asked)).text
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert LINES[language]["push_yes"] in page
    assert not re.search(r"[{}]", page)
    assert LINES[language].keys() == LINES["en"].keys()
    for name, line in LINES[language].items():
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(one) if field}
            for one in (line, LINES["en"][name])
        ]
        assert fields[0] == fields[1], name


@pytest.mark.parametrize(
    "extra_settings",
    [
        {"PUBLIC_URL": SECURE},
        {"PUSH_SECRET": PUSH_SECRET, "PUBLIC_URL": URL},
    ],
    ids=["without a key", "on http"],
)
async def test_a_desk_that_cannot_does_not_offer_it(front: FrontDesk) -> None:
    visitor = await front.visitor()
    assert (await front.http.get("/api/clinic")).json()["pushes"] is False
    assert (await asks(visitor, Browser())).status_code == 404
    asked = {"origin": front.settings.public_url}
    assert (await front.http.get("/answer-push/", params=asked)).status_code == 404
