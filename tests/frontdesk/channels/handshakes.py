"""The request by which Meta checks a callback address."""

from __future__ import annotations

import pytest

from tests.frontdesk.channels.drivers import Driver
from tests.frontdesk.conftest import FrontDesk

CHANGES = [
    ({"hub.verify_token": "another word"}, 403),
    ({"hub.verify_token": ""}, 403),
    ({"hub.verify_token": "é"}, 403),
    ({"hub.mode": "unsubscribe"}, 403),
    ({"hub.challenge": "<script>"}, 400),
    ({"hub.challenge": ""}, 400),
]


class Handshakes:
    """For the channels of Meta."""

    async def test_the_handshake_returns_the_challenge(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        query = driver.load("handshake")
        answer = await front.http.get(driver.path, params=query)
        assert (answer.status_code, answer.text) == (200, query["hub.challenge"])
        assert answer.headers["content-type"].startswith("text/plain")

    @pytest.mark.parametrize(("change", "status"), CHANGES)
    async def test_a_wrong_handshake_is_refused(
        self, front: FrontDesk, driver: Driver, change: dict[str, str], status: int
    ) -> None:
        query = {**driver.load("handshake"), **change}
        answer = await front.http.get(driver.path, params=query)
        assert answer.status_code == status
        assert driver.load("handshake")["hub.challenge"] not in answer.text
