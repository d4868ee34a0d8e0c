"""A real server on a real port: what comes too large or too slowly is let go, and the rest is served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from frontdesk import http
from frontdesk.http import (
    LARGEST_PIECE,
    BodyLimit,
    Bounded,
    InOnePiece,
    Problem,
    address_of,
    problem_response,
)


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("unix", "unix"),
        ("", "unknown"),
    ],
)
def test_one_subscriber_is_counted_as_one(told: str, counted: str) -> None:
    assert address_of(Request({"type": "http", "client": (told, 1)})) == counted
    assert address_of(Request({"type": "http", "client": None})) == "unknown"


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def unread(request: Request) -> Response:
    return PlainTextResponse("no", 401)


@pytest.fixture()
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(http, "HEADER_SECONDS", 0.3)
    monkeypatch.setattr(http, "BODY_SECONDS", 0.3)
    app = Starlette(
        routes=[
            Route("/", length, methods=["GET", "POST"]),
            Route("/unread", unread, methods=["POST"]),
        ],
        middleware=[Middleware(BodyLimit, larger={})],
        exception_handlers={Problem: problem_response},
    )
    config = uvicorn.Config(
        app, port=0, http=Bounded, log_config=None, ws="none", timeout_keep_alive=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def sent(port: int, *pieces: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """What comes back until the connection ends, and after how long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        answer = await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    return answer, time.monotonic() - began


GOOD = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_a_header_that_drips_in_is_cut_off_and_a_whole_one_is_served(port: int) -> None:
    answer, seconds = await sent(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert answer == b""
    assert 0.2 < seconds < 9
    answer, _ = await sent(port, b"")
    assert answer == b""
    answer, _ = await sent(port, GOOD)
    assert answer.startswith(b"HTTP/1.1 200")


async def test_the_second_request_of_a_connection_may_not_drip_either(port: int) -> None:
    first = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer, seconds = await sent(port, first, b"GET / HTTP/1.1\r\nX-Slow: ", pause=0.05)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert seconds < 9


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["endless", "whole"])
async def test_a_header_over_16_kb_is_refused(port: int, end: bytes) -> None:
    large = b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 17_000 + end
    answer, _ = await sent(port, large)
    assert answer.startswith(b"HTTP/1.1 431")
    answer, _ = await sent(port, b"GET /?" + b"x" * 17_000 + b" HTTP/1.1\r\n" + end)
    assert answer.startswith(b"HTTP/1.1 431")


async def test_a_body_that_drips_in_is_refused_and_a_whole_one_is_read(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
    answer, _ = await sent(port, head + b"ab")
    assert answer.startswith(b"HTTP/1.1 408")
    answer, _ = await sent(port, head + b"abcde")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"5")


UNREAD = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


async def test_a_body_that_nobody_wanted_keeps_no_connection(port: int) -> None:
    for pieces in ([b"abcde"], [b"a"]):
        answer, seconds = await sent(port, UNREAD, *pieces, pause=0.1)
        assert answer.startswith(b"HTTP/1.1 401")
        assert seconds < 9
    _, seconds = await sent(port, UNREAD, *[b"a"] * 4, pause=0.1)  # each byte within the time
    assert seconds < 9


async def test_after_a_body_that_nobody_wanted_the_next_request_is_served(port: int) -> None:
    answer, _ = await sent(port, UNREAD, b"abcde", UNREAD, b"abcde" + GOOD, pause=0.1)
    assert [answer.count(one) for one in (b"1.1 401", b"1.1 200")] == [2, 1]


class Wire:
    """What leaves, in the pieces in which it leaves."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True


async def test_head_and_body_of_an_answer_leave_in_one_piece_and_much_leaves_at_once() -> None:
    wire = Wire()
    whole = InOnePiece(wire, asyncio.get_running_loop())
    whole.write(b"head ")
    whole.write(b"body")
    await asyncio.sleep(0)
    assert wire.pieces == []
    await asyncio.sleep(0)
    assert wire.pieces == [b"head body"]
    whole.write(b"a" * (LARGEST_PIECE + 1))
    assert len(wire.pieces) == 2
    whole.write(b"the last")
    whole.close()
    assert (wire.pieces[2:], wire.is_closed) == ([b"the last"], True)
    await asyncio.sleep(0.01)
    assert len(wire.pieces) == 3
