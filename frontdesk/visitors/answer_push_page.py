"""A push about an answer: a visitor asks for it in a small window of the front desk, and ends it in the chat.

The chat stands on the clinic's own website, where no browser lets us ask (a service worker is of one origin).
So it opens this window, which asks the browser and hands what it gave to the chat by ``postMessage``; the
chat, which has the token, sends it here. The window knows nothing of the conversation. See docs/widget.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from frontdesk.answering.desk import Desk
from frontdesk.http import Problem, json_body
from frontdesk.outgoing.answer_news import NotAsked, words_in
from frontdesk.outgoing.answer_push import AnswerPushes
from frontdesk.outgoing.push import Device
from frontdesk.settings import Settings
from frontdesk.visitors.answer_news_page import AnswerNewsPage, WhoAsks

PLACE = "/api/answer-push"
WINDOW = "/answer-push/"
STATIC = Path(__file__).parent / "static"
SCRIPTS = ("window.js", "device.js", "worker.js")
KEYS = ("endpoint", "p256dh", "auth", "page")
RIGHT_TO_LEFT = "ar"

PAGE = """<!doctype html>
<html lang="{language}" dir="{dir}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{push_title}</title>
<link rel="stylesheet" href="/inbox/static/inbox.css">
<script type="module" src="/answer-push/window.js"></script></head>
<body data-key="{key}" data-origin="{origin}"><main class="narrow"><h1>{push_title}</h1>
<p id="ask">{push_ask}</p>
<p id="asked" role="status" data-done="{push_done}" data-denied="{push_denied}" data-failed="{push_failed}"></p>
<button id="yes" type="button" class="primary">{push_yes}</button>
<button id="no" type="button">{push_close}</button></main></body>
</html>
"""


class AnswerPushPage(AnswerNewsPage):
    """The small window with its scripts, and what the chat says to the front desk."""

    def __init__(
        self, desk: Desk, pushes: AnswerPushes, settings: Settings, visitor: WhoAsks
    ) -> None:
        super().__init__(desk, pushes, visitor)
        self._pushes = pushes
        self._origins = (*settings.own_origins, *settings.allowed_origins)

    def routes(self) -> list[Route]:
        """All routes, each with its method."""
        return [
            Route(PLACE, self.ask, methods=["POST"]),
            Route(PLACE, self.end, methods=["DELETE"]),
            Route(WINDOW, self.window, methods=["GET"]),
            *[Route(WINDOW + name, _script(name), methods=["GET"]) for name in SCRIPTS],
        ]

    async def window(self, request: Request) -> Response:
        """The page that asks. Only one that may hold the chat is given what the browser says."""
        origin = request.query_params.get("origin", "")
        if not self._pushes.can_send or origin not in self._origins:
            raise Problem(404, "no_push", "There is no such page.")
        language = request.query_params.get("language", "")[:2]
        lines = words_in(language)
        facts = {"phone": f"\u2066{self._desk.clinic.phone}\u2069"}
        said = {
            name: escape(line.format(**facts)) for name, line in lines.items() if "push" in name
        }
        spoken = language if lines is not words_in("en") else "en"
        page = PAGE.format(
            language=spoken,
            dir="rtl" if spoken == RIGHT_TO_LEFT else "ltr",
            key=escape(self._pushes.public_key),
            origin=escape(origin),
            **said,
        )
        return HTMLResponse(page)

    async def ask(self, request: Request) -> Response:
        """Tell this device, should the visitor have left when a person answers."""
        conversation, body = await self._visitor(request), await json_body(request)
        values = [value for key in KEYS if isinstance(value := body.get(key), str)]
        if len(values) < len(KEYS):
            raise Problem(400, "malformed", f"{', '.join(KEYS)} must be strings.")
        if not self._pushes.can_send:
            raise Problem(404, "no_push", "This desk has no Web Push.")
        *device, page = values
        try:
            with self._not_too_often(conversation):
                await self._pushes.ask(conversation.id, Device(*device), page)
        except NotAsked as error:
            raise Problem(422, "device", "This browser cannot be told.") from error
        return self._done(conversation)


def _script(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def script(request: Request) -> Response:
        return FileResponse(STATIC / name, media_type="text/javascript")

    return script
