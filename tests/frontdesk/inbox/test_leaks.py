"""Row 28: words of a visitor stay in the conversation; none leave by a log, an error or a metric."""

from __future__ import annotations

import logging

import pytest

from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

CANARY = "zanzibarcanary"


async def test_no_words_of_a_visitor_leave_by_a_log_an_error_or_a_metric(
    front: FrontDesk, maya: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="frontdesk")
    visitor = await front.visitor()
    for text in ("hello", "human please", "cannot breathe", "my secret", "call me", "erase me"):
        await visitor.say(f"{text} {CANARY}")
    errors = []
    for status in (503, 200):
        front.assistant.status = status
        await visitor.post(text=f"again {CANARY}")
        await front.desk.acknowledge()
    errors.append(await visitor.post(text=CANARY * 500))
    errors.append(await visitor.post(button={"seq": 1, "id": CANARY}))
    errors.append(await visitor.post(id=CANARY * 20, text="x"))
    errors.append(await front.http.get(f"/api/messages?after={CANARY}", headers=visitor.headers))
    errors.append(await maya.post(f"/inbox/c/{visitor.id}/close", outcome=CANARY))
    errors.append(await maya.get(f"/inbox/c/{CANARY}"))
    await maya.search(q=CANARY)
    await front.desk.sweep()
    await front.app.state.rooms.retention.run()
    for answer in errors:
        assert answer.status_code >= 400 and CANARY not in answer.text, answer.text
    assert CANARY not in (await front.http.get("/metrics")).text
    assert len(caplog.records) >= 3
    assert CANARY not in caplog.text
