"""What goes wrong at a workplace, each with a line where one looks and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from frontdesk.storage import tables
from tests.e2e.conftest import led_on, window
from tests.e2e.test_inbox_morning import Morning, morning

__all__ = ["morning"]

MANY = 5_000
FACES = "😀" * 200


PASSWORDS = {"reception": "a-password-for-tests", "maya": "a-password-of-hers"}
SignIn = Callable[[str], Page]


@pytest.fixture()
def sign_in(browser: Browser, morning: Morning) -> Iterator[SignIn]:
    """Signs somebody of staff in, each in a window of their own."""
    with ExitStack() as windows:

        def signed_in(user: str) -> Page:
            page = windows.enter_context(window(browser, viewport={"width": 1366, "height": 768}))
            page.goto(f"{morning.desk.url}/inbox/")
            page.get_by_label("User name").fill(user)
            page.get_by_label("Password").fill(PASSWORDS[user])
            with led_on(page):
                page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("link", name=re.compile("Waiting"))).to_be_visible()
            return page

        yield signed_in


def opened(page: Page, morning: Morning, name: str) -> Page:
    page.goto(f"{morning.desk.url}/inbox/c/{morning.ids[name]}")
    return page


def test_a_colleague_takes_it_while_one_types(sign_in: SignIn, morning: Morning) -> None:
    me = opened(sign_in("reception"), morning, "ana")
    maya = opened(sign_in("maya"), morning, "ana")
    me.locator("#reply").press_sequentially("A careful answer", delay=5)
    with led_on(maya):
        maya.get_by_role("button", name="Take", exact=True).click()
    expect(me.locator("#others")).to_contain_text("Maya has this conversation")
    expect(me.locator("#reply")).to_have_value("A careful answer")
    me.keyboard.press("Control+Enter")
    expect(me.locator("#compose-problem")).to_contain_text("Maya has this conversation now")
    expect(me.locator("#reply")).to_have_value("A careful answer")
    assert morning.said("ana") == []


def test_the_session_ends_while_one_types(sign_in: SignIn, morning: Morning) -> None:
    me = opened(sign_in("reception"), morning, "ana")
    me.locator("#reply").fill("A careful answer")
    me.context.clear_cookies()
    me.keyboard.press("Control+Enter")
    expect(me.locator("#compose-problem")).to_contain_text("signed out")
    expect(me.locator("#reply")).to_have_value("A careful answer")


def test_two_tabs_of_one_person_lose_nothing_and_say_nothing_twice(
    sign_in: SignIn, morning: Morning
) -> None:
    first = opened(sign_in("reception"), morning, "ana")
    second = opened(first.context.new_page(), morning, "ana")
    first.locator("#reply").fill("from the first")
    second.locator("#reply").fill("from the second")
    first.keyboard.press("Control+Enter")
    expect(second.locator(".message.staff")).to_contain_text("from the first")
    expect(second.locator("#reply")).to_have_value("from the second")
    second.keyboard.press("Control+Enter")
    expect(first.locator(".message.staff").last).to_contain_text("from the second")
    assert morning.said("ana") == ["from the first", "from the second"]


def test_a_page_that_calls_itself_a_photo_is_refused_in_the_form(
    sign_in: SignIn, morning: Morning
) -> None:
    desk = morning.desk.app.state.rooms.answering.desk
    desk.clinic = replace(desk.clinic, channels=replace(desk.clinic.channels, attachments=True))
    me = opened(sign_in("reception"), morning, "ana")
    me.get_by_text("Send a file").click()
    page = {"name": "x.html.jpg", "mimeType": "image/jpeg", "buffer": b"<html>hi</html>"}
    me.locator("#file").set_input_files(page)
    me.locator("#file-words").fill("as promised")
    me.get_by_role("button", name="Send the file").click()
    problem = me.locator("form[action='/inbox/attachments'] .problem")
    expect(problem).to_contain_text("neither a photo nor a PDF")
    expect(me.locator("#file-words")).to_have_value("as promised")
    assert morning.said("ana") == []
    me.locator("#file").set_input_files(
        {"name": "Aftercare.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    me.get_by_role("button", name="Send the file").click()
    expect(me.locator(".message.staff")).to_contain_text("as promised")
    expect(me.locator(".message.staff a")).to_contain_text("Aftercare.pdf")


def test_five_thousand_who_wait_and_a_name_of_faces(sign_in: SignIn, morning: Morning) -> None:
    now = morning.desk.app.state.rooms.ground.clock()
    row = {"channel": "website", "owner": "waiting", "owner_version": 1, "last_seq": 2}
    row |= {"read_seq": 0, "waiting_since": now, "created_at": now, "updated_at": now}
    rows = [{**row, "id": f"c_{n:08}", "token_hash": f"{n:064}"} for n in range(MANY)]
    morning.run(morning.store.write(tables.conversations.insert().values(rows[:1_000])))
    for start in range(1_000, MANY, 1_000):
        more = tables.conversations.insert().values(rows[start : start + 1_000])
        morning.run(morning.store.write(more))
    morning.run(morning.store.update(morning.ids["ben"], visitor_name=FACES))
    me = sign_in("reception")
    expect(me.locator(".view-waiting .count")).to_have_text(str(MANY + 5))
    expect(me.locator("#queue a.card")).to_have_count(50)
    expect(me.locator("#queue .who").first).to_have_text(FACES)
    wide = me.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide == 0
    with led_on(me):
        me.get_by_role("link", name="after →").click()
    expect(me.get_by_role("link", name="← before")).to_be_visible()
    opened(me, morning, "ben")
    name = me.locator("#thread h1")
    expect(name).to_have_text(FACES)
    box = name.bounding_box()
    assert box and box["height"] < 40, "one line, whatever the name"


def test_who_signs_out_leaves_nothing_in_the_browser(sign_in: SignIn, morning: Morning) -> None:
    me = opened(sign_in("reception"), morning, "ana")
    me.locator("#reply").press_sequentially("about Ana's skin", delay=5)
    me.wait_for_function("JSON.stringify({...sessionStorage}).includes('about Ana')")
    with led_on(me):
        me.get_by_role("button", name="Sign out").click()
    expect(me.get_by_label("User name")).to_be_visible()
    left = me.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
    assert "Ana" not in left
    me.go_back()
    expect(me.get_by_label("User name")).to_be_visible()
    assert "about Ana" not in me.content()
