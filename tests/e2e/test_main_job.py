"""The main job, in a real browser against the real processes, with a screenshot at each step."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import SCREENSHOTS, Stack, holding, led_on, until, window

OFFERED = ".choices button, .row:not(.closed) .card :is(button, label)"
ANSWER = ".row.visitor:not(:has(~ .row.visitor)) ~ .row .bubble:not(.visitor)"
"""What came after the visitor's last words."""


class Visitor:
    """Somebody at the widget on the clinic's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        page.get_by_role("button", name="Ask us").click()

    @classmethod
    def whose_chat_is_open(cls, page: Page) -> Visitor:
        """Somebody whom a link has led into the chat."""
        visitor = cls.__new__(cls)
        visitor.page = page
        return visitor

    def start(self) -> None:
        expect(self.page.get_by_role("button", name="Talk to a person")).to_be_visible()
        self.say("hello")
        expect(self.bubbles("assistant").nth(1)).to_be_visible()

    def bubbles(self, author: str) -> Locator:
        return self.page.locator(f".bubble.{author}")

    @contextmanager
    def answered(self) -> Iterator[None]:
        """What is done in here says something; go on when all of the answer is there."""
        mine = self.bubbles("visitor").count()
        yield
        expect(self.bubbles("visitor")).to_have_count(mine + 1)
        expect(self.page.locator(ANSWER).first).to_be_visible()
        expect(self.page.locator(".typing")).to_be_hidden()

    def write(self, text: str) -> None:
        self.page.get_by_label("Write your question").fill(text)
        self.page.keyboard.press("Enter")

    def say(self, text: str) -> None:
        with self.answered():
            self.write(text)

    def press(self, title: str | re.Pattern[str]) -> None:
        offered = self.page.locator(OFFERED, has_text=title).first
        is_box = offered.evaluate("one => one.matches('label')")
        with self.answered():
            offered.click()
            if is_box:
                self.page.locator(OFFERED, has_text="Continue").click()

    def last_words(self, author: str = "assistant") -> str:
        return self.bubbles(author).last.locator(".text").text_content()


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/inbox/")
    page.get_by_label("User name").fill("reception")
    page.get_by_label("Password").fill(stack.staff_password)
    with led_on(page):
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=re.compile("Waiting"))).to_be_visible()


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(250)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


QUESTIONS = [
    ("how does it actually tighten the skin?", "collagen"),
    ("does the zapping hurt lol", "snap|hurt|elastic"),
    ("how many times do i have to come", "3 to 5"),
    ("will it burn my brown skin", "dark|skin colour|1064"),
    ("is it a problem that my skin is so oily", "oily|oil"),
    ("my neck skin hangs really loose, can laser fix that", "surgery|degree|modest|loose"),
    ("when will i see something", "month"),
]


def test_a_visitor_asks_is_screened_and_talks_to_a_person_and_back(
    open_clinic: Stack, page: Page, staff_page: Page
) -> None:
    visitor = Visitor(page, open_clinic.url)
    expect(page.get_by_text("a machine, not a person").first).to_be_visible()
    shoot(page, "1-notice")
    visitor.start()
    assert "automated assistant" in visitor.last_words()

    for question, wanted in QUESTIONS:
        visitor.say(question)
        assert re.search(wanted, visitor.last_words(), re.IGNORECASE), (
            question,
            visitor.last_words(),
        )
    shoot(page, "2-answers")

    visitor.say("would it work for me?")
    expect(page.locator(".log")).to_contain_text("health questions")
    visitor.press("Yes, begin")
    shoot(page, "3-pre-screen")
    visitor.say("i'm 47")
    visitor.press("None of these")
    visitor.say("wait, how long does a session take?")
    assert "minutes" in page.locator(".log").text_content()
    answer_the_rest(visitor)
    shoot(page, "4-result")
    assert "you are suitable" not in page.locator(".log").text_content().lower()
    assert "A clinician decides after seeing you" in page.locator(".log").text_content()
    visitor.press("Yes, send it to staff")
    expect(visitor.bubbles("system").last).to_contain_text("our staff")
    shoot(page, "5-handed-over")

    sign_in(staff_page, open_clinic)
    shoot(staff_page, "6-inbox")
    with led_on(staff_page):
        staff_page.locator("a.card", has_text="shared the health questions").last.click()
    expect(staff_page.get_by_text("shared by the visitor")).to_be_visible()
    expect(
        staff_page.get_by_label("Conversation").get_by_text("would it work for me?")
    ).to_be_visible()
    with led_on(staff_page):
        staff_page.get_by_role("button", name="Take", exact=True).click()
    expect(visitor.bubbles("system").last).to_contain_text("has joined")
    staff_page.get_by_label(re.compile("^Reply as")).fill("Hello, Maya here. How can I help?")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.bubbles("staff").last).to_contain_text("Maya here")
    expect(visitor.bubbles("staff").last).to_contain_text("Reception, front desk")
    shoot(page, "7-a-person-answers")

    spoken = visitor.bubbles("assistant").count()
    visitor.write("does it hurt?")
    expect(staff_page.get_by_text("does it hurt?").last).to_be_visible()
    shoot(staff_page, "8-conversation")
    page.wait_for_timeout(1_000)  # time enough for what shall not come
    assert visitor.bubbles("assistant").count() == spoken

    staff_page.get_by_role("button", name="Hand back to the assistant").click()
    expect(visitor.bubbles("system").last).to_contain_text("automated assistant")
    visitor.say("how much does it cost")
    assert "£" in visitor.last_words()
    shoot(page, "9-assistant-again")


READING_SECONDS = 4
"""Of a question and its choices, before one is pressed."""


def test_by_buttons_on_a_phone_the_health_questions_take_at_most_ninety_seconds(
    open_clinic: Stack, browser: Browser
) -> None:
    size = {"width": 390, "height": 844}
    with window(browser, viewport=size, has_touch=True, is_mobile=True) as page:
        visitor = Visitor(page, open_clinic.url)
        page.locator(".way.check").tap()
        expect(page.locator(OFFERED, has_text="Yes, begin")).to_be_visible()
        began = time.monotonic()
        visitor.press("Yes, begin")
        visitor.press(re.compile("^Yes, 18 or over$"))
        presses = 2 + answer_the_rest(visitor)
        seconds = time.monotonic() - began
        expect(page.locator(".result-line")).to_be_in_viewport()
        print(f"{presses} presses, {seconds:.1f} s of them ours")
        assert seconds + presses * READING_SECONDS <= 90, (presses, seconds)


def answer_the_rest(visitor: Visitor) -> int:
    """Choose a harmless answer to every question that is left; return how many there were."""
    wanted = re.compile(
        r"^(None of these|Neither|No|Burns a bit.*|Face|Some sag.*|Fresher.*|Yes, that is right)$"
    )
    for count in range(25):
        expect(visitor.page.locator(OFFERED).first).to_be_visible()
        titles = [one.strip() for one in visitor.page.locator(OFFERED).all_inner_texts()]
        if "Yes, send it to staff" in titles:
            return count
        title = next((one for one in titles if wanted.match(one)), None)
        assert title, titles
        visitor.press(re.compile(f"^{re.escape(title)}$"))
    pytest.fail("the pre-screen did not end")


def test_a_reload_keeps_the_conversation(open_clinic: Stack, page: Page) -> None:
    visitor = Visitor(page, open_clinic.url)
    visitor.start()
    visitor.say("what is collagen")
    answer = visitor.last_words()
    page.reload()
    page.get_by_role("button", name="Ask us").click()
    expect(visitor.bubbles("assistant").last).to_contain_text(answer[:40])
    expect(visitor.bubbles("visitor")).to_have_count(2)  # "hello" began it


def test_a_visitor_deletes_the_conversation_everywhere(open_clinic: Stack, page: Page) -> None:
    visitor = Visitor(page, open_clinic.url)
    visitor.start()
    canary = "zanzibarcanary"
    visitor.say(f"what is collagen, asks {canary}")
    page.get_by_label("Menu").click()
    page.get_by_role("button", name="Delete my conversation").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Your conversation was deleted")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0

    folder = open_clinic.directory
    assert until(lambda: not holding(folder, canary)), holding(folder, canary)


def test_when_the_clinic_is_closed_a_callback_is_taken_and_staff_find_it(
    closed_clinic: Stack, page: Page, staff_page: Page
) -> None:
    visitor = Visitor(page, closed_clinic.url)
    visitor.start()
    visitor.say("can i talk to a real person please")
    expect(visitor.bubbles("assistant").last).to_contain_text("name")
    expect(page.locator(".log")).to_contain_text("Nobody from our staff is here")
    visitor.say("Ana Gil")
    page.get_by_label("Phone number").fill("020 7946 0555")
    visitor.say("")
    expect(page.get_by_label("Phone number")).to_have_count(0)
    visitor.say("weekdays after six")
    expect(visitor.bubbles("assistant").last).to_contain_text("get in touch")
    shoot(page, "10-closed-callback")
    sign_in(staff_page, closed_clinic)
    with led_on(staff_page):
        staff_page.get_by_role("link", name=re.compile("Callbacks")).click()
    expect(staff_page.get_by_text("+44 20 7946 0555")).to_be_visible()
    expect(staff_page.get_by_text("Ana Gil").first).to_be_visible()
    expect(staff_page.get_by_text("weekdays after six")).to_be_visible()
    shoot(staff_page, "11-callbacks")
    staff_page.get_by_role("button", name="Reached", exact=True).click()
    expect(staff_page.locator("#queue")).to_contain_text("Nobody is waiting for a call.")
