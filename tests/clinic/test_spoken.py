"""What is said in another language: the clinic's facts, dates and hours, and the folder they come from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from clinic import load
from clinic.current import load_default
from clinic.file import ClinicFileError
from clinic.saying import date_in_words, title
from clinic.spoken import SpokenFileError, laid_over, language, say_in, spoken

CLINIC = Path(__file__).resolve().parents[2] / "clinic.yml"
SUNDAY = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)


def test_facts_are_said_in_the_language_spoken_now() -> None:
    clinic = load(CLINIC)
    with say_in("es"):
        facts = clinic.facts(SUNDAY)
    assert facts["session_gap"] == "4 semanas"
    assert facts["results_full"] == "de 3 a 6 meses"
    assert facts["price_from"] == "180 £"
    assert facts["consultation_price"] == "gratis"
    assert facts["next_opening"] == "mañana a las 09:00"
    assert "domingo cerrado" in facts["hours"]
    assert "llámenos hoy" in facts["urgency_blisters"]
    english = clinic.facts(SUNDAY)
    assert english["session_gap"] == "4 weeks"
    assert english["next_opening"] == "tomorrow at 09:00"


def test_a_sentence_that_nobody_translated_stays_in_english() -> None:
    clinic = replace(load(CLINIC), own_words={})
    with say_in("es"):
        assert clinic.facts(SUNDAY)["parking"] == clinic.words["parking"]


def test_dates_and_buttons_are_said_in_the_language() -> None:
    assert date_in_words(date(2027, 3, 1)) == "1 March 2027"
    with say_in("es"):
        assert date_in_words(date(2027, 3, 1)) == "1 de marzo de 2027"
        assert title("Talk to a person") == "Hablar con una persona"
        assert title("Nobody translated this") == "Nobody translated this"


def test_what_is_not_spoken_means_english_and_ends_with_the_block() -> None:
    with say_in("es"):
        assert language() == "es"
        with say_in("xx"):
            assert language() == "en"
        assert language() == "es"
    assert language() == "en"


def test_a_language_without_a_folder_is_told_by_name() -> None:
    with pytest.raises(SpokenFileError, match="no such language; there are es"):
        spoken("xx")


def test_texts_lie_over_the_original_and_leave_the_rest() -> None:
    original = {"pain": {"text": "It hurts", "sources": ["leeds"]}}
    assert laid_over(original, {"pain": {"text": "Duele"}}) == {
        "pain": {"text": "Duele", "sources": ["leeds"]}
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("languages: [en, xx]", "allowed: en, es"),
        ("languages: [es]", "with en in them"),
        ("languages: [en]\n  own_words: {es: {weather: Sol.}}", "own_words.es.weather"),
    ],
)
def test_a_wrong_language_in_the_clinics_file_is_told_by_key(
    wrong: str, told: str, tmp_path: Path
) -> None:
    text = CLINIC.read_text(encoding="utf-8")
    begin, end = text.index("assistant:\n"), text.index("\nhandover:")
    file = tmp_path / "clinic.yml"
    file.write_text(f"{text[:begin]}assistant:\n  {wrong}\n{text[end:]}", encoding="utf-8")
    with pytest.raises(ClinicFileError, match=told.replace("[", r"\[")):
        load(file)


def test_spanish_is_off_until_a_clinic_switches_it_on() -> None:
    assert load_default().spoken == ("en",)
