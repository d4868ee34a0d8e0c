from __future__ import annotations

import random
import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from clinic import load
from frontdesk.channels import formatting
from frontdesk.channels.chatwoot import MANNERS as CHATWOOT
from frontdesk.channels.instagram import InstagramChannel
from frontdesk.channels.messenger import MessengerChannel
from frontdesk.channels.telegram import MANNERS as TELEGRAM
from frontdesk.channels.twilio import MANNERS as TWILIO
from frontdesk.channels.whatsapp import MANNERS as WHATSAPP
from frontdesk.copy import FILE as COPY
from frontdesk.copy import words
from frontdesk.outgoing.carrier import Part, Style
from tests.frontdesk.conftest import MONDAY_NIGHT, MONDAY_NOON

SMS = TWILIO["sms"]
EVERY = [SMS, TWILIO["whatsapp"], WHATSAPP, TELEGRAM, CHATWOOT]
EVERY += [MessengerChannel.limits, InstagramChannel.limits]
ASK = "Reply with a number:"
CLINIC = load(Path("clinic.yml"))


def choices(*titles: str) -> tuple[dict[str, str], ...]:
    return tuple({"id": f"b_{n}", "title": title} for n, title in enumerate(titles, start=1))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("👋" * 35, 1),
        ("👋" * 36, 2),
        ("ñ" * 160, 1),
        ("ç" * 71, 2),
    ],
)
def test_segments_are_counted_as_the_networks_count_them(words: str, count: int) -> None:
    assert formatting.segments(words) == count


def test_typographic_signs_do_not_make_an_sms_unicode() -> None:
    text = formatting.plain("It’s “fine” – really…\u00a0yes • no", None)
    assert text == 'It\'s "fine" - really... yes - no'
    assert formatting.segments(text * 4) == 1


def test_links_become_the_clinics_own_page_and_its_own_stay() -> None:
    website = "https://clinic.example"
    text = "See https://other.example/a?b=c. Book: https://www.clinic.example/book, ok?"
    assert (
        formatting.plain(text, website)
        == "See https://clinic.example. Book: https://www.clinic.example/book, ok?"
    )
    assert formatting.plain("https://evilclinic.example/x", website) == website
    assert formatting.plain(text, None) == text


@pytest.mark.parametrize("shown", EVERY)
def test_every_piece_fits_and_nothing_is_lost(shown: Style) -> None:
    chance = random.Random(8)
    letters = "ab cd. ef! gh? éя👋\n"
    for _ in range(60):
        length = chance.choice([0, 1, 50, 300, 2_000, 5_000])
        text = "".join(chance.choice(letters) for _ in range(length))
        if chance.random() < 0.2:
            text = text.replace(" ", "").replace("\n", "")
        pieces = formatting.split(text, shown)
        assert "".join("".join(pieces).split()) == "".join(text.split())
        for piece in pieces:
            size = len(piece.encode()) if shown.in_bytes else len(piece.encode("utf-16-le")) // 2
            assert 0 < size <= shown.longest
            assert not shown.segments or formatting.segments(piece) <= shown.segments


def test_three_choices_are_buttons_ten_a_list_more_are_numbers() -> None:
    def shown(count: int) -> list[Part]:
        return formatting.parts("Which?", choices(*"ABCDEFGHIJKLMN"[:count]), WHATSAPP, ASK)

    assert [len(part.choices) for part in shown(3)] == [3]
    assert [len(part.choices) for part in shown(10)] == [10]
    assert [len(part.choices) for part in shown(11)] == [0]
    assert "11. K" in shown(11)[0].text


def test_titles_that_are_too_long_are_written_out_and_numbered_on_the_buttons() -> None:
    offered = choices("How long does the numbing cream take?", "No")
    (part,) = formatting.parts("Next?", offered, WHATSAPP, ASK)
    assert part.text == f"Next?\n{ASK}\n1. How long does the numbing cream take?\n2. No"
    assert [(one["id"], one["title"]) for one in part.choices] == [("b_1", "1"), ("b_2", "2")]
    same = formatting.parts("Next?", choices("Yes", "Yes"), WHATSAPP, ASK)
    assert [one["title"] for one in same[0].choices] == ["1", "2"]


def test_choices_stand_under_a_text_that_is_too_long_for_them() -> None:
    parts = formatting.parts("Long. " * 250, choices("Yes", "No"), WHATSAPP, ASK)
    assert [len(part.choices) for part in parts] == [0, 2]
    assert parts[-1].text == ASK


def test_choices_without_a_text_have_one() -> None:
    assert formatting.parts("", choices("Yes"), TELEGRAM, ASK) == [Part(ASK, choices("Yes"))]
    assert formatting.parts("", (), TELEGRAM, ASK) == []


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ("2", "b_2"),
        (" 2. ", "b_2"),
        ("#2", "b_2"),
        ("(2)", "b_2"),
        ("two", "b_2"),
        ("the second", "b_2"),
        ("option 2", "b_2"),
        ("no", "b_2"),
        ("No!", "b_2"),
        ("nope", "b_2"),
        ("dont know", "b_3"),
        ("I don’t know", "b_3"),
        ("yes please", "b_1"),
        ("4", None),
        ("0", None),
        ("22", None),
        ("²", None),
        ("٢", None),
        ("2 weeks", None),
        ("yes but i am pregnant", None),
        ("no idea what you mean by that", None),
        ("", None),
        ("?", None),
        ("/2", "b_2"),
    ],
)
def test_a_typed_answer_is_a_number_a_word_or_another_word(said: str, id: str | None) -> None:
    offered = choices("Yes", "No", "Not sure")
    assert formatting.chosen(said, offered, by_number=True) == id


def test_a_number_is_a_word_where_choices_are_buttons() -> None:
    assert formatting.chosen("2", choices("Yes", "No"), by_number=False) is None


@pytest.mark.parametrize("now", [MONDAY_NOON, MONDAY_NIGHT])
def test_our_own_lines_fit_two_segments_on_sms(now: datetime) -> None:
    longest = words("left_elsewhere", CLINIC, now, provider="WhatsApp")
    for line in yaml.safe_load(COPY.read_text(encoding="utf-8")):
        if line in ("joined", "returned"):
            continue
        said = words(line, CLINIC, now, provider="WhatsApp", left=longest, facts="")
        text = formatting.plain(said, CLINIC.words["website"])
        assert formatting.segments(text) <= 2, f"{line}: {len(text)} characters"


def test_every_short_answer_fits_two_segments_on_sms() -> None:
    found = 0
    for file in sorted(Path("data/faq").glob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for topic, variations in content.get("responses", {}).items():
            for one in variations:
                if one.get("channel") != "sms":
                    continue
                found += 1
                text = formatting.plain(
                    one["text"].format(**CLINIC.facts()), CLINIC.words["website"]
                )
                assert formatting.segments(text) <= 2, f"{topic}: {len(text)} characters"
    assert found > 100


UCS2 = "Una zona que se trata en tres sesiones cada seis semanas, así de fácil. "
GSM = "An answer with several words, and a few more of them so that it is long "


@pytest.mark.parametrize("words", [GSM, UCS2, "слово за словом и ещё немного слов "])
@pytest.mark.parametrize("sign", ["{}.", "{})", "({})", "•", "-", "–"])
@pytest.mark.parametrize("between", ["\n", " ", "\n\n", ":\n"])
@pytest.mark.parametrize("behind", [" ", "\n", "  "])
def test_no_item_of_a_list_loses_its_sign_in_any_letters(
    words: str, sign: str, between: str, behind: str
) -> None:
    for many in range(1, 4):
        items = [f"{sign.format(number)}{behind}{words * many}".strip() for number in range(1, 15)]
        for piece in formatting.split(between.join(items), SMS):
            assert not re.search(r"(?:^|\s)(?:\(?\d{1,2}[.)]|[•–-])$", piece), piece
            assert formatting.segments(piece) <= SMS.segments


def test_a_list_is_never_cut_between_a_number_and_what_it_counts() -> None:
    lines = [f"{number}. {'An answer with several words. ' * 3}".strip() for number in range(1, 15)]
    for joined in ("\n".join(lines), " ".join(lines)):
        for piece in formatting.split(joined, SMS):
            assert not re.search(r"(^|\s)\d{1,2}\.$", piece), piece
    for begin in ("We treat arms, e.g. ", "Ask for Dr. A. "):
        for piece in formatting.split(begin + "the forearm is treated with care. " * 20, SMS):
            assert not piece.endswith(("e.g.", " A.")), piece
