"""Inside a conversation: fields that a question wants, what is new below, two tabs that disagree."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.widget.conftest import SECOND, Chat


def test_a_question_that_wants_a_date_gets_a_date_field(chat: Chat) -> None:
    chat.visit().open().start().write("ask for a date")
    field = chat.page.get_by_label("Which day?")
    expect(field).to_have_attribute("type", "date")
    field.fill("2026-11-01")
    chat.page.get_by_role("button", name="Send").click()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: 1 November 2026")
    expect(field).to_be_hidden()


def test_a_question_that_wants_a_number_gets_a_phone_field_and_words_still_do(chat: Chat) -> None:
    chat.visit().open().start().write("ask for a phone")
    field = chat.page.get_by_label("Your number?")
    expect(field).to_have_attribute("type", "tel")
    expect(field).to_have_attribute("autocomplete", "tel")
    chat.say("why do you need it")
    expect(field).to_be_hidden()


def test_what_is_new_below_is_told_and_does_not_move_the_reader(chat: Chat) -> None:
    chat.visit().open().start()
    for number in range(3):
        chat.say(f"{number} " + "a long line of words " * 60)
    log = chat.page.get_by_role("log")
    with chat.desk.silent():
        chat.write("last")
        expect(chat.page.locator(".typing")).to_be_visible()
        chat.settled()
        log.evaluate("log => { log.scrollTop = 0 }")
        assert chat.settled() == 0
    fresh = chat.page.get_by_role("button", name="New messages")
    expect(fresh).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 0
    fresh.click()
    expect(chat.page.get_by_text("echo: last")).to_be_in_viewport()
    expect(fresh).to_be_hidden()


def test_a_long_conversation_opens_at_its_end(chat: Chat) -> None:
    chat.visit().open().start()
    for number in range(12):
        chat.say(f"{number} " + "a long line of words " * 20)
    chat.page.reload()
    chat.open()
    expect(chat.bubbles("assistant")).to_have_count(13)
    expect(chat.bubbles("assistant").last).to_be_in_viewport()


def test_starting_over_in_one_tab_starts_over_in_the_other(
    chat: Chat, context: BrowserContext
) -> None:
    chat.visit().open().start().say("first")
    other = Chat(context.new_page(), chat.desk).visit().open()
    expect(other.bubbles("visitor")).to_have_count(1)
    chat.page.get_by_label("Menu").click()
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="Keep it and start over").click()
    expect(other.page.get_by_text("This chat has ended.")).to_be_visible()
    chat.start().say("second")
    expect(other.bubbles("visitor")).to_contain_text(["second"])


def test_two_tabs_without_storage_hold_two_conversations(
    chat: Chat, context: BrowserContext
) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})"
    )
    chat.visit().open().start()
    other = Chat(context.new_page(), chat.desk).visit().open().start()
    chat.say("mine")
    other.say("yours")
    assert chat.words("visitor") == ["mine"]
    assert other.words("visitor") == ["yours"]


def test_a_line_that_went_silent_is_taken_up_again(chat: Chat) -> None:
    """A phone that slept: the stream is open and nothing comes any more."""
    chat.page.clock.install()
    chat.visit().open().start().say("before")
    with chat.page.expect_request("**/api/events*"):
        chat.page.clock.fast_forward(60 * SECOND)
    chat.say("hello")


def test_a_lost_network_is_said_at_once(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.page.context.set_offline(True)
    expect(chat.page.get_by_text("You are offline")).to_be_visible()
    chat.page.context.set_offline(False)
    expect(chat.page.get_by_text("You are offline")).to_be_hidden()
    chat.say("again")


def test_a_vote_that_fails_says_so(chat: Chat) -> None:
    chat.visit().open().start().write("sources")
    chat.page.route("**/api/feedback", lambda route: route.abort())
    chat.bubbles("assistant").last.get_by_role("button", name="This helped").click()
    expect(chat.bubbles("assistant").last).to_contain_text("did not work")


def test_what_was_forgotten_is_seen_to_be_gone_at_once(chat: Chat) -> None:
    chat.visit().open().start()
    chat.say("my secret is roaccutane")
    chat.write("forget my secret")
    expect(chat.bubbles("visitor").locator(".forgotten").first).to_have_text(
        "A health answer, deleted."
    )
    assert "roaccutane" not in " ".join(chat.words("visitor"))


LONG = " a long line of words" * 12


def test_the_start_of_a_turn_is_what_one_sees(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 320, "height": 568})
    chat.visit().open().start()
    for number in range(3):
        chat.say(f"{number}{LONG}")
    chat.say("4" + LONG * 5)
    chat.settled()
    mine = chat.bubbles("visitor").last.bounding_box()
    log = chat.page.get_by_role("log").bounding_box()
    assert mine and log
    assert 0 <= mine["y"] - log["y"] < 40, "one's own words are at the top, not the answer's end"


def test_who_reads_what_a_person_wrote_is_not_moved_back_by_what_comes_next(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 600})
    chat.visit().open().start().write("human")
    expect(chat.page.locator(".wait")).to_be_visible()
    for number in range(6):
        chat.desk.reply(f"first {number}{LONG}")
    expect(chat.bubbles("staff")).to_have_count(6)
    fresh = chat.page.get_by_role("button", name="New messages")
    expect(fresh).to_be_visible()
    top = chat.settled()
    log = chat.page.get_by_role("log")
    log.evaluate("log => { log.scrollTop += 500 }")
    chat.desk.reply(f"second{LONG}")
    expect(chat.bubbles("staff")).to_have_count(7)
    assert chat.settled() == top + 500, "in the middle nobody is moved"
    expect(fresh).to_be_visible()
    log.evaluate("log => { log.scrollTop = log.scrollHeight }")
    end = chat.settled()
    expect(fresh).to_be_hidden()
    chat.desk.reply(f"third {LONG}")
    expect(chat.bubbles("staff")).to_have_count(8)
    assert chat.settled() > end
    expect(chat.bubbles("staff").last).to_be_in_viewport(ratio=0.9)
