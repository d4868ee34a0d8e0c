"""E-mails about an answer: a visitor asks for them in the chat, and ends them there or by one click in the e-mail.

Only a POST ends them (RFC 8058), as programs that look for viruses open every link.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from frontdesk.answering.desk import Desk
from frontdesk.http import Problem, json_body
from frontdesk.outgoing.answer_mail import END, AnswerMails
from frontdesk.outgoing.answer_news import NotAsked, words_in
from frontdesk.visitors.answer_news_page import AnswerNewsPage, WhoAsks

PLACE = "/api/answer-mail"

PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body><main><h1>{title}</h1>{rest}</main></body>
</html>
"""


class AnswerMailPage(AnswerNewsPage):
    """What a visitor says in the chat, and what the link of the e-mail leads to."""

    def __init__(self, desk: Desk, mails: AnswerMails, visitor: WhoAsks) -> None:
        super().__init__(desk, mails, visitor)
        self._mails = mails

    def routes(self) -> list[Route]:
        """All routes, each with its method."""
        return [
            Route(PLACE, self.ask, methods=["POST"]),
            Route(PLACE, self.end, methods=["DELETE"]),
            Route(END, self.show_end, methods=["GET"]),
            Route(END, self.end_by_link, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Tell this address, should the visitor have left when a person answers."""
        conversation, body = await self._visitor(request), await json_body(request)
        address, page = body.get("email"), body.get("page")
        if not isinstance(address, str) or not isinstance(page, str):
            raise Problem(400, "malformed", "'email' and 'page' must be strings.")
        if not self._mails.can_send:
            raise Problem(404, "no_mail", "This desk has no mail server.")
        try:
            with self._not_too_often(conversation):
                await self._mails.ask(conversation.id, address, page)
        except NotAsked as error:
            raise Problem(422, "address", "This is no address that we can write to.") from error
        return self._done(conversation)

    async def show_end(self, request: Request) -> Response:
        """Shall we stop?"""
        key = request.query_params.get("key", "")[:100]
        language = await self._mails.language_of(key)
        lines = words_in(language)
        form = f'<form method="post" action="{END}?key={escape(key)}"><button>{lines["stop"]}</button></form>'
        return _page(language, f"<p>{lines['ask']}</p>{form}")

    async def end_by_link(self, request: Request) -> Response:
        """Stop; a second time changes nothing."""
        key = request.query_params.get("key", "")[:100]
        language = await self._mails.language_of(key)
        await self._mails.end_by_key(key)
        return _page(language, f'<p role="status">{words_in(language)["stopped"]}</p>')


def _page(language: str | None, rest: str) -> Response:
    title = words_in(language)["title"]
    return HTMLResponse(PAGE.format(language=escape(language or "en"), title=title, rest=rest))
