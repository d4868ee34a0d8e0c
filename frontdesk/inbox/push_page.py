"""Alerts on a device of one's own: what a browser asks for before it can be told by Web Push."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from frontdesk.http import Problem, text_of
from frontdesk.outgoing.push import Device, Push
from frontdesk.staff.members import Session

WORKER = Path(__file__).parent / "static" / "worker.js"
LONGEST = 1_000


class PushPage:
    """Without a key in the settings there is no push, and the inbox alerts only while it is open."""

    def __init__(self, push: Push | None) -> None:
        self._push = push

    async def worker(self, request: Request) -> Response:
        """What the browser runs while the inbox is closed; its place gives it the whole inbox."""
        return FileResponse(WORKER, media_type="text/javascript")

    async def key(self, request: Request, session: Session) -> Response:
        """The public key, null where there is no push."""
        return JSONResponse({"key": self._push.public_key if self._push else None})

    async def add(self, request: Request, session: Session, form: FormData) -> Response:
        """Tell this device, too."""
        values = [text_of(form, key) for key in ("endpoint", "p256dh", "auth")]
        device = Device(*values)
        if self._push is None or max(map(len, values)) > LONGEST or not device.is_allowed:
            raise Problem(422, "no_push", "This browser cannot be told while the inbox is closed.")
        await self._push.add(session.member.id, device)
        return Response(status_code=204)

    async def drop(self, request: Request, session: Session, form: FormData) -> Response:
        """Tell it no more."""
        if self._push is not None:
            await self._push.drop(text_of(form, "endpoint"))
        return Response(status_code=204)
