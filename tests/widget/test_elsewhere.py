"""The clinic's own website is another origin than the front desk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.widget.conftest import SECOND, Chat, Desk, open_desk


@pytest.fixture()
def website() -> Iterator[ThreadingHTTPServer]:
    """A website of one page; the test sets ``page``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(server.page.encode())  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(website: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{website.server_port}"


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
    page.wait_for_timeout(1 * SECOND)
    assert len(lines) == 1
    assert page.get_by_text("A clinic").is_visible()
