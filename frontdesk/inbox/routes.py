"""Every route of the inbox and who may use it."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from frontdesk.desk import Desk
from frontdesk.inbox.deeds import Deeds
from frontdesk.inbox.guard import Guard
from frontdesk.inbox.pages import Pages
from frontdesk.settings import Settings
from frontdesk.staff import Staff

STATIC = Path(__file__).parent / "static"


class Inbox:
    """The inbox over one desk."""

    def __init__(self, desk: Desk, staff: Staff, settings: Settings) -> None:
        self._guard = Guard(staff, settings)
        self._pages = Pages(desk, staff)
        self._deeds = Deeds(desk, staff, self._pages, self._guard)

    def routes(self) -> list[BaseRoute]:
        """Pages first, then deeds; only signing in is open to everybody."""
        page, deed = self._guard.page, self._guard.deed
        pages, deeds = self._pages, self._deeds
        changes = {
            "/inbox/sign-out": deeds.sign_out,
            "/inbox/duty": deeds.duty,
            "/inbox/c/{id}/take": deeds.take,
            "/inbox/c/{id}/reply": deeds.reply,
            "/inbox/c/{id}/back": deeds.hand_back,
            "/inbox/c/{id}/close": deeds.close,
            "/inbox/c/{id}/assign": deeds.assign,
            "/inbox/c/{id}/note": deeds.note,
            "/inbox/c/{id}/retry": deeds.retry,
            "/inbox/callbacks/{callback_id:int}": deeds.callback_done,
        }
        return [
            Mount("/inbox/static", StaticFiles(directory=STATIC)),
            Route("/inbox/sign-in", deeds.show_sign_in, methods=["GET"]),
            Route("/inbox/sign-in", deeds.sign_in, methods=["POST"]),
            Route("/inbox/", page(pages.queue), methods=["GET"]),
            Route("/inbox/events", page(pages.events), methods=["GET"]),
            Route("/inbox/c/{id}", page(pages.conversation), methods=["GET"]),
            *[Route(path, deed(change), methods=["POST"]) for path, change in changes.items()],
        ]
