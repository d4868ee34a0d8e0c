"""Each mail of ours stands in the thread of the mail that it answers, whatever came meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage

import pytest

from tests.frontdesk.channels.contract import has, of, sent, settled
from tests.frontdesk.channels.drivers import EmailDriver, Payload
from tests.frontdesk.conftest import FrontDesk, until
from tests.standins.provider import Script

ARMS, FACE = "<1@mail.example>", "<2@mail.example>"


@pytest.fixture()
def driver() -> Iterator[EmailDriver]:
    made = EmailDriver()
    yield made
    made.provider.close()


def mail(words: str, message_id: str | None, subject: str, **headers: str) -> Payload:
    made = EmailMessage(policy=policy.SMTP)
    named = {"From": f"Ana <{EmailDriver.address}>", "To": EmailDriver.own, "Subject": subject}
    if message_id:
        named["Message-ID"] = message_id
    for name, value in {**named, **headers}.items():
        made[name] = value
    made.set_content(words)
    mime = made.as_string()
    return {"sender": EmailDriver.address, "recipient": EmailDriver.own, "body-mime": mime}


def threads(driver: EmailDriver) -> list[tuple[str | None, str]]:
    """Of each mail of ours what it answers, and its subject."""
    found = []
    for one in driver.provider.sent:
        assert one.content.get("In-Reply-To") == one.content.get("References")
        found.append((one.content.get("In-Reply-To"), str(one.content["Subject"])))
    return found


async def both(front: FrontDesk, driver: EmailDriver, first: str, second: str) -> None:
    """Two mails of one person before anybody has answered the first."""
    front.assistant.gate.clear()
    await driver.post(front, mail(first, ARMS, "Arms"))
    await driver.post(front, mail(second, FACE, "Face"))
    front.assistant.gate.set()
    await settled(front, driver)


async def test_two_quick_mails_are_answered_each_in_its_own_thread(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await both(front, driver, "does it hurt on arms?", "and on the face?")
    texts = [one.text for one in driver.provider.sent]
    assert texts[1:] == ["echo: does it hurt on arms?", "echo: and on the face?"]
    assert threads(driver) == [(ARMS, "Re: Arms"), (ARMS, "Re: Arms"), (FACE, "Re: Face")]


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [("a human please", 2, 0), ("cannot breathe", 3, 0), ("call me", 2, 1), ("erase me", 3, 1)],
)
async def test_what_follows_from_a_mail_stands_in_its_thread_too(
    front: FrontDesk, driver: EmailDriver, words: str, first: int, second: int
) -> None:
    await both(front, driver, words, "and on the face?")
    await settled(front, driver)
    assert threads(driver) == [(ARMS, "Re: Arms")] * first + [(FACE, "Re: Face")] * second


async def test_an_alarm_stands_in_the_thread_of_the_mail_that_told_of_it(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await driver.post(front, mail("hello", "<0@mail.example>", "Hello"))
    await settled(front, driver)
    conversation, member = await of(front, driver), await front.member()
    await front.desk.handover.reply(conversation, member, "Maya here.", "k1")
    await settled(front, driver)
    before = len(driver.provider.sent)
    await both(front, driver, "I cannot breathe", "it is my throat")
    await sent(driver, before + 1)
    assert threads(driver)[before:] == [(ARMS, "Re: Arms")]


async def test_a_mail_that_goes_out_late_stays_in_the_thread_of_what_it_answers(
    front: FrontDesk, driver: EmailDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[Callable[[str], None], str]] = []

    def later(seconds: float, call: Callable[[str], None], whom: str) -> asyncio.TimerHandle:
        told.append((call, whom))
        return asyncio.get_running_loop().call_later(3_600, call, whom)

    monkeypatch.setattr("frontdesk.tasks.later", later)
    driver.provider.scripted = [Script(451)]
    await driver.post(front, mail("does it hurt on arms?", ARMS, "Arms"))
    await until(lambda: has(lambda: told))
    await driver.post(front, mail("and on the face?", FACE, "Face"))
    await until(lambda: has(lambda: len(front.assistant.turns) == 2))
    for call, whom in told:
        call(whom)
    await settled(front, driver)
    assert threads(driver) == [(ARMS, "Re: Arms"), (ARMS, "Re: Arms"), (FACE, "Re: Face")]


async def test_one_line_for_two_mails_and_what_people_write_answer_the_last(
    front: FrontDesk, driver: EmailDriver
) -> None:
    front.assistant.status = 503
    await driver.post(front, mail("does it hurt on arms?", ARMS, "Arms"))
    await sent(driver, 2)
    front.clock.forward(minutes=2)
    await driver.post(front, mail("and on the face?", FACE, "Face"))
    await front.desk.acknowledge()
    await sent(driver, 3)
    assert threads(driver)[2] == (FACE, "Re: Face")
    conversation, member = await of(front, driver), await front.member()
    await front.desk.handover.reply(conversation, member, "Maya here: no, and no.", "k1")
    await sent(driver, 5)
    assert set(threads(driver)[3:]) == {(FACE, "Re: Face")}


async def test_people_answer_the_mail_and_not_the_machine_that_wrote_since(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await driver.post(front, mail("does it hurt on arms?", ARMS, "Arms"))
    await settled(front, driver)
    away = mail("I am away.", FACE, "Automatic reply: Arms", **{"Auto-Submitted": "auto-replied"})
    await driver.post(front, away)
    conversation, member = await of(front, driver), await front.member()
    await front.desk.handover.reply(conversation, member, "Maya here.", "k1")
    await settled(front, driver)
    assert set(threads(driver)) == {(ARMS, "Re: Arms")}


async def test_a_mail_without_an_id_is_not_answered_in_the_thread_of_another(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await driver.post(front, mail("does it hurt on arms?", ARMS, "Arms"))
    await driver.post(front, mail("and on the face?", None, "Face"))
    await settled(front, driver)
    assert threads(driver)[-1] == (None, "Re: Face")


async def test_the_greeting_stands_in_the_thread_of_the_first_mail_that_is_answered(
    front: FrontDesk, driver: EmailDriver
) -> None:
    await driver.post(front, mail("STOP", ARMS, "Arms"))
    await driver.post(front, mail("START", "<3@mail.example>", "Again"))
    await settled(front, driver)
    before = len(driver.provider.sent)
    await driver.post(front, mail("and on the face?", FACE, "Face"))
    await sent(driver, before + 2)
    assert threads(driver)[before:] == [(FACE, "Re: Face")] * 2
