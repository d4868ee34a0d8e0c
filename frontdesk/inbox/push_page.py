"""How somebody is told: sound and quiet hours; and what a browser asks for before Web Push can tell it."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from frontdesk.http import Problem, text_of
from frontdesk.inbox.pages import Pages
from frontdesk.outgoing.push import Device, Push
from frontdesk.staff.members import Session, Staff

WORKER = Path(__file__).parent / "static" / "worker.js"
SOUNDS = ("chime", "bell", "knock", "call", "silent")
"""Made by static/sounds.js."""
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
NO_HOURS = "Please give both times, or none."


class PushPage:
    """Without a key in the settings there is no push, and the inbox alerts only while it is open."""

    def __init__(self, push: Push | None, pages: Pages, staff: Staff) -> None:
        self._push = push
        self._pages = pages
        self._staff = staff

    async def show(self, request: Request, session: Session) -> Response:
        """One's own page."""
        return self._page(session, kept=request.query_params.get("kept") == "yes")

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep sound and quiet hours."""
        sound, begin, end = (text_of(form, key) for key in ("sound", "quiet_from", "quiet_until"))
        if sound not in SOUNDS:
            raise Problem(422, "no_sound", f"Choose one of: {', '.join(SOUNDS)}.")
        if (begin or end) and not (TIME.fullmatch(begin) and TIME.fullmatch(end)):
            return self._page(session, NO_HOURS)
        hours = (begin, end) if begin and begin != end else None
        await self._staff.set_alerts(session.member.id, sound, hours)
        return RedirectResponse("/inbox/alerts?kept=yes", 303)

    def _page(self, session: Session, problem: str = "", kept: bool = False) -> Response:
        values = {"me": session.member, "csrf_token": session.csrf_token, "sounds": SOUNDS}
        status = 422 if problem else 200
        return self._pages.render("alerts.html", status, problem=problem, kept=kept, **values)

    async def worker(self, request: Request) -> Response:
        """What the browser runs while the inbox is closed; its place gives it the whole inbox."""
        return FileResponse(WORKER, media_type="text/javascript")

    async def key(self, request: Request, session: Session) -> Response:
        """The public key, null where there is no push."""
        return JSONResponse({"key": self._push.public_key if self._push else None})

    async def add(self, request: Request, session: Session, form: FormData) -> Response:
        """Tell this device, too."""
        device = Device(*[text_of(form, key) for key in ("endpoint", "p256dh", "auth")])
        if self._push is None or not device.is_allowed:
            raise Problem(422, "no_push", "This browser cannot be told while the inbox is closed.")
        await self._push.add(session.member.id, device)
        return Response(status_code=204)

    async def drop(self, request: Request, session: Session, form: FormData) -> Response:
        """Tell it no more."""
        if self._push is not None:
            await self._push.drop(text_of(form, "endpoint"))
        return Response(status_code=204)
