from __future__ import annotations

import pytest

from frontdesk import health
from tests.frontdesk.conftest import FrontDesk


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
