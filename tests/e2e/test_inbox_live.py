"""Live updates in a real browser: an event changes only what it is about, and lists are not asked for without end."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from frontdesk.conversations.events import INBOX
from frontdesk.conversations.model import Author, Draft
from frontdesk.inbox.pages import LIST_SECONDS
from tests.e2e.conftest import until
from tests.e2e.test_inbox_bad_input import SignIn, opened, sign_in
from tests.e2e.test_inbox_morning import Morning, morning

__all__ = ["morning", "sign_in"]

MANY, A_WHILE = 40, 3_000
BY_THE_CLOCK = ("/others", "/look")
"""Asked for every now and then, whatever happens."""


def write(morning: Morning, name: str, words: str) -> None:
    """A visitor writes; staff have the conversation."""
    ids, desk = morning.ids, morning.desk.app.state.rooms.answering.desk
    morning.run(morning.store.messages.append(ids[name], Draft(Author.VISITOR, words)))
    morning.desk.loop.call_soon_threadsafe(desk.signals.new, ids[name])


def asked_for(page: Page, morning: Morning) -> list[str]:
    """What a page asks for from now on: it listens, and all that it asks for at its start has come."""
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url.partition("/inbox/")[2]))
    signals = morning.desk.app.state.rooms.answering.desk.signals
    assert until(lambda: INBOX in signals._listeners, page=page)
    before = -1
    while before != len(found) or page.locator(".htmx-request").count():
        before = len(found)
        page.wait_for_timeout(A_WHILE / 2)
    found.clear()
    return found


def test_a_message_to_another_leaves_the_open_conversation_alone(
    sign_in: SignIn, morning: Morning
) -> None:
    page = opened(sign_in("reception"), morning, "ana")
    asked = asked_for(page, morning)
    write(morning, "ben", "are you there?")
    expect(page.locator("#queue")).to_contain_text("are you there?")
    assert [one for one in asked if one.startswith("c/") and not one.endswith(BY_THE_CLOCK)] == []
    write(morning, "ana", "and I, too")
    expect(page.locator("#thread")).to_contain_text("and I, too")


def test_many_who_write_do_not_have_the_list_asked_for_each_time(
    sign_in: SignIn, morning: Morning
) -> None:
    page = sign_in("reception")
    asked, began = asked_for(page, morning), time.monotonic()
    for number in range(MANY):
        write(morning, "ben", f"message number {number}")
        page.wait_for_timeout(A_WHILE / MANY)
    expect(page.locator("#queue")).to_contain_text(f"message number {MANY - 1}")
    lists = [one for one in asked if one.startswith("?view=")]
    assert 2 <= len(lists) <= (time.monotonic() - began) / LIST_SECONDS + 2, lists
