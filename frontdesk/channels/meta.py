"""What WhatsApp, Messenger and Instagram share at Meta: handshake, signature, batches, errors.

Meta signs the raw body with HMAC-SHA256 and the app's secret; the older X-Hub-Signature (SHA-1) is
not accepted. It sends up to 1,000 events at once and repeats them for hours when it hears no 200
(developers.facebook.com/docs/graph-api/webhooks/getting-started).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from frontdesk.channels.base import Channel, Forged, Malformed, json_object
from frontdesk.channels.provider import Problem
from frontdesk.channels.reception import Reception
from frontdesk.settings import PageSettings, WhatsAppSettings

SLOW_DOWN = {"4", "17", "32", "613", "80007", "130429", "131056", "131048", "131000", "131016"}

LARGEST_BODY = 3 * 1024 * 1024
"""Meta's own limit: a delivery holds up to 1,000 events."""

FILES = (".fbsbx.com", ".fbcdn.net", ".facebook.com")


class Door:
    """The webhook of a channel of Meta."""

    name: str
    largest_body = LARGEST_BODY
    _settings: WhatsAppSettings | PageSettings
    _reception: Reception

    def routes(self) -> list[Route]:
        """The webhook and its handshake."""
        path = f"/channels/{self.name}"
        return [Route(path, self._webhook, methods=["GET", "POST"], name=self.name)]

    async def _webhook(self, request: Request) -> Response:
        if request.method != "POST":
            return handshake(request, self._settings.verify_token)
        return await self._reception.take(cast(Channel, self), request)

    def acknowledgement(self) -> Response:
        """Any 200 will do."""
        return Response()


def handshake(request: Request, verify_token: str) -> Response:
    """Answer the request by which Meta checks a callback address."""
    query = request.query_params
    given, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not same(given, verify_token):
        return PlainTextResponse("wrong token", 403)
    if not challenge.isalnum() or len(challenge) > 200:
        return PlainTextResponse("no challenge", 400)
    return PlainTextResponse(challenge)


async def signed_entries(request: Request, app_secret: str, kind: str) -> list[object]:
    """The entries of a signed webhook about ``kind``. Raise Forged or Malformed."""
    body = await request.body()
    expected = "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    if not same(request.headers.get("x-hub-signature-256", ""), expected):
        raise Forged("signature")
    content = json_object(body)
    if content.get("object") != kind:
        raise Malformed(f"the object is not '{kind}'")
    entries = content.get("entry") or []
    if not isinstance(entries, list):
        raise Malformed("entry is not a list")
    return entries


def is_own_file(url: str, api_url: str) -> bool:
    """Does a file lie with Meta?"""
    host = urlsplit(url).hostname or ""
    return host == urlsplit(api_url).hostname or url.startswith("https://") and host.endswith(FILES)


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def problem(body: dict[str, object]) -> Problem:
    """Read Graph's error: {"error": {"code": 131047, "error_subcode": …, "message": …}}."""
    error = body.get("error")
    code = str(error.get("code") or "") if isinstance(error, dict) else ""
    return code, code in SLOW_DOWN, None
