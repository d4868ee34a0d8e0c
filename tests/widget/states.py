"""Every state that the chat can be in, each reached as a visitor reaches it: for axe, and for `make gallery`."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.widget.conftest import Chat

DROP = """() => {
  const form = document.querySelector('clinic-chat').shadowRoot.querySelector('.composer');
  const files = new DataTransfer();
  files.items.add(new File(['x'], 'mole.png', {type: 'image/png'}));
  form.dispatchEvent(new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));
}"""
REFUSAL = {"error": {"code": "refused", "message": "This cannot be sent as it is."}}


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
    expect(chat.page.get_by_role("alertdialog")).to_be_visible()


def asking_for_a_call(chat: Chat) -> None:
    menu(chat)
    chat.page.get_by_role("button", name="Ask us to call you").click()


def too_long(chat: Chat) -> None:
    chat.visit().open().start().write("x" * 2_001)


def with_sources(chat: Chat) -> None:
    answered(chat)
    chat.write("sources please")
    chat.page.locator(".sources summary").click()


def asked_for_consent(chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.locator(".way.check").click()
    expect(chat.page.get_by_role("button", name="Yes, begin")).to_be_visible()


def asked_one(chat: Chat) -> None:
    asked_for_consent(chat)
    chat.page.get_by_role("button", name="Yes, begin").click()
    expect(chat.page.get_by_role("button", name="Yes, 18 or over")).to_be_visible()


def asked_many(chat: Chat) -> None:
    asked_one(chat)
    chat.page.get_by_role("button", name="Yes, 18 or over").click()
    chat.page.get_by_text("Blood thinners").click()
    chat.page.get_by_role("button", name="Why do you ask?").last.click()


def noted(chat: Chat) -> None:
    asked_many(chat)
    chat.page.get_by_role("button", name="Continue").click()
    expect(chat.page.get_by_role("button", name="Yes, that is right")).to_be_visible()


def told_the_result(chat: Chat) -> None:
    noted(chat)
    chat.page.get_by_role("button", name="Yes, that is right").click()
    expect(chat.page.get_by_role("button", name="Yes, send it to staff")).to_be_visible()


def offline(chat: Chat) -> None:
    answered(chat)
    chat.page.context.set_offline(True)
    chat.write("lost")
    expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")


def waiting_for_staff(chat: Chat) -> None:
    chat.visit().open().start().write("human")
    expect(chat.bubbles("system")).to_have_count(1)


def asked_where_to_write(chat: Chat) -> None:
    waiting_for_staff(chat)
    chat.page.get_by_role("button", name="Tell me by e-mail").click()
    expect(chat.page.get_by_label("Your e-mail address")).to_be_focused()


def will_be_written_to(chat: Chat) -> None:
    asked_where_to_write(chat)
    chat.page.get_by_label("Your e-mail address").fill("nina@home.example")
    chat.page.get_by_role("button", name="Tell me", exact=True).click()
    expect(chat.page.locator(".wait")).to_contain_text("nina@home.example")


def with_a_person(chat: Chat) -> None:
    waiting_for_staff(chat)
    chat.desk.reply("Hello, it is Maya. Of course we can talk: when did it begin?")
    expect(chat.bubbles("staff")).to_have_count(1)


def counted_on_the_launcher(chat: Chat) -> None:
    waiting_for_staff(chat)
    chat.page.get_by_role("button", name="Close chat").click()
    chat.desk.reply("Hello, it is Maya. Of course we can talk: when did it begin?")
    expect(chat.page.locator(".unread")).to_have_text("2")


def refused(chat: Chat) -> None:
    answered(chat)
    chat.page.route("**/api/messages", lambda route: route.fulfill(status=422, json=REFUSAL))
    chat.write("something that is refused")
    expect(chat.page.get_by_role("button", name="Change it")).to_be_visible()


def in_arabic(chat: Chat) -> None:
    chat.visit_page(html='<html lang="ar" dir="rtl">').open()
    expect(chat.page.locator(".way.person")).to_be_visible()


def asked_for_a_date(chat: Chat) -> None:
    chat.visit().open().start().write("ask for a date")
    expect(chat.page.get_by_label("Which day?")).to_be_visible()


def with_markup(chat: Chat) -> None:
    answered(chat)
    chat.say("<img src=x onerror=alert(1)><b>5,000 letters</b> " + "straight from a form " * 60)


def dropped_a_file(chat: Chat) -> None:
    answered(chat)
    chat.page.evaluate(DROP)
    expect(chat.page.get_by_text("Pictures cannot be sent here")).to_be_visible()


def slowed_down(chat: Chat) -> None:
    answered(chat)
    busy = {
        "error": {"code": "slow_down", "message": "That was a lot at once. Please wait a minute."}
    }
    chat.page.route("**/api/messages", lambda route: route.fulfill(status=429, json=busy))
    for number in range(3):
        chat.write(f"message {number}")
    expect(chat.page.get_by_text("wait a minute").first).to_be_visible()


def without_storage(chat: Chat) -> None:
    chat.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})"
    )
    answered(chat)


def with_a_clock_two_days_ahead(chat: Chat) -> None:
    chat.page.add_init_script(
        """const Real = Date; Date = class extends Real {
          constructor(...given) { given.length ? super(...given) : super(Real.now() + 172800000); }
          static now() { return Real.now() + 172800000; } };"""
    )
    answered(chat)


def teased(chat: Chat) -> None:
    chat.visit("/playground")


def urgent(chat: Chat) -> None:
    chat.visit().open().start().write("cannot breathe")
    expect(chat.bubbles("assistant").last).to_contain_text("999")


STATES: list[Callable[[Chat], None]] = [
    closed,
    notice,
    answered,
    with_buttons,
    menu,
    asking_to_delete,
    asking_for_a_call,
    too_long,
    with_sources,
    asked_for_consent,
    asked_one,
    asked_many,
    noted,
    told_the_result,
    offline,
    waiting_for_staff,
    asked_where_to_write,
    will_be_written_to,
    with_a_person,
    counted_on_the_launcher,
    refused,
    in_arabic,
    asked_for_a_date,
    with_markup,
    dropped_a_file,
    slowed_down,
    without_storage,
    with_a_clock_two_days_ahead,
    teased,
    urgent,
]
