"""Somebody who has never seen YAML writes an answer in a real browser; the assistant says it at once."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clinic import answers
from tests.e2e.conftest import SCREENSHOTS, Stack, led_on, window
from tests.frontdesk.inbox.studio import PARKING, form_of
from tests.widget.conftest import Desk, open_desk

QUESTION = "May my dog come along?"
WORDS = "Dogs may wait with you in the hall, but not in the room. Please write to us first: "
FIVE_MINUTES = 300
PASSWORD = "ninas-own-password"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A front desk beside a stand-in of the assistant: what is tried here is the page."""
    changes = str(tmp_path / "answers.yml")
    monkeypatch.setenv("ANSWER_CHANGES", changes)
    answers.forget()
    running = open_desk(tmp_path, ANSWER_CHANGES=changes)
    with sqlite3.connect(tmp_path / "desk.db") as database:
        database.execute("DELETE FROM one_time_passwords")  # as if it was changed
    yield running
    running.stop()
    answers.forget()


@pytest.fixture()
def nina(browser: Browser) -> Iterator[Page]:
    with window(browser, viewport={"width": 1366, "height": 900}) as one:
        yield one


@pytest.fixture()
def ana(browser: Browser) -> Iterator[Page]:
    with window(browser, viewport={"width": 1366, "height": 900}) as one:
        yield one


@contextmanager
def signed_in(url: str, password: str) -> Iterator[tuple[httpx.Client, str]]:
    """Reception in a browser without a window, and the token of its pages."""
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as http:
        who = {"user_name": "reception", "password": password}
        assert http.post("/inbox/sign-in", data=who).status_code == 303
        found = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/inbox/answers").text)
        assert found
        yield http, found[1]


def add_colleague(url: str, name: str = "nina", role: str = "nurse") -> str:
    """A new nurse, or whatever else. Return the one-time password."""
    form = {"user_name": name, "name": name.title(), "job": role, "role": role}
    with signed_in(url, "a-password-for-tests") as (http, token):
        page = http.post("/inbox/settings/people", data={"csrf_token": token, **form}).text
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found
    return found[1]


def first_sign_in(page: Page, url: str, password: str, name: str = "nina") -> None:
    page.goto(f"{url}/inbox/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    with led_on(page):
        page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password").fill(PASSWORD)
    with led_on(page):
        page.get_by_role("button", name="Change password").click()


def pick(page: Page, field: str, words: str) -> None:
    """Choose one of a menu that opens while one types; it is ticked above the field."""
    page.get_by_label(field).fill(words)
    expect(page.locator(".chosen label").filter(has_text=words)).to_be_visible()
    expect(page.get_by_label(field)).to_have_value("")


def test_a_new_user_writes_an_answer_in_less_than_five_minutes(desk: Desk, nina: Page) -> None:
    first_sign_in(nina, desk.url, add_colleague(desk.url))
    begun = time.monotonic()
    for link in ("Answers", "Write a new answer"):
        with led_on(nina):
            nina.get_by_role("link", name=link, exact=True).click()
    expect(nina.locator("#editor .problem")).to_have_count(0)
    nina.get_by_label("The question, as a button shows it").fill(QUESTION)
    text = nina.get_by_label("On the website")
    text.fill("Your dog is <b>welcome</b>.")
    expect(nina.locator("#notes-text")).to_contain_text("is markup")
    text.fill(WORDS)
    nina.get_by_label("Put in a fact of the clinic").select_option("{email}")
    expect(text).to_have_value(f"{WORDS}{{email}}")
    text.press_sequentially(".")
    nina.get_by_label("By SMS").fill("Dogs may wait in the hall. Please write to {email} first.")
    pick(nina, "Add a source by its title", "Our clinic's own facts and practice")
    pick(nina, "Add an answer by its question", "Does it hurt?")
    nina.get_by_label("Ways to ask, one in each line").fill("can i bring the dog\nmy puppy too?")
    expect(nina.locator("#notes-asks")).to_contain_text("2 ways to ask")
    shown = nina.locator("#preview .widget-here .bubble")
    expect(shown).to_contain_text("hello@harbourskin.example")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    nina.screenshot(path=SCREENSHOTS / "answer-new.png", full_page=True)
    found = Axe().run(nina).response["violations"]
    assert [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]] == []
    with led_on(nina):
        nina.get_by_role("button", name="Keep", exact=True).click()
    expect(nina.get_by_text("wrote")).to_be_visible()
    assert time.monotonic() - begun < FIVE_MINUTES
    nina.screenshot(path=SCREENSHOTS / "answer-kept.png", full_page=True)
    answers.forget()
    (words,) = (one[0] for name, one in answers.current().responses.items() if "own" in name)
    assert words["text"] == f"{WORDS}{{email}}."


def test_a_new_answer_is_said_by_the_real_assistant_within_a_second(
    open_clinic: Stack, say: Any
) -> None:
    with signed_in(open_clinic.url, open_clinic.staff_password) as (http, token):
        kept = http.post("/inbox/answers/new", data={**PARKING, "csrf_token": token})
        assert kept.status_code == 303, kept.text
        topic = kept.headers["location"].rpartition("/")[2]
        form = form_of(http.get("/inbox/answers/pain_feel").text)
        written = http.post("/inbox/answers/pain_feel", data={**form, "related": [topic]})
        assert written.status_code == 303
    time.sleep(1)  # what is asked from now on gets the new one, however busy the machine is
    talk = say()
    talk.say("does it hurt?")
    assert PARKING["question"] in talk.buttons
    assert "bench in the hall" in talk.press(PARKING["question"])


def may_sign(desk: Desk, name: str) -> None:
    """A colleague has a whole name, a number and a second factor."""
    with sqlite3.connect(desk.settings.database_url.partition(":///")[2]) as database:
        whole = ("Dr Ana Ruiz", "GMC 7654321", name)
        query = "UPDATE staff SET signs_as = ?, registration = ? WHERE user_name = ?"
        database.execute(query, whole)
        database.execute(
            "INSERT INTO second_factors (staff_id, secret, last_step, confirmed_at) "
            "SELECT id, 'AAAA', 0, '2026-01-01 00:00:00.000000' FROM staff WHERE user_name = ?",
            (name,),
        )


def test_one_writes_an_answer_about_a_device_and_another_signs_it(
    desk: Desk, nina: Page, ana: Page
) -> None:
    """Two people, two browsers, nothing but the inbox; what is signed stands in what the assistant says."""
    for page, name, role in ((nina, "nina", "nurse"), (ana, "ana", "clinician")):
        first_sign_in(page, desk.url, add_colleague(desk.url, name, role), name)
    may_sign(desk, "ana")
    begun = time.monotonic()
    nina.goto(f"{desk.url}/inbox/answers")
    nina.get_by_label("Words").fill("ultrasound hurt")
    with led_on(nina):
        nina.get_by_role("button", name="Show").click()
    with led_on(nina):
        nina.get_by_role("link", name="Does Ultrasound hurt?").click()
    text = nina.get_by_label("The answer")
    text.fill("{device} is painless for everyone.")
    expect(nina.locator("#notes-text")).to_contain_text("promises nothing")
    text.fill("Most people say that {device} stings, deep down. Ask for a break when you need one.")
    shown = nina.locator("#preview .widget-here .bubble")
    expect(shown).to_contain_text("stings, deep down")
    expect(shown).to_contain_text("we do not offer it here")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    nina.screenshot(path=SCREENSHOTS / "answer-device.png", full_page=True)
    found = Axe().run(nina).response["violations"]
    assert [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]] == []
    for button in ("Keep", "Ask a clinician to sign it"):
        with led_on(nina):
            nina.get_by_role("button", name=button, exact=True).click()
    expect(nina.get_by_text("A clinician is asked to read it")).to_be_visible()
    ana.goto(f"{desk.url}/inbox/signing")
    with led_on(ana):
        ana.get_by_role("button", name="Sign as Dr Ana Ruiz").click()
    expect(ana.get_by_text("To be signed: 0")).to_be_visible()
    assert time.monotonic() - begun < FIVE_MINUTES
    answers.forget()
    cell = answers.current().cells["ultrasound_pain"]
    assert "stings, deep down" in cell["text"]
    assert cell["clinical_review"].startswith("Dr Ana Ruiz, GMC 7654321 ")
