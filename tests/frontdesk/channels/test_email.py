from __future__ import annotations

import base64
import time
from email import policy
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.channels.base import Ignored, Inbound, Malformed, Receipt
from frontdesk.channels.mail import _ReadOnce, read_mail
from frontdesk.conversations.model import Author, Owner, Status
from tests.frontdesk.channels.contract import (
    SENTENCES,
    ChannelContract,
    messages,
    of,
    say,
    sent,
    settled,
)
from tests.frontdesk.channels.drivers import Driver, EmailDriver, Payload, at_once
from tests.frontdesk.conftest import PASSWORD, FrontDesk
from tests.frontdesk.inbox.conftest import sign_in
from tests.standins.provider import Script

OWN = EmailDriver.own


def mail(words: str = "does it hurt?", message_id: str = "<1@mail.example>", **headers: str) -> str:
    made = EmailMessage(policy=policy.SMTP)
    named = {"From": "Ana <ana0001@mail.example>", "To": OWN, "Message-ID": message_id}
    for name, value in {
        **named,
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }.items():
        made[name] = value
    made.set_content(words)
    return made.as_string()


def read(mime: str, envelope: str = "ana0001@mail.example") -> Any:
    return read_mail(mime.encode(), envelope, OWN, "mx.clinic.example")


def posted(mime: str) -> Payload:
    return {"sender": "ana0001@mail.example", "recipient": OWN, "body-mime": mime}


class TestEmail(ChannelContract):
    make = EmailDriver
    test_a_changed_body_is_refused = None  # Mailgun signs a time and a token, not the mail
    # no buttons to forge
    test_a_choice_that_was_never_offered_counts_as_its_words_or_is_said_to_be_gone = None

    async def test_a_long_reply_is_split_at_sentences_in_order(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        """It is not: a long answer is one mail."""
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        await say(front, driver, SENTENCES)
        await settled(front, driver)
        assert [one.text for one in driver.provider.sent[2:]] == [SENTENCES]

    async def test_retry_after_is_honoured_and_the_wait_grows(
        self, front: FrontDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        waits: list[float] = []
        monkeypatch.setattr("frontdesk.tasks.later", at_once(waits))
        driver.provider.scripted = [Script(451), Script(451), Script(451)]
        await say(front, driver, "At last.")
        await sent(driver, 3)
        assert waits == [1, 2, 4] and driver.provider.sent[2].text == "At last."

    async def test_a_body_is_taken_up_to_the_providers_own_limit(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        made = EmailMessage()
        made["From"], made["Message-ID"] = "ana0001@mail.example", "<large@mail.example>"
        made.set_content("is this normal?")
        made.add_attachment(b"skin" * 5_000_000, "image", "jpeg", filename="arm.jpg")
        answer = await driver.post(front, posted(made.as_string()))
        assert answer.status_code == 200
        await settled(front, driver)
        assert [turn["text"] for turn in front.assistant.turns] == ["is this normal?"]
        content = b"x" * (driver.largest_body + 1)
        assert (await driver.post_raw(front, content)).status_code == 413

    async def test_mails_of_one_thread_stay_one_thread(
        self, front: FrontDesk, driver: EmailDriver
    ) -> None:
        await driver.post(front, posted(mail(Subject="Laser  on arms")))
        await sent(driver, 2)
        await settled(front, driver)
        ours = driver.provider.sent[1].content
        assert ours["Subject"] == "Re: Laser on arms"
        assert ours["In-Reply-To"] == ours["References"] == "<1@mail.example>"
        assert ours["Auto-Submitted"] == "auto-replied" and ours["From"] == OWN
        answer = mail(
            "thanks. and my face?\n\nOn Mon, 23 Nov 2026 at 12:00, Clinic <hello@clinic.example> wrote:\n> echo",
            "<2@mail.example>",
            Subject="Re: Laser on arms",
            In_Reply_To=ours["Message-ID"],
        )
        await driver.post(front, posted(answer))
        await sent(driver, 3)
        assert front.assistant.turns[-1]["text"] == "thanks. and my face?"
        assert driver.provider.sent[2].content["In-Reply-To"] == "<2@mail.example>"
        quoting = [one for one in await messages(front, driver) if one.author is Author.VISITOR][-1]
        assert quoting.payload and quoting.payload["marks"]["quote"] == "echo: does it hurt?"
        assert len(await front.desk.conversations.find()) == 1

    async def test_staff_answer_from_the_inbox_and_see_whether_the_sender_is_proven(
        self, front: FrontDesk, driver: EmailDriver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        staff = await sign_in(front, "reception", PASSWORD)
        path = f"/inbox/c/{(await of(front, driver)).id}"
        page = (await staff.get(path)).text
        assert "Subject: A question" in page and "sender proven (DMARC pass)" in page
        assert (await staff.post(f"{path}/reply", text="Maya here.", key="1")).status_code == 303
        await settled(front, driver)
        said = driver.provider.sent[-1]
        assert said.text == "Maya here." and "Auto-Submitted" not in said.content
        forged = mail(
            message_id="<3@mail.example>",
            Authentication_Results="mx.clinic.example; dmarc=fail header.from=mail.example",
        )
        await driver.post(front, posted(forged))
        assert "may be forged (DMARC fail)" in (await staff.get(path)).text

    async def test_a_bounce_is_the_state_of_the_mail_that_came_back(
        self, front: FrontDesk, driver: EmailDriver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        await settled(front, driver)
        known = driver.provider.sent[-1].content["Message-ID"]
        await driver.post(front, driver.receipt(known, "failed"))
        last = (await messages(front, driver))[-1]
        assert last.status is Status.FAILED and "no such mailbox" in str(last.error)
        assert len(await front.desk.conversations.find()) == 1, "the bounce is no conversation"

    @pytest.mark.parametrize(
        "headers",
        [
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated; owner-token=x"},
            {"Precedence": "bulk"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
            {"X_Auto_Response_Suppress": "All"},
            {"List_Id": "<news.example>"},
            {"List_Unsubscribe": "<https://news.example/out>"},
            {"Return_Path": "<>"},
        ],
    )
    async def test_what_a_machine_mailed_gets_no_mail(
        self, front: FrontDesk, driver: EmailDriver, headers: dict[str, str]
    ) -> None:
        for number in range(2):
            await driver.post(front, posted(mail("I am away.", f"<{number}@x.example>", **headers)))
        await settled(front, driver)
        conversation = await of(front, driver)
        assert (conversation.owner, conversation.reason) == (Owner.WAITING, "automatic")
        assert driver.provider.sent == [] and front.assistant.turns == []

    async def test_what_nobody_can_read_is_kept_so_that_an_erasure_finds_it(
        self, front: FrontDesk, driver: EmailDriver
    ) -> None:
        from frontdesk.storage.tables import arrivals

        odd = mail(From="Ana", Sender=driver.address)
        assert (await driver.post(front, posted(odd))).status_code == 200
        kept = await front.desk.conversations.rows(arrivals.select())
        assert driver.address in kept[0].event["raw"] and kept[0].kind == "Unreadable"
        await driver.post(front, driver.load("text"))
        await front.desk.erase((await of(front, driver)).id)
        assert not await front.desk.conversations.rows(arrivals.select())

    async def test_two_assistants_that_write_to_each_other_stop(
        self, front: FrontDesk, driver: EmailDriver
    ) -> None:
        for number in range(6):
            await driver.post(
                front, posted(mail("Thank you for your message to us.", f"<{number}@x.example>"))
            )
            await settled(front, driver)
            front.clock.forward(seconds=3)
        assert 0 < len(driver.provider.sent) < 7
        assert (await of(front, driver)).reason == "automatic"


def test_a_mail_is_read_whatever_its_shape() -> None:
    html = (
        "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n"
    )
    head = "From: =?utf-8?q?An=C3=A1?= <ANA@Mail.Example>\nMessage-ID: <1@x>\nSubject: =?utf-8?b?w6dh?=\n"
    found = read(f"{head}{html}\n<p>caf=E9 <b>hurts</b>?</p><blockquote>old</blockquote>")
    assert isinstance(found, Inbound)
    assert (found.address, found.name, found.subject) == ("ana@mail.example", "Aná", "ça")
    assert "café hurts?" in found.text
    strange = read(f"{head}Content-Type: text/plain; charset=klingon\n\nhello")
    assert isinstance(strange, Inbound) and strange.text == "hello"
    bare = read("From: a@b.example\nMessage-ID: <1@x>\nSubject: Re: AW: Does it hurt?\n\n")
    assert isinstance(bare, Inbound) and bare.text == "Does it hurt?"
    logo = EmailMessage()
    logo["From"], logo["Message-ID"] = "a@b.example", "<1@x>"
    logo.set_content("hello")
    logo.add_related(b"x", "image", "png", cid="<logo>", filename="logo.png")
    seen = read(logo.as_string())
    assert isinstance(seen, Inbound) and seen.media is None
    logo.add_related(
        b"\xff\xd8\xff" + b"x" * 100_000, "image", "jpeg", cid="<arm>", filename="arm.jpg"
    )
    pasted = read(logo.as_string())
    assert isinstance(pasted, Inbound) and pasted.media and pasted.media.kind == "photo"
    elsewhere = read(mail(Reply_To="other@mail.example"))
    assert isinstance(elsewhere, Inbound) and elsewhere.address == "other@mail.example"
    assert isinstance(read(mail(From=OWN)), Ignored)


@pytest.mark.parametrize("mime", ["", "\n\nno header", "From: nobody\nMessage-ID: <1@x>\n\nx"])
def test_what_is_no_mail_is_set_aside(mime: str) -> None:
    with pytest.raises(Malformed):
        read(mime)


@given(
    st.sampled_from(["Subject", "Received", "References", "Auto-Submitted", "X-Any", "List-Id"]),
    st.one_of(st.text(st.characters(max_codepoint=126), max_size=80), st.text(max_size=40)),
)
def test_a_header_that_is_words_is_read_as_python_reads_it(name: str, value: str) -> None:
    value = "".join(value.splitlines())
    assert str(_ReadOnce()(name, value)) == str(HeaderRegistry()(name, value))


def test_a_mail_that_is_attached_is_kept_as_it_came() -> None:
    inner = "Subject: " + "a long way " * 40 + "\r\nX-Long: " + "x" * 400 + "\r\n\r\nhello"
    whole = (
        f"From: ana0001@mail.example\r\nTo: {OWN}\r\nMessage-ID: <1@mail.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nsee this\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    )
    found = read_mail(whole.encode(), "ana0001@mail.example", OWN, "", keeps_files=True)
    assert isinstance(found, Inbound) and found.text == "see this"
    kept = base64.b64decode(found.media.content) if found.media and found.media.content else b""
    assert b"x" * 400 in kept and b"hello" in kept


def test_only_our_own_mail_servers_word_on_a_sender_counts() -> None:
    for header, expected in (
        ("mx.clinic.example; dmarc=pass header.from=x", "pass"),
        ("mx.clinic.example 1; spf=pass; dmarc = FAIL (p=none)", "fail"),
        ("mx.evil.example; dmarc=pass", ""),
        ("mx.clinic.example.evil; dmarc=pass", ""),
        ("mx.clinic.example; spf=pass", ""),
    ):
        found = read(mail(Authentication_Results=header))
        assert isinstance(found, Inbound) and found.sender_check == expected, header
    trusting = read_mail(mail(Authentication_Results="; dmarc=pass").encode(), "a@b", OWN, "")
    assert isinstance(trusting, Inbound) and trusting.sender_check == ""


def test_a_report_about_a_delay_or_about_nothing_is_ignored() -> None:
    bounce = EmailDriver.load
    driver = EmailDriver.__new__(EmailDriver)
    assert isinstance(read(bounce(driver, "bounce")["body-mime"]), Receipt)
    assert isinstance(read(bounce(driver, "delayed")["body-mime"]), Ignored)
    nameless = bounce(driver, "bounce")["body-mime"].replace("Message-ID: <ours", "X-ID: <ours")
    assert isinstance(read(nameless), Ignored)


@pytest.mark.parametrize("empty", ["", " \n ", "\u00a0\n\u200b"])
def test_an_empty_plain_text_hides_no_html(empty: str) -> None:
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"], made["Subject"] = "ana0001@mail.example", OWN, "Hi"
    made.set_content(empty)
    made.add_alternative("<p>does it <b>hurt</b>?</p>", subtype="html")
    assert read(made.as_string()).text == "does it hurt?"


@pytest.mark.parametrize("subject", ["Automatic reply: Hi", "Re: Hi"])
def test_who_is_away_sends_nothing_back(subject: str) -> None:
    away = mail("I am away.", Subject=subject, In_Reply_To="<ours@clinic.example>")
    found = read(away, envelope="")
    assert isinstance(found, Inbound) and found.is_automatic
    came_back = mail("Sorry.", Subject="Undeliverable: Hi", In_Reply_To="<ours@clinic.example>")
    assert isinstance(read(came_back, envelope=""), Receipt)


@pytest.mark.parametrize("letters", ["idna", "punycode", "unicode_escape", "undefined"])
def test_letters_that_nobody_writes_in_take_no_time(letters: str) -> None:
    head = mail("", Subject="Hi").partition("\n\n")[0].replace("utf-8", letters)
    began = time.process_time()
    found = read(f"{head}\n\ndoes it hurt? ñ{'a' * 40_000}-{'b9' * 400_000}")
    assert found.text.startswith("does it hurt? ñ")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "written",
    ["charset = punycode", 'charset="-punycode_"', "charset*=us-ascii''punycode"]
    + ["charset*0=puny; charset*1=code", "charset=\n punycode"],
)
def test_letters_that_nobody_writes_in_take_no_time_however_they_are_named(written: str) -> None:
    head = mail("", Subject="Hi").partition("\n\n")[0].replace('charset="utf-8"', written)
    assert written in head
    began = time.process_time()
    assert read(f"{head}\n\n{'a' * 20_000}-{'b9' * 100_000}").text.startswith("aaa")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("letters", ["us-ascii", "ansi_x3.4-1968", "unknown-8bit"])
def test_words_in_more_letters_than_their_name_has_are_read(letters: str) -> None:
    head = mail("", Subject="Hi").partition("\n\n")[0].replace("utf-8", letters)
    assert read(f"{head}\n\nla lengua está hinchada").text == "la lengua está hinchada"


def test_a_mail_in_a_mail_in_a_mail_is_set_aside() -> None:
    inside = "From: x@y.example\nContent-Type: message/rfc822\n\n" * 2_000
    with pytest.raises(Malformed):
        read(f"From: ana0001@mail.example\nContent-Type: message/rfc822\n\n{inside}\n\nhello")


@pytest.mark.parametrize("driver", [EmailDriver], indirect=True)
async def test_what_is_cut_below_a_mail_is_kept_and_read_for_danger(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await driver.post(front, posted(mail("Does it hurt a lot?\n\nThanks,\nBleeding")))
    await sent(driver, 2)
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["Does it hurt a lot?"]
    assert "Bleeding" in front.assistant.checked
    theirs = [one.text for one in await messages(front, driver) if one.author is Author.VISITOR]
    assert theirs == ["Does it hurt a lot?", "Bleeding"] and len(driver.provider.sent) == 2
    await driver.post(front, posted(mail("And now?\n\nThanks,\nAna", "<2@mail.example>")))
    await settled(front, driver)
    assert front.assistant.turns[-1]["text"] == "And now?"
    assert len(front.assistant.checked) == 1, "her own name is no words"


@pytest.mark.parametrize(
    "below",
    [
        "Thanks,\nUnsubscribe",
        "---------- Forwarded message ---------\nFrom: X <no-reply@x.example>\n\n"
        "This is an automated message. Please do not reply to this email.",
    ],
    ids=["a footer", "passed on"],
)
@pytest.mark.parametrize("driver", [EmailDriver], indirect=True)
async def test_what_is_cut_below_a_mail_neither_stops_us_nor_makes_its_writer_a_machine(
    front: FrontDesk, driver: EmailDriver, below: str
) -> None:
    words = f"Does it hurt a lot?\n\n{below}"
    await driver.post(front, posted(mail(words, Subject="Laser")))
    await sent(driver, 2)
    await settled(front, driver)
    found = await of(front, driver)
    assert found.owner is Owner.BOT
    assert not (await front.desk.conversations.opt_outs.of(found)).is_stopped
    assert [turn["text"] for turn in front.assistant.turns] == ["Does it hurt a lot?"]
    assert (await messages(front, driver))[-2].payload == {"type": "marks", "marks": {"cut": True}}
    await say(front, driver, "We look at it.")
    await sent(driver, 3)
    ours = driver.provider.sent[2].content
    assert (ours["Subject"], ours["In-Reply-To"]) == ("Re: Laser", "<1@mail.example>")


@pytest.mark.parametrize(("method", "is_machine"), [("REPLY", True), ("REQUEST", False)])
def test_an_invitation_that_is_accepted_was_answered_by_a_calendar(
    method: str, is_machine: bool
) -> None:
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"], made["Message-ID"] = "Ana <ana0001@mail.example>", OWN, "<1@a.b>"
    made["Subject"] = "Accepted: Consultation"
    made.set_content("\n")
    made.add_alternative(
        "BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", params={"method": method}
    )
    found = read(made.as_string())
    assert isinstance(found, Inbound) and found.is_automatic is is_machine
    assert found.text == "Accepted: Consultation"
