"""Who told the provider that they want nothing more of ours: marked, seen by staff, and undone by the person."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.channels.problems import stops
from frontdesk.conversations.labels import MOST_LABELS, Labels
from frontdesk.conversations.model import Status
from tests.frontdesk.channels.contract import messages, of, say, sent, settled
from tests.frontdesk.channels.drivers import (
    Driver,
    InstagramDriver,
    MessengerDriver,
    SmsDriver,
    TelegramDriver,
    TwilioWhatsAppDriver,
    WhatsAppDriver,
)
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import sign_in
from tests.standins.provider import Script

BLOCKED: dict[type[Driver], dict[str, Any]] = {
    TwilioWhatsAppDriver: {"code": 63014},
    MessengerDriver: {"error": {"code": 551, "error_subcode": 1545041}},
    InstagramDriver: {"error": {"code": 551}},
    TelegramDriver: {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"},
}


async def is_stopped(front: FrontDesk, driver: Driver) -> bool:
    return (await front.desk.conversations.opt_outs.of(await of(front, driver))).is_stopped


async def page(front: FrontDesk, driver: Driver) -> str:
    staff = await sign_in(front, "reception", PASSWORD)
    text: str = (await staff.get(f"/inbox/c/{(await of(front, driver)).id}")).text
    return text


async def greeted(front: FrontDesk, driver: Driver) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    await settled(front, driver)


async def refused(front: FrontDesk, driver: Driver, body: dict[str, Any]) -> None:
    driver.provider.scripted = [Script(400, body=body)]
    assert (await said(front, driver, "one")) is Status.FAILED


async def said(front: FrontDesk, driver: Driver, words: str) -> Status:
    await say(front, driver, words)
    await settled(front, driver)
    return (await messages(front, driver))[-1].status


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_who_has_stopped_us_at_the_provider_gets_nothing_until_start(
    front: FrontDesk, driver: SmsDriver
) -> None:
    await greeted(front, driver)
    await refused(front, driver, {"code": 21610})
    before = len(driver.provider.sent)
    assert await is_stopped(front, driver) and "stopped (STOP)" in await page(front, driver)
    assert (await said(front, driver, "two")) is Status.FAILED
    await driver.post(front, driver.text("does it hurt?", "SM91"))
    await settled(front, driver)
    assert len(driver.provider.sent) == before, "no question undoes a STOP"
    await driver.post(front, driver.text("START", "SM92"))
    await settled(front, driver)
    assert not await is_stopped(front, driver)
    assert (await said(front, driver, "three")) is Status.SENT


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_a_receipt_says_so_too_unless_start_has_come_since(
    front: FrontDesk, driver: SmsDriver
) -> None:
    await greeted(front, driver)
    mine = (await front.desk.delivery._receipts.of((await messages(front, driver))[-1]))[0]
    failed = {**driver.receipt(str(mine), "undelivered"), "ErrorCode": "21610"}
    failed["To"] = driver.address
    await driver.post(front, failed)
    assert await is_stopped(front, driver)
    await driver.post(front, driver.text("START", "SM93"))
    await settled(front, driver)
    await driver.post(front, failed)
    assert not await is_stopped(front, driver)
    await driver.post(front, {**failed, "MessageSid": "SM-that-nobody-knows"})
    assert await is_stopped(front, driver), "it came before the answer to our request"


@pytest.mark.parametrize("driver", BLOCKED, indirect=True)
async def test_who_has_blocked_us_is_marked_until_they_write(
    front: FrontDesk, driver: Driver
) -> None:
    await greeted(front, driver)
    await refused(front, driver, BLOCKED[type(driver)])
    before = len(driver.provider.sent)
    assert await is_stopped(front, driver)
    assert "has blocked the clinic here" in await page(front, driver)
    assert (await said(front, driver, "two")) is Status.FAILED
    assert len(driver.provider.sent) == before
    await driver.post(front, driver.text("does it hurt?", "94"))
    await settled(front, driver)
    assert not await is_stopped(front, driver) and len(driver.provider.sent) == before + 1


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
async def test_a_block_makes_no_stop_shorter(front: FrontDesk, driver: Driver) -> None:
    await greeted(front, driver)
    await front.desk.conversations.opt_outs.set(await of(front, driver), True)
    await driver.post(front, driver.load("blocked_by_visitor"))
    await driver.post(front, driver.text("does it hurt?", "95"))
    await settled(front, driver)
    assert await is_stopped(front, driver)


@pytest.mark.parametrize("code", [131026, 131047, 131049, 131050, 131056])
def test_a_code_that_may_mean_something_else_stops_nobody(code: int) -> None:
    assert stops("WhatsApp", code) is None


async def test_who_stops_marketing_in_whatsapp_is_labelled_and_still_answered(
    front: FrontDesk, driver: WhatsAppDriver
) -> None:
    await greeted(front, driver)
    labels, here = Labels(front.desk.conversations), (await of(front, driver)).id
    staffs = ("allergic", *(f"label {number:02}" for number in range(1, MOST_LABELS)))
    await labels.set(here, staffs, of_person=True)

    async def prefer(value: str, address: str = driver.address) -> None:
        payload = driver.load("text")
        change = payload["entry"][0]["changes"][0]
        change["field"] = "user_preferences"
        del change["value"]["messages"]
        row = {"wa_id": address, "category": "marketing_messages", "value": value}
        change["value"]["user_preferences"] = [{**row, "timestamp": 1731705721}]
        assert (await driver.post(front, payload)).status_code == 200

    for value, shown in (("stop", (*staffs, "no marketing")), ("resume", staffs)):
        await prefer(value)
        assert (await labels.of([here], of_person=True))[here] == shown
        assert not await is_stopped(front, driver)
        await driver.post(front, driver.text(f"does it hurt? {value}", f"96{value}"))
        await settled(front, driver)
        assert driver.provider.sent[-1].text.startswith("echo: does it hurt?")
    await prefer("stop", "447700900999")
    counts = front.app.state.rooms.channels.reception.counts
    assert counts["whatsapp", "a preference of somebody who has never written"] == 1
