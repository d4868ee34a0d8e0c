"""The way to the assistant over real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from frontdesk import assistant_client
from frontdesk.assistant_client import AssistantClient, AssistantUnavailable

ANSWER = b'{"danger": null}'


class Other:
    """The other side: answers so many requests on one connection, then closes it."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answers_a_connection = 1_000
        self.is_silent = False
        self.resets = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(self.answers_a_connection):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            self.asked.append(head + await reader.readexactly(length))
            if self.is_silent:
                await asyncio.sleep(60)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))
        await reader.readuntil(b"\r\n\r\n")  # the next one is heard, and nobody answers it
        self.asked.append(b"cut off")
        if self.resets:
            at_once = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.close()


@pytest.fixture()
async def other() -> AsyncIterator[tuple[Other, AssistantClient, asyncio.AbstractServer]]:
    other = Other()
    answering: set[asyncio.Task] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.current_task())
        try:
            await other.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = AssistantClient(f"http://127.0.0.1:{port}", "a-secret-for-tests-only")
    yield other, client, server
    await client.close()
    server.close()
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)


async def test_the_secret_and_the_words_arrive_over_one_kept_connection(other: tuple) -> None:
    other, client, _ = other
    for _ in range(3):
        assert await client.check("hello") is None
    first = other.asked[0].lower()
    assert b"authorization: bearer a-secret-for-tests-only" in first
    assert first.endswith(b'{"text":"hello"}') or first.endswith(b'{"text": "hello"}')
    assert len(other.asked) == 3


@pytest.mark.parametrize("resets", [False, True])
async def test_a_connection_that_was_closed_meanwhile_is_no_failure(
    other: tuple, resets: bool
) -> None:
    other, client, _ = other
    other.resets = resets
    other.answers_a_connection = 1
    for _ in range(3):
        assert await client.check("hello") is None
    assert b"cut off" in other.asked, "the second request of a connection was never answered there"


async def test_silence_is_unavailable_in_time(
    other: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistant_client, "QUICK_SECONDS", 0.1)
    other, _, server = other
    other.is_silent = True
    port = server.sockets[0].getsockname()[1]
    client = AssistantClient(f"http://127.0.0.1:{port}", "a-secret-for-tests-only")
    with pytest.raises(AssistantUnavailable):
        await client.check("hello")
    await client.close()


async def test_nobody_there_is_unavailable(other: tuple) -> None:
    _, client, server = other
    server.close()
    await server.wait_closed()
    with pytest.raises(AssistantUnavailable):
        await client.check("hello")
    assert not await client.is_ready()
