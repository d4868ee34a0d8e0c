"""Every state that the chat can be in, each reached as a visitor reaches it: for axe, and for `make gallery`."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.widget.conftest import Chat

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
    with_a_person,
    counted_on_the_launcher,
    refused,
    in_arabic,
    asked_for_a_date,
    teased,
    urgent,
]
