"""Sites as they are: frameworks that replace the page's body, modules, bundles, plain http, print, zoom."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.widget.conftest import LOOK_INSIDE, Chat, Desk

TURBO = Path("tests/widget/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js")


def page_with(page: Page, desk: Desk, tag: str, path: str = "clinic-page", more: str = "") -> Chat:
    """A page of the same origin that loads the chat in the test's own way."""
    body = f"<!doctype html><html lang=en><head><title>x</title>{more}</head><body><h1>A clinic</h1>{tag}</body>"
    page.route(f"**/{path}", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{desk.url}/{path}")
    expect(page.locator("clinic-chat button.launch")).to_be_visible()
    return Chat(page, desk)


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="{url}/widget.js" defer></script>',
        '<script src="{url}/widget.js" type="module"></script>',
        '<script>document.head.append(Object.assign(document.createElement("script"), {{src: "{url}/widget.js"}}))</script>',
        '<script type="module">import "{url}/widget.js";</script><meta data-desk="{url}">',
        '<div data-desk="{url}"></div><script>fetch("{url}/widget.js").then(a => a.text()).then(code => (0, eval)(code))</script>',
        '<script src="{url}/widget.js" async></script><script src="{url}/widget.js" async></script>',
    ],
    ids=["deferred", "module", "injected", "imported", "bundled", "twice"],
)
def test_it_loads_in_every_way(page: Page, desk: Desk, tag: str) -> None:
    chat = page_with(page, desk, tag.format(url=desk.url))
    assert page.locator("clinic-chat").count() == 1
    chat.open().start().say("hello")


def test_a_wrong_address_of_the_desk_is_one_clear_line(page: Page, desk: Desk) -> None:
    lines: list[str] = []
    page.on("console", lambda m: lines.append(m.text) if m.type == "error" else None)
    body = f'<!doctype html><title>x</title><script src="{desk.url}/widget.js" data-desk="desk"></script>'
    page.route("**/clinic-page", lambda r: r.fulfill(body=body, content_type="text/html"))
    with page.expect_console_message():
        page.goto(f"{desk.url}/clinic-page")
    assert lines == [
        'Skin clinic chat: data-desk is "desk", but must be the front desk\'s address, '
        'such as "https://desk.clinic.example".'
    ]


REPLACE = """() => { const body = document.createElement('body');
    body.innerHTML = '<h1>Another page</h1>'; document.documentElement.replaceChild(body, document.body); }"""


def test_a_framework_that_replaces_the_body_keeps_the_chat_and_what_was_typed(chat: Chat) -> None:
    chat.visit_page().open().start().say("before")
    chat.input.fill("half a sent")
    chat.page.evaluate(REPLACE)
    expect(chat.page.get_by_role("heading", name="Another page")).to_be_visible()
    expect(chat.input).to_have_value("half a sent")
    chat.say("after")
    assert chat.page.locator("clinic-chat").count() == 1


@pytest.mark.skipif(not TURBO.exists(), reason="npm ci in tests/widget brings Turbo")
def test_real_turbo_visits_and_goes_back(page: Page, desk: Desk) -> None:
    turbo = TURBO.read_text(encoding="utf-8")
    page.route("**/turbo.js", lambda r: r.fulfill(body=turbo, content_type="text/javascript"))
    tag = f'<a href="/second">Second</a><script src="{desk.url}/widget.js"></script>'
    second = f"<!doctype html><html lang=en><head><title>2</title><script src=/turbo.js></script></head><body><h1>Second</h1><script src='{desk.url}/widget.js'></script></body>"
    page.route("**/second", lambda r: r.fulfill(body=second, content_type="text/html"))
    chat = page_with(page, desk, tag, more="<script src=/turbo.js></script>")
    chat.open().start().say("before")
    page.evaluate("window.samePage = true")
    page.evaluate("Turbo.visit('/second')")
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    expect(chat.input).to_be_visible()
    chat.say("on the second")
    page.go_back()
    expect(page.get_by_role("heading", name="A clinic")).to_be_visible()
    chat.say("back again")
    assert page.evaluate("window.samePage"), "Turbo did not load the page anew"
    assert page.locator("clinic-chat").count() == 1
    assert chat.words("visitor") == ["before", "on the second", "back again"]


def test_a_view_transition_leaves_it_where_it_is(chat: Chat) -> None:
    chat.visit_page().open().start().say("before")
    chat.page.evaluate(
        "async () => { await document.startViewTransition(() => { document.querySelector('h1').textContent = 'New'; }).finished; }"
    )
    chat.say("after")


def test_without_tls_and_its_gifts_it_works(chat: Chat) -> None:
    chat.page.add_init_script(
        "delete Crypto.prototype.randomUUID; Object.defineProperty(navigator, 'locks', {value: undefined});"
    )
    chat.visit().open().start().say("hello")


def test_print_hides_it(chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.emulate_media(media="print")
    expect(chat.page.locator("clinic-chat")).to_be_hidden()


def test_the_enter_of_an_input_method_does_not_send(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.input.fill("にほん")
    chat.input.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    chat.input.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"
    )
    expect(chat.input).to_have_value("にほん")
    assert chat.words("visitor") == ["hello"]


def test_typed_text_survives_a_reload(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.input.fill("I was going to ask")
    chat.page.reload()
    chat.open()
    expect(chat.input).to_have_value("I was going to ask")


def test_typed_text_stays_when_the_conversation_cannot_begin(chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.route("**/api/conversations", lambda route: route.abort())
    chat.write("my question")
    expect(chat.page.get_by_text("That did not work")).to_be_visible()
    expect(chat.input).to_have_value("my question")
    chat.page.unroute("**/api/conversations")
    chat.page.keyboard.press("Enter")
    expect(chat.bubbles("assistant").last).to_contain_text("echo: my question")


def test_other_scripts_of_the_page_find_no_way_in(browser: Browser, desk: Desk) -> None:
    page = browser.new_page()
    page.goto(desk.url)
    page.locator("clinic-chat").wait_for(state="attached")
    assert page.evaluate("document.querySelector('clinic-chat').shadowRoot") is None
    assert page.evaluate("Object.keys(SkinClinicChat)") == ["open", "close", "ask"]
    found = page.evaluate(
        """() => { const one = document.querySelector('clinic-chat');
            return [...Object.getOwnPropertyNames(one), ...Object.getOwnPropertyNames(Object.getPrototypeOf(one))]; }"""
    )
    assert set(found) <= {
        "constructor", "connectedCallback", "disconnectedCallback", "warm", "open", "close",
    }  # fmt: skip
    page.close()


@pytest.fixture()
def phone(browser: Browser, desk: Desk) -> Chat:
    context = browser.new_context(
        viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    context.add_init_script(LOOK_INSIDE)
    return Chat(context.new_page(), desk)


def test_the_part_above_a_keyboard_is_used(phone: Chat) -> None:
    phone.visit().open().start().say("hello")
    assert phone.page.evaluate("document.activeElement.shadowRoot?.activeElement?.id") != "say"
    phone.page.set_viewport_size({"width": 320, "height": 290})
    phone.write("does it suit me")
    phone.page.get_by_role("button", name="Yes, begin").click()
    title = phone.page.get_by_text("Are you 18 or over?")
    expect(title).to_be_in_viewport()
    expect(phone.page.get_by_role("button", name="Yes, 18 or over")).to_be_in_viewport()
    box = phone.page.get_by_role("dialog").bounding_box()
    assert box
    assert box["height"] <= 290
    phone.page.context.close()


def test_pinched_larger_it_stays_where_it_is(phone: Chat) -> None:
    """Who zooms in looks around in it: a window that shrank with each pinch could not be read."""
    phone.visit().open().start().say("hello")
    dialog = phone.page.get_by_role("dialog")
    before = dialog.evaluate("e => [e.offsetWidth, e.offsetHeight]")
    pinch = phone.page.context.new_cdp_session(phone.page)
    pinch.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    phone.page.wait_for_function("visualViewport.scale > 1.9")
    expect(dialog).to_have_css("--visible", "")
    assert dialog.evaluate("e => [e.offsetWidth, e.offsetHeight]") == before
    pinch.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
    expect(dialog).to_have_css("--visible", "568px")
    phone.page.context.close()


TRANSLATED = """() => {
  const walk = document.createTreeWalker(document.querySelector("clinic-chat").shadowRoot, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    if (!text.data.trim() || text.parentElement.closest("[translate=no]")) continue;
    const [outer, inner] = [document.createElement("font"), document.createElement("font")];
    inner.textContent = text.data.toUpperCase();
    outer.append(inner);
    text.replaceWith(outer);
  }
}"""
"""What the translators of browsers do to a page: each text becomes other words in elements of theirs."""


def test_a_browser_that_translates_the_page_breaks_nothing(chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.evaluate(TRANSLATED)
    chat.say("hello")
    chat.page.evaluate(TRANSLATED)
    chat.write("choose")
    expect(chat.page.locator(".choice")).to_have_count(2)
    chat.page.evaluate(TRANSLATED)
    chat.page.locator(".choice").first.click()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: button b_yes")
    assert chat.desk.assistant.turns[-1]["button_id"] == "b_yes"
    expect(chat.page.locator(".choice")).to_have_count(0)
    chat.write("human")
    expect(chat.page.locator(".wait")).to_be_visible()
    chat.page.evaluate(TRANSLATED)
    assert chat.page.locator("#title").text_content() == "Harbour Skin Clinic"
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="DELETE MY CONVERSATION").click()
    chat.page.evaluate(TRANSLATED)
    chat.page.get_by_role("button", name="DELETE IT").click()
    expect(chat.page.get_by_text("Your conversation was deleted")).to_be_visible()


def test_the_conversation_alone_can_be_printed(chat: Chat) -> None:
    chat.page.add_init_script(
        """window.print = () => { top.printed = [document.title, document.body.innerText, innerWidth > 0];
             top.document.documentElement.dataset.printed = 'yes';
             dispatchEvent(new Event("afterprint")); }"""
    )
    chat.visit().open().start().say("hello")
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Print").click()
    expect(chat.page.locator("html[data-printed]")).to_have_count(1)
    title, text, is_laid_out = chat.page.evaluate("printed")
    assert title == "Chat with Harbour Skin Clinic"
    assert "echo: hello" in text and "+44 20 7946 0123" in text
    assert is_laid_out
    assert chat.page.locator("iframe").count() == 0


def test_a_browser_whose_languages_are_no_tags_gets_the_chat_all_the_same(chat: Chat) -> None:
    chat.page.add_init_script(
        "Object.defineProperty(navigator, 'languages', { get: () => ['C', 'en-US@posix'] })"
    )
    chat.visit().open().start().say("hello")
