"""From WhatsApp to the website's chat for the health questions, and back: the real assistant, a real browser, the
provider's signed webhooks; only the provider and the clinic's own website are stand-ins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Stack, start_stack, stop, until
from tests.e2e.test_main_job import Visitor, answer_the_rest, shoot
from tests.frontdesk.channels.drivers import WhatsAppDriver
from tests.widget.conftest import address, website

__all__ = ["website"]

WEBSITE = "https://harbourskin.example"
LINK = re.compile(rf"{WEBSITE}/#chat=[0-9a-f]{{32}}")


class Sender:
    """Somebody on WhatsApp."""

    def __init__(self, driver: WhatsAppDriver, stack: Stack) -> None:
        self._driver = driver
        self._url = f"{stack.url}{driver.path}"
        self._count = 0

    def write(self, words: str) -> list[str]:
        """Send a message; return what came back, once something has."""
        before, self._count = len(self._driver.provider.sent), self._count + 1
        content = self._driver.encode(self._driver.text(words, f"wamid.{self._count}"))
        signed = self._driver.sign(content)
        answer = httpx.post(self._url, content=content, headers=signed, timeout=60)
        assert answer.status_code == 200
        self.wait(lambda heard: len(heard) > before)
        return self.heard[before:]

    @property
    def heard(self) -> list[str]:
        return [one.text for one in self._driver.provider.sent]

    def wait(self, so: Callable[[list[str]], Any]) -> Any:
        assert until(lambda: so(self.heard)), self.heard
        return so(self.heard)


@pytest.fixture()
def stack(
    tmp_path_factory: pytest.TempPathFactory, website: ThreadingHTTPServer
) -> Iterator[tuple[Stack, Sender]]:
    driver = WhatsAppDriver()
    settings = driver.settings | {"ALLOWED_ORIGINS": address(website)}
    running = start_stack(tmp_path_factory.mktemp("passage"), is_open=True, **settings)
    yield running, Sender(driver, running)
    stop(running.supervisor)


def test_from_whatsapp_to_the_health_questions_and_back(
    stack: tuple[Stack, Sender], website: ThreadingHTTPServer, page: Page
) -> None:
    running, sender = stack
    sender.write("hello")
    sender.write("would it work for me?")
    link = sender.wait(lambda heard: LINK.search("\n".join(heard)))[0]

    script = f'<script src="{running.url}/widget.js" async></script>'
    website.page = (
        f'<!doctype html><html lang="en"><title>A clinic</title><h1>A clinic</h1>{script}'  # type: ignore[attr-defined]
    )
    page.goto(link.replace(WEBSITE, address(website)))
    expect(page.get_by_label("Write your question")).to_be_visible()
    assert "chat=" not in page.url, "nobody who looks at the address later can use it"
    before = len(sender.heard)
    visitor = Visitor.whose_chat_is_open(page)
    visitor.say("would it work for me?")
    visitor.press("Yes, begin")
    visitor.press("Yes, 18 or over")
    answer_the_rest(visitor)
    shoot(page, "passage-1-website")
    said = sender.wait(lambda heard: heard[before:])
    assert said == ["The health questions on our website are finished. Ask me anything else here."]
    before = len(sender.heard)
    sender.write("does it hurt?")
    answer = re.compile("snap|hurt|elastic", re.IGNORECASE)
    sender.wait(lambda heard: [one for one in heard[before:] if answer.search(one)])
    told = "\n".join(sender.heard).lower()
    assert "18 or over" not in told and "clinician decides" not in told, (
        "what was said there stays there"
    )
