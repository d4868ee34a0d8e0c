"""Who left is told once, only if they asked, without a word of the chat; one click ends it and forgets them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from frontdesk.conversations.model import Author, Gone
from frontdesk.outgoing.answer_mail import AnswerMails, checked
from frontdesk.outgoing.answer_news import KEPT, WAITS, NotAsked
from frontdesk.storage import tables
from frontdesk.visitors.answer_news_page import ASKS_A_MINUTE
from tests.frontdesk.conftest import FrontDesk, Visitor, until
from tests.frontdesk.inbox.conftest import Colleague, sign_in
from tests.frontdesk.visitors.test_limits import database_away
from tests.standins.mail import MailBox

NINA = "nina@home.example"
PAGE = "https://www.clinic.example/prices/?from=advert#top"
WORDS = "Yes, your private worry is common."


@pytest.fixture
def extra_settings(mail_port: int) -> dict[str, str]:
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "desk@clinic.example",
        "ALLOWED_ORIGINS": "https://www.clinic.example",
    }


@pytest.fixture
def mails(front: FrontDesk) -> AnswerMails:
    found: AnswerMails = front.app.state.rooms.outgoing.answer_mails
    return found


async def asks(visitor: Visitor, address: str = NINA, page: str = PAGE) -> httpx.Response:
    body = {"email": address, "page": page}
    return await visitor.front.http.post("/api/answer-mail", json=body, headers=visitor.headers)


async def waiting(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("my private worry, can I talk to a human")

    async def waits() -> bool:
        return await visitor.owner() == "waiting"

    await until(waits)
    return visitor


async def nurse(front: FrontDesk) -> Colleague:
    await front.staff.create("nora", "Nora", "nurse", "another-password", "nurse")
    return await sign_in(front, "nora", "another-password")


async def answers(front: FrontDesk, visitor: Visitor) -> None:
    """A person takes the chat and replies."""
    await reply(await nurse(front), visitor)


async def reply(who: Colleague, visitor: Visitor) -> None:
    await who.post(f"/inbox/c/{visitor.id}/take")
    key = secrets.token_hex(4)
    answer = await who.post(f"/inbox/c/{visitor.id}/reply", text=WORDS, key=key)
    assert answer.status_code < 400, answer.text

    async def said() -> bool:
        found = await visitor.front.desk.conversations.messages.after(visitor.id, 0)
        return any(one.author is Author.STAFF for one in found)

    await until(said)


async def rows(front: FrontDesk) -> list[Any]:
    return await front.desk.conversations.rows(sa.select(tables.answer_mails))


async def test_who_left_gets_one_mail_with_a_link_back_and_no_words(
    front: FrontDesk, mails: AnswerMails, post: MailBox
) -> None:
    visitor = await waiting(front)
    assert (await asks(visitor)).status_code == 204
    front.clock.forward(seconds=30)
    await answers(front, visitor)
    front.clock.forward(seconds=25)
    await mails.run()
    assert post.mails == [], "they may still be there"
    front.clock.forward(seconds=40)
    for _ in range(3):
        await mails.run()
    (mail,) = post.mails
    assert mail["To"] == NINA
    assert mail["Subject"] == "The clinic has answered you"
    said = mail.get_content().replace("\r\n", "\n")
    assert "\nhttps://www.clinic.example/prices/#chat\n" in said
    for word in ("worry", "common", "Nora", "advert", visitor.id):
        assert word not in mail.as_string()


async def test_whoever_is_there_or_did_not_ask_gets_none(
    front: FrontDesk, mails: AnswerMails, post: MailBox
) -> None:
    there, silent = await waiting(front), await waiting(front)
    await asks(there)
    nora = await nurse(front)
    for visitor in (there, silent):
        await reply(nora, visitor)
    front.clock.forward(minutes=5)
    await there.messages()
    await mails.run()
    assert post.mails == []


async def test_they_are_told_again_only_after_they_came_back(
    front: FrontDesk, mails: AnswerMails, post: MailBox
) -> None:
    visitor = await waiting(front)
    await asks(visitor)
    front.clock.forward(seconds=30)
    nora = await nurse(front)
    for came_back in (False, False, True):
        if came_back:
            await visitor.messages()
            front.clock.forward(seconds=30)
        await reply(nora, visitor)
        front.clock.forward(minutes=2)
        await mails.run()
    assert len(post.mails) == 2


async def test_one_click_in_the_mail_or_its_program_ends_it(
    front: FrontDesk, mails: AnswerMails, post: MailBox
) -> None:
    visitor = await waiting(front)
    await asks(visitor)
    front.clock.forward(seconds=30)
    await answers(front, visitor)
    front.clock.forward(minutes=2)
    await mails.run()
    mail = post.mails[0]
    link = re.search(r"(/answer-mail/end\?key=\S+)", mail.get_content())
    assert link
    assert mail["List-Unsubscribe"].endswith(f"{link[1]}>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    asked = await front.http.get(link[1])
    assert "Stop" in asked.text
    assert len(await rows(front)) == 1, "a program that opens links ends nothing"
    for _ in range(2):
        ended = await front.http.post(link[1], data={"List-Unsubscribe": "One-Click"})
        assert "forgotten your address" in ended.text
    assert await rows(front) == []
    assert (await front.http.post("/answer-mail/end?key=<script>")).status_code == 200


async def test_the_visitor_sees_the_address_and_can_end_it_in_the_chat(front: FrontDesk) -> None:
    visitor = await waiting(front)

    async def shown() -> Any:
        answer = await front.http.get("/api/messages", headers=visitor.headers)
        return answer.json()["mail"]

    assert (await front.http.get("/api/clinic")).json()["mails"] is True
    assert await shown() is None
    await asks(visitor)
    assert await shown() == NINA
    ended = await front.http.delete("/api/answer-mail", headers=visitor.headers)
    assert ended.status_code == 204
    assert await shown() is None


async def test_it_goes_with_the_chat_is_in_the_copy_and_is_left_after_a_month(
    front: FrontDesk, mails: AnswerMails
) -> None:
    erased, old = await waiting(front), await waiting(front)
    for visitor in (erased, old):
        await asks(visitor)
    copy = (await front.http.get("/api/copy", headers=erased.headers)).text
    assert NINA in copy
    assert (await rows(front))[0].end_key not in copy
    await front.http.delete("/api/conversation", headers=erased.headers)
    assert [row.conversation_id for row in await rows(front)] == [old.id]
    front.clock.forward(seconds=int(KEPT.total_seconds()) + 1)
    await mails.run()
    assert await rows(front) == []


async def test_a_mail_server_that_refuses_is_asked_again_and_then_left(
    front: FrontDesk, mails: AnswerMails, post: MailBox
) -> None:
    visitor = await waiting(front)
    await asks(visitor)
    front.clock.forward(seconds=30)
    await answers(front, visitor)
    front.clock.forward(minutes=2)
    post.refusals = 1
    await mails.run()
    await mails.run()
    assert post.mails == []
    front.clock.forward(seconds=int(WAITS[0].total_seconds()))
    await mails.run()
    assert len(post.mails) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nina",
        "nina@",
        "@home.example",
        "nina@home",
        "a@b.example\nBcc: x@y.example",
        "a b@c.example",
        "x" * 200 + "@b.example",
    ],
)
async def test_what_is_no_address_is_refused(front: FrontDesk, address: str) -> None:
    visitor = await waiting(front)
    assert (await asks(visitor, address)).status_code == 422
    assert await rows(front) == []


async def test_a_page_that_is_not_the_clinics_is_not_linked(front: FrontDesk) -> None:
    visitor = await waiting(front)
    await asks(visitor, page="https://evil.example/clinic")
    assert (await rows(front))[0].site == front.settings.public_url


async def test_one_address_is_in_few_chats_at_a_time(front: FrontDesk) -> None:
    codes = [(await asks(await waiting(front))).status_code for _ in range(4)]
    assert codes == [204, 204, 204, 422]


@pytest.mark.parametrize("body", [{}, {"email": 1, "page": "x"}, {"email": NINA}])
async def test_a_broken_wish_is_refused(front: FrontDesk, body: dict[str, Any]) -> None:
    visitor = await front.visitor()
    answer = await front.http.post("/api/answer-mail", json=body, headers=visitor.headers)
    assert answer.status_code == 400


def test_an_address_is_taken_as_it_is() -> None:
    assert checked("  Nina.O'Hara+skin@home.example ") == "Nina.O'Hara+skin@home.example"
    with pytest.raises(NotAsked):
        checked("nina@home.example, other@home.example")


class TestWithoutAMailServer:
    """It is not offered."""

    @pytest.fixture
    def extra_settings(self) -> Iterator[dict[str, str]]:
        yield {}

    async def test_it_is_not_offered(self, front: FrontDesk) -> None:
        visitor = await front.visitor()
        assert (await front.http.get("/api/clinic")).json()["mails"] is False
        assert (await asks(visitor)).status_code == 404


async def test_an_address_that_comes_while_the_chat_is_erased_is_not_kept(
    front: FrontDesk, mails: AnswerMails
) -> None:
    visitor = await front.visitor()
    assert await front.desk.erase(visitor.id)
    with pytest.raises(Gone):
        await mails.ask(visitor.id, NINA, PAGE)
    conversations = front.desk.conversations
    assert await conversations.rows(sa.select(tables.answer_mails.c.address)) == []


async def test_a_wish_that_could_not_be_stored_counts_for_nothing(front: FrontDesk) -> None:
    visitor = await front.visitor()
    with database_away(front):
        for _ in range(ASKS_A_MINUTE + 2):
            assert (await asks(visitor)).status_code == 503
    assert (await asks(visitor)).status_code == 204
