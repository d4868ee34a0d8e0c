"""What happens to what was written, as people told of it: out of order, of what we never had, by machines in the
clinic's name, under another of somebody's addresses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.channels.automatic import answers_by_itself, is_automatic_subject
from frontdesk.channels.formatting import split
from frontdesk.channels.mail import read_mail
from frontdesk.conversations.erased import Erased
from frontdesk.conversations.model import Author, Draft, Owner, Status
from frontdesk.storage import tables
from tests.frontdesk.channels.contract import messages, of, sent, settled
from tests.frontdesk.channels.drivers import (
    ChatwootDriver,
    Driver,
    EmailDriver,
    InstagramDriver,
    MessengerDriver,
    Payload,
    SmsDriver,
    TelegramDriver,
    WhatsAppDriver,
)
from tests.frontdesk.channels.test_email import mail, posted
from tests.frontdesk.channels.test_receiving import edited_to, first, page, whatsapp
from tests.frontdesk.conftest import FrontDesk

GREETS = (
    "Hi! Thanks for contacting us. We've received your message and appreciate you reaching out."
)


def counts(front: FrontDesk) -> list[str]:
    return [what for _, what in front.app.state.rooms.channels.reception.counts]


def revoked(driver: Driver, original: str) -> Payload:
    revoke = {"original_message_id": original}
    return whatsapp(driver, {"id": "wamid.R", "type": "revoke", "revoke": revoke})


NOON = 1795435200
"""When all that visitors write in these tests is written, by the provider's clock."""


def echoed(driver: Driver, after: float = 0, **message: Any) -> Payload:
    """What Meta says was written in the clinic's name, so many seconds ``after`` the visitor's words."""
    payload = page(driver, message={"is_echo": True, **message})
    one = payload["entry"][0]["messaging"][0]
    one["timestamp"] = int((NOON + after) * 1_000)
    one["sender"], one["recipient"] = one["recipient"], one["sender"]
    return payload


async def test_an_edit_of_a_message_that_never_came_is_a_message(
    front: FrontDesk, driver: Driver
) -> None:
    for _ in range(2):
        await driver.post(front, edited_to(driver, "wamid.LOST", {}, "my tongue is swelling"))
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["my tongue is swelling"]
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert [(one.payload or {})["marks"] for one in said] == [{"edit_of_unknown": True}]


@pytest.mark.parametrize("driver", [WhatsAppDriver, TelegramDriver], indirect=True)
async def test_what_comes_after_its_edit_is_shown_and_read_and_not_answered(
    front: FrontDesk, driver: Driver
) -> None:
    original = driver.text("my tongue is swelling", "wamid.LOST")
    await driver.post(front, edited_to(driver, "wamid.LOST", original, "does it last?"))
    await settled(front, driver)
    for _ in range(2):
        await driver.post(front, original)
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["does it last?"]
    assert front.assistant.checked == ["my tongue is swelling"]
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert [one.text for one in said] == ["does it last?", "my tongue is swelling"]
    if driver.channel == "whatsapp":
        await driver.post(front, revoked(driver, "wamid.LOST"))
        said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
        assert [one.text for one in said] == ["", ""]


async def test_whoever_edits_back_is_heard_too(front: FrontDesk, driver: Driver) -> None:
    await driver.post(front, driver.text("monday", "wamid.1"))
    for words in ("tuesday", "tuesday", "monday", "tuesday"):
        await driver.post(front, edited_to(driver, "wamid.1", {}, words))
    await settled(front, driver)
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert [one.text for one in said] == ["monday", "tuesday", "monday", "tuesday"]


async def test_an_edit_that_asks_to_stop_stops(front: FrontDesk, driver: Driver) -> None:
    await driver.post(front, driver.text("hello there", "wamid.1"))
    await settled(front, driver)
    await driver.post(front, edited_to(driver, "wamid.1", {}, "Please stop messaging me"))
    await settled(front, driver)
    assert "no more messages" in driver.provider.sent[-1].text
    assert len(front.assistant.turns) == 1


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_an_edit_in_standby_is_read_and_not_answered(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    edit = edited_to(driver, "1", {}, "and does it bleed?")
    edit["entry"][0]["standby"] = edit["entry"][0].pop("messaging")
    await driver.post(front, edit)
    await settled(front, driver)
    assert len(front.assistant.turns) == 1
    assert front.assistant.checked == ["and does it bleed?"]


async def test_an_edit_of_an_erased_message_is_ignored_and_counted(
    front: FrontDesk, driver: Driver, tmp_path: Path
) -> None:
    front.desk.conversations.erased = Erased(tmp_path / "erased", front.clock)
    await driver.post(front, driver.text("my name is Ana", "wamid.1"))
    await settled(front, driver)
    await front.desk.erase((await of(front, driver)).id)
    await driver.post(front, edited_to(driver, "wamid.1", {}, "my name is Anna"))
    assert not await front.desk.conversations.find()
    assert "a change of an erased message" in counts(front)


async def said_and_deleted(
    front: FrontDesk, driver: Driver, payload: dict[str, Any], tmp_path: Path
) -> None:
    """Words come, and are taken away by whoever wrote them."""
    noted = Erased(tmp_path / "erased", front.clock)
    front.desk.conversations.erased = front.desk.conversations.messages._erased = noted
    await driver.post(front, payload)
    await settled(front, driver)
    secret = next(one for one in await messages(front, driver) if one.author is Author.VISITOR)
    await front.desk.conversations.messages.delete_words(secret, "(deleted)")


@pytest.mark.parametrize("driver", [TelegramDriver, WhatsAppDriver], indirect=True)
async def test_an_edit_brings_no_deleted_words_back(
    front: FrontDesk, driver: Driver, tmp_path: Path
) -> None:
    payload = driver.text("i have hepatitis", "wamid.1")
    await said_and_deleted(front, driver, payload, tmp_path)
    await driver.post(front, edited_to(driver, "wamid.1", payload, "i have hepatitis B"))
    await settled(front, driver)
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert [one.text for one in said] == ["(deleted)"]
    assert len(front.assistant.turns) == 1
    assert "a change of an erased message" in counts(front)


async def test_an_edit_from_another_address_of_somebody_erased_is_ignored(
    front: FrontDesk, driver: Driver, tmp_path: Path
) -> None:
    front.desk.conversations.erased = Erased(tmp_path / "erased", front.clock)
    user = "GB.13491208655302741918"
    contacts = [{"profile": {"name": "Ana"}, "wa_id": driver.address, "user_id": user}]
    said = {"id": "wamid.1", "type": "text", "text": {"body": "my name is Ana"}}
    await driver.post(front, whatsapp(driver, said, contacts))
    await settled(front, driver)
    await front.desk.erase((await of(front, driver)).id)
    edit = edited_to(driver, "wamid.1", {}, "my name is Anna")
    one = edit["entry"][0]["changes"][0]["value"]["messages"][0]
    one["from_user_id"] = user
    del one["from"]
    await driver.post(front, edit)
    assert not await front.desk.conversations.find()
    assert "a change of an erased message" in counts(front)


async def test_what_was_deleted_before_it_came_never_shows(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    await driver.post(front, revoked(driver, "wamid.LATER"))
    await driver.post(front, driver.text("not for you", "wamid.LATER"))
    await settled(front, driver)
    gone = (await messages(front, driver))[-1]
    assert (gone.text, (gone.payload or {})["marks"]) == ("", {"deleted": True})
    assert len(front.assistant.turns) == 1


async def test_signs_and_deletions_of_strangers_open_no_conversation(
    front: FrontDesk, driver: Driver
) -> None:
    sign = {"id": "wamid.S", "type": "reaction", "reaction": {"message_id": "x", "emoji": "👍"}}
    await driver.post(front, whatsapp(driver, sign))
    await driver.post(front, revoked(driver, "wamid.LATER"))
    assert not await front.desk.conversations.find()


def updated(driver: Driver, words: str, status: str = "pending", **attributes: Any) -> Payload:
    """What Chatwoot says of a new state of a message."""
    one = {**driver.text(words, "901"), "event": "message_updated"}
    one["conversation"]["status"] = status
    return {**one, "content_attributes": attributes}


@pytest.mark.parametrize("driver", [ChatwootDriver], indirect=True)
async def test_a_new_state_of_an_old_message_of_chatwoot_is_no_message(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, updated(driver, "does it hurt?", "open"))
    await driver.post(front, updated(driver, "❤️", is_edited=True, is_reaction=True))
    call = updated(driver, "a call", is_edited=True)
    await driver.post(front, {**call, "content_type": "voice_call"})
    assert not await front.desk.conversations.find()
    await driver.post(front, updated(driver, "does it hurt?", "open", is_edited=True))
    await settled(front, driver)
    assert front.assistant.checked == ["does it hurt?"], "read while people answer"
    assert not front.assistant.turns and not driver.provider.sent


@pytest.mark.parametrize("driver", [ChatwootDriver], indirect=True)
async def test_a_mail_that_is_longer_than_what_we_keep_is_not_edited_by_its_new_state(
    front: FrontDesk, driver: Driver
) -> None:
    long = "It hurts. " * 2_500
    await driver.post(front, driver.text(long, "901"))
    await driver.post(front, updated(driver, long))
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert len(said) == 1 and "edited" not in str(said[0].payload)


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
@pytest.mark.parametrize(
    ("words", "when", "said"),
    [
        ("/start", {"edit_date": 1795435300}, []),
        ("/start spring_24", {"edit_date": 1795435300}, []),
        ("does it hurt?", {}, []),
        ("does it hurt?", {"edit_date": 1795435300}, ["does it hurt?"]),
        ("/start does it hurt?", {"edit_date": 1795435300}, ["does it hurt?"]),
    ],
)
async def test_what_telegram_calls_edited_is_a_message_only_where_words_were_edited(
    front: FrontDesk, driver: Driver, words: str, when: dict[str, int], said: list[str]
) -> None:
    edit = driver.load("edit")
    del edit["edited_message"]["edit_date"]
    edit["edited_message"] |= {**when, "text": words}
    await driver.post(front, edit)
    if said:
        await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == said


# --- who speaks in the clinic's name ---


@pytest.mark.parametrize("driver", [InstagramDriver], indirect=True)
async def test_our_own_words_may_come_back_before_the_provider_has_answered(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    conversation = await of(front, driver)
    ours = Draft(Author.ASSISTANT, "It costs 100 pounds for one visit.")
    message = await front.desk.conversations.messages.append(conversation.id, ours)
    await front.app.state.rooms.outgoing.receipts.begin(message, 0)
    await driver.post(front, echoed(driver, mid="m_E", text=ours.text))
    assert (await of(front, driver)).owner is Owner.BOT
    assert Author.STAFF not in [one.author for one in await messages(front, driver)]
    await driver.post(front, echoed(driver, mid="m_F", text="one"))
    assert (await messages(front, driver))[-1].text == "one", "a part of our words is a person's"
    assert (await of(front, driver)).owner is Owner.STAFF


@pytest.mark.parametrize("driver", [InstagramDriver], indirect=True)
@pytest.mark.parametrize("status", [Status.STORED, Status.UNCLEAR, Status.FAILED])
async def test_our_own_words_may_come_back_though_the_provider_never_answered(
    front: FrontDesk, driver: Driver, status: Status
) -> None:
    await first(front, driver)
    conversation = await of(front, driver)
    long = "It costs 100 pounds for one visit. " * 40
    ours = Draft(Author.ASSISTANT, long, status=status)
    await front.desk.conversations.messages.append(conversation.id, ours)
    style = front.desk.delivery.channel_of(conversation).style("instagram")  # type: ignore[union-attr]
    pieces = split(long, style)
    assert len(pieces) > 1
    front.clock.forward(seconds=30)
    for number, piece in enumerate(pieces):
        await driver.post(front, echoed(driver, 30, mid=f"m_{number}", text=piece))
    assert (await of(front, driver)).owner is Owner.BOT
    assert Author.STAFF not in [one.author for one in await messages(front, driver)]
    front.clock.forward(minutes=16)
    await driver.post(front, echoed(driver, 990, mid="m_P", text=pieces[0]))
    assert (await of(front, driver)).owner is Owner.STAFF


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_a_machine_in_metas_inbox_does_not_take_the_conversation(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    await driver.post(front, echoed(driver, mid="m_I", app_id=263902037430900, text=GREETS))
    assert (await of(front, driver)).owner is Owner.BOT
    assert (await messages(front, driver))[-1].text == GREETS, "staff see it"
    late = echoed(driver, 300, mid="m_P", text=f"{GREETS} Maya here, come on Monday.")
    await driver.post(front, late)
    assert (await of(front, driver)).owner is Owner.STAFF


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
@pytest.mark.parametrize(
    ("second_line", "after"), [(None, 40), (None, -1), (None, None), (39, 40), (200, 199)]
)
async def test_when_a_person_wrote_counts_and_not_when_it_comes(
    front: FrontDesk, driver: Driver, second_line: float | None, after: float | None
) -> None:
    await first(front, driver)
    if second_line:
        line = driver.text("and does it bleed?", "2")
        line["entry"][0]["messaging"][0]["timestamp"] = (NOON + second_line) * 1_000
        await driver.post(front, line)
        await settled(front, driver)
    answer = echoed(
        driver, after or 0, mid="m_P", text="You can come on Monday at nine, Maya is here then."
    )
    if after is None:
        del answer["entry"][0]["messaging"][0]["timestamp"]
    await driver.post(front, answer)
    assert (await of(front, driver)).owner is Owner.STAFF


async def test_in_the_whatsapp_app_too_when_they_wrote_counts(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    for number, (after, owner) in enumerate(((1, Owner.BOT), (30, Owner.STAFF))):
        echo = {"id": f"wamid.E{number}", "to": driver.address, "type": "text"}
        echo |= {"timestamp": str(NOON + after), "text": {"body": f"{number} {'so much ' * 9}"}}
        payload = driver.load("text")
        change = payload["entry"][0]["changes"][0]
        change["field"] = "smb_message_echoes"
        metadata = change["value"]["metadata"]
        change["value"] = {"metadata": metadata, "message_echoes": [echo]}
        await driver.post(front, payload)
        assert (await of(front, driver)).owner is owner


def test_people_do_not_write_so_fast() -> None:
    assert not answers_by_itself(GREETS, None)
    for words, seconds, expected in (
        (GREETS, -1, False),
        ("Hi Ana, thanks for contacting us!", 10, True),
        ("We're away until Monday.", 10, True),
        ("Sorry, we were away, Dr Amy here", 10, False),
        ("Hello, we were away, Dr Amy here", 10, False),
        ("Dr Amy here, thanks for your message.", 10, False),
        (GREETS, 3, True),
        (GREETS, 60, False),
        ("x" * 60, 1, True),
        ("x" * 60, 4, False),
        ("Yes, we do.", 1, False),
    ):
        assert answers_by_itself(words, timedelta(seconds=seconds)) is expected, words


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_what_people_took_back_in_another_inbox_is_gone_here(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    await driver.post(front, echoed(driver, mid="m_P", text="Tom here."))
    await driver.post(front, echoed(driver, mid="m_P", is_deleted=True))
    await driver.post(front, echoed(driver, mid="m_OTHER", is_deleted=True))
    await driver.post(front, echoed(driver, mid="m_OTHER", text="Not for you."))
    now = await messages(front, driver)
    assert [(one.author, one.text) for one in now[-2:]] == [
        (Author.STAFF, ""),
        (Author.SYSTEM, ""),
    ]
    assert not {"[a file]", "Not for you."} & {one.text for one in now}


@pytest.mark.parametrize("driver", [MessengerDriver], indirect=True)
async def test_what_people_took_back_does_not_return_with_a_back_up(
    front: FrontDesk, driver: Driver, tmp_path: Path
) -> None:
    noted = Erased(tmp_path / "erased", front.clock)
    conversations = front.desk.conversations
    conversations.erased = conversations.messages._erased = noted
    await first(front, driver)
    await driver.post(front, echoed(driver, 60, mid="m_P", text="Tom here."))
    staffs = (await messages(front, driver))[-1]
    await driver.post(front, echoed(driver, 61, mid="m_P", is_deleted=True))
    put_back = tables.messages.update().where(tables.messages.c.id == staffs.id)
    await conversations.write(put_back.values(text=staffs.text, payload=staffs.payload))
    await front.app.state.rooms.retention.erase_again()
    assert (await messages(front, driver))[-1].text == ""


@pytest.mark.parametrize("driver", [ChatwootDriver], indirect=True)
async def test_what_people_took_back_in_chatwoot_is_gone_here(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    said = driver.load("outgoing")
    said["sender"] = {"id": 1, "name": "Tom", "type": "user"}
    said["conversation"] = driver.load("text")["conversation"]
    await driver.post(front, said)
    assert (await messages(front, driver))[-1].author is Author.STAFF
    gone = {"event": "message_updated", "content_attributes": {"deleted": True}}
    await driver.post(front, {**said, **gone, "content": "This message was deleted"})
    assert (await messages(front, driver))[-1].text == ""


# --- STOP, blocked, old buttons ---


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_what_twilio_reads_as_stop_is_stop_in_any_words(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, {**driver.text("ENOUGH NOW", "1"), "OptOutType": "STOP"})
    await driver.post(front, driver.text("does it hurt?", "2"))
    assert front.assistant.turns == [] and driver.provider.sent == []
    await driver.post(front, {**driver.text("AGAIN", "3"), "OptOutType": "START"})
    await driver.post(front, driver.text("does it hurt?", "4"))
    await settled(front, driver)
    assert len(front.assistant.turns) == 1


async def test_who_stopped_under_one_address_has_stopped_under_all(
    front: FrontDesk, driver: Driver
) -> None:
    user = "GB.13491208655302741918"
    profile = {"profile": {"name": "Ana"}, "user_id": user}
    await driver.post(front, driver.text("hello", "wamid.0"))
    await settled(front, driver)
    front.clock.forward(minutes=5)
    said = {"id": "wamid.1", "type": "text", "text": {"body": "STOP"}, "from_user_id": user}
    payload = whatsapp(driver, said, [profile])
    del payload["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
    await driver.post(front, payload)
    both = {**said, "id": "wamid.2", "text": {"body": "does it hurt?"}}
    await driver.post(front, whatsapp(driver, both, [{**profile, "wa_id": driver.address}]))
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["hello"]
    await driver.post(front, driver.text("START", "wamid.3"))
    await driver.post(front, driver.text("and now?", "wamid.4"))
    await settled(front, driver)
    assert front.assistant.turns[-1]["text"] == "and now?"


async def test_who_is_blocked_hears_nothing_whatever_they_send(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    await front.desk.handover.block(await of(front, driver), await front.member())
    await settled(front, driver)
    said = len(driver.provider.sent)
    odd = (driver.load("photo"), driver.text("", "wamid.E"), driver.press("b_gone", "", "wamid.B"))
    for payload in (*odd, driver.text("STOP", "wamid.S")):
        await driver.post(front, payload)
    await settled(front, driver)
    assert len(driver.provider.sent) == said


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
async def test_an_old_button_of_telegram_counts_as_the_words_on_it(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    pressed = driver.press("b_gone", "", "88")
    keys = [[{"text": "Yes", "callback_data": "b_yes"}], ["odd"]]
    keys.append([{"text": "How much is it?", "callback_data": "b_gone"}])
    pressed["callback_query"]["message"]["reply_markup"] = {"inline_keyboard": keys}
    await driver.post(front, pressed)
    await settled(front, driver)
    assert front.assistant.turns[-1]["text"] == "How much is it?"
    pressed["callback_query"] |= {"id": "89"}
    pressed["callback_query"]["message"]["reply_markup"] = {"inline_keyboard": 5}
    assert (await driver.post(front, pressed)).status_code == 200
    assert not [what for what in counts(front) if "set aside" in what]


# --- one odd event ---


async def test_a_list_that_is_none_spoils_nothing_beside_it(
    front: FrontDesk, driver: Driver
) -> None:
    payload = driver.load("text")
    payload["entry"][0]["changes"][0]["value"]["statuses"] = {"id": "x"}
    await driver.post(front, payload)
    await settled(front, driver)
    assert len(front.assistant.turns) == 1
    assert "set aside: statuses is not a list" in counts(front)


@pytest.mark.parametrize("driver", [MessengerDriver, InstagramDriver], indirect=True)
async def test_words_that_can_be_read_are_heard_wherever_an_odd_event_stands(
    front: FrontDesk, driver: Driver
) -> None:
    odd = page(driver, message={"mid": "m_1", "text": "i cannot breathe", "reply_to": "x"})
    odd["entry"][0]["standby"] = odd["entry"][0].pop("messaging")
    await driver.post(front, odd)
    await settled(front, driver)
    assert front.assistant.checked == ["i cannot breathe"] and front.assistant.turns == []
    other = page(driver, message={"mid": "m_2", "text": "it itches", "reply_to": "x"})
    value = other["entry"][0].pop("messaging")[0]
    other["entry"][0]["changes"] = [{"field": "messages", "value": value}]
    await driver.post(front, other)
    assert "it itches" in [one.text for one in await messages(front, driver)]


# --- mail ---


def checked(header: str, **more: str) -> str:
    written = mail(Authentication_Results=f"mx.clinic.example; {header}", **more)
    found: Any = read_mail(written.encode(), "a@b.example", EmailDriver.own, "mx.clinic.example")
    return str(found.sender_check)


def test_a_proof_of_one_address_proves_no_other() -> None:
    assert checked("dmarc=pass") == "pass"
    assert checked("dmarc=pass", Reply_To="victim@good.example") == ""
    assert checked("dmarc=fail", Reply_To="victim@good.example") == "fail"
    assert checked("dmarc=pass", From="victim@good.example, evil@evil.example") == ""
    assert checked('spf=pass smtp.mailfrom="x; dmarc=pass"@evil.example; dmarc=fail') == "fail"
    assert checked("spf=pass (because; dmarc=pass); dmarc=none") == "none"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Automatic reply: Laser", True),
        ("Réponse automatique : Laser", True),
        ("Abwesenheitsnotiz: AW: Laser", True),
        ("Odpowiedź automatyczna: x", True),
        ("Out of office", True),
        ("Out of office hours?", False),
        ("Auto: Parkplatz?", False),
        ("Vacation: laser before it?", False),
        ("Re: Automatic hair removal", False),
        ("", False),
    ],
)
def test_how_the_subject_of_an_auto_reply_begins(subject: str, expected: bool) -> None:
    assert is_automatic_subject(subject) is expected


@pytest.mark.parametrize("driver", [EmailDriver], indirect=True)
async def test_who_wants_no_auto_reply_is_a_person_all_the_same(
    front: FrontDesk, driver: Driver
) -> None:
    """Exchange puts it on what its people write."""
    asks = mail(X_Auto_Response_Suppress="DR, OOF, AutoReply")
    await driver.post(front, posted(asks))
    await sent(driver, 2)
    away = mail("I am on leave.", "<2@x>", Subject="Automatic reply: Laser")
    await driver.post(front, posted(away))
    await settled(front, driver)
    assert len(front.assistant.turns) == 1
    assert (await messages(front, driver))[-1].status is Status.ANSWERED


@pytest.mark.parametrize("odd", ["wamid.\ud800", "wamid.\x00"])
async def test_an_odd_sign_in_a_name_spoils_no_words(
    front: FrontDesk, driver: Driver, odd: str
) -> None:
    said: Payload = {"type": "text", "text": {"body": "does it hurt?"}, "context": {"id": odd}}
    await driver.post(front, whatsapp(driver, {"id": "wamid.1", **said}))
    await driver.post(front, edited_to(driver, odd, {}, "for how long?"))
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["does it hurt?", "for how long?"]


async def test_a_new_user_id_does_not_take_the_number_away(
    front: FrontDesk, driver: Driver
) -> None:
    await first(front, driver)
    system = {"type": "user_changed_user_id", "user_id": "GB.NEW"}
    await driver.post(front, whatsapp(driver, {"id": "2", "type": "system", "system": system}))
    payload = driver.text("for how long?", "3")
    message = payload["entry"][0]["changes"][0]["value"]["messages"][0]
    message["from_user_id"] = "GB.NEW"
    del message["from"], payload["entry"][0]["changes"][0]["value"]["contacts"]
    await driver.post(front, payload)
    await sent(driver, 3)
    assert {one.to for one in driver.provider.sent} == {driver.address}


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
async def test_words_picked_out_of_a_deleted_message_do_not_return(
    front: FrontDesk, driver: Driver, tmp_path: Path
) -> None:
    payload = driver.text("i have hepatitis", "81")
    await said_and_deleted(front, driver, payload, tmp_path)
    answer = driver.text("this one", "82")
    answer["message"] |= {
        "message_id": 999,
        "reply_to_message": {**payload["message"]},
        "quote": {"text": "hepatitis", "position": 7, "is_manual": True},
    }
    await driver.post(front, answer)
    await settled(front, driver)
    said = [one for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert [one.text for one in said] == ["(deleted)", "this one"]
    assert "quote" not in (said[1].payload or {}).get("marks", {})
    assert [turn["text"] for turn in front.assistant.turns][1:] == ["this one"]


@pytest.mark.parametrize("driver", [TelegramDriver], indirect=True)
async def test_a_sign_of_ones_own_making_is_a_sign(front: FrontDesk, driver: Driver) -> None:
    await first(front, driver)
    reaction = driver.load("reaction")
    message = (await messages(front, driver))[1]
    sign = {"type": "custom_emoji", "custom_emoji_id": "5"}
    reaction["message_reaction"].update(
        message_id=(message.payload or {})["marks"]["known_as"], new_reaction=[sign]
    )
    await driver.post(front, reaction)
    assert ((await messages(front, driver))[1].payload or {})["marks"]["reaction"] == "⭐"


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_a_sign_on_words_with_their_choices_is_a_sign(
    front: FrontDesk, driver: Driver
) -> None:
    await driver.post(front, driver.text("choose", "1"))
    await sent(driver, 2)
    await driver.post(front, driver.text(f"Liked “{driver.provider.sent[-1].text}”", "2"))
    signed = [
        one
        for one in await messages(front, driver)
        if (one.payload or {}).get("marks", {}).get("reaction")
    ]
    assert [one.text for one in signed] == ["Which?"]
    assert len(front.assistant.turns) == 1


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
@pytest.mark.parametrize("words", ["Loved an image", "Liked “words that a phone shows otherwise”"])
async def test_a_sign_on_what_we_do_not_find_is_kept_and_not_answered(
    front: FrontDesk, driver: Driver, words: str
) -> None:
    await first(front, driver)
    await driver.post(front, driver.text(words, "2"))
    await settled(front, driver)
    assert (await messages(front, driver))[-1].text == words
    assert len(front.assistant.turns) == 1
    assert "a sign on a message that we do not have" in counts(front)


@pytest.mark.parametrize("driver", [SmsDriver], indirect=True)
async def test_who_is_out_of_the_office_and_asks_is_answered(
    front: FrontDesk, driver: Driver
) -> None:
    words = "I'm out of the office tomorrow, could I come in at 10?"
    await driver.post(front, driver.text(words, "1"))
    await sent(driver, 2)
    assert [turn["text"] for turn in front.assistant.turns] == [words]
