"""What a webhook and a reply cost the database, counted: fixed bounds, whatever the machine is busy with."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from frontdesk.answering.desk import TOLD_AFTER_SECONDS
from tests.frontdesk.channels.drivers import (
    Driver,
    EmailDriver,
    SmsDriver,
    TelegramDriver,
    WhatsAppDriver,
)
from tests.frontdesk.conftest import FrontDesk, until

STORE, TAKE_IN, SEND = 2, 8, 8
"""The webhook: begin, row. Taking it in: what is next, begin, row gone, whose, what was before (twice), row,
number. Sending: what is next, may it be sent; begin, part; begin, taken, states, state."""
MANY = 10


async def write(front: FrontDesk, driver: Driver, number: int, replies: int) -> None:
    """Hand a message in, and wait until so many of ours have been sent."""

    async def is_done() -> bool:
        return len(driver.provider.sent) >= replies

    content = driver.encode(driver.text(f"number {number}", str(9_000 + number)))
    asyncio.current_task().set_name("webhook")
    assert (await driver.post_raw(front, content)).status_code == 200
    asyncio.current_task().set_name("test")
    await until(front.taken_in)
    await until(is_done)
    await asyncio.sleep(0.02)  # what follows the sending


@pytest.mark.parametrize("driver", [SmsDriver, WhatsAppDriver], ids=["sms", "wa"], indirect=True)
@pytest.mark.parametrize("before", [1, 25])
async def test_a_webhook_and_its_reply_cost_so_many_statements_early_and_late(
    front: FrontDesk, driver: Driver, statements: Counter[str], before: int
) -> None:
    for number in range(before):
        await write(front, driver, number, number + 2)
        front.clock.forward(seconds=20)
    statements.clear()
    for number in range(before, before + MANY):
        await write(front, driver, number, number + 2)
        front.clock.forward(seconds=20)
    assert statements["webhook"] == STORE * MANY
    assert statements["reception"] <= (TAKE_IN + 1) * MANY  # at times it looks once more
    assert statements["send"] <= (SEND + 1) * MANY


@pytest.mark.parametrize(
    ("driver", "more"),
    [(EmailDriver, 0), (TelegramDriver, 1)],
    ids=["email", "tg"],
    indirect=["driver"],
)
async def test_what_has_a_second_name_is_looked_for_under_each_name_once(
    front: FrontDesk, driver: Driver, more: int, statements: Counter[str]
) -> None:
    await write(front, driver, 0, 2)
    statements.clear()
    for number in range(1, 4):
        front.clock.forward(seconds=20)
        await write(front, driver, number, number + 2)
    assert statements["reception"] < (TAKE_IN + more + 1) * 3


async def test_who_goes_on_writing_in_an_outage_costs_no_line_and_no_sending(
    front: FrontDesk, driver: Driver, statements: Counter[str]
) -> None:
    front.assistant.gate.clear()
    await write(front, driver, 0, 1)
    front.clock.forward(seconds=TOLD_AFTER_SECONDS)
    await write(front, driver, 1, 2)  # greeting, and the line
    statements.clear()
    for number in range(MANY):
        front.clock.forward(seconds=1)
        await write(front, driver, 2 + number, 2)
        await front.desk.acknowledge()
    assert len(driver.provider.sent) == 2
    assert statements["webhook"] == STORE * MANY
    assert statements["send"] == 0
    front.assistant.gate.set()
