from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.frontdesk.conftest import URL, FrontDesk, until
from tests.standins.twilio import StandInTwilio

PAYLOADS = Path(__file__).parent / "payloads" / "twilio"
TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
ADDRESS = f"{URL}/channels/twilio"


@pytest.fixture()
def twilio() -> Iterator[StandInTwilio]:
    standin = StandInTwilio()
    yield standin
    standin.close()


@pytest.fixture()
def extra_settings(twilio: StandInTwilio) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SMS_NUMBER": "+447700900123",
        "TWILIO_WHATSAPP_NUMBER": "+447700900123",
        "TWILIO_API_URL": twilio.url,
    }


def recorded(name: str, **changes: str) -> dict[str, str]:
    return {**json.loads((PAYLOADS / f"{name}.json").read_text()), **changes}


async def post(
    front: FrontDesk, form: dict[str, str], token: str = TOKEN, url: str = ADDRESS
) -> httpx.Response:
    signature = RequestValidator(token).compute_signature(url, form)
    headers = {"X-Twilio-Signature": signature}
    return await front.http.post("/channels/twilio", data=form, headers=headers)


async def sent(twilio: StandInTwilio, count: int) -> bool:
    return len(twilio.sent) >= count


@pytest.mark.parametrize(
    ("name", "sender"),
    [("sms_text", "+447700900456"), ("whatsapp_text", "whatsapp:+447700900456")],
)
async def test_a_text_goes_in_and_a_greeting_and_a_reply_come_out(
    front: FrontDesk, twilio: StandInTwilio, name: str, sender: str
) -> None:
    answer = await post(front, recorded(name))
    assert answer.status_code == 200 and answer.text.endswith("<Response></Response>")
    await until(lambda: sent(twilio, 2))
    assert [form["To"] for form in twilio.sent] == [sender, sender]
    assert "automated assistant" in twilio.sent[0]["Body"]
    assert twilio.sent[1]["Body"] == "echo: does it hurt?"
    assert front.assistant.turns[0]["channel"] == name.partition("_")[0]


async def test_the_same_message_delivered_again_is_one_turn(
    front: FrontDesk, twilio: StandInTwilio
) -> None:
    deliveries = [
        recorded("sms_text", MessageSid=f"SM{n:032d}", Body=f"m{n}") for n in range(20)
    ] * 10
    random.Random(3).shuffle(deliveries)
    answers = []
    for start in range(0, len(deliveries), 20):
        batch = deliveries[start : start + 20]
        answers += await asyncio.gather(*[post(front, form) for form in batch])
    assert {answer.status_code for answer in answers} == {200}
    await until(lambda: sent(twilio, 21), seconds=30)
    assert len(front.assistant.turns) == 20


FORGERIES = [
    {"token": "wrong-token"},
    {"url": "https://other.example/channels/twilio"},
    {"url": ADDRESS + "?extra=1"},
]


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_forged_signature_is_refused(front: FrontDesk, how: dict[str, str]) -> None:
    assert (await post(front, recorded("sms_text"), **how)).status_code == 403


@pytest.mark.parametrize(
    "change",
    [{"Body": "changed"}, {"Added": "1"}, {"From": "+447700900999"}, {"AccountSid": "AC9"}],
)
async def test_a_changed_or_added_parameter_is_refused(
    front: FrontDesk, change: dict[str, str]
) -> None:
    signature = RequestValidator(TOKEN).compute_signature(ADDRESS, recorded("sms_text"))
    answer = await front.http.post(
        "/channels/twilio",
        data=recorded("sms_text", **change),
        headers={"X-Twilio-Signature": signature},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "é"}])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a=1&a=2", b"{}", b"&" * 9_000])
async def test_an_unsigned_or_impossible_body_is_never_an_error_of_ours(
    front: FrontDesk, headers: dict[str, str], content: bytes
) -> None:
    raw = {key: value.encode("latin-1") for key, value in headers.items()}
    answer = await front.http.post("/channels/twilio", content=content, headers=raw)
    assert answer.status_code in (400, 403)


async def test_a_delivery_report_is_no_message(front: FrontDesk) -> None:
    assert (await post(front, recorded("status_callback"))).status_code == 200
    assert front.assistant.turns == []


async def test_a_photo_gets_a_kind_answer_and_no_turn(
    front: FrontDesk, twilio: StandInTwilio
) -> None:
    await post(front, recorded("mms_photo_without_caption"))
    await until(lambda: sent(twilio, 2))
    assert "cannot look at pictures" in twilio.sent[1]["Body"]
    assert front.assistant.turns == []


async def test_choices_are_numbered_and_answered_by_number_or_word(
    front: FrontDesk, twilio: StandInTwilio
) -> None:
    await post(front, recorded("sms_text", MessageSid="SM1", Body="choose"))
    await until(lambda: sent(twilio, 2))
    assert twilio.sent[1]["Body"] == "Which?\nReply with a number:\n1. Yes\n2. No"
    await post(front, recorded("sms_text", MessageSid="SM2", Body="2"))
    await until(lambda: sent(twilio, 3))
    assert twilio.sent[2]["Body"] == "echo: button b_no"


async def test_stop_ends_messages_and_start_begins_them_again(
    front: FrontDesk, twilio: StandInTwilio
) -> None:
    await post(front, recorded("sms_text", MessageSid="SM1", Body="STOP"))
    await until(lambda: sent(twilio, 1))
    await post(front, recorded("sms_text", MessageSid="SM2", Body="hello"))
    assert front.assistant.turns == []
    await post(front, recorded("sms_text", MessageSid="SM3", Body="start"))
    await post(front, recorded("sms_text", MessageSid="SM4", Body="hello"))
    await until(lambda: sent(twilio, 4))
    assert [turn["text"] for turn in front.assistant.turns] == ["hello"]


async def test_a_provider_in_trouble_is_tried_again_and_a_refusal_is_shown(
    front: FrontDesk, twilio: StandInTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.delivery.RETRY_SECONDS", (0.01, 0.01))
    twilio.statuses = [503, 201, 400]
    await post(front, recorded("sms_text"))
    await until(lambda: _refused(front))
    assert len(twilio.sent) == 1


async def _refused(front: FrontDesk) -> bool:
    conversation = await front.desk.conversations.by_address("sms", "+447700900456")
    messages = await front.desk.conversations.messages_after(conversation.id, 0)
    return any(message.status.value == "failed" for message in messages)
