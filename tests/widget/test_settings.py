"""The script tag: what its attributes do, and what happens when one is wrong."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from clinic import load
from tests.widget.conftest import Chat, Desk


def console(page: Page) -> list[str]:
    lines: list[str] = []
    page.on("console", lambda m: lines.append(m.text) if m.type == "error" else None)
    return lines


def test_the_clinic_of_this_front_desk_is_served(chat: Chat) -> None:
    chat.visit_page('data-clinic="harbour-skin-clinic"').open().start()


def test_another_clinic_gets_one_line_in_the_console_and_no_chat(chat: Chat) -> None:
    lines = console(chat.page)
    with chat.page.expect_console_message(lambda one: "Skin clinic chat" in one.text):
        chat.visit_page('data-clinic="nowhere"')
    expect(chat.page.get_by_role("heading", name="A clinic")).to_be_visible()
    chat.page.wait_for_load_state("networkidle")
    ours = [line for line in lines if "Skin clinic chat" in line]
    assert len(ours) == 1
    assert "nowhere" in ours[0]
    assert "harbour-skin-clinic" in ours[0]
    expect(chat.page.locator("clinic-chat")).to_have_count(0)


def test_it_opens_by_itself_without_taking_the_focus_or_storing_anything(chat: Chat) -> None:
    chat.visit_page("data-open")
    expect(chat.page.get_by_role("button", name="Talk to a person")).to_be_visible()
    assert chat.page.evaluate("document.activeElement === document.body")
    assert chat.page.evaluate("localStorage.length") == 0


def test_the_clinic_can_say_hello_in_its_own_words(chat: Chat) -> None:
    chat.visit_page('data-greeting="Ask <b>Maya</b> & co" data-label="Talk to us"')
    expect(chat.launcher).to_have_text("Talk to us")
    chat.open()
    expect(chat.page.get_by_text("Ask <b>Maya</b> & co")).to_be_visible()


def test_the_clinics_people_are_seen_on_the_first_screen(chat: Chat) -> None:
    chat.visit_page('data-team="Dr Asha Rao /widget/latest/sample.svg, Maya <b>Lind</b>"').open()
    team = chat.page.get_by_role("img", name="Dr Asha Rao, Maya <b>Lind</b>")
    expect(team).to_be_visible()
    expect(team.locator("img")).to_have_attribute("src", "/widget/latest/sample.svg")
    expect(team.locator("span")).to_have_text("M<")


def test_without_names_there_are_no_faces(chat: Chat) -> None:
    chat.visit_page().open()
    expect(chat.page.locator(".way.person")).to_be_visible()
    expect(chat.page.locator(".team")).to_have_count(0)


def test_the_side_can_be_chosen(chat: Chat) -> None:
    chat.visit_page('data-position="left"')
    box = chat.launcher.bounding_box()
    assert box
    assert box["x"] < 100


def test_a_colour_that_is_none_is_the_default(chat: Chat) -> None:
    chat.visit_page('data-colour="}*{color:red"')
    colour = chat.launcher.evaluate("element => getComputedStyle(element).backgroundColor")
    assert colour == "rgb(15, 107, 102)"


def test_the_page_can_theme_what_the_documentation_names(chat: Chat) -> None:
    chat.visit_page().open()
    chat.page.add_style_tag(content="clinic-chat{--chat-radius:3px;--chat-width:300px}")
    panel = chat.page.get_by_role("dialog")
    expect(panel).to_have_css("border-radius", "3px")
    expect(panel).to_have_css("width", "300px")


def test_the_teaser_can_be_put_away_and_opens_the_chat(chat: Chat) -> None:
    chat.visit_page('data-teaser="Questions?"')
    chat.page.get_by_role("button", name="Close").click()
    expect(chat.page.get_by_text("Questions?")).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.reload()
    chat.page.get_by_role("button", name="Questions?").click()
    expect(chat.page.get_by_role("button", name="Talk to a person")).to_be_visible()


def test_when_the_front_desk_is_down_a_visitor_reads_what_to_do(chat: Chat) -> None:
    chat.visit()
    chat.desk.stop()
    chat.open()
    expect(chat.page.get_by_text("Please call \u2066+44 20 7946 0123")).to_be_visible()
    chat.desk.start()
    chat.open()
    expect(chat.page.get_by_role("button", name="Talk to a person")).to_be_visible()


def test_the_playground_tries_settings_and_gives_the_line_to_copy(page: Page, desk: Desk) -> None:
    chat = Chat(page, desk).visit("/playground")
    page.get_by_label("Words on the launcher").fill("Say hello")
    page.get_by_role("button", name="Try it").click()
    expect(chat.launcher).to_have_text("Say hello")
    expect(page.locator("code.copy")).to_contain_text('data-label="Say hello"')


def test_answers_are_counted_while_the_visitor_reads_another_page(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    with chat.desk.silent():
        chat.write("slow")
        expect(chat.page.locator(".delivery").last).to_have_text("Sent")
        chat.page.get_by_role("button", name="Close chat").click()
        chat.visit("/playground")
    expect(chat.page.locator(".unread")).to_have_text("1")
    assert chat.page.get_by_role("dialog").count() == 0


def test_a_chat_that_was_open_opens_again_when_an_answer_came_meanwhile(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    with chat.desk.silent():
        chat.write("slow")
        expect(chat.page.locator(".delivery").last).to_have_text("Sent")
        chat.page.goto(f"{chat.desk.url}/playground")
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: slow")


LOOKS_ELSEWHERE = """elsewhere => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => elsewhere });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_answers_are_counted_in_the_title_of_a_tab_that_nobody_looks_at(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    title = chat.page.title()
    chat.page.evaluate(LOOKS_ELSEWHERE, True)
    chat.say("one")
    expect(chat.page).to_have_title(f"(1) {title}")
    chat.page.evaluate("document.title = 'Another page of ours'")
    chat.say("two")
    expect(chat.page).to_have_title("(2) Another page of ours")
    chat.page.evaluate(LOOKS_ELSEWHERE, False)
    expect(chat.page).to_have_title("Another page of ours")
    chat.say("three")
    expect(chat.page).to_have_title("Another page of ours")


@pytest.mark.parametrize(
    ("hour", "words"), [(12, "Nobody is here just now"), (23, "Nobody is here now. We open again")]
)
def test_who_waits_while_nobody_is_there_is_promised_no_ten_minutes(
    chat: Chat, hour: int, words: str
) -> None:
    now = datetime.now(ZoneInfo("Europe/London"))
    monday = now.replace(hour=hour) + timedelta(days=7 - now.weekday())
    chat.desk.ahead = monday - now
    with chat.desk.of(load(Path("clinic.yml"))):
        chat.visit().open().start()
        expect(chat.page.locator(".way.person")).to_contain_text(words)
        chat.write("human")
        wait = chat.page.locator(".wait")
        expect(wait).to_contain_text(words)
        expect(wait).not_to_contain_text("minutes")
        assert not wait.locator("p").inner_text().endswith("again ")


def test_numbers_stay_on_one_line(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.context.set_offline(True)
    chat.write("lost")
    expect(chat.page.get_by_text("You are offline")).to_be_visible()
    assert "20\u00a07946\u00a00123" in chat.page.locator(".status").inner_text()


def test_what_is_served_lost_no_blanks() -> None:
    """The minifier takes blanks out of a template inside a template: there must be none."""
    nested = re.compile(r"\$\{[^{}]*`")
    found = [
        str(one) for one in Path("widget").rglob("*.js") if nested.search(one.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("spoken", [["en"], ["en", "es"]])
def test_what_the_assistant_does_not_speak_is_said_and_only_that(
    chat: Chat, spoken: list[str]
) -> None:
    def clinic(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "languages": spoken})

    chat.page.route("**/api/clinic", clinic)
    chat.visit_page('data-language="es"').open()
    chat.page.get_by_role("button", name="Más").click()
    expect(chat.page.get_by_text("solo en inglés")).to_have_count(0 if "es" in spoken else 1)
