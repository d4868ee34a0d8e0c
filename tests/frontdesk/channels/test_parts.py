"""A message that goes out in parts: a state for each, one for all, and only what failed is sent again."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.conversations.model import Message, Status
from frontdesk.storage.tables import early_receipts, sendings
from tests.frontdesk.channels.contract import SENTENCES, messages, of, say, sent, settled
from tests.frontdesk.channels.drivers import (
    Driver,
    InstagramDriver,
    MessengerDriver,
    SmsDriver,
    TwilioWhatsAppDriver,
    WhatsAppDriver,
)
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import sign_in

MAKERS = (SmsDriver, TwilioWhatsAppDriver, WhatsAppDriver, MessengerDriver, InstagramDriver)
THAT_FAIL = (SmsDriver, TwilioWhatsAppDriver, WhatsAppDriver)
LONG = SENTENCES * 3


async def in_parts(front: FrontDesk, driver: Driver) -> list[str]:
    """Send something long; the provider's ids of its parts."""
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    message = await say(front, driver, LONG)
    await settled(front, driver)
    query = sendings.select().where(sendings.c.message_id == message.id).order_by(sendings.c.part)
    ids = [str(row.provider_id) for row in await front.desk.conversations.rows(query)]
    assert len(ids) > 2
    return ids


async def last(front: FrontDesk, driver: Driver) -> Message:
    return (await messages(front, driver))[-1]


@pytest.mark.parametrize("driver", MAKERS, indirect=True)
async def test_it_has_arrived_when_all_of_it_has(front: FrontDesk, driver: Driver) -> None:
    ids, best = await in_parts(front, driver), driver.receipts[0]
    for one in reversed(ids[1:]) if best == "delivered" else ids[:-1]:
        await driver.post(front, driver.receipt(one, best))
        assert (await last(front, driver)).status is Status.SENT
    await driver.post(front, driver.receipt(ids[0 if best == "delivered" else -1], best))
    assert (await last(front, driver)).status.value == best


@pytest.mark.parametrize("driver", THAT_FAIL, indirect=True)
async def test_it_has_failed_when_one_part_has_and_exactly_that_is_sent_again(
    front: FrontDesk, driver: Driver
) -> None:
    ids = await in_parts(front, driver)
    for number, one in enumerate(ids):
        await driver.post(front, driver.receipt(one, "failed" if number == 1 else "delivered"))
    failed = await last(front, driver)
    assert failed.status is Status.FAILED
    assert (failed.error or "").startswith(f"Part 2 of {len(ids)}: ")
    before = [one.text for one in driver.provider.sent]
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    assert "Part 2 of" in (await staff.get(path)).text
    assert (await staff.post(f"{path}/retry", seq=str(failed.seq))).status_code == 303
    await settled(front, driver)
    assert [one.text for one in driver.provider.sent[len(before) :]] == [before[3]]
    assert (await last(front, driver)).status is Status.SENT
    again = await front.desk.conversations.rows(_of(failed))
    await driver.post(front, driver.receipt(again[1].provider_id, "delivered"))
    assert (await last(front, driver)).status is Status.DELIVERED


@pytest.mark.parametrize("driver", MAKERS, indirect=True)
async def test_what_a_refusal_stopped_goes_on_where_it_stopped(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    taken = driver.provider.post
    said: list[str] = []

    def refuse_the_second(path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
        if driver.provider.is_message(path, body):
            said.append(path)
            if len(said) == 2:
                return 400, {"code": 4711, "error": {"code": 4711}}
        return taken(path, headers, body)

    driver.provider.post = refuse_the_second  # type: ignore[method-assign]
    message = await say(front, driver, LONG)
    await settled(front, driver)
    assert (await last(front, driver)).status is Status.FAILED and len(said) == 2
    await front.desk.delivery.again(await of(front, driver), message)
    await settled(front, driver)
    pieces = [one.text for one in driver.provider.sent[2:]]
    assert " ".join(pieces) == LONG.strip(), "each part once, in order"
    assert (await last(front, driver)).status is Status.SENT


@pytest.mark.parametrize("driver", MAKERS, indirect=True)
async def test_a_receipt_that_is_faster_than_the_answer_is_kept_and_applied(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    await settled(front, driver)
    best = driver.receipts[0]
    rows = await front.desk.conversations.rows(sendings.select())
    latest = max(str(row.provider_id) for row in rows)
    coming = latest.replace("000002", "000003")
    await driver.post(front, driver.receipt(coming, best))
    await driver.post(front, driver.receipt(coming, best))
    assert len(await front.desk.conversations.rows(early_receipts.select())) == 1
    await say(front, driver, "short")
    await settled(front, driver)
    assert driver.provider.sent[-1].text == "short"
    assert (await last(front, driver)).status.value == best
    assert not await front.desk.conversations.rows(early_receipts.select())


@pytest.mark.parametrize("driver", THAT_FAIL, indirect=True)
async def test_receipts_out_of_order_never_take_a_state_back(
    front: FrontDesk, driver: Driver
) -> None:
    ids = await in_parts(front, driver)
    for status in ("delivered", "failed", "delivered"):
        await driver.post(front, driver.receipt(ids[0], status))
    for one in ids[1:]:
        await driver.post(front, driver.receipt(one, "delivered"))
    assert (await last(front, driver)).status is Status.DELIVERED


@pytest.mark.parametrize("driver", MAKERS, indirect=True)
async def test_a_receipt_for_a_stranger_changes_nothing_and_is_forgotten(
    front: FrontDesk, driver: Driver
) -> None:
    answer = await driver.post(front, driver.receipt("never-sent", driver.receipts[0]))
    assert answer.status_code == 200 and not await front.desk.conversations.find()
    if isinstance(driver, MessengerDriver):
        assert (await driver.post(front, driver.load("status_read"))).status_code == 200
        assert not await front.desk.conversations.find()
    front.clock.forward(days=1, minutes=1)
    await front.app.state.rooms.outgoing.receipts.forget_early()
    assert not await front.desk.conversations.rows(early_receipts.select())


def _of(message: Message) -> Any:
    query = sendings.select().where(sendings.c.message_id == message.id)
    return query.order_by(sendings.c.part)
