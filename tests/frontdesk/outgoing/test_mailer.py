"""One line to the mail server for mails that follow one another, and none that is kept for nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from frontdesk.outgoing import mailer as mailer_module
from frontdesk.outgoing.mailer import Mailer, NotSent
from frontdesk.settings import MailSettings
from tests.standins.mail import MailBox

TO = "desk@clinic.example"


class Counting(MailBox):
    """A mail box that knows its callers, and can hang up on them between two mails."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.lines: list[Any] = []

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str) -> str:  # noqa: N802
        session.host_name = hostname
        self.lines.append(server)
        return "250 OK"

    def hang_up(self) -> None:
        for line in self.lines:
            line.loop.call_soon_threadsafe(line.transport.close)


@pytest.fixture
def post() -> Iterator[Counting]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        box = Counting(free.getsockname()[1])
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def mailer(post: Counting) -> Mailer:
    return Mailer(MailSettings("127.0.0.1", post.port, "none", "", "", TO, told=()))


async def test_mails_that_follow_one_another_take_one_line(mailer: Mailer, post: Counting) -> None:
    for number in range(3):
        await mailer.send(TO, f"number {number}", "words")
    assert [mail["Subject"] for mail in post.mails] == ["number 0", "number 1", "number 2"]
    assert len(post.lines) == 1
    await mailer.close()


async def test_mails_at_once_wait_for_none(mailer: Mailer, post: Counting) -> None:
    await asyncio.gather(*[mailer.send(TO, f"number {n}", "words") for n in range(3)])
    assert len(post.mails) == 3 and len(post.lines) == 3
    await mailer.close()


async def test_a_line_that_the_server_ended_costs_no_mail(mailer: Mailer, post: Counting) -> None:
    await mailer.send(TO, "first", "words")
    post.hang_up()
    await asyncio.sleep(0.1)
    await mailer.send(TO, "second", "words")
    assert len(post.mails) == 2 and len(post.lines) == 2
    await mailer.close()


async def test_a_mail_that_was_refused_leaves_no_line(mailer: Mailer, post: Counting) -> None:
    post.refusals = 1
    with pytest.raises(NotSent):
        await mailer.send(TO, "refused", "words")
    await mailer.send(TO, "taken", "words")
    assert len(post.mails) == 1 and len(post.lines) == 2
    await mailer.close()


async def test_a_line_that_nobody_needs_is_ended(
    mailer: Mailer, post: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer_module, "IDLE_SECONDS", 0.1)
    await mailer.send(TO, "first", "words")
    await asyncio.sleep(0.5)
    assert post.lines[0].transport is None or post.lines[0].transport.is_closing()
    await mailer.close()
