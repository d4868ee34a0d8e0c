from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from frontdesk.channels.automatic import (
    Said,
    cannot_be_answered,
    is_a_loop,
    is_automatic_mail,
    is_automatic_subject,
    is_bounce_subject,
    sounds_automatic,
    tapback,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def talk(*lines: tuple[bool, str, float]) -> list[Said]:
    return [Said(ours, text, NOON + timedelta(seconds=at)) for ours, text, at in lines]


@pytest.mark.parametrize(
    "text",
    [
        "Automatic reply: back on Monday",
        "AUTO-REPLY",
        "Out of Office until 3 May",
        "[Auto-reply] I'm on leave",
        "Hello, I'm out of the office until Monday. I will reply when I can. I apologise.",
        "I’m driving with Driving Focus turned on. I’ll see your message later.",
        "Sorry, I can't talk right now. What's up?",
        "This number does not accept incoming messages.",
        "Thank you for contacting us, we will get back to you soon.",
        "Estoy fuera de la oficina hasta el lunes.",
        "Estoy conduciendo con el modo de concentración activado.",
        "Gracias por contactarnos. Le responderemos lo antes posible.",
        "Hello, automatic reply: I am away.",
        "Ana is driving and will see your message later",
        "Sorry, I am currently out of the office until May",
        "We'll get back to you as soon as possible.",
        "Out of Office: back 3 Jan",
        "I'm away from my phone at the moment. I will reply when I'm back.",
        "Ich bin nicht da. Ihre E-Mail wird nicht weitergeleitet.",
        "Dies ist eine automatische Antwort.",
        "Diese Nachricht wurde automatisch erstellt.",
        "Je suis absent du bureau jusqu'au 3 janvier.",
        "Ceci est un message automatique, merci de ne pas y répondre.",
        "Message automatique : nous avons bien reçu votre demande.",
        "Estou ausente do escritório até segunda-feira.",
        "Esta é uma mensagem automática. Não responda.",
        "Esta es una respuesta automática.",
        "Free msg: Unable to send message - Message Blocking is active.",
        "T-Mobile: The number you texted doesn't accept messages",
        "This number is unable to receive text messages.",
        "Msg & data rates may apply. Reply HELP for help, STOP to cancel.",
        "Our hours are 9-5. Reply STOP to unsubscribe.",
        "Your verification code is 123456. Do not share it.",
        "Your Uber verification code is: G-123456",
        "482913 is your one-time login code",
        "Glow Spa: We see you tomorrow at 3pm. Msg&data rates may apply. Txt STOP to end.",
        "Reply STOP to opt out of these messages",
        "Please note: reply STOP to unsubscribe",
        "Reply HELP for help or STOP to cancel.",
        "This is an automated message. If you have not heard from us by Friday, ring us.",
        "Oferta de verano. Responda BAJA para no recibir más mensajes.",
        '"This is an automated message"',
    ],
)
def test_auto_replies_are_recognised(text: str) -> None:
    assert sounds_automatic(text)


@pytest.mark.parametrize(
    "text",
    [
        "can i do this out of hours",
        "do you reply automatically?",
        "I did reply STOP to your last one",
        "what is the verification code",
        "Ich bin im Urlaub bis Montag, kann ich danach kommen?",
        "je suis absent lundi, on peut changer?",
        "I'm on vacation until 5 January, so after that please",
        "I was in a meeting when my lip swelled",
        "",
        # people are out, and speak of machines
        "Hi, I'm out of the office tomorrow, could I come in at 10?",
        "I'm out of office until 3, can you ring me then",
        "I am driving right now but can you call me in 20 min",
        "Your automatic reply did not help, my face is swelling",
        "I got an automated response. I need a person please",
        "I know this is an automated message but my eye hurts",
        "is this an automated text or a real person",
        "my email to you was undeliverable. what is your address?",
        "it says this mailbox is not monitored. he has chest pain after the peel",
        "how long out of office after laser",
        # and quote them, or tell of what came
        "your verification code is not working",
        "Your verification code is wrong, it has expired twice",
        "It says: reply STOP to unsubscribe. So how else do we cancel a visit",
        "Reply STOP to unsubscribe. I did, and you still write at night",
        'Your text was "Reply STOP to unsubscribe" and then my reminder was gone',
        "“This is an automated message.” Please, a person, my face is swelling",
        "'this mailbox is not monitored' and now he has chest pain",
        "I got this from you: 123456 is your login code. Was it for me",
        "reply stop to dr smith from me",
        "Automatic reply, that is all I get from your mail address",
        "I keep getting: this number is not monitored. My eye is red",
        "Me llegó esto: este es un mensaje automático. Necesitaba cambiar la hora",
        "send help",
        "A ticket has been created, you wrote. My lip is worse",
        "We will get back to you as soon as possible. That was last week and nobody has",
        "do not reply to this message is what your mail says, so how do I reach you",
        "Undeliverable: that's what came back, so I write here. My lip is numb",
        "Message and data rates may apply on my plan, so please ring me",
        "Mi correo dio respuesta automática, pueden llamarme",
        # what machines begin with goes on otherwise
        "I'm currently out of breath and my chest hurts",
        "I am driving with my daughter to you, we will be late",
        "Estoy conduciendo con mi hijo, llegamos tarde",
        "Thanks. We will get back to you as soon as we have decided",
        "The person you texted is my mother, her face is swollen",
        "A member of our team will have the laser on Friday",
        "I tried to email you: undeliverable. My lip is white",
    ],
)
def test_people_are_not_taken_for_machines(text: str) -> None:
    assert not sounds_automatic(text)


@pytest.mark.parametrize(
    "text",
    ["a." * 10_000, "please note that " * 40, "please note that, " * 1_000, "„a" * 10_000],
)
def test_a_message_of_many_clauses_takes_no_time(text: str) -> None:
    began = time.process_time()
    assert not sounds_automatic(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "address",
    ["72345", "AMAZON", "Royal Mail", "+12345", "7726123", "12345678"]
    + ["ana@txt.example", "Клиника", "Bank of Africa", "+266696687", "Über 1", ""],
)
def test_short_codes_and_names_cannot_be_answered(address: str) -> None:
    assert cannot_be_answered(address)


@pytest.mark.parametrize(
    "address", ["+447700900456", "+6834123", "447700900456", "5489000000000001"]
)
def test_people_can_be_answered(address: str) -> None:
    assert not cannot_be_answered(address)


def test_the_same_words_again_and_again_at_once_are_a_machine() -> None:
    twice = [(True, "Hello", 0.0), (False, "Please choose 1 or 2", 3.0)]
    twice += [(True, "Sorry?", 4.0), (False, "please choose 1 or 2!", 9.0)]
    assert not is_a_loop(talk(*twice))
    assert is_a_loop(talk(*twice, (True, "Sorry?", 10.0), (False, "Please choose 1 or 2", 12.0)))


def test_somebody_who_asks_again_because_nobody_hears_is_a_person() -> None:
    lines = []
    for turn in range(6):
        lines += [(True, "Sorry?", turn * 60.0), (False, "hello??", turn * 60 + 30.0)]
    assert not is_a_loop(talk(*lines))
    hasty = [(ours, text, at / 12) for ours, text, at in lines[:8]]
    assert not is_a_loop(talk(*hasty))
    assert not is_a_loop(talk(*[(False, "help", float(at)) for at in range(6)]))


def test_answers_within_a_second_again_and_again_are_a_machine() -> None:
    lines = []
    for turn in range(25):
        lines += [(True, f"ours {turn}", turn * 10.0), (False, f"theirs {turn}", turn * 10 + 0.5)]
    assert is_a_loop(talk(*lines))
    slower = [(ours, text, at + (3 if not ours else 0)) for ours, text, at in lines]
    assert not is_a_loop(talk(*slower))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Liked “hi”", ("👍", "hi")),
        ("Reacted 😂 to “hi”", ("😂", "hi")),
        ("👍 a “ hola ”", ("👍", "hola")),
        ("Reaccionó con 😂 a “hola”", ("😂", "hola")),
        ("Le dio Me gusta a “hola”", ("👍", "hola")),
        ("Quitó un corazón de “hola”", ("", "hola")),
        ("A réagi avec 👍 à « bonjour »", ("👍", "bonjour")),
        ("Loved an image", ("❤️", "")),
        ("Reacted 🎉 to a voice message", ("🎉", "")),
        ("Loved a good laugh", None),
        ("Si a “hola”", None),
        ("Sí a “hola”", None),
        ("Reacted badly to a sticker", None),
        ("1️⃣ to “hi”", ("1️⃣", "hi")),
    ],
)
def test_a_sign_in_words_is_read(text: str, sign: tuple[str, str] | None) -> None:
    assert tapback(text) == sign


@pytest.mark.parametrize(
    "subject",
    ["Out of Office Re: my visit", "[Auto-Reply] Re: hello", "Fora do escritório: consulta"]
    + ["Fuera de oficina: cita", "Automatische Antwort: Termin"],
)
def test_subjects_of_auto_replies_are_known(subject: str) -> None:
    assert is_automatic_subject(subject)


@pytest.mark.parametrize(
    "address",
    [
        "noreply@a.example",
        "no_reply@a.example",
        "no.reply+7@a.example",
        "messages-noreply@a.example",
    ]
    + ["nicht-antworten@a.example", "no-responder@a.example", "ne-pas-repondre@a.example"]
    + ["calendar-notification@a.example", "nao-responda@a.example", "donotreply@a.example"],
)
def test_addresses_that_take_no_answers_are_machines(address: str) -> None:
    assert is_automatic_mail(EmailMessage(), address, hops=1)


@pytest.mark.parametrize(
    "address",
    ["ana@a.example", "norep@a.example", "replyana@a.example", "nora.reply@a.example"]
    + ["postmasterson@a.example", "no-one@a.example"],
)
def test_addresses_of_people_are_none(address: str) -> None:
    assert not is_automatic_mail(EmailMessage(), address, hops=1)


@pytest.mark.parametrize(
    "subject", ["[Urgent] my lip", "Re: automatic reply", "Vacation: can I book"]
)
def test_subjects_of_people_are_not_taken_for_them(subject: str) -> None:
    assert not is_automatic_subject(subject)


@pytest.mark.parametrize(
    "subject",
    ["Não entregue: consulta", "Nicht zustellbar: Termin", "Échec de remise : rdv"]
    + ["Mancata consegna: visita", "Onbestelbaar: afspraak", "退信：预约"]
    + ["Недоставленное сообщение", "Nie można dostarczyć: wizyta"],
)
def test_subjects_of_bounces_are_known_in_more_languages(subject: str) -> None:
    assert is_bounce_subject(subject)
