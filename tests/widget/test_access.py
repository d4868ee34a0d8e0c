"""Everybody can use it: rules of axe in many states, by keyboard alone, small, zoomed, in contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.widget.conftest import SECOND, Chat, Desk


def closed(chat: Chat) -> None:
    chat.visit()


def notice(chat: Chat) -> None:
    chat.visit().open()


def answered(chat: Chat) -> None:
    chat.visit().open().start().say("hello")


def with_buttons(chat: Chat) -> None:
    chat.visit().open().start().write("choose")
    expect(chat.page.locator(".choice")).to_have_count(2)


def menu(chat: Chat) -> None:
    answered(chat)
    chat.page.get_by_label("Menu").click()


def asking_to_delete(chat: Chat) -> None:
    menu(chat)
    chat.page.get_by_role("button", name="Delete my conversation").click()


def asking_for_a_call(chat: Chat) -> None:
    menu(chat)
    chat.page.get_by_role("button", name="Ask us to call you").click()


def too_long(chat: Chat) -> None:
    chat.visit().open().start().write("x" * 2_001)


def offline(chat: Chat) -> None:
    answered(chat)
    chat.page.context.set_offline(True)
    chat.write("lost")
    expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")


def waiting_for_staff(chat: Chat) -> None:
    chat.visit().open().start().write("human")
    expect(chat.bubbles("system")).to_have_count(1)


def urgent(chat: Chat) -> None:
    chat.visit().open().start().write("cannot breathe")
    expect(chat.bubbles("assistant").last).to_contain_text("999")


STATES = [
    closed,
    notice,
    answered,
    with_buttons,
    menu,
    asking_to_delete,
    asking_for_a_call,
    too_long,
    offline,
    waiting_for_staff,
    urgent,
]
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 568}},
    "zoomed": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Chat]:
    context = browser.new_context(**{"locale": "en-GB", **LOOKS[request.param]})
    yield Chat(context.new_page(), desk)
    context.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(chat: Chat, state: Callable[[Chat], None]) -> None:
    state(chat)
    found = Axe().run(chat.page)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_in_any_look(look: Chat) -> None:
    with_buttons(look)
    found = Axe().run(look.page)
    assert found.violations_count == 0, found.generate_report()


def test_nothing_sticks_out_at_the_side(look: Chat) -> None:
    with_buttons(look)
    look.write("a" * 300)
    expect(look.bubbles("assistant").last).to_contain_text("echo: aaa")
    width = look.page.evaluate("innerWidth")
    wide = look.page.evaluate(
        """() => [...document.querySelector('clinic-chat').shadowRoot.querySelectorAll('.panel *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.visually-hidden'))
            .map(e => e.className)"""
    )
    assert wide == []
    assert look.page.evaluate("document.documentElement.scrollWidth") <= width


def test_targets_are_large_enough(chat: Chat) -> None:
    with_buttons(chat)
    small = chat.page.evaluate(
        """() => [...document.querySelector('clinic-chat').shadowRoot.querySelectorAll('button, summary, textarea, input')]
            .filter(e => e.offsetParent)
            .map(e => [e.textContent || e.id, e.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24)
            .map(([name]) => name)"""
    )
    assert small == []


def focused(page: Page) -> str:
    name: str = page.evaluate(
        """() => { const e = document.activeElement?.shadowRoot?.activeElement;
                   return e ? (e.getAttribute('aria-label') || e.id || e.textContent) : ''; }"""
    )
    return name


def test_the_whole_of_it_by_keyboard_alone(chat: Chat) -> None:
    chat.visit()
    chat.launcher.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("button", name="Start the chat")).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    chat.page.keyboard.type("choose")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".choice")).to_have_count(2)
    for _ in range(8):
        chat.page.keyboard.press("Shift+Tab")
        if focused(chat.page) == "Yes":
            break
    assert focused(chat.page) == "Yes"
    chat.page.keyboard.press("Enter")
    expect(chat.bubbles("assistant").last).to_contain_text("echo: button b_yes")
    expect(chat.input).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()


def test_nobody_is_trapped(chat: Chat) -> None:
    answered(chat)
    seen = set()
    for _ in range(20):
        chat.page.keyboard.press("Tab")
        seen.add(focused(chat.page))
    assert "" in seen, "the focus leaves the chat and comes back"
    assert "Close chat" in seen


def test_each_new_message_is_announced_once_and_history_never_again(chat: Chat) -> None:
    answered(chat)
    log = chat.page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    log.evaluate(
        """log => { window.added = [];
            new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(
              node => node.textContent && added.push(node.textContent)))).observe(log, {childList: true}); }"""
    )
    chat.say("again")
    assert chat.page.evaluate("added.filter(text => text.includes('echo: again')).length") == 1
    assert chat.page.evaluate("added.filter(text => text.includes('hello')).length") == 0


@pytest.mark.parametrize("feature", ["forced_colors", "reduced_motion"])
def test_it_follows_the_visitors_settings(chat: Chat, feature: str) -> None:
    chat.page.emulate_media(**{feature: "active" if feature == "forced_colors" else "reduce"})
    answered(chat)
    if feature == "reduced_motion":
        running = chat.page.evaluate("document.getAnimations().length")
        assert running == 0
    else:
        border = chat.bubbles("assistant").last.evaluate("e => getComputedStyle(e).borderTopWidth")
        assert border == "1px"


def test_right_to_left(page: Page, desk: Desk) -> None:
    body = f'<!doctype html><html lang="ar" dir="rtl"><title>x</title><body><p>x</p><script src="{desk.url}/widget.js" async></script>'
    page.route("**/rtl", lambda route: route.fulfill(body=body, content_type="text/html"))
    chat = Chat(page, desk).visit("/rtl").open().start()
    chat.say("hello")
    box = chat.bubbles("visitor").last.bounding_box()
    panel = page.get_by_role("dialog").bounding_box()
    assert box
    assert panel
    assert box["x"] + box["width"] / 2 < panel["x"] + panel["width"] / 2


def test_open_to_ready_and_a_thousand_messages_stay_smooth(chat: Chat) -> None:
    answered(chat)
    chat.page.evaluate(
        """() => { const log = document.querySelector('clinic-chat').shadowRoot.querySelector('.log');
            for (let i = 0; i < 1000; i++) log.append(log.firstElementChild.cloneNode(true)); }"""
    )
    average = chat.page.evaluate(
        """async () => { const log = document.querySelector('clinic-chat').shadowRoot.querySelector('.log');
            const began = performance.now();
            for (let i = 0; i < 60; i++) { log.scrollTop = i * 200; await new Promise(requestAnimationFrame); }
            return (performance.now() - began) / 60; }"""
    )
    assert average < 100, "a frozen page; the figure itself is measured by benchmarks/widget.py"
    chat.page.wait_for_timeout(SECOND / 10)
