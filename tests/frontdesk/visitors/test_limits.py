from __future__ import annotations

import asyncio
import inspect
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from frontdesk import tasks
from frontdesk.visitors import api
from frontdesk.visitors.limits import MOST_REMEMBERED, Limit
from tests.frontdesk.conftest import URL, FakeClock, FrontDesk, Visitor, until


def test_so_many_a_minute_and_then_again_also_when_the_clock_goes_back() -> None:
    clock = FakeClock()
    limit = Limit(2, clock)
    assert [limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")] == [0, 0, 60, 0]
    clock.forward(seconds=45)
    assert limit.take("a") == 15
    clock.forward(seconds=16)
    assert limit.take("a") == 0
    limit.take("a")
    clock.forward(hours=-1)
    assert limit.take("a") == 0


def test_to_look_counts_nothing_and_remembers_nobody() -> None:
    limit = Limit(1, FakeClock())
    assert [limit.wait("a"), limit.take("a"), limit.wait("a"), limit.take("a")] == [0, 0, 60, 60]
    assert [limit.wait("b") for _ in range(5)] == [0] * 5
    assert list(limit._recent) == ["a"]


def test_whoever_waits_as_long_as_told_is_not_refused_again() -> None:
    clock = FakeClock()
    limit = Limit(1, clock)
    limit.take("a")
    clock.now += timedelta(seconds=30.4)
    clock.now += timedelta(seconds=limit.take("a"))
    assert limit.take("a") == 0


def test_what_is_remembered_has_an_end() -> None:
    limit = Limit(1, FakeClock())
    for number in range(MOST_REMEMBERED + 50):
        limit.take(str(number))
    assert len(limit._recent) == MOST_REMEMBERED


async def test_one_address_may_open_only_so_many_conversations_and_others_still_may(
    front: FrontDesk,
) -> None:
    answers = [
        await front.http.post("/api/conversations", json={})
        for _ in range(api.OPENINGS_A_MINUTE + 1)
    ]
    assert [one.status_code for one in answers[:-1]] == [201] * api.OPENINGS_A_MINUTE
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    front.clock.forward(minutes=1, seconds=1)
    assert (await front.http.post("/api/conversations", json={})).status_code == 201


async def test_all_together_have_a_limit_too(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Limit(1, front.clock)
    visitor_api = next(
        route.endpoint.__self__  # type: ignore[attr-defined]
        for route in front.app.routes
        if getattr(route, "path", "") == "/api/conversations"
    )
    monkeypatch.setattr(visitor_api, "_all_openings", taken)
    answers = [await front.http.post("/api/conversations", json={}) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 429]


def served(front: FrontDesk) -> api.VisitorApi:
    routes = (one for one in front.app.routes if getattr(one, "path", "") == "/api/messages")
    found = next(routes).endpoint.__self__  # type: ignore[attr-defined]
    assert isinstance(found, api.VisitorApi)
    return found


async def refused(front: FrontDesk, method: str, path: str, token: str = "") -> None:
    """Ask, where to read the body would fail: 429 with the seconds to wait."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body is read")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"desk.test"), (b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    scope |= {"client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1"}
    await front.app(scope, receive, send)
    answer = dict(sent[0]["headers"])
    assert sent[0]["status"] == 429 and int(answer[b"retry-after"]) > 0
    assert b"slow_down" in sent[1]["body"]


async def test_a_flood_that_is_refused_is_not_read_and_asks_the_database_nothing(
    front: FrontDesk, statements: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "STREAMS", 0)
    visitor, asks = await front.visitor(), front.http.post
    for _ in range(api.MESSAGES_A_MINUTE):
        assert (await visitor.post(text="hello")).status_code == 202
    for _ in range(api.TYPINGS_A_MINUTE):
        assert (await asks("/api/typing", headers=visitor.headers)).status_code == 204
    for _ in range(api.OPENINGS_A_MINUTE):
        assert (await asks("/api/conversations", json={})).status_code == 201
    asyncio.current_task().set_name("flood")  # type: ignore[union-attr]
    before = threading.active_count()
    for method, path in (
        ("POST", "/api/messages"),
        ("POST", "/api/typing"),
        ("POST", "/api/conversations"),
        ("GET", "/api/events"),
    ):
        await refused(front, method, path, visitor.token)
    assert statements["flood"] == 0
    assert threading.active_count() == before


async def test_whoever_is_refused_for_one_conversation_uses_up_nothing_of_the_office(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "OWN_MACHINE", ())
    flood, colleague = await front.visitor(), await front.visitor()
    codes = [(await flood.post(text="hello")).status_code for _ in range(40)]
    assert Counter(codes) == {202: api.MESSAGES_A_MINUTE, 429: 40 - api.MESSAGES_A_MINUTE}
    left = api.ALL_MESSAGES_A_MINUTE - api.MESSAGES_A_MINUTE
    whole = served(front)._all_writing
    assert [whole.take("127.0.0.1") for _ in range(left)] == [0] * left
    assert (await colleague.post(text="hello")).status_code == 429


async def test_a_burst_of_one_conversation_uses_up_nothing_of_the_office(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "OWN_MACHINE", ())
    flood, all_have_come = await front.visitor(), asyncio.Event()

    async def post(number: int) -> int:
        async def body() -> AsyncIterator[bytes]:
            await all_have_come.wait()
            yield json.dumps({"id": str(number), "text": "hello"}).encode()

        headers = {**flood.headers, "Content-Type": "application/json"}
        return (await front.http.post("/api/messages", headers=headers, content=body())).status_code

    posts = [asyncio.create_task(post(number)) for number in range(80)]
    await asyncio.sleep(0.2)
    all_have_come.set()
    codes = Counter(await asyncio.gather(*posts))
    assert codes == {202: api.MESSAGES_A_MINUTE, 429: 80 - api.MESSAGES_A_MINUTE}
    assert len(served(front)._all_writing._recent["127.0.0.1"]) == api.MESSAGES_A_MINUTE


async def test_of_streams_that_are_asked_for_at_once_no_more_are_opened(front: FrontDesk) -> None:
    visitor, leave = await front.visitor(), asyncio.Event()
    codes: list[int] = []

    async def receive() -> Any:
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        codes.extend([message["status"]] if "status" in message else [])

    async def all_are_answered() -> bool:
        return len(codes) == len(streams)

    scope = {"type": "http", "method": "GET", "path": "/api/events", "query_string": b""}
    scope |= {"client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1"}
    scope["headers"] = [
        (b"host", b"desk.test"),
        (b"authorization", visitor.headers["Authorization"].encode()),
    ]
    streams = [asyncio.create_task(front.app({**scope}, receive, send)) for _ in range(30)]
    await until(all_are_answered)
    assert Counter(codes) == {200: api.STREAMS, 429: len(streams) - api.STREAMS}
    leave.set()
    await asyncio.gather(*streams)
    assert not served(front)._streams


async def test_an_erased_chat_leaves_nothing_with_the_limits(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    await front.http.post("/api/typing", headers=visitor.headers)
    erased = await front.http.delete("/api/conversation", headers=visitor.headers)
    assert erased.status_code == 204
    api_of = served(front)
    assert not api_of._writing._recent and not api_of._typing._recent


def test_no_thread_is_woken_to_say_what_is_wrong(front: FrontDesk) -> None:
    handlers = front.app.exception_handlers.values()
    assert handlers and all(inspect.iscoroutinefunction(handler) for handler in handlers)


async def test_what_could_not_be_stored_counts_for_nothing(front: FrontDesk) -> None:
    visitor, path = await front.visitor(), "/api/messages"
    body = {"id": "one", "text": "hello"}
    with database_away(front):
        for _ in range(api.MESSAGES_A_MINUTE + 5):
            answer = await front.http.post(path, headers=visitor.headers, json=body)
            assert answer.status_code == 503
        for _ in range(api.OPENINGS_A_MINUTE + 5):
            assert (await front.http.post("/api/conversations", json={})).status_code == 503
    assert (await front.http.post(path, headers=visitor.headers, json=body)).status_code == 202
    assert (await front.http.post("/api/conversations", json={})).status_code == 201


@contextmanager
def database_away(front: FrontDesk) -> Iterator[None]:
    """No transaction begins: the file is full, or somebody else has it."""
    engine = front.app.state.rooms.ground.engine
    real = engine.alone

    def away() -> Any:
        raise OperationalError(
            "BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is full")
        )

    engine.alone = away
    try:
        yield
    finally:
        engine.alone = real


async def test_whoever_sends_the_callback_form_again_and_again_is_slowed_down(
    front: FrontDesk,
) -> None:
    visitor, others = await front.visitor(), await front.visitor()

    async def wish(whose: Visitor, number: int) -> int:
        form = {"name": "Ana", "contact": "+34 600 000 000", "good_time": "", "id": f"f{number}"}
        answer = await front.http.post("/api/callback", headers=whose.headers, json=form)
        return answer.status_code

    codes = Counter(await asyncio.gather(*[wish(visitor, number) for number in range(30)]))
    assert codes == {202: api.FORMS_A_MINUTE, 429: 30 - api.FORMS_A_MINUTE}
    assert len(front.assistant.checked) == api.FORMS_A_MINUTE
    assert await wish(others, 1) == 202


async def test_of_an_address_the_callback_form_counts_as_a_message(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "OWN_MACHINE", ())
    visitor, all_writing = await front.visitor(), served(front)._all_writing
    form = {"name": "Ana", "contact": "+34 600 000 000", "good_time": ""}
    await front.http.post("/api/callback", headers=visitor.headers, json=form)
    assert len(all_writing._recent["127.0.0.1"]) == 1


async def test_the_callback_form_stands_in_no_line_and_is_taken_beside_a_crowd(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await front.visitor()
    monkeypatch.setattr(api, "OWN_MACHINE", ())
    monkeypatch.setattr(front.desk, "is_flooded_by", lambda whose: True)
    form = {"name": "Ana", "contact": "+34 600 000 000", "good_time": ""}
    codes = [(await visitor.post(text="hello")).status_code for _ in range(api.IN_A_CROWD + 1)]
    assert codes == [202] * api.IN_A_CROWD + [429]
    taken = await front.http.post("/api/callback", headers=visitor.headers, json=form)
    assert taken.status_code == 202


async def test_an_address_with_a_crowd_in_line_is_let_in_again_when_it_is_none(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "LONGEST_PAUSE_SECONDS", 0.5)
    crowd = [await front.visitor() for _ in range(tasks.CROWD + 3)]
    neighbour, inside = await front.visitor(), await front.visitor()

    async def write(visitor: Visitor, key: str, address: str = "10.9.9.9") -> httpx.Response:
        transport = httpx.ASGITransport(front.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            body = {"id": key, "text": "hello"}
            return await http.post("/api/messages", json=body, headers=visitor.headers)

    async def is_flooded() -> bool:
        return front.desk.is_flooded_by("10.9.9.9")

    async def is_over() -> bool:
        return not await is_flooded()

    front.assistant.gate.clear()
    codes = [(await write(visitor, "1")).status_code for visitor in crowd]
    assert codes == [202] * len(crowd), "an assistant that is slow is nobody's fault"
    front.assistant.gate.set()
    await until(is_flooded)
    keys = map(str, range(2, api.IN_A_CROWD + 2))
    *taken, refused_now = [(await write(crowd[0], key)).status_code for key in keys]
    assert (set(taken), refused_now) == ({202}, 429)
    assert (await write(inside, "1")).status_code == 202, "whoever writes little is not refused"
    assert (await write(neighbour, "1", "10.9.9.8")).status_code == 202
    await until(is_over)
    for visitor in crowd:
        assert (await visitor.messages())[1]["text"] == "hello", "what was taken is not lost"

    async def is_let_in() -> bool:
        return (await write(crowd[0], "again")).status_code == 202

    await until(is_let_in)
