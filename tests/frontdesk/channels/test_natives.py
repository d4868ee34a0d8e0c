"""What each channel has of its own: the number that one writes from, the time in which people may answer, files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from frontdesk.conversations.model import Author, Draft, Owner, Status
from frontdesk.storage.tables import callbacks
from tests.frontdesk.channels.contract import (
    has,
    lines,
    messages,
    of,
    sent,
    settled,
    waits_for_staff,
)
from tests.frontdesk.channels.drivers import (
    Driver,
    InstagramDriver,
    MessengerDriver,
    SmsDriver,
    TelegramDriver,
    TwilioWhatsAppDriver,
    WhatsAppDriver,
)
from tests.frontdesk.conftest import PASSWORD, FrontDesk, until
from tests.frontdesk.inbox.conftest import sign_in

USER = "GB.13491208655302741918"
PAGES = pytest.mark.parametrize("driver", [MessengerDriver, InstagramDriver], indirect=True)


def by_user_id(driver: Driver, words: str, message_id: str, number: str = "") -> dict[str, Any]:
    """A WhatsApp message of somebody with a username, who may show no number."""
    payload = driver.text(words, message_id)
    value = payload["entry"][0]["changes"][0]["value"]
    del value["messages"][0]["from"]
    value["messages"][0]["from_user_id"] = USER
    shown = {"wa_id": number} if number else {}
    value["contacts"] = [{"profile": {"name": "Ana"}, "user_id": USER, **shown}]
    return payload


async def wished(front: FrontDesk) -> list[str]:
    """The contacts of the callbacks that are open."""
    rows = await front.desk.conversations.rows(callbacks.select().order_by(callbacks.c.id))
    return [row.contact for row in rows]


# --- "this number" ---


@pytest.mark.parametrize("driver", [SmsDriver, WhatsAppDriver, TwilioWhatsAppDriver], indirect=True)
async def test_this_number_is_the_one_that_somebody_writes_from_and_a_second_wish_changes_the_first(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.text("hello", "1"))
    await settled(front, driver)
    assert front.assistant.turns[-1]["context"]["has_number"] is True
    note = front.desk.handover.note_callback
    await note(await of(front, driver), "Ana", "this number", "after six")
    assert await wished(front) == ["+44 7700 900456"]
    await note(await of(front, driver), "Ana", "a@b.example", None)
    await note(await of(front, driver), "Ana", "this number", None)
    assert await wished(front) == ["+44 7700 900456"]


async def test_somebody_with_a_username_is_called_on_the_number_that_was_shown_once(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, by_user_id(driver, "hello", "wamid.1"))
    await until(lambda: has(lambda: len(front.assistant.turns) == 1))
    assert front.assistant.turns[-1]["context"]["has_number"] is False
    await driver.post(front, by_user_id(driver, "and now", "wamid.2", driver.address))
    await until(lambda: has(lambda: len(front.assistant.turns) == 2))
    assert front.assistant.turns[-1]["context"]["has_number"] is True
    (conversation,) = await front.desk.conversations.find()
    assert conversation.address == USER
    await front.desk.handover.note_callback(conversation, "Ana", "this number", None)
    assert await wished(front) == ["+44 7700 900456"]


@pytest.mark.parametrize("driver", [TelegramDriver, MessengerDriver], indirect=True)
async def test_a_channel_without_numbers_knows_none(front: FrontDesk, driver: Driver) -> None:
    await driver.post(front, driver.load("text"))
    await settled(front, driver)
    assert front.assistant.turns[-1]["context"]["has_number"] is False


# --- the time in which one may answer ---


@PAGES
async def test_no_machine_ever_writes_under_the_tag_for_people(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await settled(front, driver)
    conversation, member = await of(front, driver), await front.member()
    front.clock.forward(hours=24, minutes=1)
    for author in (Author.ASSISTANT, Author.SYSTEM):
        said = Draft(author, f"{author.value} speaks")
        message = await front.desk.conversations.messages.append(conversation.id, said)
        front.desk.delivery.wake(conversation)
        await settled(front, driver)
        failed = (await messages(front, driver))[-1]
        assert failed.status is Status.FAILED and "24 hours" in str(failed.error)
        await front.desk.delivery.again(conversation, message)
        await settled(front, driver)
    await front.desk.handover.reply(conversation, member, "Maya here.", "k1")
    await settled(front, driver)
    await driver.post(front, driver.text("thank you", "m_back"))
    await front.desk.handover.reply(conversation, member, "You are welcome.", "k2")
    await settled(front, driver)
    tagged = {one.text: one.content.get("tag") for one in driver.provider.sent}
    assert tagged["Maya here."] == "HUMAN_AGENT"
    assert {text for text, tag in tagged.items() if tag} == {"Maya here."}
    assert not [text for text in tagged if "speaks" in text]


@PAGES
async def test_who_comes_back_after_days_and_presses_get_started_is_greeted(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await settled(front, driver)
    before = len(driver.provider.sent)
    front.clock.forward(days=30)
    await driver.post(front, driver.load("get_started"))
    await settled(front, driver)
    assert ["automated assistant" in one.text for one in driver.provider.sent[before:]] == [True]
    assert driver.provider.sent[-1].content["messaging_type"] == "RESPONSE"


# --- templates ---


@pytest.mark.parametrize("driver", [WhatsAppDriver, TwilioWhatsAppDriver], indirect=True)
async def test_the_values_of_a_template_are_words_and_never_places(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.load("text"))
    await settled(front, driver)
    front.clock.forward(hours=25)
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}/template"
    form = {"template": "appointment_reminder", "key": "1"}
    for lacking in ({}, {"value_1": "Ana"}, {"value_1": "Ana", "value_2": "\u200b"}):
        answer = await staff.post(path, **form, **lacking)
        assert answer.status_code == 422, lacking
    answer = await staff.post(path, **form, value_1="{2}", value_2="{1} {9}")
    assert answer.status_code == 303
    await settled(front, driver)
    said = (await messages(front, driver))[-1].text
    assert said.startswith("Hello {2}, this is") and "{1} {9}" in said
    await driver.post(front, driver.text("STOP", "wamid.9"))
    before = len(driver.provider.sent)
    answer = await staff.post(path, **{**form, "key": "2"}, value_1="Ana", value_2="Friday")
    await settled(front, driver)
    assert not [one for one in driver.provider.sent[before:] if one.template]
    assert (await messages(front, driver))[-1].status is Status.FAILED


# --- photos and voice ---


@pytest.mark.parametrize("driver", [WhatsAppDriver, SmsDriver, TelegramDriver], indirect=True)
@pytest.mark.parametrize("name", ["photo", "voice"])
@pytest.mark.parametrize("is_on", [True, False])
async def test_staff_are_promised_to_look_only_where_they_can(
    front: FrontDesk, driver: Driver, name: str, is_on: bool
) -> None:
    clinic = front.desk.clinic
    front.desk.clinic = replace(clinic, channels=replace(clinic.channels, media=is_on))
    await driver.post(front, driver.load(name))
    await until(lambda: waits_for_staff(front, driver))
    await settled(front, driver)
    said = " ".join(await lines(front, driver))
    assert ("so our staff will" in said) == is_on
    assert ("cannot be opened here" in said) != is_on
    assert (await of(front, driver)).owner is Owner.WAITING


@pytest.mark.parametrize("name", ["photo", "voice"])
async def test_what_is_larger_than_staff_may_open_says_so_and_is_kept_nowhere(
    front: FrontDesk, driver: Driver, name: str
) -> None:
    clinic = front.desk.clinic
    front.desk.clinic = replace(clinic, channels=replace(clinic.channels, media=True))
    payload = driver.load(name)
    one = payload["entry"][0]["changes"][0]["value"]["messages"][0]
    file = f"/media/{one[one['type']]['id']}"
    driver.provider.files = {file: ("image/jpeg", b"\xff\xd8\xff" + b"x" * 20_000_000)}
    await driver.post(front, payload)
    await sent(driver, 2)
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    answer = await staff.get(f"{path}/media/2")
    assert answer.status_code == 502 and "8 MB" in answer.text
    driver.provider.files = {file: ("audio/ogg", b"OggS" + b"x" * 1_000)}
    answer = await staff.get(f"{path}/media/2")
    assert answer.status_code == 200 and answer.content.startswith(b"OggS")
    assert answer.headers["content-disposition"].startswith("attachment")
    front.desk.clinic = clinic
    assert (await staff.get(f"{path}/media/2")).status_code == 404, "switched off again"
