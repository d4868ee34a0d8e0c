"""The window of a browser test: what is pressed while another page is on its way is told, not lost by chance."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.conftest import LEAVING, led_on, until, window

FIRST = "<!doctype html><title>x</title><input autofocus><a href='/second'>Second</a>"


def at_first(page: Page) -> list[Route]:
    """A page with a link; whoever follows it is held up until the route is told to go on."""
    held: list[Route] = []
    page.route("**/first", lambda one: one.fulfill(body=FIRST, content_type="text/html"))
    page.route("**/second", lambda one: held.append(one))
    page.goto("https://clinic.example/first")
    return held


def test_what_is_pressed_on_a_page_that_is_being_left_is_told(browser: Browser) -> None:
    with pytest.raises(AssertionError, match=LEAVING), window(browser) as page:
        held = at_first(page)
        page.evaluate("document.querySelector('a').click()")
        assert until(lambda: held, page=page)
        page.keyboard.press("a")
        held[0].fulfill(body="<!doctype html><title>2</title>", content_type="text/html")


def test_who_waits_for_the_page_presses_there(browser: Browser) -> None:
    with window(browser) as page:
        held = at_first(page)
        page.keyboard.press("a")
        with led_on(page):
            page.evaluate("document.querySelector('a').click()")
            assert until(lambda: held, page=page)
            held[0].fulfill(body="<!doctype html><title>2</title>", content_type="text/html")
        page.keyboard.press("a")
        assert page.url.endswith("/second")
