"""What follows from an event, tried on the channels that have it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from frontdesk.conversations.model import Author, Owner
from tests.frontdesk.channels.contract import lines, messages, of, sent, settled
from tests.frontdesk.channels.drivers import (
    Driver,
    InstagramDriver,
    MessengerDriver,
    Payload,
    SmsDriver,
    TelegramDriver,
    TwilioWhatsAppDriver,
    WhatsAppDriver,
)
from tests.frontdesk.conftest import FrontDesk, until


def whatsapp(driver: Driver, message: dict[str, Any], contacts: Any = None) -> Payload:
    payload = driver.load("text")
    value = payload["entry"][0]["changes"][0]["value"]
    sender = value["messages"][0]["from"]
    value["messages"] = [{"from": sender, "timestamp": "1795435200", **message}]
    if contacts is not None:
        value["contacts"] = contacts
    return payload


def page(driver: Driver, **event: Any) -> Payload:
    payload = driver.load("text")
    one = payload["entry"][0]["messaging"][0]
    payload["entry"][0]["messaging"] = [
        {
            "sender": one["sender"],
            "recipient": one["recipient"],
            "timestamp": 1795435200000,
            **event,
        }
    ]
    return payload


async def first(front: FrontDesk, driver: Driver, words: str = "does it hurt?") -> None:
    await driver.post(front, driver.text(words, "1"))
    await sent(driver, 2)
    await settled(front, driver)


async def test_an_edit_is_shown_and_read_like_a_new_message(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    original = (await messages(front, driver))[1]
    edit = {
        "id": "wamid.EDIT1",
        "type": "edit",
        "edit": {
            "original_message_id": original.client_id,
            "message": {"type": "text", "text": {"body": "i cannot breathe"}},
        },
    }
    for _ in range(2):
        await driver.post(front, whatsapp(driver, edit))
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["does it hurt?", "i cannot breathe"]
    seen = await messages(front, driver)
    assert seen[1].payload and seen[1].payload["marks"] == {"edited": True}
    edited = next(one for one in seen if one.text == "i cannot breathe")
    assert edited.payload and edited.payload["marks"] == {"edit_of": original.seq}


def edited_to(driver: Driver, original: str, payload: Payload, words: str) -> Payload:
    """The webhook of a channel that knows edits."""
    if isinstance(driver, TelegramDriver):
        edited = {**payload["message"], "text": words, "edit_date": 1795435300}
        return {"update_id": 99, "edited_message": edited}
    if isinstance(driver, WhatsAppDriver):
        message = {"type": "text", "text": {"body": words}}
        edit = {"original_message_id": original, "message": message}
        return whatsapp(driver, {"id": "wamid.EDIT1", "type": "edit", "edit": edit})
    return page(driver, message_edit={"mid": original, "text": words, "num_edit": 1})


@pytest.mark.parametrize(
    "driver", [WhatsAppDriver, TelegramDriver, MessengerDriver, InstagramDriver], indirect=True
)
async def test_danger_in_an_edit_is_found_while_people_own_the_conversation(
    front: FrontDesk, driver: Driver
) -> None:
    payload = driver.text("human please", "1")
    await driver.post(front, payload)
    await sent(driver, 2)
    await settled(front, driver)
    conversation = await of(front, driver)
    assert conversation.owner is Owner.WAITING and not front.assistant.checked
    original = next(m for m in await messages(front, driver) if m.author is Author.VISITOR)
    edit = edited_to(driver, original.client_id or "", payload, "i cannot breathe")
    await driver.post(front, edit)

    async def told() -> bool:
        return any("Call 999" in line for line in await lines(front, driver))

    await until(told)
    assert front.assistant.checked == ["i cannot breathe"]
    now = await of(front, driver)
    assert (now.urgency, now.sign) == ("urgent", "trouble breathing")


async def test_of_a_deleted_message_no_words_stay(front: FrontDesk, driver: Driver) -> None:
    await first(front, driver)
    original = (await messages(front, driver))[1]
    await driver.post(front, edited_to(driver, original.client_id or "", {}, "does it burn?"))
    await settled(front, driver)
    revoke = {
        "id": "wamid.REVOKE1",
        "type": "revoke",
        "revoke": {"original_message_id": original.client_id},
    }
    for number in range(2):  # WhatsApp may say it again
        await driver.post(front, whatsapp(driver, {**revoke, "id": f"wamid.REVOKE{number}"}))
    gone = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert len(gone) == 2, "the message and its edit"
    for one in gone:
        assert one.text == "" and one.payload and one.payload["marks"] == {"deleted": True}
    assert len(front.assistant.turns) == 2

    async def assistant_forgot() -> bool:
        await front.desk.sweep()
        names = [{"message_id": f"m_{one.conversation_id}_{one.seq}"} for one in gone]
        return all((gone[0].conversation_id, name) in front.assistant.forgot for name in names)

    await until(assistant_forgot)


async def test_a_sign_on_our_message_is_shown_and_never_answered(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    rows = await front.desk.conversations.rows(_sendings())
    reaction = {
        "id": "wamid.R1",
        "type": "reaction",
        "reaction": {"message_id": rows[-1].provider_id, "emoji": "👍"},
    }
    await driver.post(front, whatsapp(driver, reaction))
    last = (await messages(front, driver))[-1]
    assert last.payload and last.payload["marks"] == {"reaction": "👍"}
    assert len(front.assistant.turns) == 1 and await lines(front, driver) == []


async def test_an_answer_to_a_message_carries_its_words(front: FrontDesk, driver: Driver) -> None:
    await first(front, driver)
    original = (await messages(front, driver))[1]
    reply = {
        "id": "wamid.Q1",
        "type": "text",
        "text": {"body": "this one"},
        "context": {"id": original.client_id},
    }
    await driver.post(front, whatsapp(driver, reply))
    await settled(front, driver)
    quoting = next(one for one in await messages(front, driver) if one.text == "this one")
    assert quoting.payload and quoting.payload["marks"]["quote"] == "does it hurt?"
    assert front.assistant.turns[-1]["text"] == "does it hurt?", "that is what is meant"


async def test_who_points_at_our_answer_means_the_question_before_it(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    ours = (await front.desk.conversations.rows(_sendings()))[-1].provider_id
    await driver.post(front, driver.text("how much is it?", "2"))
    for number, (said, meant) in enumerate(
        [("what about this?", "does it hurt?"), ("and on my arms?", "and on my arms?")], start=3
    ):
        reply = {"id": f"wamid.P{number}", "type": "text", "text": {"body": said}}
        await driver.post(front, whatsapp(driver, {**reply, "context": {"id": ours}}))
        await settled(front, driver)
        assert front.assistant.turns[-1]["text"] == meant


async def test_somebody_without_a_number_can_write_and_is_one_person_with_their_number(
    front: FrontDesk, driver: Driver
) -> None:
    user = "GB.13491208655302741918"
    profile = {"profile": {"name": "Ana", "username": "@ana"}, "user_id": user}
    bare = {"id": "wamid.U1", "type": "text", "text": {"body": "hello"}, "from_user_id": user}
    payload = whatsapp(driver, bare, [profile])
    del payload["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
    await driver.post(front, payload)
    await sent(driver, 2)
    assert {one.to for one in driver.provider.sent} == {user}
    both = {**bare, "id": "wamid.U2", "text": {"body": "me again"}}
    await driver.post(front, whatsapp(driver, both, [{**profile, "wa_id": driver.address}]))
    await settled(front, driver)
    assert len(await front.desk.conversations.find()) == 1
    assert [turn["text"] for turn in front.assistant.turns] == ["hello", "me again"]


async def test_somebody_is_the_same_person_to_each_business_of_one_company(
    front: FrontDesk, driver: Driver
) -> None:
    parent, users = "GB.ENT.11815799212886844830", ("GB.13491208655302741918", "GB.2249120865530")
    for number, user in enumerate(users):
        said = {"id": f"wamid.U{number}", "type": "text", "text": {"body": f"hello {number}"}}
        ids = {"from_user_id": user, "from_parent_user_id": parent}
        contact = {"profile": {"name": "Ana"}, "user_id": user, "parent_user_id": parent}
        payload = whatsapp(driver, {**said, **ids}, [contact])
        del payload["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
        await driver.post(front, payload)
        await sent(driver, 2 + number)
    assert len(await front.desk.conversations.find()) == 1
    assert [turn["text"] for turn in front.assistant.turns] == ["hello 0", "hello 1"]


async def test_what_people_write_in_the_providers_own_inbox_is_heard(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    payload = driver.load("text")
    change = payload["entry"][0]["changes"][0]
    echo = {"from": "447700900123", "to": driver.address, "id": "wamid.E1", "type": "text"}
    change["field"] = "smb_message_echoes"
    value = {key: change["value"][key] for key in ("messaging_product", "metadata")}
    change["value"] = {**value, "message_echoes": [{**echo, "text": {"body": "Maya here."}}]}
    for _ in range(2):
        await driver.post(front, payload)
    conversation = await of(front, driver)
    assert conversation.owner is Owner.STAFF
    said = [one.text for one in await messages(front, driver) if one.author is Author.STAFF]
    assert said == ["Maya here."]
    await driver.post(front, driver.text("thanks", "9"))
    assert len(front.assistant.turns) == 1, "the assistant is quiet"
    assert "Maya here." not in [one.text for one in driver.provider.sent], "it was sent already"


async def test_one_odd_event_spoils_no_other(front: FrontDesk, driver: Driver) -> None:
    payload = driver.load("text")
    value = payload["entry"][0]["changes"][0]["value"]
    original = value["messages"][0]
    batch = []
    for number in range(100):
        one = copy.deepcopy(original)
        one["id"], one["from"] = f"wamid.B{number}", f"4477009{number:05d}"
        batch.append(one)
    batch[50] = {"from": ["not", "a", "number"], "id": "wamid.ODD", "type": "text"}
    value["messages"] = batch
    assert (await driver.post(front, payload)).status_code == 200
    assert len(await front.desk.conversations.find(limit=1_000)) == 99
    counts = front.app.state.rooms.channels.reception.counts
    assert sum(count for (_, what), count in counts.items() if "set aside" in what) == 1


@pytest.mark.parametrize("kind", ["poll", "flow", "order", "nfm_reply", "something_new"])
async def test_a_kind_that_nobody_knows_yet_is_answered_kindly(
    front: FrontDesk, driver: Driver, kind: str
) -> None:
    await first(front, driver)
    await driver.post(front, whatsapp(driver, {"id": "wamid.K1", "type": kind, kind: {}}))
    await settled(front, driver)
    assert len(await messages(front, driver)) > 3
    assert len(front.assistant.turns) == 1


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_an_answer_from_metas_inbox_takes_the_conversation(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    echo = page(driver, message={"mid": "m_ECHO", "is_echo": True, "text": "Tom here."})
    one = echo["entry"][0]["messaging"][0]
    one["sender"], one["recipient"] = one["recipient"], one["sender"]
    await driver.post(front, echo)
    assert (await of(front, driver)).owner is Owner.STAFF
    standby = page(driver, message={"mid": "m_S1", "text": "thank you Tom"})
    standby["entry"][0]["standby"] = standby["entry"][0].pop("messaging")
    await driver.post(front, standby)
    assert (await messages(front, driver))[-1].text == "thank you Tom"
    assert len(front.assistant.turns) == 1


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_an_advert_brings_a_welcome_with_ways_in(front: FrontDesk, driver: Driver) -> None:
    referral = {"source": "ADS", "ads_context_data": {"ad_title": "Firmer skin"}}
    await driver.post(front, page(driver, referral=referral))
    await sent(driver, 1)
    shown = driver.provider.sent[0]
    assert "what it costs" in shown.text and shown.choices[0][0] == "way_in_1"
    assert front.assistant.turns == []
    ways = (await messages(front, driver))[0].buttons
    assert [way["title"] for way in ways] == list(front.desk.clinic.chat_questions)
    await driver.post(front, driver.press("way_in_2", shown.choices[1][1], "2"))
    await settled(front, driver)
    assert front.assistant.turns[0]["text"] == ways[1]["title"]


@pytest.mark.parametrize("driver", [SmsDriver, TwilioWhatsAppDriver], indirect=True)
async def test_a_way_in_is_taken_by_its_number_too(front: FrontDesk, driver: Driver) -> None:
    advert = {**driver.text("hello", "1"), "ReferralHeadline": "Firmer skin"}
    await driver.post(front, advert)
    await settled(front, driver)
    ways = (await messages(front, driver))[0].buttons
    assert f"2. {ways[1]['title']}" in "\n".join(one.text for one in driver.provider.sent)


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
async def test_telegrams_edits_and_signs_find_their_message(
    front: FrontDesk, driver: Driver
) -> None:
    text = driver.load("text")
    await driver.post(front, text)
    await sent(driver, 2)
    edit = {"update_id": 99, "edited_message": {**text["message"], "text": "does it bleed?"}}
    await driver.post(front, edit)
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns][-1] == "does it bleed?"


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_a_short_code_gets_nothing_and_calls_nobody(front: FrontDesk, driver: Driver) -> None:
    payload = driver.text("Your parcel is on its way", "1")
    payload["From"] = "72345"
    await driver.post(front, payload)
    conversations = await front.desk.conversations.find()
    assert [one.owner for one in conversations] == [Owner.BOT]
    assert front.assistant.turns == [] and driver.provider.sent == []


async def test_an_auto_reply_is_left_alone_and_staff_see_it_once(
    front: FrontDesk, driver: Driver
) -> None:
    for number in range(3):
        words = "Automatic reply: I am out of the office."
        await driver.post(front, driver.text(words, str(number)))
    conversation = await of(front, driver)
    assert (conversation.owner, conversation.reason) == (Owner.WAITING, "automatic")
    assert front.assistant.turns == [] and driver.provider.sent == []


async def test_stop_is_kept_on_whatsapp_too_and_start_undoes_it(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.text("Please stop messaging me", "1"))
    await sent(driver, 1)
    assert "no more messages" in driver.provider.sent[0].text
    await driver.post(front, driver.text("does it hurt?", "2"))
    assert front.assistant.turns == []
    assert (await messages(front, driver))[-1].text == "does it hurt?", "staff see it"
    await driver.post(front, driver.text("START", "3"))
    await driver.post(front, driver.text("does it hurt now?", "4"))
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["does it hurt now?"]


async def test_an_album_gets_one_line(front: FrontDesk, driver: Driver) -> None:
    await first(front, driver)
    photo = driver.load("photo")
    for number in range(4):
        one = copy.deepcopy(photo)
        one["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = f"wamid.P{number}"
        await driver.post(front, one)
    shown = [one for one in await lines(front, driver) if "opened" in one]
    assert len(shown) == 1


def _sendings() -> Any:
    from frontdesk.storage.tables import sendings

    return sendings.select().order_by(sendings.c.message_id, sendings.c.part)
