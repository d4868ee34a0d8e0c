"""The inbox all day, in a real browser: colleagues see each other, a send is taken back, nothing begun is lost."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Stack, led_on
from tests.e2e.test_inbox import both_open_newest, open_newest, violations, waiting
from tests.e2e.test_main_job import Visitor, sign_in

__all__ = ["waiting"]


def in_time(button: Locator) -> None:
    """Press what goes away by itself after some seconds, which a busy machine may need to look at it."""
    button.dispatch_event("click")


def test_two_colleagues_see_each_other_type_and_mention_each_other(
    open_clinic: Stack, waiting: Visitor, staff_page: Page, colleague: Page
) -> None:
    both_open_newest(staff_page, colleague, open_clinic)
    others = staff_page.locator("#others")
    expect(others).to_contain_text("Tom is looking at this")
    colleague.get_by_label(re.compile("^Reply as")).press_sequentially("Hel")
    expect(others).to_contain_text("Tom is writing here")
    colleague.goto(f"{open_clinic.url}/inbox/numbers")
    staff_page.keyboard.press("n")
    staff_page.get_by_role("button", name="@Tom").click()
    staff_page.keyboard.type("can you look?")
    staff_page.get_by_role("button", name="Keep note").click()
    expect(staff_page.locator("#thread .notes")).to_contain_text("@Tom can you look?")
    with led_on(colleague):
        in_time(colleague.locator(".toast", has_text="mentioned you").locator("a"))
    expect(colleague.locator("#queue a.card")).to_have_count(1)
    with led_on(colleague):
        colleague.locator("#queue a.card").click()
    expect(colleague.locator("#thread")).to_contain_text("can you look?")
    expect(colleague.locator(".view-mentions .count")).to_have_count(0)


def test_a_send_can_be_taken_back_and_leaves_with_whoever_leaves_the_page(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    box = staff_page.get_by_label(re.compile("^Reply as"))
    box.fill("With a mistkae")
    staff_page.keyboard.press("Control+Enter")
    in_time(staff_page.get_by_role("button", name="Undo"))
    expect(box).to_have_value("With a mistkae")
    staff_page.wait_for_timeout(3_500)  # longer than a reply is held
    assert waiting.bubbles("staff").count() == 0
    box.fill("Without one")
    staff_page.keyboard.press("Control+Enter")
    staff_page.goto(f"{open_clinic.url}/inbox/numbers")
    expect(waiting.bubbles("staff").last).to_contain_text("Without one")
    staff_page.go_back()
    expect(box).to_have_value("")
    box.fill("At once")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    in_time(staff_page.get_by_role("button", name="Send now"))
    expect(waiting.bubbles("staff").last).to_contain_text("At once")
    assert waiting.bubbles("staff").count() == 2, "each was said once"


def test_what_is_begun_in_the_facts_survives_a_message(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    staff_page.get_by_text("Write down who this is").click()
    name = staff_page.locator("#known-name")
    name.fill("Ana")
    staff_page.locator("#known-about").fill("Prefers mornings")
    with staff_page.expect_response("**part=facts"):
        waiting.write("are you there?")
    expect(staff_page.locator("#thread")).to_contain_text("are you there?")
    expect(name).to_have_value("Ana")
    expect(staff_page.locator("#known-about")).to_be_focused()
    staff_page.locator("#contact-form button").click()
    expect(staff_page.locator(".about")).to_contain_text("Prefers mornings")
    expect(staff_page.locator("#thread h1")).to_have_text("Ana")
    staff_page.keyboard.press("l")
    staff_page.keyboard.type("price")
    staff_page.keyboard.press("Enter")
    expect(staff_page.locator("#facts .tag.label")).to_have_text("price")


def test_snoozed_by_keyboard_and_brought_back_by_undo(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    staff_page.keyboard.press("s")
    expect(staff_page.get_by_role("button", name="In an hour")).to_be_focused()
    staff_page.keyboard.press("Enter")
    expect(staff_page.locator(".view-snoozed")).to_be_visible()
    in_time(staff_page.get_by_role("button", name="Undo"))
    expect(staff_page.locator(".view-snoozed")).to_have_count(0)


def test_several_are_closed_at_once_and_a_choice_survives_a_message(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    staff_page.get_by_role("button", name="Choose several").click()
    boxes = staff_page.get_by_role("checkbox", name=re.compile("^Choose "))
    before = boxes.count()
    boxes.last.check()
    waiting.write("hello?")
    expect(staff_page.locator("#queue a.card").last).to_contain_text("hello?")
    expect(boxes.last).to_be_checked()
    assert violations(staff_page) == []
    with led_on(staff_page):
        staff_page.get_by_role("button", name="Close them").click()
    expect(staff_page.locator("#queue a.card")).to_have_count(before - 1)
    expect(waiting.bubbles("system").filter(has_text="closed").last).to_be_visible()


def test_on_a_phone_the_reply_is_at_the_bottom_and_the_facts_are_a_sheet(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    staff_page.set_viewport_size({"width": 390, "height": 844})
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    box = staff_page.locator("#reply").bounding_box()
    assert box and box["y"] + box["height"] > 700
    assert not staff_page.locator("#facts").is_visible()
    staff_page.get_by_role("button", name="About").click()
    expect(staff_page.locator("#facts")).to_be_visible()
    assert violations(staff_page) == []
    staff_page.get_by_role("button", name="Back to the conversation").click()
    expect(staff_page.locator("#reply")).to_be_visible()


def test_visitor_and_staff_see_each_other_write_and_an_answer_is_taught(
    open_clinic: Stack, waiting: Visitor, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    open_newest(staff_page, open_clinic)
    waiting.page.get_by_label("Write your question").press_sequentially("do you treat hor")
    expect(staff_page.locator("#others")).to_contain_text("visitor is writing")
    waiting.write("do you treat horses?")
    with led_on(staff_page):
        staff_page.get_by_role("button", name="Take", exact=True).click()
    staff_page.get_by_label(re.compile("^Reply as")).press_sequentially("Only")
    expect(waiting.page.locator(".typing")).to_be_visible()
    staff_page.get_by_label(re.compile("^Reply as")).fill("Only people, I am afraid.")
    staff_page.get_by_role("button", name="Send", exact=True).click()
    in_time(staff_page.get_by_role("button", name="Send now"))
    staff_page.get_by_role("button", name="Teach the assistant").last.click()
    expect(staff_page.locator(".toast")).to_contain_text("stands in Learning")
    staff_page.goto(f"{open_clinic.url}/inbox/learning")
    expect(staff_page.locator(".lesson", has_text="horses")).to_contain_text("Only people")


def test_it_installs_as_an_app_and_says_when_there_is_no_connection(
    open_clinic: Stack, staff_page: Page
) -> None:
    sign_in(staff_page, open_clinic)
    manifest = staff_page.locator("link[rel=manifest]").get_attribute("href")
    found = staff_page.request.get(f"{open_clinic.url}{manifest}").json()
    for icon in found["icons"]:
        assert staff_page.request.get(f"{open_clinic.url}{icon['src']}").ok, icon
    staff_page.evaluate("navigator.serviceWorker.ready.then((one) => one.active.state)")
    staff_page.context.set_offline(True)
    staff_page.goto(f"{open_clinic.url}/inbox/numbers")
    expect(staff_page.get_by_role("heading", name="No connection")).to_be_visible()
    staff_page.context.set_offline(False)
    with led_on(staff_page):
        staff_page.get_by_role("link", name="Try again").click()
    expect(staff_page.get_by_role("link", name=re.compile("Waiting"))).to_be_visible()
