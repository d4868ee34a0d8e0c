from __future__ import annotations

import time

import pytest

from frontdesk.channels.mail_lines import flowed, unbroken
from frontdesk.channels.mail_text import latest_words, own_words, parted, plain_text
from frontdesk.channels.opt_out import Wish, wish


def test_html_is_read_as_a_person_reads_it() -> None:
    html = "<html><body><p>Hi,</p><p>does it <b>hurt</b>?<br>Ana</p></body></html>"
    assert plain_text(html).split() == ["Hi,", "does", "it", "hurt?", "Ana"]


def test_the_cells_of_a_table_are_words_of_their_own() -> None:
    html = "<table><tr><td>Name</td><td>Ana</td></tr><tr><th>Area</th><td>Arms</td></tr></table>"
    assert [line.split() for line in plain_text(html).splitlines() if line.strip()] == [
        ["Name", "Ana"],
        ["Area", "Arms"],
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">secret</div>',
        '<div style="color:red; DISPLAY : none">secret<div>secret</div>secret</div>',
        "<span style='visibility: hidden'>secret</span>",
        '<p style="opacity:0">secret</p>',
        '<p style="display:none">secret<p>',
        "<div hidden>secret</div>",
        '<div class="x" hidden="hidden">secret<br>secret</div>',
        "<!-- secret --><!--[if mso]><p>secret</p><![endif]-->",
        "<style>p{color:secret}</style>",
        "<head><title>secret</title></head>",
    ],
)
def test_what_a_mail_program_does_not_show_is_not_read(hidden: str) -> None:
    found = plain_text(f"<html><body>{hidden}<p>does it hurt?</p><p>and after?</p></body></html>")
    assert found.split() == ["does", "it", "hurt?", "and", "after?"]


@pytest.mark.parametrize(
    "shown",
    [
        '<td style="font-size:0"><span style="font-size:14px">my throat is closing</span></td>',
        '<div style="display:none"><p>my throat is closing</p>',
        '<div style="overflow:hidden" aria-hidden="false">my throat is closing</div>',
        '<p style="opacity:0.9">my throat is closing</p>',
        '<img style="display:none">my throat is closing',
    ],
)
def test_what_may_be_seen_is_read(shown: str) -> None:
    assert "my throat is closing" in plain_text(f"<html><body>{shown}</body></html>")


@pytest.mark.parametrize(
    "quote",
    [
        "<blockquote type='cite'>we said</blockquote>",
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, 23 Nov 2026 at 12:00, Harbour &lt;hello@harbour.example&gt; wrote:<br></div>'
        "<blockquote>we said</blockquote></div>",
        '<div id="appendonsend"></div><hr><div><b>From:</b> Harbour<br><b>Sent:</b> Monday<br>we said</div>',
        '<div id="divRplyFwdMsg"><b>From:</b> Harbour</div><div>we said</div>',
        '<table><tr><td><blockquote>we said</blockquote></td></tr></table>',
        '<div class="yahoo_quoted"><div>On Monday, 23 November 2026 at 12:00:00 GMT, Harbour &lt;hello@harbour.example&gt; wrote:</div>'
        "<div>we said</div></div>",
    ],
)  # fmt: skip
def test_of_a_mail_in_html_what_it_quotes_is_cut(quote: str) -> None:
    assert own_words(f"<html><body><div>does it hurt?</div><br>{quote}</body></html>") == (
        "does it hurt?"
    )


def test_words_that_only_look_like_markup_stay() -> None:
    assert plain_text("is 3 < 5 & > 2?") == "is 3 < 5 & > 2?"


def test_quoted_mail_and_signature_are_cut() -> None:
    mail = (
        "My cheek is blistered, what now?\n\n"
        "On Mon, 23 Nov 2026 at 12:00, Harbour Skin Clinic <hello@harbour.example> wrote:\n"
        "> Thank you for your visit.\n> Call us if anything is wrong.\n"
    )
    assert own_words(mail) == "My cheek is blistered, what now?"
    assert own_words("Yes please\n\n--\nAna Silva\nSent from my iPhone") == "Yes please"


def test_a_mail_that_only_quotes_is_kept_whole() -> None:
    assert own_words("> all of it quoted") != ""


HOSTILE = (
    "\n",
    " \n",
    "On ",
    "On Mon, ",
    "<div ",
    "<a style=",
    "<p><style>",
    "<head><title>",
    "<a style='display:none'>",
    "<p hidden>x",
    "<td hidden='",
    "<div style='display:none'>x</div>",
    ">",
    "a:\n",
    "On a <b@c.d> ",
    "From: a\n",
    "\n---",
    "\n   ",
    "Thanks,\n",
    "Thanks, Ana ",
    "\n---- Forwarded message ----\n",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_mail_made_to_be_slow_holds_up_nobody(piece: str) -> None:
    """100,000 letters; 8,000 line ends alone took ten seconds, in which nothing else went on."""
    began = time.process_time()
    own_words(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 1


def test_a_long_mail_keeps_its_words_and_loses_its_quote() -> None:
    said = "It hurts a little. " * 200
    assert own_words(f"{said}\n\n> does it hurt?\n> and now?") == said.strip()


@pytest.mark.parametrize(
    ("mail", "shown"),
    [
        ('<p style="--bg-opacity:0">my throat is closing</p>', "my throat is closing"),
        ('<div style="fill-opacity:0">it burns</div>', "it burns"),
        ('<p style="display:none">x<div>my throat is closing</div><p>Ana', "my throat is closing\n\nAna"),
        ('<p style="display:none">x</p><p>it burns', "it burns"),
        ("<p>a<style>p{}</style>b<style>c", "ab"),
    ],
)  # fmt: skip
def test_words_that_a_browser_shows_are_read(mail: str, shown: str) -> None:
    assert own_words(mail) == shown


OURS = "Thank you for your message. It takes two sessions."
CLINIC = "Clinic <hello@clinic.example>"


@pytest.mark.parametrize(
    "behind",
    [
        f"El lun, 5 ene 2026 a las 10:00, Clinic (<hello@clinic.example>) escribió:\n\n{OURS}",
        f"El lun, 5 ene 2026 a las 10:00, Skin Clinic (<\nhello@clinic.example>) escribió:\n\n> {OURS}",
        f"El 5 ene 2026, a las 10:00, {CLINIC} escribió:\n\n{OURS}",
        f"Enviado desde mi iPhone\n\nEl 5 ene 2026, a las 10:00, {CLINIC} escribió:\n\n{OURS}",
        f"De: {CLINIC}\nEnviado el: lunes, 5 de enero de 2026 10:00\nPara: Ana\nAsunto: Re: Hi\n\n{OURS}",
        f"-----Mensaje original-----\nDe: Clinic\nEnviado el: lunes\nPara: Ana\n\n{OURS}",
        f"Obtener Outlook para iOS<https://aka.ms/o>\n{'_' * 32}\nDe: {CLINIC}\nEnviado: 5 ene 2026\n\n{OURS}",
        f"Sent from Yahoo Mail on Android\n\nOn Mon, 5 Jan 2026 at 10:00, {CLINIC} wrote:   {OURS}",
        f"Sent with Proton Mail secure email.\n\nOn Monday, 5 Jan 2026, {CLINIC} wrote:\n\n> {OURS}",
        "Enviado desde Yahoo Mail para iPhone",
        "Sent from Mail for Windows",
        "Un saludo,\nAna López\nJefa de ventas\nTel. 600 000 000",
        f"On 05/01/2026 10:00, Clinic wrote:\n{OURS}",
        "Sent from my Verizon, Samsung Galaxy smartphone",
        "Thanks,\nAna I. Lopez\nwww.ana.is\nThis e-mail is confidential and intended for you alone",
    ],
)
def test_what_programs_write_behind_is_cut(behind: str) -> None:
    assert latest_words(f"Sí, gracias\n\n{behind}") == "Sí, gracias"


@pytest.mark.parametrize(
    "words",
    [
        "My symptoms are these\n- chest pain\n- swelling of the lips\nwhat now?",
        "Hi,\nOn Monday I had the peel and the nurse wrote:\nkeep it dry. But now my eye is swelling.",
        "El lunes fui y la enfermera me escribió:\nno tocar. Ahora se me hincha el ojo",
        "Hi doctor\n\nThanks,\nI forgot: my lip is white since the filler",
        "Is it ok?\n\nBest,\nmy mum says my lip is white",
        "Dear team\nRegards, my lip is white",
        "Hello\n--\nmy lip is white since the filler",
        "Hello\nTo: the doctor\nDate: yesterday\nmy lip went white",
        "Hi\nSent from my phone: my lip went white",
        # a day alone proves no quote
        "Hi,\nOn 5 January 2026 I had the peel and the nurse wrote:\nkeep it dry. My eye is swelling.",
        "Hi,\nOn Monday 12.01 I had it and the nurse wrote:\nkeep it dry. But now my eye is swelling.",
        "Hola,\nEl 3 de enero de 2026 la enfermera me escribió:\nno tocar. Se me hincha el ojo",
        "Hi, please book me\nFrom: London\nDate: 5 January\nMy skin is burning",
        "Hello\nTo: the doctor\nDate: 5 January 2026\nmy lip went white",
        # a sentence below a greeting, or behind a device, is no signature
        "Hi\nSent from my phone, my lip went white",
        "Hi\nSent via my daughters phone because my eyes are shut",
        "Is it ok?\n\nThanks,\nlip is white",
        "Is it ok?\n\nThanks,\nCall me on 07700 900123, my lip is white",
        "Is it ok?\n\nThanks,\nPlease keep this confidential: I am pregnant",
        "Is it ok?\n\nThanks,\nI intended to come but my lip is white",
        "Is it ok?\n\nThanks,\nchest pain",
        "Is it ok?\n\nThanks,\nChest pain",
        "Is it ok?\n\nThanks, chest pain",
        "Is it ok?\n\nThanks,\nswelling",
        "Is it ok?\n\nThanks,\nAna\nchest pain\n07700 900123",
        "¿Duele?\n\nGracias,\nDolor de pecho",
        "Tut es weh?\n\nViele Grüße\nLippe weiß",
        "Is it ok?\n--\nlip white",
        "Thanks for this.\nAll the best clinics say so. My lip is white.",
        "---------- Forwarded message ---------\nDe: X <x@y.example>\nDate: lun\nPara: Y\n\nse me hincha la cara",
    ],
)
def test_what_people_write_themselves_is_never_cut(words: str) -> None:
    assert latest_words(words) == words


@pytest.mark.parametrize(
    ("behind", "below"),
    [
        ("Thanks,\nBleeding", "Bleeding"),
        ("Thanks, Ana", ""),
        ("Best,\nana", ""),
        ("Best,\nAna Silva\nana.silva@mail.example\n07700 900123", ""),
        ("Best,\nSam", "Sam"),
        ("Un saludo,\nAna López\nJefa de ventas\nTel. 600 000 000", "Ana López\nJefa de ventas"),
        ("Sent from my phone lip white", "Sent from my phone lip white"),
        ("Sent from my iPhone", ""),
        (
            "Best,\nAna\nThis e-mail is confidential and intended for you alone.\nMy lip is white",
            "My lip is white",
        ),
    ],
)
def test_what_is_cut_and_may_be_words_is_handed_on(behind: str, below: str) -> None:
    mail = f"Does it hurt a lot?\n\n{behind}"
    assert parted(mail, "Ana Silva ana@mail.example") == ("Does it hurt a lot?", below)


@pytest.mark.parametrize(
    "mark",
    ["---------- Forwarded message ---------", "Begin forwarded message:"]
    + ["---------- Mensaje reenviado ---------", "---------- Mensagem encaminhada ---------"]
    + ["-------- Weitergeleitete Nachricht --------", "Début du message réexpédié :"],
)
def test_what_somebody_passes_on_is_handed_on_too(mark: str) -> None:
    passed_on = (
        f"{mark}\nFrom: Dr X <x@gp.example>\nDate: Mon, 5 Jan 2026 10:00\n\nHer lip is white"
    )
    mail = f"What does this mean?\n\nAna\n\n{passed_on}"
    assert parted(mail) == ("What does this mean?\n\nAna", passed_on)


QUOTES = [
    f"On Mon, 5 Jan 2026 at 10:00, {CLINIC} wrote:\n\n{OURS}",
    f"From: {CLINIC}\nSent: Monday 5 January 2026 10:00\nTo: Ana\n\n{OURS}",
]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize(
    ("said", "found"),
    [("Hello,", ("Hello,\n\nBleeding", "")), ("Hives again", ("Hives again", "Bleeding"))],
)
def test_with_a_greeting_stands_what_was_cut_below_it_and_no_quote(
    quote: str, said: str, found: tuple[str, str]
) -> None:
    assert parted(f"{said}\n\nThanks,\nBleeding\n\n{quote}") == found


@pytest.mark.parametrize("quote", QUOTES)
def test_what_was_passed_on_in_the_mail_that_is_quoted_is_not_handed_on_again(quote: str) -> None:
    passed_on = "---------- Forwarded message ---------\nFrom: Eve <eve@x.example>\n\nHer secret"
    assert parted(f"Thank you\n\n{quote}\n\n{passed_on}") == ("Thank you", "")
    marked = QUOTES[0].replace(OURS, f"> {OURS}")
    assert parted(f"Thank you\n\n{marked}\n\nAnd this?\n\n{passed_on}")[1] == passed_on


def test_the_end_of_a_long_mail_is_read_behind_what_looks_like_a_quote() -> None:
    words = (
        "Hi,\nOn Monday the nurse wrote:\n\nkeep it dry.\n\n"
        + "It is red. " * 200
        + "My lip is white"
    )
    assert latest_words(words).endswith("My lip is white")


@pytest.mark.parametrize("heads", ["Hash: SHA256\n", ""])
def test_what_signs_words_is_cut_around_them_and_no_word_of_them(heads: str) -> None:
    begun = f"-----BEGIN PGP SIGNED MESSAGE-----\n{heads}\n"
    signed = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----"
    mail = f"{begun}My lip is white.\n\nWhat now?\n{signed}\n"
    assert own_words(mail) == "My lip is white.\n\nWhat now?"
    odd = f"{begun}My lip is white.\n"
    assert "My lip is white." in own_words(odd)


def test_many_broken_lines_take_no_time() -> None:
    began = time.process_time()
    assert len(flowed("\U0001f600 \n" + "a \n" * 130_000)) == 260_002
    assert time.process_time() - began < 1


@pytest.mark.parametrize("signed", ["Ana Ruiz", "Sent from my iPhone"])
def test_who_signs_is_no_part_of_the_sentence_above(signed: str) -> None:
    asked = "I have had quite enough of all of this and would really like to unsubscribe"
    assert unbroken(f"{asked}\n{signed}") == f"{asked}\n{signed}"
    assert wish(unbroken(f"{asked}\n{signed}"), "email", is_stopped=False) is Wish.STOP
