from __future__ import annotations

import pytest

from frontdesk.conversations.model import Author, Draft, Status
from tests.frontdesk.channels.contract import ChannelContract, messages, of, sent, settled
from tests.frontdesk.channels.drivers import Driver, WhatsAppDriver
from tests.frontdesk.channels.handshakes import Handshakes
from tests.frontdesk.conftest import FrontDesk
from tests.standins.provider import Script


class TestWhatsApp(ChannelContract, Handshakes):
    make = WhatsAppDriver

    async def test_a_slow_down_that_comes_as_400_is_tried_again(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("frontdesk.outgoing.delivery.RETRY_SECONDS", (0.01, 0.01))
        driver.provider.scripted = [Script(400, body={"error": {"code": 131056}})]
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)

    async def test_the_template_may_be_sent_after_24_hours_and_is_a_template(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        front.clock.forward(hours=25)
        conversation = await of(front, driver)
        approved = {"name": "appointment_follow_up", "language": "en_GB", "values": []}
        payload = {"type": "template", **approved}
        draft = Draft(Author.STAFF, "We have an answer.", payload=payload)
        await front.desk.conversations.messages.append(conversation.id, draft)
        front.desk.delivery.wake(conversation)
        await settled(front, driver)
        assert driver.provider.sent[-1].template == "appointment_follow_up"
        assert (await messages(front, driver))[-1].status is Status.SENT

    async def test_a_visitors_name_is_kept_for_staff(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        assert (await of(front, driver)).visitor_name == "Ana"


async def test_of_a_batch_of_500_with_one_broken_all_are_heard(
    front: FrontDesk, driver: WhatsAppDriver
) -> None:
    """The broken one too: people see that something came, and who wrote is told how to reach them."""
    payload = driver.text("number 0", "9000")
    value = payload["entry"][0]["changes"][0]["value"]
    (first,) = value["messages"]
    value["messages"] = [
        {**first, "from": f"4477010{at:05d}", "id": f"wamid.{at}", "text": {"body": f"number {at}"}}
        for at in range(500)
    ]
    value["messages"][77]["text"] = {"body": ["a list"]}
    front.assistant.gate.clear()
    assert (await driver.post(front, payload)).status_code == 200
    found = await front.desk.conversations.find(limit=1_000)
    said = {
        one.address: [
            (message.payload or {}).get("kind") or message.text
            for message in await front.desk.conversations.messages.after(one.id, 0)
            if message.author is Author.VISITOR
        ]
        for one in found
    }
    expected = {f"4477010{at:05d}": [f"number {at}"] for at in range(500)}
    assert said == {**expected, "447701000077": ["unknown"]}
    counts = front.app.state.rooms.channels.reception.counts
    assert counts["whatsapp", "set aside: 'body' is no text"] == 1
    front.assistant.gate.set()
