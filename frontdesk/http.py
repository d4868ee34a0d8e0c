"""What every route shares: one shape of error, limits of size and time, security headers."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any
from urllib.parse import quote

from async_timeout import timeout_at
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from frontdesk import metrics
from frontdesk.conversations.model import Gone

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
LARGEST_NUMBER = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 2000, 2100
SUBSCRIBER_BITS = 64
BODY_LIMIT = 64 * 1024
BODY_SECONDS = 20.0
HEADER_SECONDS = 10.0
LARGEST_HEADER = 16 * 1024
LARGEST_PIECE = 64 * 1024
HEADER_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class Problem(Exception):
    """Something that the caller should be told: a status, a code, kind words."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


async def problem_response(request: Request, error: Exception) -> Response:
    """The one shape of every error. Async, or Starlette would have a thread make it."""
    if isinstance(error, Problem):
        status, code, message, headers = error.status, error.code, error.message, error.headers
    elif isinstance(error, Gone):
        status, code, message, headers = 404, "gone", "This conversation was erased.", {}
    elif isinstance(error, HTTPException):
        status, code, message = error.status_code, f"http_{error.status_code}", error.detail
        headers = dict(error.headers or {})
    else:
        status, code, message = 500, "failed", "Something went wrong on our side."
        headers = SECURITY_HEADERS  # Starlette makes this answer outside of all middleware
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status, headers=headers)


def address_of(request: Request) -> str:
    """Whom limits count as one: an address; of IPv6 the network of one subscriber, who has 2**64 of them.

    Behind a proxy it is what FORWARDED_ALLOW_IPS may say.
    """
    return _counted_as(request.client.host if request.client else "")


@lru_cache(maxsize=4_096)
def _counted_as(told: str) -> str:
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return told or "unknown"
    if isinstance(address, IPv4Address) or address.is_loopback:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, SUBSCRIBER_BITS), strict=False))


async def json_body(request: Request) -> dict[str, object]:
    """The JSON object of a request. Raise Problem 400 for anything else."""
    try:
        body = json.loads((await request.body()).decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed", "The request is not JSON.") from error
    if not isinstance(body, dict):
        raise Problem(400, "malformed", "The request is not a JSON object.")
    return {key: _storable(value) for key, value in body.items()}


def _storable(value: object) -> Any:
    """Text without what no database keeps: lone surrogates and NUL."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def text_of(form: FormData, key: str) -> str:
    """The words of a field; "" when there is none, or when it is a file."""
    value = form.get(key)
    return value if isinstance(value, str) else ""


def whole_number(value: Any, most: int = LARGEST_NUMBER) -> int | None:
    """A number from outside that every database keeps: 0 to ``most``; None for anything else.

    Whoever takes a number from an address, a form or JSON takes it here (tests/frontdesk/inbox/test_fuzz.py).
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return value if fits else None


def day(value: Any) -> date | None:
    """A day from outside, within a human's time; None for anything else."""
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def moment_at(value: Any, zone: tzinfo) -> datetime | None:
    """A day and time from outside, as told at the clinic, within a human's time; None for else."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    fits = found.tzinfo is None and FIRST_YEAR <= found.year <= LAST_YEAR
    return found.replace(tzinfo=zone) if fits else None


class NumberInAddress(Convertor[int]):
    """``{seq:number}`` in a route: what is too large is no such page."""

    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """As it stands in an address."""
        return str(value)


register_url_convertor("number", NumberInAddress())


def csv_file(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    """Rows as a CSV file; a cell that a spreadsheet would calculate is text."""
    file = io.StringIO()
    csv.writer(file).writerows([[_harmless(cell) for cell in row] for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.getvalue(), media_type="text/csv", headers=headers)


def as_attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file from outside, to be saved: never shown as a page, whatever it holds."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(FORMULA) else cell


class SecurityHeaders:
    """Headers that every page and every answer carries, unless a route set its own."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        headers = {**SECURITY_HEADERS, **(ONLY_TLS if is_https else {})}
        self._headers = [(name.lower().encode(), headers[name].encode()) for name in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what is missing when the answer begins."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.setdefault("headers", [])
                names = {name for name, _ in own}
                message["headers"] = [*own, *(one for one in self._headers if one[0] not in names)]
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Refuses a body over 64 KB before anybody reads it, whatever its headers say; or one too slow.

    ``larger``: by path, how much a provider may send there.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and stop it when it grows too large."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = self._larger.get(scope["path"], BODY_LIMIT)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            return await self._refuse(scope, receive, send)
        seen, is_whole = 0, False
        until = asyncio.get_running_loop().time() + BODY_SECONDS

        async def counted() -> Message:
            nonlocal seen, is_whole
            if is_whole:
                return await receive()  # a stream that waits for its reader to leave
            try:
                async with timeout_at(until):
                    message = await receive()
            except asyncio.TimeoutError:
                raise Problem(408, "too_slow", "That took too long.", Connection="close") from None
            is_whole = not message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > limit:
                raise Problem(413, "too_large", "That is too large.")
            return message

        return await self._app(scope, counted, send)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        body = {"error": {"code": "too_large", "message": "That is too large."}}
        await JSONResponse(body, 413)(scope, receive, send)


class InOnePiece:
    """A connection that sends what is written in one go when the loop comes by again, not bit by bit.

    The head of a message and its body are two writes (of uvicorn 0.54; of aiohttp 3.9 with a step of the
    loop in between); each wakes whoever reads, which costs more than all that is done to write it.
    Everything else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it soon, with what comes in the same step; at once when it has become much."""
        if not self._waiting:
            self._loop.call_soon(self._loop.call_soon, self._send)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > LARGEST_PIECE:
            self._send()

    def close(self) -> None:
        """Send what waits, and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._waiting:
            piece = b"".join(self._waiting)
            self._waiting, self._size = [], 0
            self._transport.write(piece)


class Bounded(HttpToolsProtocol):
    """One connection: a header of at most 16 KB, within ten seconds.

    uvicorn bounds neither (0.54: `h11_max_incomplete_event_size` holds for its other parser only), and a
    thousand connections that each send a byte a second would keep everybody else out.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._header_bytes = 0
        self._is_in_header = True
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The time for the first header begins."""
        super().connection_made(InOnePiece(transport, self.loop))  # type: ignore[arg-type]
        self._wait_for_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._header_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what is not a header yet; refuse what grows too large before it is whole."""
        if self._is_in_header:
            self._header_bytes += len(data)
            if self._patience is None:
                self._wait_for_header()
        super().data_received(data)
        if self._is_in_header and self._header_bytes > LARGEST_HEADER:
            self._refuse("header too large", HEADER_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """A request is known; what it is made of may still be too large."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > LARGEST_HEADER:
            self._refuse("header too large", HEADER_TOO_LARGE)
            return
        self._header_arrived()
        self._unset_keepalive_if_required()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What still comes of a body that nobody wanted to read has as long as one that is read."""
        super().on_response_complete()
        if not self._is_in_header and self.cycle.response_complete:
            self._patience = self.loop.call_later(BODY_SECONDS, self._refuse, "body too slow")

    def on_message_complete(self) -> None:
        """The next header may begin; uvicorn waits for it without end when the answer came before the body."""
        self._header_arrived()
        self._is_in_header, self._header_bytes = True, 0
        if self.cycle is None:
            return
        super().on_message_complete()
        if self.cycle.response_complete:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _wait_for_header(self) -> None:
        self._patience = self.loop.call_later(HEADER_SECONDS, self._refuse, "header too slow")

    def _header_arrived(self) -> None:
        self._is_in_header = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, why: str, answer: bytes = b"") -> None:
        metrics.REFUSALS.labels("connection", why).inc()
        if answer:
            self.transport.write(answer)
        self.transport.close()
