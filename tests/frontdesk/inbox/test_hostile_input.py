"""Rows 12 and 13 of the reliability table: markup and SQL in whatever people can write."""

from __future__ import annotations

import itertools
from collections import Counter
from html.parser import HTMLParser

from frontdesk.conversations.model import Author, Draft
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

TAGS = ["script", "img", "svg", "iframe", "a", "b", "style", "form", "input", "math"]
SHAPES = [
    "<{tag} onerror=alert(1)>",
    "</p><{tag} src=x onload=alert(1)>",
    "\"><{tag} href='javascript:alert(1)'>",
    "'--><{tag}/**/onclick=alert(1)>{{7*7}}",
    "&lt;{tag}&gt; <{tag}",
    "<{tag}\x0confocus=alert(1) autofocus>",
    "<<{tag}>{tag}>%3C{tag}%3E",
    "{{{{ '{tag}'|safe }}}} {{% {tag} %}} <{tag} xlink:href=data:x>",
    "<!--[if IE]><{tag}><![endif]-->]]><{tag}>",
    "javascript:alert('{tag}')<{tag} style=x:expression(1)>",
]
QUOTES = ["", "'", '"', "`", "\u2028", "\\"]
MARKUP = [
    f"{quote}{shape.format(tag=tag)}{quote}"
    for tag, shape, quote in itertools.product(TAGS, SHAPES, QUOTES)
]
AT_ONCE = 60


class Page(HTMLParser):
    """Counts elements, and gathers the words of messages and notes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[str] = Counter()
        self.said: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        if ("class", "text") in attrs:
            self.said.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.said[-1] += data


async def shown(front: FrontDesk, reception: Colleague, texts: list[str]) -> Page:
    """The page of a conversation with these messages, half by a visitor, half by staff."""
    visitor = await front.visitor()
    conversation = await front.desk.conversations.get(visitor.id)
    assert conversation
    await front.desk.conversations.update(visitor.id, visitor_name=texts[0], contact=texts[-1])
    for number, text in enumerate(texts):
        author = Author.VISITOR if number % 2 else Author.STAFF
        await front.desk.conversations.messages.append(
            visitor.id, Draft(author, text, name=texts[0])
        )
    await reception.post(f"/inbox/c/{visitor.id}/note", text=texts[0])
    page = Page()
    page.feed((await reception.get(f"/inbox/c/{visitor.id}")).text)
    return page


async def test_six_hundred_pieces_of_markup_are_shown_as_written(
    front: FrontDesk, reception: Colleague
) -> None:
    assert len(MARKUP) == 600
    harmless = await shown(front, reception, ["words"] * AT_ONCE)
    for start in range(0, len(MARKUP), AT_ONCE):
        texts = MARKUP[start : start + AT_ONCE]
        page = await shown(front, reception, texts)
        assert page.elements == harmless.elements
        assert page.said[-AT_ONCE:] == [text.replace("\x0c", "\x0c") for text in texts]


HEADS = ["'", '"', "')", "%' ", "1", "\\'", "';", "x' AND 1=0", "%", "_"]
TAILS = [
    " OR 1=1 --",
    " OR '1'='1",
    "; DROP TABLE messages; --",
    " UNION SELECT password_hash FROM staff --",
    "/**/UNION/**/SELECT/**/1",
    "; UPDATE staff SET role='admin'; --",
    " AND (SELECT 1 FROM staff)=1",
    " ORDER BY 99 --",
    "; ATTACH DATABASE 'x' AS y; --",
    "\x00' OR 1=1",
]
FIELDS = ["view", "q", "channel", "outcome", "since"]


async def test_five_hundred_pieces_of_sql_have_no_effect(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("only this conversation is here")
    before = [tuple(row) for row in await front.desk.conversations.rows(tables.staff.select())]
    tried = 0
    for head, tail in itertools.product(HEADS, TAILS):
        for field in FIELDS:
            query = {"q": "no such words", field: head + tail}
            answer = await reception.search(**query)
            assert answer.status_code == 200, query
            if field == "view":
                answer = await reception.http.get("/inbox/", params={"search": "yes", **query})
            assert answer.status_code == 200, query
            assert "argon2" not in answer.text
            assert visitor.id not in answer.text or field == "q", query
            tried += 1
        same = await reception.find(visitor.id, head + tail)
        assert same.status_code == 200 and "argon2" not in same.text
        path = (head + tail).replace("/", "").replace("\x00", "").replace("%", "").replace("\\", "")
        found = await reception.http.get(f"/inbox/c/{path}")
        assert found.status_code == 404, path
    assert tried == 500
    after = [tuple(row) for row in await front.desk.conversations.rows(tables.staff.select())]
    assert after == before
    assert await visitor.words("visitor") == ["only this conversation is here"]
