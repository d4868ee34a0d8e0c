"""The real front desk on a real port, beside a stand-in of the assistant, and a real browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from starlette.applications import Starlette

from clinic import Clinic, load
from clinic.hours import DAYS, OpeningHours, Span
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.connections import migrate
from tests.e2e.conftest import LOOK_INSIDE, PATIENCE_SECONDS, browser, until
from tests.standins import prescreen
from tests.standins.assistant import StandInAssistant
from tests.standins.ports import free_ports

__all__ = ["LOOK_INSIDE", "browser"]

SECRET = "a-secret-for-tests-only"
PUSH_SECRET = "p" * 43
SECOND = 1_000


class Assistant(StandInAssistant):
    """The stand-in, which also asks for a date and a phone number, and has a pre-screen."""

    @staticmethod
    def _reply(text: str) -> list[dict[str, Any]]:
        for kind, label in (("date", "Which day?"), ("phone", "Your number?")):
            if f"ask for a {kind}" in text:
                payload = {"type": "input", "kind": kind, "label": label}
                return [{"text": label, "buttons": [], "answer": None, "payload": payload}]
        return prescreen.answer(text) or StandInAssistant._reply(text)


def always_open() -> Clinic:
    """Our clinic, at any time and on any day at which a test may run."""
    clinic = load(Path("clinic.yml"))
    hours = OpeningHours(dict.fromkeys(DAYS, [Span(time.min, time.max)]), clinic.hours.zone)
    return replace(clinic, hours=hours)


@dataclass
class Desk:
    """A front desk that can be stopped and started again on the same port and database."""

    settings: Settings
    assistant: StandInAssistant
    server: uvicorn.Server = field(init=False)
    thread: threading.Thread = field(init=False)
    app: Starlette = field(init=False)
    loop: asyncio.AbstractEventLoop = field(init=False)
    ahead: timedelta = timedelta(0)

    @property
    def url(self) -> str:
        return self.settings.public_url

    def start(self) -> None:
        self.app = create_app(
            self.settings,
            always_open(),
            lambda: datetime.now(timezone.utc) + self.ahead,
            self.assistant.transport,
        )
        config = uvicorn.Config(
            self.app,
            port=self.settings.port,
            ws="none",
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.thread.start()
        assert until(lambda: self.server.started)

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.server.serve()

    def reply(self, words: str) -> None:
        """A person answers whoever came last to wait, and goes on with them."""
        self.run(self._reply(words))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it where the desk does its own work."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """What is done in here is done before the assistant answers."""
        self.assistant.gate.clear()
        yield
        self.loop.call_soon_threadsafe(self.assistant.gate.set)

    async def _reply(self, words: str) -> None:
        rooms = self.app.state.rooms
        waits = tables.conversations.c.owner.in_(["waiting", "staff"])
        waiting = await rooms.conversations.store.find(waits)
        conversation = max(waiting, key=lambda one: one.created_at)
        staff = rooms.staff.members
        if len(await staff.members()) < 2:
            await staff.create("maya", "Maya", "laser nurse", "a-password-of-hers")
        member = next(one for one in await staff.members() if one.name == "Maya")
        await rooms.answering.handover.reply(conversation, member, words, f"staff_{words[:9]}")

    @contextmanager
    def of(self, clinic: Clinic) -> Iterator[None]:
        """It is another clinic's meanwhile."""
        one = self.app.state.rooms.answering.desk
        before, one.clinic = one.clinic, clinic
        yield
        one.clinic = before

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()


def open_desk(folder: Path, allowed_origins: str = "", **more: str) -> Desk:
    """A front desk with an empty database of its own."""
    port, mail = free_ports(2)
    settings = Settings.read(
        {
            "ASSISTANT_SECRET": SECRET,
            "STAFF_PASSWORD": "a-password-for-tests",
            "FRONTDESK_PORT": str(port),
            "PUBLIC_URL": f"http://localhost:{port}",
            "DATABASE_URL": f"sqlite:///{folder}/desk.db",
            "ALLOWED_ORIGINS": allowed_origins,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "desk@clinic.example",
            "PUSH_SECRET": PUSH_SECRET,
            **more,
        }
    )
    migrate(settings.database_url)
    desk = Desk(settings, Assistant(SECRET))
    desk.start()
    return desk


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests: each has a browser of its own, and so a conversation of its own."""
    running = open_desk(tmp_path_factory.mktemp("desk"))
    yield running
    running.stop()


@pytest.fixture()
def desk(shared_desk: Desk) -> Desk:
    """The desk, with an assistant that remembers nothing of the test before."""
    if not shared_desk.thread.is_alive():
        shared_desk.start()
    shared_desk.ahead = timedelta(0)
    shared_desk.assistant.forget()
    return shared_desk


@pytest.fixture(scope="module")
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
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 850}, locale="en-GB")
    context.add_init_script(LOOK_INSIDE)
    yield context
    context.close()


@pytest.fixture()
def page(context: BrowserContext) -> Page:
    return context.new_page()


AT_REST = """async log => {
  for (let still = 0, at; still < 20; still = log.scrollTop === at ? still + 1 : 0) {
    at = log.scrollTop;
    await new Promise(requestAnimationFrame);
  }
  return log.scrollTop;
}"""


@dataclass
class Chat:
    """The widget on a page."""

    page: Page
    desk: Desk

    def visit(self, path: str = "/") -> Chat:
        self.page.goto(self.desk.url + path)
        expect(self.launcher).to_be_visible()
        return self

    def visit_page(self, tag: str = "", *, html: str = '<html lang="en">') -> Chat:
        """A page of the same origin with attributes of the script tag; its language and direction."""
        body = (
            f"<!doctype html>{html}<title>x</title><body><main><h1>A clinic</h1></main>"
            f'<script src="{self.desk.url}/widget.js" {tag} async></script>'
        )
        self.page.route(
            "**/clinic-page", lambda route: route.fulfill(body=body, content_type="text/html")
        )
        self.page.goto(f"{self.desk.url}/clinic-page")
        return self

    def open(self) -> Chat:
        self.launcher.click()
        return self

    def start(self) -> Chat:
        """The first screen is ready; the first words begin the conversation."""
        expect(self.page.locator(".way.person")).to_be_visible()
        return self

    @property
    def launcher(self) -> Locator:
        return self.page.locator("clinic-chat button.launch")

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("Write your question")

    def bubbles(self, author: str) -> Locator:
        return self.page.locator(f".bubble.{author}")

    def write(self, text: str) -> None:
        self.input.fill(text)
        self.page.keyboard.press("Enter")

    def say(self, text: str) -> None:
        self.write(text)
        expect(self.bubbles("assistant").last).to_contain_text(f"echo: {text}"[:60])

    def settled(self) -> int:
        """Where one is in the conversation, once it has come to rest."""
        return int(self.page.get_by_role("log").evaluate(AT_REST))

    def words(self, author: str) -> list[str]:
        return self.bubbles(author).locator(".text").all_text_contents()


@pytest.fixture()
def chat(page: Page, desk: Desk) -> Chat:
    return Chat(page, desk)
