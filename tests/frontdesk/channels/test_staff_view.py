"""What staff see of a messaging channel: the 24 hours, the template, files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from frontdesk.channels.meta import is_own_file
from frontdesk.conversations.model import Status
from tests.frontdesk.channels.contract import messages, of, sent, settled
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
from tests.frontdesk.inbox.test_attachments import SECRET_PLACE, picture
from tests.standins import meta, telegram

PICTURE, NO_PICTURE = picture(), b"\xff\xd8\xff <html>"


async def test_after_24_hours_staff_are_told_and_offered_the_template(
    front: FrontDesk, driver: Driver
) -> None:
    staff = await sign_in(front, "reception", PASSWORD)
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    assert "Send the template" not in (await staff.get(path)).text
    front.clock.forward(hours=24, minutes=1)
    staff = await sign_in(front, "reception", PASSWORD)
    page = (await staff.get(path)).text
    assert "Free text is not allowed" in page and "Send the template" in page
    refused = await staff.post(f"{path}/reply", text="hello", key="1")
    assert refused.status_code == 422 and "24 hours" in refused.json()["error"]["message"]
    for _ in range(2):
        sent_it = await staff.post(f"{path}/template", key="7", template="appointment_follow_up")
        assert sent_it.status_code == 303
    await settled(front, driver)
    assert [one.template for one in driver.provider.sent if one.template] == [
        "appointment_follow_up"
    ]
    await driver.post(front, driver.text("I am back", "wamid.2"))
    assert (await staff.post(f"{path}/reply", text="hello", key="2")).status_code == 303
    await settled(front, driver)
    assert driver.provider.sent[-1].text == "hello"


@pytest.mark.parametrize("driver", [MessengerDriver, InstagramDriver], indirect=True)
async def test_where_people_have_seven_days_the_inbox_gives_them_seven(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    front.clock.forward(days=6, hours=23)
    staff = await sign_in(front, "reception", PASSWORD)
    assert "Free text is not allowed" not in (await staff.get(path)).text
    assert (await staff.post(f"{path}/reply", text="Maya here.", key="1")).status_code == 303
    await settled(front, driver)
    said = driver.provider.sent[-1].content
    assert said["message"]["text"] == "Maya here." and said["tag"] == "HUMAN_AGENT"
    front.clock.forward(hours=2)
    staff = await sign_in(front, "reception", PASSWORD)
    assert "More than 7 days have passed" in (await staff.get(path)).text
    refused = await staff.post(f"{path}/reply", text="hello", key="2")
    assert refused.status_code == 422 and "7 days" in refused.json()["error"]["message"]


@pytest.mark.parametrize("driver", [SmsDriver, WhatsAppDriver, MessengerDriver], indirect=True)
async def test_staff_see_and_set_who_wants_no_more_messages(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    staff = await sign_in(front, "reception", PASSWORD)
    assert "stopped (STOP)" not in (await staff.get(path)).text
    assert (await staff.post(f"{path}/stop", stopped="yes")).status_code == 303
    page = (await staff.get(path)).text
    assert "stopped (STOP)" in page and "what you write is not sent" in page
    await staff.post(f"{path}/reply", text="hello", key="1")
    await settled(front, driver)
    assert len([one for one in driver.provider.sent if one.text == "hello"]) == 0
    assert (await messages(front, driver))[-1].status is Status.FAILED
    assert (await staff.post(f"{path}/stop", stopped="no")).status_code == 303
    await staff.post(f"{path}/reply", text="welcome back", key="2")
    await settled(front, driver)
    assert driver.provider.sent[-1].text == "welcome back"


async def test_on_the_website_there_is_nothing_to_stop(front: FrontDesk) -> None:
    visitor, staff = await front.visitor(), await sign_in(front, "reception", PASSWORD)
    assert "no more messages" not in (await staff.get(f"/inbox/c/{visitor.id}")).text
    assert (await staff.post(f"/inbox/c/{visitor.id}/stop", stopped="yes")).status_code == 422


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_no_template_is_offered_where_there_is_none(front: FrontDesk, driver: Driver) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    front.clock.forward(days=8)
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    page = (await staff.get(path)).text
    assert "Free text is not allowed" in page and "Send the template" not in page
    refused = await staff.post(f"{path}/template", key="1", template="appointment_follow_up")
    assert refused.status_code == 422


@pytest.mark.parametrize("driver", [WhatsAppDriver, TelegramDriver], indirect=True)
async def test_a_photo_is_shown_to_staff_only_when_the_clinic_says_so(
    front: FrontDesk, driver: Driver
) -> None:
    driver.provider.files = {
        "/media/1003383421387256": ("image/jpeg", PICTURE),
        f"/file/bot{telegram.TOKEN}/photos/AgAClarge.jpg": ("image/jpeg", NO_PICTURE),
    }
    staff = await sign_in(front, "reception", PASSWORD)
    await driver.post(front, driver.load("photo"))
    await sent(driver, 2)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    assert "sent: photo" in (await staff.get(path)).text
    assert "/media/2" not in (await staff.get(path)).text
    assert (await staff.get(f"{path}/media/2")).status_code == 404
    clinic = front.desk.clinic
    front.desk.clinic = replace(clinic, channels=replace(clinic.channels, media=True))
    assert "/media/2" in (await staff.get(path)).text
    answer = await staff.get(f"{path}/media/2")
    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment")
    if driver.channel == "telegram":
        assert answer.headers["content-type"] == "application/octet-stream", "whatever it is called"
    else:
        assert answer.headers["content-type"] == "image/jpeg"
        assert SECRET_PLACE.encode() not in answer.content
    for seq in (1, 3, 99):
        assert (await staff.get(f"{path}/media/{seq}")).status_code == 404


async def test_a_failed_message_shows_its_reason_and_can_be_sent_again(
    front: FrontDesk, driver: Driver
) -> None:
    staff = await sign_in(front, "reception", PASSWORD)
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    conversation = await of(front, driver)
    last = (await messages(front, driver))[-1]
    await front.desk.conversations.messages.mark(
        last.id, Status.FAILED, "WhatsApp answered 400, error 100"
    )
    assert "error 100" in (await staff.get(f"/inbox/c/{conversation.id}")).text


def test_a_file_that_lies_elsewhere_is_never_asked_for() -> None:
    graph = "https://graph.facebook.com"
    assert is_own_file("https://lookaside.fbsbx.com/x", graph)
    for url in (
        "https://evil.example/x",
        "https://evilfbsbx.com/x",
        "http://lookaside.fbsbx.com/x",
        "http://127.0.0.1:5005/x",
        "file:///etc/passwd",
        "",
    ):
        assert not is_own_file(url, f"{graph}/{meta.NUMBER}")


@pytest.mark.parametrize("driver", [WhatsAppDriver, TwilioWhatsAppDriver], indirect=True)
async def test_a_template_goes_out_with_the_values_that_staff_fill_in(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await sent(driver, 2)
    front.clock.forward(hours=25)
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}/template"
    form = {"template": "appointment_reminder", "value_1": "Ana", "value_2": "Friday\n at 10"}
    for lacking in ({**form, "value_2": " "}, {**form, "template": "unknown"}):
        assert (await staff.post(path, key="1", **lacking)).status_code == 422
    assert (await staff.post(path, key="1", **form)).status_code == 303
    await settled(front, driver)
    assert (await messages(front, driver))[-1].text.startswith("Hello Ana, this is")
    content, template = driver.provider.sent[-1].content, driver.provider.sent[-1].template
    assert template == "appointment_reminder"
    if isinstance(driver, WhatsAppDriver):
        values = [one["text"] for one in content["template"]["components"][0]["parameters"]]
    else:
        values = list(json.loads(content["ContentVariables"]).values())
    assert values == ["Ana", "Friday at 10"]
