"""Who cannot stay asks to be told by e-mail in the waiting card, sees where it goes, and ends it there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.widget import states
from tests.widget.conftest import Chat


def test_it_is_asked_for_shown_after_a_reload_and_ended(chat: Chat) -> None:
    states.will_be_written_to(chat)
    chat.page.reload()
    chat.open()
    wait = chat.page.locator(".wait")
    expect(wait).to_contain_text("If you leave, we write to nina@home.example")
    wait.get_by_role("button", name="Do not write to me").click()
    expect(wait.get_by_role("button", name="Tell me by e-mail")).to_be_visible()


@pytest.mark.parametrize("address", ["", "nina", "nina@home", "a@b.example, c@d.example"])
def test_what_is_no_address_gets_a_line_at_the_field(chat: Chat, address: str) -> None:
    states.asked_where_to_write(chat)
    field = chat.page.get_by_label("Your e-mail address")
    field.fill(address)
    field.press("Enter")
    expect(chat.page.get_by_role("alert").last).to_contain_text("such as name@example.com")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_it_is_fetched_only_while_somebody_waits(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    states.answered(chat)
    assert not [url for url in asked if "waiting.js" in url]


def test_a_desk_without_a_mail_server_does_not_offer_it(chat: Chat) -> None:
    def without(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        route.fulfill(response=answer, json={**answer.json(), "mails": False})  # type: ignore[attr-defined]

    chat.page.route("**/api/clinic", without)
    states.waiting_for_staff(chat)
    expect(chat.page.get_by_role("button", name="Leave my number instead")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Tell me by e-mail")).to_have_count(0)


@pytest.mark.parametrize("size", ["150%", "200%", "100%"])
def test_a_card_stays_in_sight_when_the_text_size_changes(chat: Chat, size: str) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 844})
    chat.page.emulate_media(reduced_motion="reduce")
    states.noted(chat)
    chat.settled()
    grow = "size => { document.documentElement.style.fontSize = size }"
    title = chat.page.locator(".card-title").last
    before = title.bounding_box()
    for step in ("125%", size):
        chat.page.evaluate(grow, step)
        expect(title).to_be_in_viewport(ratio=1)
    chat.settled()
    expect(title).to_be_in_viewport(ratio=1)
    after = title.bounding_box()
    assert before and after
    if size == "100%":
        assert abs(after["y"] - before["y"]) < 4
    else:
        assert after["y"] < before["y"], "a larger card begins higher, so that its end is seen, too"


def test_who_has_scrolled_up_stays_there_when_the_text_size_changes(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 600})
    states.told_the_result(chat)
    log = chat.page.locator(".log")
    expect(chat.page.get_by_role("button", name="Yes, send it to staff")).to_be_in_viewport()
    chat.settled()
    log.evaluate("log => { log.scrollTop = 0 }")
    chat.settled()
    chat.page.evaluate("document.documentElement.style.fontSize = '150%'")
    assert chat.settled() < 80
