"""Files that staff send over a messaging channel go as links."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.frontdesk.channels.contract import of, sent
from tests.frontdesk.channels.drivers import Driver, SmsDriver
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import sign_in
from tests.frontdesk.inbox.test_attachments import PDF, send


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_over_a_messaging_channel_goes_a_link_that_previews_cannot_spend(
    front: FrontDesk, driver: Driver
) -> None:
    clinic = front.desk.clinic
    front.desk.clinic = replace(clinic, channels=replace(clinic.channels, attachments=True))
    reception = await sign_in(front, "reception", PASSWORD)
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    conversation = await of(front, driver)
    await reception.post(f"/inbox/c/{conversation.id}/take")
    await send(reception, conversation.id, PDF, "Aftercare.pdf")
    await sent(driver, 4)
    text = driver.provider.sent[-1].text
    assert text.startswith("Aftercare.pdf: http://desk.test/sent/")
    path = text.partition("desk.test")[2]
    page = await front.http.get(path)
    assert page.headers["content-type"].startswith("text/html") and "Aftercare.pdf" in page.text
    saved = await front.http.post(path)
    assert saved.content == PDF and "sandbox" in saved.headers["content-security-policy"]
    await front.desk.erase(conversation.id)
    for gone in (await front.http.get(path), await front.http.post(path)):
        assert gone.status_code == 404 and "does not work any more" in gone.text
