from __future__ import annotations

import pytest

from frontdesk.visitors import api
from frontdesk.visitors.limits import MOST_REMEMBERED, Limit
from tests.frontdesk.conftest import FakeClock, FrontDesk


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
