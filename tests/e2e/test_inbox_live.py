"""Live updates in a real browser: an event changes only what it is about, and lists are not asked for without end."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from frontdesk.conversations.model import Author, Draft
from tests.e2e.conftest import AT_ONCE
from tests.e2e.test_inbox_bad_input import opened, signed_in
from tests.e2e.test_inbox_morning import Morning, morning

__all__ = ["morning"]

MANY, A_WHILE = 40, 3_000


def write(morning: Morning, name: str, words: str) -> None:
    """A visitor writes; staff have the conversation."""
    ids, desk = morning.ids, morning.desk.app.state.rooms.answering.desk
    morning.run(morning.store.messages.append(ids[name], Draft(Author.VISITOR, words)))
    morning.desk.loop.call_soon_threadsafe(desk.signals.new, ids[name])


def asked_for(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url.partition("/inbox/")[2]))
    return found


def test_a_message_to_another_leaves_the_open_conversation_alone(
    browser: Browser, morning: Morning
) -> None:
    page = opened(signed_in(browser, morning, "reception", "a-password-for-tests"), morning, "ana")
    page.wait_for_timeout(1_500)
    asked = asked_for(page)
    write(morning, "ben", "are you there?")
    expect(page.locator("#queue")).to_contain_text("are you there?", timeout=AT_ONCE)
    assert [one for one in asked if one.startswith("c/")] == []
    write(morning, "ana", "and I, too")
    expect(page.locator("#thread")).to_contain_text("and I, too", timeout=AT_ONCE)
    page.context.close()


def test_many_who_write_do_not_have_the_list_asked_for_each_time(
    browser: Browser, morning: Morning
) -> None:
    page = signed_in(browser, morning, "reception", "a-password-for-tests")
    page.wait_for_timeout(1_500)
    asked = asked_for(page)
    for number in range(MANY):
        write(morning, "ben", f"message number {number}")
        page.wait_for_timeout(A_WHILE / MANY)
    expect(page.locator("#queue")).to_contain_text(f"message number {MANY - 1}", timeout=AT_ONCE)
    lists = [one for one in asked if one.startswith("?view=")]
    assert 2 <= len(lists) <= 8, lists
    page.context.close()
