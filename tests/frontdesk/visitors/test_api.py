from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from frontdesk.outgoing.mailer import NotSent
from frontdesk.storage.tables import notices
from frontdesk.visitors.api import ALL_MESSAGES_A_MINUTE
from tests.frontdesk.conftest import URL, FrontDesk, Visitor, until


async def test_the_first_message_says_that_a_machine_answers(front: FrontDesk) -> None:
    visitor = await front.visitor()
    first = (await visitor.messages())[0]
    assert first["author"] == "assistant"
    assert "automated assistant" in first["text"] and "not a person" in first["text"]


async def test_a_message_is_stored_before_it_is_acknowledged_and_then_answered(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    answer = await visitor.post(text="hello")
    assert answer.status_code == 202
    stored = (await visitor.messages())[-1]
    assert (stored["seq"], stored["text"], stored["status"]) == (
        answer.json()["seq"],
        "hello",
        "pending",
    )
    front.assistant.gate.set()
    await until(lambda: _has(visitor, "echo: hello"))


async def _has(visitor, text: str) -> bool:  # type: ignore[no-untyped-def]
    return text in [message["text"] for message in await visitor.messages()]


async def test_the_same_id_again_is_the_same_message(front: FrontDesk) -> None:
    visitor = await front.visitor()
    answers = [await visitor.post(id="one", text="hello") for _ in range(5)]
    assert {answer.json()["seq"] for answer in answers} == {2}
    await until(lambda: _has(visitor, "echo: hello"))
    assert len(front.assistant.turns) == 1


async def test_five_messages_at_once_are_all_answered_in_order(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for number in range(5):
        await visitor.post(text=f"m{number}")
    await until(lambda: _has(visitor, "echo: m4"))
    assert await visitor.words("assistant") == [
        (await visitor.messages())[0]["text"],
        *[f"echo: m{number}" for number in range(5)],
    ]


async def test_two_visitors_never_see_each_other(front: FrontDesk) -> None:
    ana, ben = await front.visitor(), await front.visitor()
    await ana.say("a secret of Ana")
    assert "a secret of Ana" not in json.dumps(await ben.messages())


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer x", "Basic abc", "Bearer " + "a" * 43, "bearer " + "a" * 43],
)
async def test_a_forged_token_opens_nothing(front: FrontDesk, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    for method, path in [
        ("GET", "/api/messages"),
        ("GET", "/api/events"),
        ("POST", "/api/messages"),
        ("POST", "/api/feedback"),
        ("POST", "/api/callback"),
        ("DELETE", "/api/conversation"),
    ]:
        answer = await front.http.request(method, path, headers=headers, json=None)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 422, "empty"),
        ({"text": "  \n "}, 422, "empty"),
        ({"text": "\x00"}, 422, "empty"),
        ({"text": "a" * 2_001}, 422, "too_long"),
        ({"text": ["list"]}, 400, "malformed"),
        ({"text": "hi", "id": ""}, 400, "malformed"),
        ({"text": "hi", "id": 7}, 400, "malformed"),
        ({"button": {"seq": 1, "id": "b_none"}}, 422, "no_such_button"),
        ({"button": "b_yes"}, 422, "no_such_button"),
    ],
)
async def test_bad_input_is_refused_kindly_and_stores_nothing(
    front: FrontDesk, body: dict[str, object], status: int, code: str
) -> None:
    visitor = await front.visitor()
    answer = await visitor.post(**body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert len(await visitor.messages()) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"nul", b'{"a": NaN}', b"\xff", b"[" * 5_000])
async def test_a_body_that_is_not_a_json_object_is_refused(
    front: FrontDesk, content: bytes
) -> None:
    visitor = await front.visitor()
    answer = await front.http.post("/api/messages", content=content, headers=visitor.headers)
    assert answer.status_code == 400


async def test_a_body_over_64_kb_is_refused_before_it_is_read(front: FrontDesk) -> None:
    visitor = await front.visitor()
    answer = await front.http.post("/api/messages", content=b"a" * 70_000, headers=visitor.headers)
    assert answer.status_code == 413


async def test_no_payload_makes_an_error_of_ours(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for body in _odd_bodies():
        for path in ("/api/messages", "/api/feedback", "/api/callback", "/api/conversations"):
            answer = await front.http.post(path, content=body, headers=visitor.headers)
            assert answer.status_code < 500, (path, body[:80])


def _odd_bodies() -> list[bytes]:
    values = [None, True, 1.5, -1, 10**30, "", "x", "\ud800", [], {}, [[]], {"id": "b_yes"}]
    keys = ["id", "text", "button", "seq", "helpful", "name", "contact", "good_time"]
    bodies = [{key: value} for key in keys for value in values]
    bodies += [dict.fromkeys(keys, value) for value in values]
    return [json.dumps(body).encode("utf-8", "surrogatepass") for body in bodies]


async def test_more_than_thirty_messages_a_minute_are_slowed_down(front: FrontDesk) -> None:
    flood, other = await front.visitor(), await front.visitor()
    statuses = [(await flood.post(text=f"m{n}")).status_code for n in range(31)]
    assert statuses == [202] * 30 + [429]
    refused = await flood.post(text="again")
    assert int(refused.headers["retry-after"]) > 0
    assert (await other.post(text="hello")).status_code == 202
    front.clock.forward(seconds=61)
    assert (await flood.post(text="later")).status_code == 202


async def test_a_flood_in_many_conversations_of_one_address_is_slowed_down_and_nobody_else(
    front: FrontDesk,
) -> None:
    visitors = [await front.visitor() for _ in range(10)]

    async def write(visitor: Visitor, number: int, address: str) -> int:
        transport = httpx.ASGITransport(front.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            body = {"id": f"{address} {number}", "text": "hello"}
            return (
                await http.post("/api/messages", json=body, headers=visitor.headers)
            ).status_code

    flood = [await write(visitors[n % 9], n, "10.9.9.9") for n in range(ALL_MESSAGES_A_MINUTE + 5)]
    assert flood == [202] * ALL_MESSAGES_A_MINUTE + [429] * 5
    assert await write(visitors[9], 0, "10.9.9.9") == 429
    assert await write(visitors[9], 0, "10.9.9.8") == 202
    assert await write(visitors[9], 1, "127.0.0.1") == 202
    front.clock.forward(seconds=61)
    assert await write(visitors[9], 2, "10.9.9.9") == 202


async def test_only_a_button_that_was_offered_can_be_pressed(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("choose")
    seq = (await visitor.messages())[-1]["seq"]
    assert (await visitor.post(button={"seq": seq, "id": "b_maybe"})).status_code == 422
    assert (await visitor.post(button={"seq": seq, "id": "b_yes"})).status_code == 202
    await until(lambda: _has(visitor, "echo: button b_yes"))
    assert "Yes" in await visitor.words("visitor")


async def test_a_card_sends_several_buttons_and_only_offered_ones(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("choose")
    seq = (await visitor.messages())[-1]["seq"]
    for ids in ([], ["b_yes", "b_yes"], ["b_yes", "b_maybe"], ["b_yes", 1], "b_yes", None):
        assert (await visitor.post(button={"seq": seq, "ids": ids})).status_code == 422
    assert (await visitor.post(button={"seq": seq, "ids": ["b_yes", "b_no"]})).status_code == 202
    await until(lambda: _has(visitor, "echo: button b_yes b_no"))
    assert "Yes; No" in await visitor.words("visitor")


async def test_when_the_assistant_is_down_the_visitor_is_told_once_and_answered_later(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.tasks.AFTER_FAILURE_SECONDS", (0.02,))
    visitor = await front.visitor()
    front.assistant.status = 503
    await visitor.post(text="hello")
    await until(lambda: _spoken(visitor))
    assert "+44 20 7946 0123" in (await visitor.words("system"))[0]
    assert (await visitor.messages())[1]["status"] == "pending"
    await asyncio.sleep(0.1)
    front.assistant.status = 200
    await until(lambda: _has(visitor, "echo: hello"))
    assert len(await visitor.words("system")) == 1


async def _spoken(visitor) -> bool:  # type: ignore[no-untyped-def]
    return bool(await visitor.words("system"))


async def test_each_message_says_its_language_where_we_speak_it(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await front.desk.conversations.update(visitor.id, language="es")

    async def languages() -> set[tuple[str, str | None]]:
        return {(one["author"], one["language"]) for one in await visitor.messages()}

    await visitor.post(text="hola")
    await until(lambda: _has(visitor, "echo: hola"))
    assert await languages() == {("assistant", "en"), ("visitor", None)}
    assert (await front.http.get("/api/clinic")).json()["languages"] == ["en"]
    front.desk.clinic = replace(front.desk.clinic, spoken=("en", "es"))
    assert await languages() == {("assistant", "es"), ("visitor", None)}


async def test_an_erased_conversation_is_gone_here_and_in_the_tracker(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    answer = await front.http.request("DELETE", "/api/conversation", headers=visitor.headers)
    assert answer.status_code == 204
    assert front.assistant.erased == [visitor.id]
    assert (await front.http.get("/api/messages", headers=visitor.headers)).status_code == 401
    assert await front.desk.conversations.messages.after(visitor.id, 0) == []


async def test_erased_while_the_tracker_cannot_be_reached_is_erased_there_when_it_can(
    front: FrontDesk,
) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    front.assistant.status = 503
    answer = await front.http.request("DELETE", "/api/conversation", headers=visitor.headers)
    assert answer.status_code == 204
    assert await front.desk.conversations.messages.after(visitor.id, 0) == []
    assert not front.assistant.erased
    front.assistant.status = 200
    await front.desk.sweep()
    assert front.assistant.erased == [visitor.id]
    assert not await front.desk.conversations.still_in_tracker()


async def test_an_answer_can_be_voted_on(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for body, status in [
        ({"seq": 1, "helpful": True}, 204),
        ({"seq": 1, "helpful": False}, 204),
        ({"seq": 99, "helpful": True}, 400),
        ({"seq": True, "helpful": True}, 400),
        ({"seq": 1, "helpful": "yes"}, 400),
    ]:
        answer = await front.http.post("/api/feedback", json=body, headers=visitor.headers)
        assert answer.status_code == status, body


async def test_other_websites_may_not_call_unless_they_are_allowed(front: FrontDesk) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await front.http.options("/api/messages", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


async def test_every_answer_carries_the_security_headers(front: FrontDesk) -> None:
    for path in ("/", "/api/clinic", "/inbox/sign-in", "/widget.js", "/nowhere"):
        headers = (await front.http.get(path)).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_an_answer_that_something_failed_carries_them_too(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await front.visitor()
    monkeypatch.setattr(front.desk.conversations, "by_token", None)
    answer = await front.http.get("/api/messages", headers=visitor.headers)
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_who_waits_sees_the_place_in_line_and_may_stop_waiting(front: FrontDesk) -> None:
    async def place(visitor: Visitor) -> tuple[str, int | None]:
        answer = await front.http.get("/api/messages", headers=visitor.headers)
        state = answer.json()
        return state["owner"], state["place"]

    first, second = await front.visitor(), await front.visitor()
    for visitor in (first, second):
        await visitor.say("human please")
    assert {await place(first), await place(second)} == {("waiting", 1), ("waiting", 2)}
    answer = await front.http.delete("/api/waiting", headers=first.headers)
    assert answer.status_code == 204
    assert [await place(first), await place(second)] == [("bot", None), ("waiting", 1)]


async def test_who_waits_is_told_whether_anybody_is_there_to_come(front: FrontDesk) -> None:
    async def staffed() -> bool | None:
        answer = await front.http.get("/api/messages", headers=visitor.headers)
        return answer.json()["staffed"]

    visitor = await front.visitor()
    assert await staffed() is None
    await visitor.say("human please")
    assert await staffed() is True
    await front.staff.set_on_duty((await front.member()).id, False)
    assert await staffed() is False


async def test_a_form_whose_answer_was_lost_and_comes_again_tells_staff_once(
    front: FrontDesk,
) -> None:
    class Nobody:
        async def tell(self, *_: object) -> None:
            raise NotSent("nobody")

        async def close(self) -> None:
            return

    front.app.state.rooms.outgoing.notices._targets = {"nobody": Nobody()}
    visitor = await front.visitor()
    form = {"id": "form-1", "name": "Ana", "contact": "020 7946 0999", "good_time": "after six"}
    for _ in range(2):
        answer = await front.http.post("/api/callback", json=form, headers=visitor.headers)
        assert answer.status_code == 202
    told = await front.desk.conversations.rows(notices.select())
    assert [one.kind for one in told] == ["callback.asked"]
    assert len(await visitor.words("system")) == 1
