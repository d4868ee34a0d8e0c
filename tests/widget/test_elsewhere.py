"""The clinic's own website is another origin than the front desk."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import until
from tests.widget.conftest import SECOND, Chat, Desk, address, open_desk


@pytest.fixture()
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, website: ThreadingHTTPServer
) -> Iterator[Desk]:
    allowed = request.node.get_closest_marker("allowed")
    running = open_desk(tmp_path, address(website) if allowed else "")
    yield running
    running.stop()


def visit(page: Page, desk: Desk, website: ThreadingHTTPServer) -> Chat:
    website.page = f'<!doctype html><title>x</title><p>A clinic</p><script src="{desk.url}/widget.js" async></script>'  # type: ignore[attr-defined]
    page.goto(address(website))
    expect(page.locator("clinic-chat button.launch")).to_be_visible()
    return Chat(page, desk)


@pytest.mark.allowed
def test_it_works_on_a_website_that_is_allowed(
    page: Page, desk: Desk, website: ThreadingHTTPServer
) -> None:
    visit(page, desk, website).open().start().say("hello")


def test_a_website_that_is_not_allowed_gets_one_line_in_the_console(
    page: Page, desk: Desk, website: ThreadingHTTPServer
) -> None:
    lines: list[str] = []
    page.on("console", lambda m: lines.append(m.text) if "Skin clinic chat" in m.text else None)
    visit(page, desk, website).open()
    assert until(lambda: lines, page=page)
    page.wait_for_timeout(1 * SECOND)  # time enough for what shall not come
    assert len(lines) == 1
    assert page.get_by_text("A clinic").is_visible()
