from __future__ import annotations

import pytest

from frontdesk.channels.opt_out import Wish, wish


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOP!!!",
        "ＳＴＯＰ",
        "s t o p".replace(" ", "\u200b"),
        "stop 🛑",
        '"stop"',
        "st op".replace(" ", "\u2060"),
        "Stopp",
        "sotp",
        "stopo",
        "syop",
        "STOPALL",
        "Unsubscribe",
        "unsubcribe",
        "opt-out",
        "OptOut",
        "Opt out.",
        "please stop",
        "alto",
        "ARRÊT",
        "стоп",
        "停止",
        "توقف",
        "*STOP*",
        "Please stop texting me",
        "don't text me again",
        "Don’t message me any more thanks",
        "can you stop sending me these please",
        "take me off your list",
        "remove my number please",
        "no more texts",
    ],
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_message_that_asks_to_stop_is_heard(text: str, channel: str) -> None:
    assert wish(text, channel, is_stopped=False) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        "can you stop if it hurts",
        "should i stop my retinol",
        "top",
        "shop",
        "step",
        "star",
        "quite",
        "yes",
        "does it stop sagging",
        "when do the results stop",
        "how do i stop smoking before it",
        "",
        "🙂",
        "start?x",
        "don't tell me it hurts",
        "do i stop taking aspirin",
        "i stopped accutane",
        "no more pain please",
        "please message me the price",
        "never had laser before, message me",
    ],
)
def test_other_words_are_not_taken_for_it(text: str) -> None:
    assert wish(text, "whatsapp", is_stopped=False) is not Wish.STOP
    assert wish(text, "sms", is_stopped=False) is not Wish.STOP


@pytest.mark.parametrize("text", ["cancel", "END", "Quit", "revoke"])
def test_words_with_a_meaning_on_sms_keep_another_elsewhere(text: str) -> None:
    assert wish(text, "sms", is_stopped=False) is Wish.STOP
    assert wish(text, "whatsapp", is_stopped=False) is None


def test_start_is_heard_and_yes_only_after_stop() -> None:
    assert wish("Start", "sms", is_stopped=True) is Wish.START
    assert wish("UNSTOP", "whatsapp", is_stopped=False) is Wish.START
    assert wish("yes", "sms", is_stopped=True) is Wish.START
    assert wish("yes", "sms", is_stopped=False) is None


def test_help_is_a_word_of_sms_only() -> None:
    assert wish("HELP", "sms", is_stopped=False) is Wish.HELP
    assert wish("help", "whatsapp", is_stopped=False) is None
