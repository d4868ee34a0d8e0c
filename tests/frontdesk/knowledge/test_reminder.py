"""Overdue reviews are mailed once a week, tried again when the mail server is away, and by one desk only."""

from __future__ import annotations

from typing import Any

from frontdesk.knowledge.reminder import Reminder
from frontdesk.outgoing.mailer import NotSent
from tests.frontdesk.conftest import FrontDesk


class Post:
    """A mail server that may be away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.is_away = False

    async def send(self, to: str, subject: str, text: str) -> None:
        if self.is_away:
            raise NotSent
        assert "/inbox/signing" in text
        self.sent.append((to, subject))


def reminder(front: FrontDesk, post: Any) -> Reminder:
    ground = front.app.state.rooms.ground
    url = front.settings.public_url
    return Reminder(ground.engine, ground.answers, post, ["ana@clinic.example"], url, front.clock)


async def test_nothing_is_sent_while_nothing_is_to_be_read(front: FrontDesk) -> None:
    post = Post()
    await reminder(front, post).run()
    assert post.sent == []


async def test_overdue_answers_are_mailed_once_a_week_by_one_desk(front: FrontDesk) -> None:
    front.clock.forward(days=800)
    post = Post()
    one, other = reminder(front, post), reminder(front, post)
    post.is_away = True
    await one.run()
    assert post.sent == []
    post.is_away = False
    await one.run()
    await other.run()
    assert len(post.sent) == 1
    assert post.sent[0][1].endswith("overdue, 0 to be signed")
    front.clock.forward(days=6)
    await other.run()
    assert len(post.sent) == 1
    front.clock.forward(days=1, minutes=1)
    await other.run()
    assert len(post.sent) == 2
