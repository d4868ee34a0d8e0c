from __future__ import annotations

import asyncio

import pytest

from frontdesk import health
from frontdesk.conversations.model import Author, Draft, Status
from frontdesk.inbox.lists import inbox_words
from tests.frontdesk.conftest import PASSWORD, FrontDesk


@pytest.fixture(autouse=True)
def looks_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 0.0)


async def test_ready_names_what_does_not_work(front: FrontDesk) -> None:
    answer = await front.http.get("/health/ready")
    assert (answer.status_code, answer.json()["assistant"]) == (200, "ok"), answer.text
    front.assistant.status = 503
    answer = await front.http.get("/health/ready")
    assert (answer.status_code, answer.json()["assistant"]) == (503, "does not answer")
    assert answer.json()["database"] == "ok"
    assert (await front.http.get("/health/live")).status_code == 200


async def test_ready_says_when_something_waits_too_long(front: FrontDesk) -> None:
    visitor = await front.visitor()
    front.assistant.gate.clear()
    await visitor.post(text="hello")
    front.clock.forward(minutes=2)
    answer = await front.http.get("/health/ready")
    assert answer.json()["queue"] == "waits for over a minute: answers"
    front.assistant.gate.set()


async def test_the_metrics_say_what_waits_and_nothing_of_a_visitor(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("canarysoftlysinging human")
    text = (await front.http.get("/metrics")).text
    assert 'desk_waiting{what="answers"} 0.0' in text and "desk_turn_seconds_bucket" in text
    assert "canary" not in text and visitor.id not in text


async def test_the_inbox_says_in_words_what_does_not_work_and_what_to_do(front: FrontDesk) -> None:
    signed = await front.http.post(
        "/inbox/sign-in", data={"user_name": "reception", "password": PASSWORD}
    )
    cookie = {"cookie": signed.headers["set-cookie"].partition(";")[0]}
    calm = await front.http.get("/inbox/trouble", headers=cookie)
    assert (calm.status_code, calm.text.strip()) == (200, "")
    front.assistant.status = 503
    told = (await front.http.get("/inbox/trouble", headers=cookie)).text
    assert "The assistant does not answer" in told
    assert "call your IT help" in told
    front.assistant.status, front.assistant.has_actions = 200, False
    told = (await front.http.get("/inbox/trouble", headers=cookie)).text
    assert "cannot look up answers" in told
    assert "503" not in told


async def test_a_provider_that_refuses_is_named_until_it_takes_one_again(front: FrontDesk) -> None:
    conversations = front.desk.conversations
    conversation = await conversations.by_address("sms", "+447700900111")
    states = []
    for status in (Status.SENT, Status.FAILED, Status.SENT):
        draft = Draft(Author.ASSISTANT, "words", status=status)
        await conversations.messages.append(conversation.id, draft)
        answer = await front.http.get("/health/ready")
        states.append(answer.json()["providers"])
    assert states == ["ok", "refused the last message: sms", "ok"]


async def test_there_are_words_for_whatever_may_be_wrong(front: FrontDesk) -> None:
    looked_at = set((await front.http.get("/health/ready")).json()) - {"status"}
    assert set(inbox_words()["trouble"]) == looked_at


async def test_who_asks_while_it_is_looked_gets_the_same_answer(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def slow() -> str:
        looks.append(1)
        await asyncio.sleep(0.1)
        return "ok"

    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 60.0)
    monkeypatch.setattr(front.app.state.rooms.health, "_assistant", slow)
    answers = await asyncio.gather(*[front.http.get("/health/ready") for _ in range(20)])
    assert [one.status_code for one in answers] == [200] * 20 and len(looks) == 1
