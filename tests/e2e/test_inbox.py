"""A receptionist's day in a real browser: every page, two colleagues, and what may go wrong."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ROOT, Stack, led_on, window
from tests.e2e.test_main_job import Visitor, sign_in

PICTURES = ROOT / "docs" / "screenshots"
TOM = {"user_name": "tom", "name": "Tom", "job": "nurse"}
PAGES = {
    "waiting": "/inbox/",
    "all": "/inbox/?view=all",
    "callbacks": "/inbox/?view=callbacks",
    "numbers": "/inbox/numbers",
    "learning": "/inbox/learning",
    "settings": "/inbox/settings",
    "password": "/inbox/password",
    "you": "/inbox/alerts",
    "clinic": "/inbox/settings/clinic",
    "second-factor": "/inbox/second-factor",
}


@pytest.fixture()
def waiting(open_clinic: Stack, page: Page) -> Visitor:
    visitor = Visitor(page, open_clinic.url)
    visitor.start()
    visitor.say("can i talk to a human please")
    expect(visitor.bubbles("system").last).to_contain_text("our staff")
    return visitor


def open_newest(staff: Page, stack: Stack) -> None:
    staff.goto(f"{stack.url}/inbox/")
    with led_on(staff):
        staff.locator("#queue a.card").last.click()
    expect(staff.get_by_role("button", name="Send", exact=True)).to_be_visible()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def add_tom(admin: Page, stack: Stack) -> str:
    """Add a colleague in the settings, or give him a new password. Return the one-time password."""
    admin.goto(f"{stack.url}/inbox/settings")
    again = admin.get_by_role("button", name="Reset password of Tom")
    if again.count():
        with led_on(admin):
            again.click()
    else:
        admin.get_by_text("Add a person").click()
        admin.get_by_label("User name").fill("tom")
        admin.get_by_label("First name (visitors see it)").fill("Tom")
        admin.get_by_label("Job (visitors see it").fill("nurse")
        with led_on(admin):
            admin.get_by_role("button", name="Add person").click()
    return admin.locator(".notice code").inner_text()


def sign_in_as_tom(page: Page, stack: Stack, password: str) -> None:
    page.goto(f"{stack.url}/inbox/")
    page.get_by_label("User name").fill("tom")
    page.get_by_label("Password").fill(password)
    with led_on(page):
        page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password").fill("toms-own-password")
    with led_on(page):
        page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("link", name=re.compile("Waiting"))).to_be_visible()


def both_open_newest(staff_page: Page, colleague: Page, stack: Stack) -> None:
    """Reception and Tom, each at the conversation that waits."""
    sign_in(staff_page, stack)
    sign_in_as_tom(colleague, stack, add_tom(staff_page, stack))
    for one in (staff_page, colleague):
        open_newest(one, stack)


def test_two_colleagues_and_one_visitor(
    open_clinic: Stack, waiting: Visitor, staff_page: Page, colleague: Page
) -> None:
    both_open_newest(staff_page, colleague, open_clinic)
    for one in (staff_page, colleague):
        one.get_by_label(re.compile("^Reply as")).fill(f"Hello, {one.url[-4:]} is here")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(waiting.bubbles("staff")).to_have_count(1)
    colleague.get_by_role("button", name="Send", exact=True).click()
    problem = colleague.locator("#compose-problem")
    expect(problem).to_contain_text("Reception has this conversation now")
    assert colleague.get_by_label(re.compile("^Reply as")).input_value().startswith("Hello")
    waiting.write("thank you both")
    for one in (staff_page, colleague):
        expect(one.locator("#thread")).to_contain_text("thank you both")
    staff_page.screenshot(path=PICTURES / "inbox-conversation.png")
    assert waiting.bubbles("staff").count() == 1


def test_a_double_click_says_it_once(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    staff_page.get_by_label(re.compile("^Reply as")).fill("Only once, please")
    staff_page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(waiting.bubbles("staff")).to_have_count(1)
    staff_page.get_by_label(re.compile("^Reply as")).fill("And this, too")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(waiting.bubbles("staff").last).to_contain_text("And this, too")
    assert waiting.bubbles("staff").count() == 2


def test_an_expired_session_in_the_middle_of_a_reply_keeps_the_text(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    staff_page.get_by_label(re.compile("^Reply as")).fill("A long and careful answer")
    staff_page.context.clear_cookies()
    waiting.write("and does it last?")  # a live update must not lead away from the text
    expect(staff_page.locator("#compose-problem")).to_contain_text("signed out")
    staff_page.evaluate("document.querySelector('#compose-problem').hidden = true")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(staff_page.locator("#compose-problem")).to_contain_text("signed out")
    where = staff_page.url
    sign_in(staff_page, open_clinic)
    staff_page.goto(where)
    box = staff_page.get_by_label(re.compile("^Reply as"))
    expect(box).to_have_value("A long and careful answer")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(waiting.bubbles("staff").last).to_contain_text("careful answer")


def test_the_queue_grows_without_a_reload_and_catches_up_after_an_outage(
    open_clinic: Stack, page: Page, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    staff_page.get_by_role("button", name="Alerts").click()
    expect(staff_page.get_by_role("button", name="Alerts")).to_have_attribute(
        "aria-pressed", "true"
    )
    staff_page.evaluate("sessionStorage.setItem('waiting', '0')")
    before = staff_page.locator("#queue a.card").count()
    visitor = Visitor(page, open_clinic.url)
    visitor.start()
    visitor.say("talk to a person")
    expect(staff_page.locator("#queue a.card")).to_have_count(before + 1)
    expect(staff_page).to_have_title(re.compile(rf"^\({before + 1}\) "))
    with led_on(staff_page):
        staff_page.locator("#queue a.card").last.click()
    staff_page.context.set_offline(True)
    visitor.write("are you still there")
    expect(page.locator(".delivery").last).to_have_text("Sent")
    staff_page.context.set_offline(False)
    expect(staff_page.locator("#thread")).to_contain_text("still there")


MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"


def test_markup_is_words_everywhere(open_clinic: Stack, waiting: Visitor, staff_page: Page) -> None:
    sign_in(staff_page, open_clinic)
    scripts: list[str] = []
    staff_page.on("dialog", lambda dialog: (scripts.append(dialog.message), dialog.dismiss()))
    waiting.write(MARKUP)
    open_newest(staff_page, open_clinic)
    expect(staff_page.locator(".message.visitor").last).to_contain_text(MARKUP)
    staff_page.get_by_text("Private note").click()
    staff_page.get_by_label("Only staff see this").fill(MARKUP)
    staff_page.get_by_role("button", name="Keep note").click()
    expect(staff_page.locator(".notes")).to_contain_text(MARKUP)
    staff_page.get_by_label(re.compile("^Reply as")).fill(MARKUP)
    staff_page.get_by_role("button", name="Send", exact=True).click()
    expect(waiting.bubbles("staff").last).to_contain_text(MARKUP)
    expect(staff_page.locator("#thread")).to_contain_text(MARKUP)
    assert staff_page.locator("#thread img, #thread b:not(.flags b)").count() == 0
    assert waiting.page.locator(".bubble img, .bubble b").count() == 0
    assert scripts == []


def test_ten_thousand_characters_in_a_note_are_refused_in_words(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    box = staff_page.locator("#note")
    staff_page.get_by_text("Private note").click()
    box.fill("x" * 10_000)
    assert len(box.input_value()) == 10_000
    staff_page.get_by_role("button", name="Keep note").click()
    expect(staff_page.get_by_role("alert")).to_contain_text("4000 characters or fewer")
    assert len(box.input_value()) == 10_000
    assert staff_page.locator("#thread .notes li").count() == 0


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_clinic: Stack, waiting: Visitor, browser: Browser, look: str
) -> None:
    looks = {
        "light": {"viewport": {"width": 1280, "height": 800}},
        "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
        "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True},
    }
    found: dict[str, list[str]] = {}
    with window(browser, **looks[look]) as page:
        page.goto(f"{open_clinic.url}/inbox/")
        found["sign-in"] = violations(page)
        sign_in(page, open_clinic)
        newest = page.locator("#queue a.card").first.get_attribute("href")
        for name, path in {**PAGES, "conversation": newest}.items():
            page.goto(f"{open_clinic.url}{path}")
            page.evaluate(
                "document.querySelectorAll('main details').forEach((one) => one.open = true)"
            )
            found[name] = violations(page)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found[name].append(f"{wide} px too wide")
            page.evaluate("scrollTo(0, 0)")
            if look != "dark":
                page.screenshot(path=PICTURES / f"inbox-{name}-{look}.png")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_by_keyboard_alone(open_clinic: Stack, waiting: Visitor, staff_page: Page) -> None:
    staff_page.goto(f"{open_clinic.url}/inbox/")
    expect(staff_page.get_by_label("User name")).to_be_focused()
    staff_page.keyboard.type("reception")
    staff_page.keyboard.press("Tab")
    staff_page.keyboard.type(open_clinic.staff_password)
    with led_on(staff_page):
        staff_page.keyboard.press("Enter")
    expect(staff_page.get_by_role("link", name=re.compile("Waiting"))).to_be_visible()
    _tab_to(staff_page, "a.card")
    with led_on(staff_page):
        staff_page.keyboard.press("Enter")
    expect(staff_page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    _tab_to(staff_page, "#reply")
    staff_page.keyboard.type("By keyboard")
    _tab_to(staff_page, "button.primary")
    staff_page.keyboard.press("Enter")
    expect(staff_page.locator("#thread")).to_contain_text("By keyboard")


def _tab_to(page: Page, wanted: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} cannot be reached with the Tab key")


def test_the_code_of_a_reset_link_is_in_no_request_and_in_no_history(
    open_clinic: Stack, colleague: Page
) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "frontdesk.staff.resets", "zoe"],
        env=open_clinic.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    link = printed.split()[-1]
    code, asked = link.partition("#")[2], []
    assert code
    colleague.on("request", lambda request: asked.append((request.url, request.headers)))
    colleague.goto(link)
    expect(colleague.get_by_label("Code")).to_be_hidden()
    expect(colleague.get_by_label("Code")).to_have_value(code)
    expect(colleague).not_to_have_url(re.compile(code))
    colleague.get_by_label("New password").fill("zoes-own-password")
    colleague.get_by_role("button", name="Keep password").click()
    expect(colleague).to_have_url(re.compile(r"/inbox/sign-in$"))
    assert asked and code not in str(asked)
