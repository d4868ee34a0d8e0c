from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from assistant import action_server
from assistant.action_server import ActionServer, watch_turn


@pytest.fixture()
async def address() -> AsyncIterator[str]:
    """An action server that fails as its path says."""

    async def answer(request: web.Request) -> web.StreamResponse:
        how = request.match_info["how"]
        if how == "late":
            await asyncio.sleep(1)
        if how == "cut" and request.transport:
            request.transport.abort()
        if how == "list":
            return web.json_response([1])
        return web.json_response({"error": "boom"}, status=500 if how == "broken" else 200)

    app = web.Application()
    app.router.add_post("/{how}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("how", ["late", "cut", "broken", "list"])
async def test_a_turn_knows_that_an_action_failed_and_says_so_in_one_line(
    address: str, how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(action_server, "TIME_LIMIT_SECONDS", 0.2)
    server = ActionServer(url=f"{address}/{how}")
    with watch_turn() as turn:
        with suppress(aiohttp.ClientError):  # what Rasa takes for a failed action
            await server.request(json={}, method="post")
        logging.getLogger("rasa.core.processor").error("Encountered an exception")
    assert turn.failed
    (line,) = [record.getMessage() for record in caplog.records if "asyncio" not in record.name]
    assert line.startswith("the action server failed: ")
    if server._kept:
        await server._kept.close()


async def test_what_rasa_logs_of_other_turns_is_let_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with watch_turn():
        logging.getLogger("rasa.core.processor").error("something else")
    assert [record.getMessage() for record in caplog.records] == ["something else"]
