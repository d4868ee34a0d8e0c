"""What docs/widget.md promises, in a real browser."""

from __future__ import annotations

import gzip
import shutil
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from frontdesk.visitors.widget_files import served
from tests.e2e.conftest import CHROMIUM_FLAGS, until
from tests.widget.conftest import LOOK_INSIDE, SECOND, Chat, Desk
from tests.widget.states import DROP

WIDGET = Path("widget")


def test_the_loader_is_light() -> None:
    assert len(gzip.compress(served(WIDGET / "widget.js"), 9)) <= 4_000


def test_what_a_browser_fetches_is_compressed_and_kept_for_ever(chat: Chat) -> None:
    sent: dict[str, dict[str, str]] = {}
    chat.page.on("response", lambda r: sent.update({r.url.rpartition("/")[2]: r.headers}))
    chat.visit().open().start().say("hello")
    assert {sent[name]["content-encoding"] for name in ("widget.js", "panel.js")} == {"gzip"}
    assert "immutable" in sent["panel.js"]["cache-control"]
    assert sum(int(sent[name]["content-length"]) for name in sent if name.endswith(".js")) < 30_000
    assert not sent.keys() & {"cards.js", "asks.js"}, "what is used later is fetched later"


def test_nothing_is_stored_or_sent_before_the_visitor_acts(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.visit()
    chat.page.wait_for_load_state("networkidle")
    assert [url for url in asked if "/api/" in url] == []
    assert not [url for url in asked if "panel" in url], "the panel's code comes on first open"
    chat.open()
    expect(chat.page.get_by_text("a machine, not a person").first).to_be_visible()
    chat.start()
    assert [url for url in asked if "/api/" in url] == [f"{chat.desk.url}/api/clinic"]
    assert chat.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert chat.page.context.cookies() == []


def test_no_request_leaves_for_anybody_else(chat: Chat) -> None:
    others: list[str] = []
    chat.page.on("request", lambda request: others.append(request.url))
    chat.visit().open().start().say("hello")
    ours = (chat.desk.url, "blob:", "data:")
    assert [url for url in others if not url.startswith(ours)] == []


def test_a_second_tab_shows_the_same_conversation_and_one_stream_serves_both(
    chat: Chat, context: BrowserContext
) -> None:
    chat.visit().open().start().say("first")
    streams: list[str] = []
    context.on("request", lambda r: streams.append(r.url) if "/api/events" in r.url else None)
    other = Chat(context.new_page(), chat.desk).visit().open()
    expect(other.bubbles("visitor")).to_have_count(1)
    other.say("second")
    expect(chat.bubbles("assistant").last).to_contain_text("echo: second")
    assert chat.words("visitor") == ["first", "second"]
    assert streams == []


def test_when_the_first_tab_closes_the_second_follows_on(
    chat: Chat, context: BrowserContext
) -> None:
    chat.visit().open().start().say("first")
    other = Chat(context.new_page(), chat.desk).visit().open()
    expect(other.bubbles("visitor")).to_have_count(1)
    chat.page.close()
    other.say("second")
    assert other.words("visitor") == ["first", "second"]


def test_what_is_typed_offline_is_sent_once_each_in_order(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    chat.page.context.set_offline(True)
    for text in ("one", "two", "three"):
        chat.write(text)
    expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")
    chat.page.context.set_offline(False)
    expect(chat.bubbles("assistant").last).to_contain_text("echo: three")
    assert chat.words("visitor") == ["before", "one", "two", "three"]
    assert [t["text"] for t in chat.desk.assistant.turns] == ["before", "one", "two", "three"]


def test_a_restart_of_the_front_desk_loses_and_repeats_nothing(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    chat.desk.stop()
    chat.write("meanwhile")
    chat.desk.start()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: meanwhile")
    chat.say("after")
    assert chat.words("visitor") == ["before", "meanwhile", "after"]
    assert [w for w in chat.words("assistant") if w.startswith("echo")] == [
        "echo: before",
        "echo: meanwhile",
        "echo: after",
    ]


def test_unsent_words_survive_a_reload(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    chat.desk.stop()
    chat.write("keep me")
    expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")
    chat.desk.start()
    chat.page.reload()
    chat.open()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: keep me")
    assert chat.words("visitor") == ["before", "keep me"]


def test_it_works_where_storage_is_denied(chat: Chat) -> None:
    chat.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})"
    )
    chat.visit().open().start().say("hello")
    chat.say("again")


def test_a_wrong_clock_changes_nothing(chat: Chat) -> None:
    chat.page.clock.install(time="2001-01-01T00:00:00Z")
    chat.visit().open().start()
    chat.write("hello")
    chat.page.clock.run_for(2 * SECOND)
    expect(chat.bubbles("assistant").last).to_contain_text("echo: hello")


STRICT = "default-src 'none'; script-src {url}; connect-src {url}; style-src 'none'"
PAGE = """<!doctype html><title>x</title><style>{css}</style><body><p>A clinic</p>
<script src="{url}/widget.js" async></script>"""
HOSTILE = (
    "*{color:red!important;font:40px serif!important;display:block;position:static}"
    "button{all:unset!important;display:none!important}div{display:none}"
)


def on_a_page(page: Page, desk: Desk, csp: str | None, css: str = "") -> Chat:
    """The widget on a page of the same origin that the test writes."""
    headers = {"Content-Type": "text/html"}
    if csp:
        headers["Content-Security-Policy"] = csp.format(url=desk.url)
    body = PAGE.format(url=desk.url, css=css)
    page.route("**/clinic-page", lambda route: route.fulfill(body=body, headers=headers))
    return Chat(page, desk).visit("/clinic-page")


def test_a_strict_content_security_policy_is_enough(page: Page, desk: Desk) -> None:
    broken: list[str] = []
    page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
    chat = on_a_page(page, desk, STRICT)
    page.evaluate("0")
    broken.clear()
    chat.open().start().say("hello")
    assert broken == []


def test_css_of_the_page_does_not_reach_in(page: Page, desk: Desk) -> None:
    chat = on_a_page(page, desk, None, HOSTILE).open().start()
    chat.say("hello")
    size = chat.input.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert 16 <= size <= 24
    place = chat.page.locator("clinic-chat").evaluate(
        "element => getComputedStyle(element).position"
    )
    assert place == "fixed"


def test_five_thousand_characters_are_refused_kindly_and_kept(chat: Chat) -> None:
    chat.visit().open().start()
    chat.write("x" * 5_000)
    expect(chat.page.get_by_text("2,000 characters or fewer")).to_be_visible()
    assert len(chat.input.input_value()) == 5_000
    assert chat.desk.assistant.turns == []


def test_markup_is_text(chat: Chat) -> None:
    chat.visit().open().start()
    markup = "<img src=x onerror=alert(1)><b>hi</b>"
    chat.say(markup)
    assert chat.words("visitor") == [markup]
    assert chat.page.locator(".log img, .log b").count() == 0


def test_a_picture_is_politely_refused(chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.evaluate(DROP)
    expect(chat.page.get_by_text("Pictures cannot be sent here")).to_be_visible()


def test_two_hundred_messages_in_a_minute_are_slowed_down_and_all_arrive_in_order(
    chat: Chat,
) -> None:
    chat.page.clock.install()
    chat.visit().open().start().say("hello")
    texts = [f"message {number}" for number in range(200)]
    chat.page.evaluate(
        """texts => { const form = document.querySelector('clinic-chat').shadowRoot.querySelector('.composer');
            for (const text of texts) { form.querySelector('textarea').value = text; form.requestSubmit(); } }""",
        texts,
    )
    expect(chat.page.get_by_text("wait a minute").first).to_be_visible()
    assert len(chat.desk.assistant.turns) <= 30
    last = chat.bubbles("assistant").filter(has_text="echo: message 199")

    def a_minute_later() -> bool:
        chat.desk.ahead += timedelta(minutes=1)
        chat.page.clock.fast_forward(61 * SECOND)
        return last.count() > 0

    assert until(a_minute_later, 300, chat.page)
    assert [turn["text"] for turn in chat.desk.assistant.turns] == ["hello", *texts]


def test_buttons_and_hand_over_and_urgent_words(chat: Chat) -> None:
    chat.visit().open().start()
    chat.write("choose")
    chat.page.get_by_role("button", name="Yes", exact=True).last.click()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: button b_yes")
    expect(chat.page.locator(".choice")).to_have_count(0)
    chat.write("cannot breathe")
    expect(chat.page.get_by_role("link", name="999").last).to_have_attribute("href", "tel:999")
    expect(chat.page.locator(".bubble.urgent")).to_contain_text("Urgent")


def test_an_answer_shows_its_sources_and_takes_a_vote(chat: Chat) -> None:
    chat.visit().open().start()
    chat.write("sources")
    answer = chat.bubbles("assistant").last
    expect(answer).to_contain_text("A clinician decides with you after seeing you.")
    answer.get_by_text("Sources").click()
    source = answer.get_by_role("link", name="Skin society (only its summary was read)")
    expect(source).to_have_attribute("href", "https://society.example/laser")
    expect(answer).to_contain_text("Clinical review: still to come")
    with chat.page.expect_response("**/api/feedback") as voted:
        answer.get_by_role("button", name="This helped").click()
    assert voted.value.status == 204
    expect(answer).to_contain_text("Thank you.")


def test_a_health_question_says_how_far_one_is(chat: Chat) -> None:
    chat.visit().open().start()
    chat.write("progress")
    bar = chat.page.get_by_role("progressbar", name="Question 3 of about 9")
    expect(bar).to_be_visible()


def test_coming_back_by_the_back_button_goes_on(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    chat.page.goto(f"{chat.desk.url}/playground")
    chat.page.go_back()
    expect(chat.launcher.or_(chat.input)).to_be_visible()
    if chat.launcher.is_visible():
        chat.open()
    expect(chat.bubbles("visitor")).to_have_count(1)
    chat.say("after")
    assert chat.words("visitor") == ["before", "after"]


def test_the_teaser_goes_when_the_chat_opens(chat: Chat) -> None:
    chat.visit("/playground")
    teaser = chat.page.get_by_role("button", name="Questions about your skin?")
    expect(teaser).to_be_visible()
    chat.open()
    expect(teaser).to_be_hidden()


def test_a_page_kept_for_the_back_button_goes_on_where_it_was(browser: Browser, desk: Desk) -> None:
    """Playwright turns that cache off; here is a browser that has it."""
    keeping = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=CHROMIUM_FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = keeping.new_page()
    page.add_init_script(LOOK_INSIDE)
    chat = Chat(page, desk).visit_page().open().start()
    chat.say("before")
    chat.page.evaluate("addEventListener('pageshow', event => (window.kept = event.persisted))")
    chat.page.goto(f"{desk.url}/playground")
    chat.page.go_back(wait_until="commit")
    expect(chat.input).to_be_visible()
    page.wait_for_function("window.kept")  # no lock and no stream kept it from being kept
    chat.say("after")
    assert chat.words("visitor") == ["before", "after"]
    keeping.close()


def test_the_script_interface_and_its_events(chat: Chat) -> None:
    chat.visit()
    chat.page.evaluate(
        """() => { window.heard = [];
          for (const name of ['open', 'close'])
            document.addEventListener(`clinic-chat:${name}`, () => heard.push(name)); }"""
    )
    chat.page.evaluate("SkinClinicChat.ask('does it hurt')")
    expect(chat.input).to_have_value("does it hurt")
    chat.page.keyboard.press("Enter")
    expect(chat.bubbles("assistant").last).to_contain_text("echo: does it hurt")
    chat.page.evaluate("SkinClinicChat.close()")
    expect(chat.launcher).to_be_visible()
    assert chat.page.evaluate("heard") == ["open", "close"]


def test_unread_messages_are_counted_on_the_launcher(chat: Chat) -> None:
    chat.visit().open().start()
    with chat.desk.silent():
        chat.write("slow")
        expect(chat.bubbles("visitor")).to_have_count(1)
        chat.page.get_by_role("button", name="Close chat").click()
        expect(chat.launcher).to_be_visible()
    expect(chat.page.locator(".unread")).to_have_text("1")
    chat.open()
    expect(chat.page.locator(".unread")).to_be_hidden()


def test_a_call_can_be_asked_for_with_errors_beside_the_field(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Ask us to call you").click()
    chat.page.get_by_label("Your name").fill("Ana")
    chat.page.get_by_label("Phone number or e-mail").fill("   ")
    chat.page.get_by_role("button", name="Ask for a call").click()
    expect(chat.page.get_by_text("Please write a phone number")).to_be_visible()
    chat.page.get_by_label("Phone number or e-mail").fill("020 7946 0555")
    chat.page.get_by_role("button", name="Ask for a call").click()
    expect(chat.bubbles("system").last).to_contain_text("call")


def test_a_copy_can_be_saved(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.get_by_label("Menu").click()
    with chat.page.expect_download() as saved:
        chat.page.get_by_role("button", name="Save a copy").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "echo: hello" in text


def test_starting_over_asks_and_keeps_the_key_of_the_old_conversation(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="Keep it and start over").click()
    chat.start().say("something else")
    assert chat.words("visitor") == ["something else"]
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="Delete it and start over").click()
    expect(chat.page.get_by_text("Your conversation was deleted")).to_be_visible()
    chat.page.get_by_role("button", name="Your earlier chat").click()
    expect(chat.bubbles("visitor")).to_have_count(1)
    assert chat.words("visitor") == ["hello"]


def test_deleting_erases_on_the_server_and_here(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Delete my conversation").click()
    chat.page.get_by_role("button", name="Delete it").click()
    expect(chat.page.get_by_text("Your conversation was deleted")).to_be_visible()
    assert chat.page.evaluate("localStorage.length") == 0
    assert until(lambda: len(chat.desk.assistant.erased) == 1)


HELLO = {
    "en": "Hello!",
    "es": "¡Hola!",
    "pt": "Olá!",
    "fr": "Bonjour",
    "de": "Hallo!",
    "pl": "Dzień dobry!",
    "ar": "مرحبًا!",
}


def test_every_language_has_the_same_words_and_the_visitor_can_choose_it(chat: Chat) -> None:
    assert {path.stem for path in (WIDGET / "lang").glob("*.js")} == set(HELLO)
    chat.visit_page('data-language="es"').open()
    expect(chat.page.get_by_role("heading", name="¡Hola!")).to_be_visible()
    for language, hello in HELLO.items():
        chat.page.locator(".home select").select_option(language)
        expect(chat.page.get_by_role("heading", name=hello)).to_be_visible()
        dialog = chat.page.get_by_role("dialog")
        expect(dialog).to_have_attribute("lang", language)
        expect(dialog).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        assert "undefined" not in dialog.inner_text()
    keys = chat.page.evaluate(
        """languages => Promise.all(languages.flatMap(one => ["", "later/"].map(
            part => import(`/widget/latest/lang/${part}${one}.js`)
            .then(({words}) => Object.keys(words).sort().join()))))""",
        list(HELLO),
    )
    assert len(set(keys)) == 2
    assert chat.page.evaluate("localStorage.length") == 0
