"""A whole morning at the inbox by keyboard alone: twelve tasks, no pointer, on a real desk with a stand-in assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from frontdesk.conversations.model import Author, Draft, Owner
from frontdesk.storage import tables
from tests.e2e.conftest import led_on, window
from tests.widget.conftest import Desk, open_desk

NO_POINTER = """for (const kind of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(kind, () => { throw Error("a pointer was used"); }, true);"""
SAID = {
    "ana": "Does it hurt on the neck?",
    "ben": "My cheek has a blister since yesterday",
    "cleo": "Where can I park?",
    "dan": "I would like to talk about prices",
    "eve": "advertising advertising",
}


class Morning:
    """What the keys did, as the desk's own tables say."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ids: dict[str, str] = self.run(self._fill())

    def run(self, work: Any) -> Any:
        return self.desk.run(work)

    @property
    def store(self) -> Any:
        return self.desk.app.state.rooms.conversations.store

    async def _fill(self) -> dict[str, str]:
        rooms = self.desk.app.state.rooms
        await self.store.write(tables.one_time_passwords.delete())
        await rooms.staff.members.create("maya", "Maya", "nurse", "a-password-of-hers")
        maya = (await rooms.staff.members.members())[0]
        await rooms.staff.members.set_on_duty(maya.id, True)
        ids = {}
        for name, words in SAID.items():
            conversation, _ = await self.store.create("website")
            for draft in (Draft(Author.ASSISTANT, "Hello!"), Draft(Author.VISITOR, words)):
                await self.store.messages.append(conversation.id, draft)
            await self.store.update(conversation.id, visitor_name=name.capitalize())
            now = await self.store.get(conversation.id)
            urgency = "urgent" if name == "ben" else "normal"
            asks = {"reason": "asked", "urgency": urgency}
            await rooms.answering.handover.ask_for_staff(now, asks)
            ids[name] = conversation.id
        caller, _ = await self.store.create("website")
        await self.store.messages.append(caller.id, Draft(Author.VISITOR, "call me"))
        await rooms.answering.handover.note_callback(caller, "Finn", "+44 7700 900123", "noon")
        return {**ids, "finn": caller.id}

    def conversation(self, name: str) -> Any:
        return self.run(self.store.get(self.ids[name]))

    def said(self, name: str) -> list[str]:
        messages = self.run(self.store.messages.after(self.ids[name], 0))
        return [one.text for one in messages if one.author is Author.STAFF]

    def rows(self, table: Any, name: str) -> list[Any]:
        query = sa.select(table).where(table.c.conversation_id == self.ids[name])
        return list(self.run(self.store.rows(query)))


@pytest.fixture()
def morning(tmp_path: Path) -> Iterator[Morning]:
    desk = open_desk(tmp_path)
    yield Morning(desk)
    desk.stop()


@pytest.fixture()
def keys(browser: Browser, morning: Morning) -> Iterator[Page]:
    """The inbox in a window of its own, in which a pointer is an error."""
    with window(browser, viewport={"width": 1366, "height": 768}) as page:
        page.context.add_init_script(NO_POINTER)
        problems: list[str] = []
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.goto(f"{morning.desk.url}/inbox/")
        yield page
        assert problems == []


def press(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def palette(page: Page, words: str) -> None:
    """Ctrl and K, some letters, Enter."""
    press(page, "Control+k")
    expect(page.locator("#palette-words")).to_be_focused()
    page.keyboard.type(words)
    press(page, "Enter")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        press(page, "Tab")
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"no way to {selector} by Tab")


def go_to(page: Page, list_name: str, row: str) -> None:
    """A list by its name, a row by going down to it, Enter."""
    with led_on(page):
        palette(page, list_name)
    expect(page.locator(".views a[aria-current]")).to_contain_text(list_name)
    for _ in range(10):
        press(page, "j")
        if row in page.evaluate("document.activeElement.textContent"):
            break
    with led_on(page):
        press(page, "Enter")
    expect(page.locator("#thread h1")).to_have_text(row)


def test_a_morning_of_twelve_tasks_without_a_pointer(morning: Morning, keys: Page) -> None:
    page = keys
    # 1 sign in: the cursor is in the first field
    page.keyboard.type("reception")
    press(page, "Tab")
    page.keyboard.type("a-password-for-tests")
    with led_on(page):
        press(page, "Enter")
    expect(page.locator("#queue a.card")).to_have_count(5)
    # 2 go on duty
    with led_on(page):
        palette(page, "On duty")
    expect(page.locator(".duty.on")).to_be_visible()
    # 3 answer who is urgent and waits longest: two keys, and the text
    with led_on(page):
        press(page, "r")
    expect(page.locator("#thread h1")).to_have_text("Ben")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("Please cool it, and call us")
    press(page, "Control+Enter")
    expect(page.locator(".message.staff")).to_contain_text("Please cool it")
    # 4 a private note for a colleague
    press(page, "Escape")
    press(page, "n")
    page.keyboard.type("@Maya strong laser on Tuesday")
    press(page, "Tab", "Tab", "Enter")
    expect(page.locator("#thread .notes")).to_contain_text("strong laser")
    # 5 a label
    press(page, "Escape")
    press(page, "l")
    page.keyboard.type("aftercare")
    press(page, "Enter")
    expect(page.locator("#facts .tag.label")).to_have_text("aftercare")
    # 6 who it is
    press(page, "Escape")
    palette(page, "Write down")
    expect(page.locator("#known-name")).to_be_focused()
    press(page, "Tab")
    page.keyboard.type("07700 900456")
    press(page, "Enter")
    expect(page.locator(".reach a")).to_have_text("+44 7700 900456")
    # 7 snooze the next, and bring it back
    go_to(page, "Waiting", "Ana")
    with led_on(page):
        press(page, "t")
    expect(page.locator("#thread .owner-staff")).to_be_visible()
    expect(page.locator("#reply")).to_be_focused()
    press(page, "Escape", "s", "Enter")
    expect(page.locator("#toasts button")).to_have_text("Undo")
    # 8 answer, take it back before it leaves, send it better
    go_to(page, "Waiting", "Cleo")
    press(page, "r")
    page.keyboard.type("There are places at the dor")
    press(page, "Control+Enter")
    press(page, "Escape")
    press(page, "u")
    expect(page.locator("#reply")).to_be_focused()
    press(page, "Backspace")
    page.keyboard.type("or")
    press(page, "Control+Enter")
    expect(page.locator(".message.staff")).to_contain_text("at the door")
    # 9 close it, with an outcome
    press(page, "Escape", "e", "Tab")
    with led_on(page):
        press(page, "Enter")
    expect(page.locator("#queue a.card", has_text="Cleo")).to_have_count(0)
    # 10 give one to a colleague with a word
    go_to(page, "Waiting", "Dan")
    press(page, "a")
    page.keyboard.type("Maya")
    press(page, "Tab")
    page.keyboard.type("you know the prices")
    press(page, "Tab", "Enter")
    expect(page.locator("#thread .owner-staff")).to_have_text("with Maya")
    # 11 call somebody back
    with led_on(page):
        palette(page, "Callbacks")
    expect(page.locator(".number a")).to_have_attribute("href", re.compile("^tel:"))
    tab_to(page, ".callback button")
    press(page, "Enter")
    expect(page.locator(".callback")).to_have_count(0)
    # 12 find yesterday's word, highlighted at its place
    press(page, "/")
    page.keyboard.type("advertising")
    with led_on(page):
        press(page, "Enter")
    expect(page.locator("mark")).to_have_text("advertising")
    press(page, "j")
    with led_on(page):
        press(page, "Enter")
    expect(page.locator(".message:target")).to_contain_text("advertising")

    assert morning.said("ben") == ["Please cool it, and call us"]
    assert morning.said("cleo") == ["There are places at the door"]
    assert morning.conversation("ben").staff_id == 1
    assert morning.conversation("ana").snoozed_until is not None
    assert morning.conversation("cleo").owner is Owner.CLOSED
    dan = morning.conversation("dan")
    assert (dan.owner, dan.staff_id) == (Owner.STAFF, 2)
    assert [one.text for one in morning.rows(tables.notes, "dan")] == ["@Maya you know the prices"]
    assert [one.outcome for one in morning.rows(tables.callbacks, "finn")] == ["reached"]
    assert [one.word for one in morning.rows(tables.labels, "ben")] == ["aftercare"]
