from __future__ import annotations

from typing import Any

from frontdesk.channels.chatwoot import note
from frontdesk.conversations.model import Owner
from tests.frontdesk.channels.contract import ChannelContract, has, messages, of, sent, settled
from tests.frontdesk.channels.drivers import ChatwootDriver, Driver
from tests.frontdesk.conftest import MONDAY_NIGHT, FrontDesk, until


def log(driver: Driver) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = driver.provider.log  # type: ignore[attr-defined]
    return found


def opened(driver: Driver) -> Any:
    return until(lambda: has(lambda: ("status", "open") in log(driver)))


class TestChatwoot(ChannelContract):
    make = ChatwootDriver

    async def test_a_hand_over_leaves_a_note_and_opens_the_conversation(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await front.staff.set_on_duty((await front.member()).id, False)
        await driver.post(front, driver.text("human please", "1"))
        await opened(driver)
        kinds = [kind for kind, _ in log(driver)]
        assert kinds == ["message", "message", "note", "status"]
        assert "I have told our staff" in log(driver)[1][1]
        assert "Reason: asked" in log(driver)[2][1]
        assert front.assistant.turns[0]["context"]["staff_available"]

    async def test_outside_opening_hours_no_person_is_promised(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        driver.now = int(MONDAY_NIGHT.timestamp())  # type: ignore[attr-defined]
        front.clock.now = MONDAY_NIGHT
        await driver.post(front, driver.text("hello", "1"))
        await sent(driver, 2)
        assert not front.assistant.turns[0]["context"]["staff_available"]

    async def test_the_shared_pre_screen_is_in_the_note(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("share", "1"))
        await sent(driver, 2)
        await driver.post(front, driver.text("human please", "2"))
        await opened(driver)
        words = next(words for kind, words in log(driver) if kind == "note")
        assert "Staff look first (R)" in words and "More bruising." in words

    async def test_while_it_is_open_the_assistant_is_silent_and_back_when_pending_again(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("hello", "1"))
        await sent(driver, 2)
        assert (await driver.post(front, driver.load("conversation_opened"))).status_code == 200
        assert (await of(front, driver)).owner is Owner.STAFF
        open_text = driver.text("are you there?", "2")
        open_text["conversation"]["status"] = "open"
        await driver.post(front, open_text)
        await settled(front, driver)
        assert len(front.assistant.turns) == 1 and len(driver.provider.sent) == 2
        assert "are you there?" in [one.text for one in await messages(front, driver)]
        assert front.assistant.checked == ["are you there?"], "it is read for danger all the same"
        await driver.post(front, driver.text("and now?", "3"))
        await sent(driver, 3)
        assert driver.provider.sent[2].text == "echo: and now?"
        assert (await of(front, driver)).owner is Owner.BOT

    async def test_a_reply_that_comes_back_after_it_was_opened_is_dropped(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        front.assistant.gate.clear()
        await driver.post(front, driver.text("does it hurt?", "1"))
        await until(lambda: has(lambda: front.assistant.asked == 1))
        await driver.post(front, driver.load("conversation_opened"))
        front.assistant.gate.set()
        await until(lambda: has(lambda: len(front.assistant.turns) == 1))
        await settled(front, driver)
        assert "echo: does it hurt?" not in [one.text for one in driver.provider.sent]

    async def test_a_person_elsewhere_is_never_timed_out_here(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("human please", "1"))
        await opened(driver)
        await driver.post(front, driver.load("conversation_opened"))
        before = len(driver.provider.sent)
        front.clock.forward(hours=3)
        await front.app.state.rooms.answering.timers.run()
        await settled(front, driver)
        assert (await of(front, driver)).owner is Owner.STAFF
        assert len(driver.provider.sent) == before

    async def test_while_people_wait_a_pending_message_does_not_wake_the_assistant(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("human please", "1"))
        await opened(driver)
        await driver.post(front, driver.text("hello?", "2"))
        await settled(front, driver)
        assert len(front.assistant.turns) == 1

    async def test_a_callback_is_a_note_and_the_assistant_goes_on(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("call me back", "1"))
        await until(lambda: has(lambda: [kind for kind, _ in log(driver)].count("note") == 1))
        words = next(words for kind, words in log(driver) if kind == "note")
        assert "A callback is wanted." in words and "+34 600 000 000" in words
        assert ("status", "open") not in log(driver)


def test_a_note_says_no_more_than_is_known() -> None:
    payload = {
        "type": "handoff",
        "reason": "asked",
        "urgency": None,
        "topic": None,
        "summary": None,
    }
    assert note(payload) == "A person is wanted.\nReason: asked"

    async def test_of_a_mail_only_its_own_words_are_read(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        mail = driver.text("x", "7")
        quoted = "On Mon, 23 Nov 2026 at 12:00, Harbour <hello@harbour.example> wrote:\n> It hurts."
        mail["content"] = f"does it last?\n\n{quoted}"
        mail["content_attributes"] = {"email": {"subject": "A question"}}
        await driver.post(front, mail)
        await settled(front, driver)
        assert [turn["text"] for turn in front.assistant.turns] == ["does it last?"]
