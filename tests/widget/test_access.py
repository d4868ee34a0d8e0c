"""Everybody can use it: rules of axe in many states, by keyboard alone, small, zoomed, in contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.widget.conftest import LOOK_INSIDE, Chat, Desk
from tests.widget.states import (
    STATES,
    answered,
    asked_many,
    asking_for_a_call,
    asking_to_delete,
    menu,
    with_buttons,
)

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 568}},
    "zoomed": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}


def violations(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: the rule, where, and why."""
    page.emulate_media(reduced_motion="reduce")  # half-way through opening nothing has its colour
    page.evaluate(
        """() => Promise.allSettled(document.querySelector('clinic-chat').shadowRoot.getAnimations()
            .filter(one => one.effect.getTiming().iterations === 1).map(one => one.finished))"""
    )
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], str(node["target"]), node["failureSummary"])
        for one in found
        for node in one["nodes"]
    ]


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Chat]:
    context = browser.new_context(**{"locale": "en-GB", **LOOKS[request.param]})
    context.add_init_script(LOOK_INSIDE)
    yield Chat(context.new_page(), desk)
    context.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(chat: Chat, state: Callable[[Chat], None]) -> None:
    state(chat)
    assert violations(chat.page) == []


def test_axe_finds_nothing_in_any_look(look: Chat) -> None:
    with_buttons(look)
    assert violations(look.page) == []


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


@pytest.mark.parametrize(
    "state", [menu, asking_for_a_call, asked_many], ids=lambda one: one.__name__
)
def test_at_twice_the_text_on_a_phone_nothing_sticks_out_or_is_cut(
    chat: Chat, state: Callable[[Chat], None]
) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 844})
    chat.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%' })"
    )
    state(chat)
    out = chat.page.evaluate(
        """() => [...document.querySelector('clinic-chat').shadowRoot.querySelectorAll('.panel *')]
            .filter(e => e.checkVisibility() && !e.closest('.visually-hidden'))
            .filter(e => { const box = e.getBoundingClientRect(); return box.left < -1 || box.right > innerWidth + 1; })
            .map(e => e.className || e.tagName)"""
    )
    assert out == []
    field = chat.input.evaluate("e => [e.scrollHeight, e.clientHeight]")
    assert field[0] <= field[1]


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


WATCH_LOG = """() => { window.spoken = [];
    const root = document.querySelector('clinic-chat').shadowRoot;
    new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(node => {
      const log = root.querySelector('.log');
      if (one.target === log && log.ariaLive !== 'off') spoken.push(node.textContent); })))
      .observe(root, {childList: true, subtree: true}); }"""


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


def test_history_is_shown_in_silence_after_a_reload(chat: Chat) -> None:
    answered(chat)
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    chat.page.evaluate(WATCH_LOG)
    chat.open()
    expect(chat.bubbles("visitor")).to_have_count(1)
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    assert chat.page.evaluate("spoken") == []
    chat.say("again")
    assert [text for text in chat.page.evaluate("spoken") if "echo: again" in text] != []


@pytest.mark.parametrize("colour", ["#ffe600", "#000000", "white", "#7f7f7f", "#76787a", "tomato"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_brand_colour_can_be_read(
    chat: Chat, colour: str, scheme: Literal["light", "dark"]
) -> None:
    chat.page.emulate_media(color_scheme=scheme)
    chat.visit_page(f'data-colour="{colour}"').open().start()
    chat.say("hello")
    chat.write("choose")
    expect(chat.page.locator(".choice")).to_have_count(2)
    assert violations(chat.page) == []


def test_on_a_phone_the_focus_stays_in_the_chat_that_covers_the_page(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 320, "height": 568})
    answered(chat)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(12):
            chat.page.keyboard.press(key)
            assert focused(chat.page), "the focus is under the chat"


def test_escape_closes_what_is_in_front(chat: Chat) -> None:
    asking_to_delete(chat)
    chat.page.keyboard.press("Escape")
    expect(chat.input).to_be_focused()
    chat.page.get_by_label("Menu").click()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("button", name="Start over")).to_be_hidden()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_who_wants_no_motion(
    chat: Chat, motion: Literal["reduce", "no-preference"]
) -> None:
    chat.page.emulate_media(reduced_motion=motion)
    chat.visit().open().start()
    chat.desk.assistant.gate.clear()
    chat.write("hello")
    expect(chat.page.locator(".typing")).to_be_visible()
    moving = chat.page.evaluate(
        "document.querySelector('clinic-chat').shadowRoot.getAnimations().length"
    )
    assert (moving == 0) == (motion == "reduce")


def test_forced_colours_show_every_edge(chat: Chat) -> None:
    chat.page.emulate_media(forced_colors="active")
    answered(chat)
    bubble = chat.bubbles("assistant").last.locator(".text")
    for part in (chat.page.get_by_role("dialog"), bubble):
        assert part.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"


def test_right_to_left(page: Page, desk: Desk) -> None:
    body = f'<!doctype html><html lang="ar" dir="rtl"><title>x</title><body><p>x</p><script src="{desk.url}/widget.js" data-language="en" async></script>'
    page.route("**/rtl", lambda route: route.fulfill(body=body, content_type="text/html"))
    chat = Chat(page, desk).visit("/rtl").open().start()
    for english in page.locator(".asked-often .chip").all():
        expect(english).to_have_css("direction", "ltr")
    chat.say("hello")
    box = chat.bubbles("visitor").last.bounding_box()
    panel = page.get_by_role("dialog").bounding_box()
    assert box
    assert panel
    assert box["x"] + box["width"] / 2 < panel["x"] + panel["width"] / 2


def test_a_thousand_messages_do_not_freeze_the_page(chat: Chat) -> None:
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
    assert average < 500, "a frozen page; the figure itself is measured by benchmarks/widget.py"
