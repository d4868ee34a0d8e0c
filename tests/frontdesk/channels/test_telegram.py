from __future__ import annotations

import pytest

from tests.frontdesk.channels.contract import GREETING, ChannelContract, has, sent
from tests.frontdesk.channels.drivers import Driver, TelegramDriver, at_once
from tests.frontdesk.conftest import FrontDesk, until
from tests.standins.provider import Script


class TestTelegram(ChannelContract):
    make = TelegramDriver
    test_a_changed_body_is_refused = None  # Telegram signs no body: its token is all there is

    async def test_a_pressed_button_loses_its_spinner(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("choose", "1"))
        await sent(driver, 2)
        await driver.post(front, driver.press("b_no", "No", "press-7"))
        answered = driver.provider.answered  # type: ignore[attr-defined]
        await until(lambda: has(lambda: answered == ["press-7"]))

    async def test_retry_after_in_the_body_is_honoured(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []

        monkeypatch.setattr("frontdesk.tasks.later", at_once(waits))
        body = {"ok": False, "error_code": 429, "parameters": {"retry_after": 9}}
        driver.provider.scripted = [Script(429, body=body)]
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        assert waits == [9]

    async def test_starting_again_greets_again(self, front: FrontDesk, driver: Driver) -> None:
        for number in ("1", "2", "2"):
            await driver.post(front, driver.text("/start", number))
        await sent(driver, 2)
        assert [GREETING in one.text for one in driver.provider.sent] == [True, True]
        assert front.assistant.turns == []
