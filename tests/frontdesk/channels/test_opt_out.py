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
        "S T O P",
        "st0p",
        "Stop it",
        "plz stop",
        "STOP, thank you",
        "ok stop now",
        "stop stop stop",
        "STOPSTOP",
        "STOP 12345",
        "wrong number please stop",
        "leave me alone",
        "Unsubscribe me!",
        "how do i unsubscribe",
        "I'd like to opt out",
        "I don't want to receive any more messages",
        "please stop emailing me. Thanks, Ana",
        "do not text this number",
        "cease and desist all communications",
        "please remove me from your text messages, I've asked three times",
        "no me escriban más",
        "dejen de escribirme por favor",
        "ya no quiero recibir mensajes",
        "quiero darme de baja",
        "pare de me enviar mensagens",
        "ne m'écrivez plus",
        "arrêtez de m'envoyer des messages",
        "bitte keine Nachrichten mehr",
        "hör auf mir zu schreiben",
        "non scrivetemi più",
        "nie wysyłajcie mi SMS-ów",
        "nu-mi mai scrieți",
        "mesaj atmayın",
        "не пишите мне больше",
        "не пишіть мені",
        "لا ترسلوا لي رسائل",
        "msg mat bhejo",
        "不要再发了",
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
        "do not text me before 9am",
        "please don't stop messaging me",
        "why don't you message me",
        "you never text me",
        "should i stop messages on my phone",
        "did you get my number",
        "can you take my number and call me",
        "please take me off the list for thursday",
        "erase me from your system",
        "no he recibido más mensajes",
        "je n'ai pas de messages",
        "ich kann nicht mehr schreiben",
        "no more please",
        "sar please",
        "cancel it please",
        "12345",
        "thank you",
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
