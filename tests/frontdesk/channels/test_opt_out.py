from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontdesk.channels.opt_out import Wish, wish
from scripts.train import ROOT


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
        "🛑",
        "⛔️",
        "✋🏽",
        "✋ ✋",
        "🛑🛑🛑",
        "🛑🙏",
        "please 🛑",
        "🛑 messages",
        "alto 🛑",
        "🇸🇹🇴🇵",
        "🆂🆃🅾️🅿️",
        "Ⓢⓣⓞⓟ",
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
        # why somebody asks does not count, however it is parted
        "I want to opt out",
        "I want to unsubscribe",
        "STOP!!! I never signed up",
        "Stop, I never signed up for this",
        "Wrong person. Please stop.",
        "Enough. Stop.",
        "STOP now or I report you",
        "STOP this is spam",
        "stop/unsubscribe",
        "Reply STOP",
        "pls stop msging me",
        "I revoke my consent",
        "I withdraw my consent to receive text messages",
        "Stop. I'm not Maria",
        "STOP I am not Ana López",
        "Stop! I told you already",
        "STOP. You texted the wrong person",
        "STOP leave me alone",
        "Stop. I never gave you my number",
        "Stop, I asked you to stop",
        "cancel messages",
        "do not send any further messages",
        "please remove me from your contact list",
        "take my number off your system",
        "cancelar mensajes",
        "borren mi número por favor",
        # what is said beside it does not count
        "Why do you text me? Stop texting me",
        "I told you before, stop texting me",
        "stop texting me, did you not read that",
        "STOP texting me once and for all",
        "You never listen. Stop texting me",
        "I told you to stop texting me",
        "can't you stop texting me",
        "who is this stop texting me",
        "I said don't text me",
        "no more texts of any kind",
        "remove my number from your list",
        "lose my number",
        "I want to opt out of messages",
        "unsubscribe me from all messages",
        "stop all contact",
        "kindly unsubscribe me",
        "how do I stop these texts",
        "stop aux sms",
        # more of every language
        "no me envíen más",
        "no quiero que me escriban",
        "parem de me mandar mensagens",
        "merci de ne plus m'écrire",
        "je ne veux plus recevoir de messages",
        "ne m'envoyez plus rien",
        "schreiben Sie mir nicht mehr",
        "ich möchte keine SMS mehr",
        "bitte nicht mehr schreiben",
        "basta con i messaggi",
        "non voglio più ricevere messaggi",
        "nie piszcie do mnie więcej",
        "nie chcę już wiadomości",
        "nu mai vreau mesaje",
        "mesaj istemiyorum",
        "не надо мне больше писать",
        "хватит слать сообщения",
        "не треба мені писати",
        "لا أريد رسائل",
        "मुझे मैसेज मत भेजो",
        # polite sentences
        "please stop texting me",
        "Could you please take me off your list? thanks",
        "I don't want these messages any more",
        "unsubscribe me pls",
        "wrong number, stop",
        "Hi, would you mind not texting me anymore? Thanks",
        "I'd rather not receive these texts",
        "please do not contact me again",
        "Kindly refrain from messaging me",
        "no thanks, please don't send me any more messages",
        "I no longer wish to hear from you",
        "Can you remove me please",
        "please delete my number from your records",
        "Stop sending these",
        "I would like to stop receiving texts from you",
        "could you stop messaging this number please",
        "please stop all messages",
        "take my number off please",
        "Not interested, please stop",
        "por favor no me escriban más",
        "no quiero recibir más mensajes, gracias",
        "Por favor, ¿podrían dejar de enviarme mensajes?",
        "no me manden más mensajes por favor",
        "Buenas, ya no deseo recibir sus mensajes. Gracias",
        "les agradecería que no me escribieran más",
        "me gustaría darme de baja",
        "deseo cancelar la suscripción a sus mensajes",
        "please cancel my text subscription",
        "cancel my subscription to your messages",
        "cancel my newsletter",
        "unsubscribe from your newsletter",
        "stop the newsletter please",
        "no more contact from you please",
        "I do not wish to be contacted",
        "I do not wish to be contacted by your clinic",
        "I no longer want to be contacted on this number",
        "I don't want to be contacted by text",
        "no further communication from your clinic",
        "I don't want any more contact from this number",
        "por favor dar de baja",
        "no me vuelvan a escribir",
        "por favor, parem de me mandar mensagens",
        "não quero mais receber mensagens",
        "me tira da lista",
        "me tirem da lista por favor",
        "cancelar inscrição",
        "quero cancelar a inscrição",
        "por favor não me mande mais mensagens",
        "gostaria de não receber mais mensagens, obrigado",
        "pode parar de me enviar mensagens?",
        "não me escreva mais",
        "remova meu número por favor",
        "bitte schicken Sie mir keine Nachrichten mehr",
        "Bitte abmelden",
        "Hören Sie auf mir zu schreiben",
        "keine SMS mehr bitte",
        "Bitte keine weiteren Nachrichten",
        "Ich möchte keine Nachrichten mehr erhalten",
        "Könnten Sie mir bitte keine SMS mehr schicken? Danke",
        "Bitte löschen Sie meine Nummer",
        "Bitte schreiben Sie mir nicht mehr",
        "Ich möchte mich abmelden",
        "ich will keine Werbung mehr",
        "nehmen Sie mich bitte aus der Liste",
        "merci de ne plus m'envoyer de messages",
        "arrêtez de m'écrire svp",
        "désabonnez-moi",
        "je ne veux plus recevoir vos SMS",
        "Bonjour, pourriez-vous arrêter de m'envoyer des messages ? Merci",
        "je souhaite me désabonner",
        "je souhaite me désinscrire",
        "veuillez ne plus me contacter",
        "retirez-moi de votre liste svp",
        "supprimez mon numéro s'il vous plaît",
        "stop svp",
        "plus de messages svp",
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
        "👋",
        "hi ✋",
        "thanks ✋🏽",
        "✋ just",
        "🤚 me too",
        "no me contacten mañana",
        "no me vuelvan a escribir hoy",
        "ne me contactez pas demain",
        "¿pueden dejar mensaje con mi esposa?",
        "puede dejar mensajes de voz",
        "👍🏽",
        "🇪🇸",
        "🇳🇴",
        "my ✋🏽 is swollen",
        "✋ hurts",
        "I can't 🛑 bleeding",
        "🛑 it burns",
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
        # somebody in danger, or who asks
        "Cannot stop bleeding, contact the doctor please",
        "It won't stop bleeding please contact me",
        "bleeding wont stop message me",
        "Can I stop wearing contact lenses the day of the peel?",
        "He won't stop texting me, I am scared, I want to die",
        "how do i make him stop texting me",
        "i want to stop texting my ex",
        "someone get me off this bridge",
        "get me off this medication, my throat is closing",
        "I don't want to live read my messages",
        "I don't want my husband to see the messages",
        "konnte nicht mehr schreiben, mein Hals schwillt zu",
        "do i need to stop messages",
        "is it ok to stop sms reminders for my appointment?",
        "he told me to stop texting you",
        # the denied verb is another one
        "Don't call, text me",
        "I don't know, contact me",
        "Do not hesitate write to me",
        "never mind text me",
        "не звоните, пишите",
        "не дзвоніть, пишіть",
        "nie dzwoń, pisz",
        "não recebi, me mande de novo",
        "no recibí me envíe otra vez",
        "non chiamate, scrivetemi",
        # not from messages, not these, not now, not that way
        "remove me from this appointment",
        "remove the photo with my number",
        "cancel my subscription to the skin club",
        # something that was booked or bought
        "cancel my subscription",
        "I want to cancel my subscription please",
        "how do i end my subscription",
        "cancel my package",
        "please cancel my membership",
        "cancel my subscription and refund me",
        "quiero cancelar mi suscripción",
        "deseo cancelar la suscripción",
        "cancelar mi bono",
        "ich möchte mein Abo kündigen",
        "je veux résilier mon abonnement",
        # not from the clinic
        "I don't want contact dermatitis again",
        "I no longer want contact lenses",
        "no more contact sports for a week then",
        "Did the clinic lose my number?",
        "I want to opt out of the photos",
        "I got no more messages from you",
        "Ich habe keine Nachrichten mehr bekommen",
        "on ne me contacte pas",
        "ne m'envoyez pas le devis",
        "no me envíe el presupuesto por correo",
        "не присылайте фото",
        "he said don't text me",
        "if you don't text me i will die",
        "почему вы не пишите",
        "don't text me at work",
        "не пишите до завтра",
        "don't text me in english",
        "don't text me, call me",
        "dont text me just ring me",
        "don't email me, text me the address",
        # polite sentences about something else
        "I can't stop scratching",
        "my skin stopped itching",
        "please stop the bleeding",
        "Should I stop the cream?",
        "how do I stop acne",
        "stop my appointment reminder?",
        "bleeding won't stop",
        "could you stop the pain",
        "when can I stop using sunscreen",
        "can you take me off the waiting list",
        "please remove my mole",
        "remove me from the 3pm slot",
        "puedo dejar de usar la crema",
        "no me manden la factura",
        "quiero dejar de fumar antes",
        "não consigo parar de coçar",
        "posso parar o remédio?",
        "ich kann nicht aufhören zu kratzen",
        "Soll ich die Creme absetzen?",
        "bitte löschen Sie meinen Termin",
        "je n'arrive pas à arrêter le saignement",
        "puis-je arrêter la crème",
        "supprimez mon rendez-vous svp",
        "me tira da lista de espera",
        "nehmen Sie mich bitte von der Warteliste",
        "would you mind not calling me at work",
        "please do not contact me before 5pm",
        "I would like to stop receiving treatment",
        "could I stop receiving the injections",
        "quiero cancelar la cita",
        "gostaria de cancelar a consulta",
        "Ich möchte mich für Dienstag abmelden",
        "dar de baja mi cita",
        "no me vuelve a crecer el pelo",
        "keine Schmerzen mehr",
        "plus de douleur",
        # other words than a slip of the finger makes
        "Parent",
        "pares",
        "arrest",
        "sto",
        "par",
        "removed",
        "cancels",
    ],
)
def test_other_words_are_not_taken_for_it(text: str) -> None:
    assert wish(text, "whatsapp", is_stopped=False) is not Wish.STOP
    assert wish(text, "sms", is_stopped=False) is not Wish.STOP


@pytest.mark.parametrize(
    "text",
    ["cancel", "END", "Quit", "revoke", "Cancel subscription", "cancelar suscripción"]
    + ["iptal", "rezygnuję", "الغاء", "Please cancel subscription", "end subscription please"],
)
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


@pytest.mark.parametrize(
    "text",
    ["please text me again", "Yes please", "sí, por favor", "you can message me again", "ALTA"]
    + ["un-stop", "start texting me again", "quiero recibir mensajes otra vez"],
)
def test_who_has_stopped_may_ask_for_messages_in_a_sentence(text: str) -> None:
    assert wish(text, "sms", is_stopped=True) is Wish.START
    assert text == "un-stop" or wish(text, "sms", is_stopped=False) is None


@pytest.mark.parametrize(
    "text",
    ["Stop. It hurts when I press", "Stop, wait, I meant Tuesday", "stop! my lip is white"]
    + ["Enough. My skin burns", "cancel my appointment", "I need to stop the bleeding"]
    + ["I want to stop retinol", "wrong person did my laser. can i stop?"]
    + ["Stop. I'm not breathing well", "stop im not sure what you mean", "Stop. I'm not Ok"]
    + ["Stop it. Stop the bleeding", "Stop? Stop retinol before laser?", "Stop. Stopped breathing"]
    + ["Stop. I said my lip is white", "Stop, I told you it burns", "Alto, no soy alérgica"]
    + ["Stop, I asked you if it is safe in pregnancy", "Stop. Not me but my daughter has a rash"]
    + ["stop this is spam i think my lip is swollen", "stop or I report my rash"]
    + ["stop not interested in botox but the lip is white"]
    + ["Stop, this is the wrong answer", "Stop, wrong person did my laser"]
    + ["I withdraw my consent for the filler tomorrow", "I revoke my consent to the treatment"],
)
def test_stop_beside_anything_else_is_no_wish_to_be_left_alone(text: str) -> None:
    assert wish(text, "sms", is_stopped=False) is None


TRULY_STOP = {
    "stop",
    "remove me from your mailing list",
    "remove me from your mailing list for good",
    "stop sending me texts, im done",
    "get me off this list, i never signed up",
    "stop sending me messages, it's harassment",
    "stop sending me texts about offers, i've asked you four times",
    "dejen de mandarme mensajes",
    "no quiero seguir recibiendo correos",
    "no more marketing emails please",
    "i dont want any more texts from you",
    # what stops the health questions, and in Spanish on a button
    "parar",
    "Parar",
    "basta",
    "alto",
    "cancelar",
}
"""What does ask to stop among the sentences that are written about danger and about us."""
BEHIND = ["", " please text me", ", contact me"]
"""What people write behind in a hurry."""


def _leaves(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield from (line.strip().removeprefix("- ") for line in found.splitlines())
    else:
        for one in found.values() if isinstance(found, dict) else found:
            yield from _leaves(one)


@cache
def _said(*patterns: str) -> set[str]:
    """Every text of those files."""
    found: set[str] = set()
    for path in (path for pattern in patterns for path in Path(ROOT).glob(pattern)):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".tsv":
            rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
            found |= {row["message"] for row in rows}
        else:
            found |= set(_leaves(yaml.load(text, Loader=yaml.CBaseLoader)))  # noqa: S506
    return found


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_nobody_who_tells_of_danger_or_asks_something_is_taken_for_it(channel: str) -> None:
    danger = _said(
        "assistant/nlu/data/danger/[cns]*.yml",
        "data/languages/es/danger.yml",
        "tests/assistant/data/*danger*.tsv",
    )
    asked = _said("data/faq/*.yml", "data/languages/**/*.yml", "tests/assistant/data/*.yml")
    assert len(danger) > 10_000 and len(asked) > 10_000
    said = {text + behind for text in danger - TRULY_STOP for behind in BEHIND} | asked
    stopped = {text for text in said if wish(text, channel, is_stopped=False) is Wish.STOP}
    assert stopped - TRULY_STOP == set()


def test_it_is_found_out_in_less_than_a_millisecond() -> None:
    asked = sorted(_said("data/faq/*.yml"))[:2000]
    wish("hello", "sms", is_stopped=False)
    began = time.process_time()
    for text in asked:
        wish(text, "sms", is_stopped=False)
    assert (time.process_time() - began) / len(asked) < 0.001
