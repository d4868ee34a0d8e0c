"""Somebody who has never seen YAML writes an answer in a real browser; visitors read it at once."""

from __future__ import annotations

import re
import time

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SCREENSHOTS, Stack
from tests.e2e.test_clinic_live import change
from tests.e2e.test_main_job import SECOND, Visitor
from tests.frontdesk.inbox.studio import form_of

QUESTION = "May my dog come along?"
WORDS = "Dogs may wait with you in the hall, but not in the room. Please write to us first, so that we keep a mat free: "
FIVE_MINUTES = 300
PASSWORD = "ninas-own-password"


def add_nina(stack: Stack) -> str:
    """A new nurse. Return her one-time password."""
    form = {"user_name": "nina", "name": "Nina", "job": "nurse", "role": "nurse"}
    found = re.search(r"<code>([^<]+)</code>", change(stack, "/inbox/settings/people", **form).text)
    assert found
    return found[1]


def first_sign_in(page: Page, stack: Stack, password: str) -> None:
    page.goto(f"{stack.url}/inbox/")
    page.get_by_label("User name").fill("nina")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()


def pick(page: Page, field: str, words: str, ticked: str) -> None:
    """Choose one of a menu that opens while one types."""
    page.get_by_label(field).fill(words)
    expect(page.get_by_label(ticked)).to_be_checked(timeout=10 * SECOND)


def test_a_new_user_writes_an_answer_and_a_visitor_reads_it(
    open_clinic: Stack, browser: Browser, page: Page
) -> None:
    nina = browser.new_context(viewport={"width": 1366, "height": 900}, locale="en-GB").new_page()
    first_sign_in(nina, open_clinic, add_nina(open_clinic))
    begun = time.monotonic()
    nina.get_by_role("link", name="Answers").click()
    nina.get_by_role("link", name="Write a new answer").click()
    nina.get_by_label("The question, as a button shows it").fill(QUESTION)
    nina.get_by_label("On the website").fill("Your dog is <b>welcome</b>.")
    expect(nina.locator("#notes-text")).to_contain_text("is markup", timeout=10 * SECOND)
    nina.get_by_label("On the website").fill(WORDS)
    nina.get_by_label("Put in a fact of the clinic").select_option("{email}")
    expect(nina.get_by_label("On the website")).to_have_value(f"{WORDS}{{email}}")
    nina.get_by_label("On the website").press("End")
    nina.get_by_label("On the website").press_sequentially(".")
    nina.get_by_label("By SMS").fill(
        "Dogs may wait with you in the hall. Please write to {email} first."
    )
    pick(
        nina,
        "Add a source by its title",
        "Our clinic's own facts and practice",
        "Our clinic's own facts",
    )
    pick(nina, "Add an answer by its question", "Does it hurt?", "Does it hurt?")
    nina.get_by_label("Ways to ask, one in each line").fill(
        "can i bring the dog\nis my puppy allowed in"
    )
    expect(nina.locator("#notes-asks")).to_contain_text("2 ways to ask", timeout=10 * SECOND)
    expect(nina.locator("#preview .widget-here .bubble")).to_contain_text(
        "hello@harbourskin.example"
    )
    nina.screenshot(path=SCREENSHOTS / "answer-new.png", full_page=True)
    found = Axe().run(nina).response["violations"]
    assert [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]] == []
    nina.get_by_role("button", name="Keep", exact=True).click()
    expect(nina.get_by_role("heading", name=QUESTION)).to_be_visible(timeout=10 * SECOND)
    assert time.monotonic() - begun < FIVE_MINUTES
    nina.screenshot(path=SCREENSHOTS / "answer-kept.png", full_page=True)
    topic = nina.url.rpartition("/")[2].partition("?")[0]
    lead_to(open_clinic, topic)
    visitor = Visitor(page, open_clinic.url)
    visitor.start()
    visitor.say("is it painful?")
    page.get_by_role("button", name=QUESTION).click()
    expect(visitor.bubbles("assistant").last).to_contain_text("Dogs may wait", timeout=10 * SECOND)
    nina.context.close()


def lead_to(stack: Stack, topic: str) -> None:
    """Offer the new answer after "Does it hurt?", as a colleague would by hand."""
    with httpx.Client(base_url=stack.url, headers={"Origin": stack.url}, timeout=10) as http:
        who = {"user_name": "nina", "password": PASSWORD}
        assert http.post("/inbox/sign-in", data=who).status_code == 303
        form = form_of(http.get("/inbox/answers/pain_feel").text)
        form["related"] = [topic]
        assert http.post("/inbox/answers/pain_feel", data=form).status_code == 303
