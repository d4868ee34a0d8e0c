from __future__ import annotations

import pytest

from clinic import Clinic
from frontdesk.conversations.model import Author, Status
from tests.frontdesk.channels import contract
from tests.frontdesk.channels.contract import (
    ChannelContract,
    chosen_by,
    lines,
    messages,
    say,
    sent,
    settled,
)
from tests.frontdesk.channels.drivers import Driver, SmsDriver
from tests.frontdesk.conftest import FrontDesk
from tests.standins.provider import CUT, Script

STOP = ["STOP", "stop", " Stop ", "UNSUBSCRIBE", "cancel", "END", "quit"]


class TestSms(ChannelContract):
    make = SmsDriver
    # no buttons to forge
    test_a_choice_that_was_never_offered_counts_as_its_words_or_is_said_to_be_gone = None

    @pytest.mark.parametrize("word", STOP)
    async def test_stop_ends_messages_and_start_begins_them_again(
        self, front: FrontDesk, driver: Driver, word: str
    ) -> None:
        await driver.post(front, driver.text(word, "1"))
        await sent(driver, 1)
        assert "no more messages" in driver.provider.sent[0].text
        await driver.post(front, driver.text("hello", "2"))
        await say(front, driver, "We would like to add something.")
        await settled(front, driver)
        assert front.assistant.turns == [] and len(driver.provider.sent) == 1
        assert "STOP" in str((await messages(front, driver))[-1].error)
        await driver.post(front, driver.text("Start", "3"))
        await driver.post(front, driver.text("hello", "4"))
        await sent(driver, 4)
        assert [turn["text"] for turn in front.assistant.turns] == ["hello"]
        assert contract.GREETING in driver.provider.sent[2].text

    async def test_an_old_stop_that_comes_again_changes_nothing(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        for number, word in (("1", "STOP"), ("2", "START"), ("1", "STOP")):
            assert (await driver.post(front, driver.text(word, number))).status_code == 200
        await driver.post(front, driver.text("hello", "3"))
        await sent(driver, 4)
        assert driver.provider.sent[-1].text == "echo: hello"

    async def test_help_says_who_we_are_and_how_to_stop(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("HELP", "1"))
        await sent(driver, 1)
        words = driver.provider.sent[0].text
        assert "Harbour Skin Clinic" in words and "STOP" in words and "+44 20 7946 0123" in words
        assert front.assistant.turns == []

    async def test_what_twilio_answered_itself_is_stored_and_heeded_but_not_answered_twice(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("stop_answered_by_twilio"))
        await driver.post(front, driver.text("hello", "2"))
        await settled(front, driver)
        assert driver.provider.sent == [] and front.assistant.turns == []
        assert await lines(front, driver) == []
        assert [one.text for one in await messages(front, driver)] == ["STOP", "hello"]

    @pytest.mark.parametrize("words", ["2", "2.", "two", "No", "nope"])
    async def test_a_number_or_a_word_chooses(
        self, front: FrontDesk, driver: Driver, words: str
    ) -> None:
        assert await chosen_by(front, driver, words) == "b_no"

    async def test_yes_chooses_where_twilio_reads_start_and_nobody_has_stopped(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("choose", "1"))
        await sent(driver, 2)
        await driver.post(front, {**driver.text("Yes", "2"), "OptOutType": "START"})
        await sent(driver, 3)
        assert front.assistant.turns[1]["button_id"] == "b_yes"

    async def test_a_number_without_a_question_is_a_number(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("2", "1"))
        await sent(driver, 2)
        assert front.assistant.turns[0]["text"] == "2"

    async def test_an_opt_out_outlives_the_conversation(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.text("STOP", "1"))
        await settled(front, driver)
        await front.desk.erase((await contract.of(front, driver)).id)
        await driver.post(front, driver.text("hello", "2"))
        await settled(front, driver)
        assert front.assistant.turns == []
        assert [one.author for one in await messages(front, driver)] == [Author.VISITOR]

    async def test_what_was_on_its_way_when_the_process_ended_is_not_sent_again(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        message = await say(front, driver, "first")
        await settled(front, driver)
        from frontdesk.storage.tables import sendings

        here = sendings.c.message_id == message.id
        await front.desk.conversations.write(sendings.update().where(here).values(provider_id=None))
        await front.desk.conversations.messages.mark(message.id, Status.STORED)
        front.desk.delivery.wake(await contract.of(front, driver))
        await settled(front, driver)
        assert [one.text for one in driver.provider.sent].count("first") == 1
        last = (await messages(front, driver))[-1]
        assert last.status is Status.UNCLEAR and "unclear" in str(last.error)
        await front.desk.delivery.ask_provider(await contract.of(front, driver), last)
        last = (await messages(front, driver))[-1]
        assert (last.status, last.error) == (Status.SENT, None)
        assert [one.text for one in driver.provider.sent].count("first") == 1

    async def test_twilio_is_asked_whether_it_took_a_text_and_may_say_no_or_nothing(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await driver.post(front, driver.load("text"))
        await sent(driver, 2)
        driver.provider.scripted = [Script(CUT)]
        await say(front, driver, "perhaps")
        await settled(front, driver)
        conversation, asked = await contract.of(front, driver), front.desk.delivery.ask_provider
        unclear = (await messages(front, driver))[-1]
        assert unclear.status is Status.UNCLEAR
        driver.provider.is_allowed = lambda path, headers: False  # type: ignore[method-assign]
        await asked(conversation, unclear)
        refused = (await messages(front, driver))[-1]
        assert refused.status is Status.UNCLEAR and refused.error != unclear.error
        del driver.provider.is_allowed
        await asked(conversation, refused)
        gone = (await messages(front, driver))[-1]
        assert (gone.status, gone.error) == (Status.FAILED, "it did not reach the provider")
        await asked(conversation, gone)  # what is settled stays so
        assert (await messages(front, driver))[-1].status is Status.FAILED


class TestOverTls:
    """Where the world reaches us over TLS, Twilio is asked for status callbacks."""

    make = SmsDriver

    @pytest.fixture()
    def extra_settings(self, driver: Driver) -> dict[str, str]:
        return {**driver.settings, "PUBLIC_URL": "https://desk.test"}

    async def test_the_callback_is_our_public_address(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        await say(front, driver, "hello")
        await sent(driver, 1)
        callback = driver.provider.sent[0].content["StatusCallback"]
        assert callback == "https://desk.test/channels/twilio"


class TestBothOfTwilio:
    make = SmsDriver

    async def test_the_same_person_on_two_channels_is_two_conversations(
        self, front: FrontDesk, driver: Driver
    ) -> None:
        whatsapp = {"From": "whatsapp:+447700900456", "MessageSid": "SM7"}
        await driver.post(front, driver.load("text"))
        await driver.post(front, {**driver.load("text"), **whatsapp})
        found = await front.desk.conversations.find()
        assert sorted(one.channel for one in found) == ["sms", "whatsapp"]


def test_health_questions_are_not_asked_over_messaging_by_default(clinic: Clinic) -> None:
    assert clinic.prescreen.channels == ("website",)
