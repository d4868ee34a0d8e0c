"""The conversation's language: heard, chosen, told by the page; what is unsure is asked once."""

from __future__ import annotations

from dataclasses import replace

import pytest

import assistant.language
from assistant.language import language_after
from assistant.nlu.component import UNSURE
from clinic import load_default


@pytest.fixture(autouse=True)
def two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clinic that has switched Spanish on."""
    both = replace(load_default(), spoken=("en", "es"))
    monkeypatch.setattr(assistant.language, "clinic", lambda: both)


@pytest.mark.parametrize(
    "text",
    [
        "hola",
        "cuanto cuesta",
        "ESTOY EMBARAZADA PUEDO HACERLO",
        "tengo un melasma",
        "¿Duele Fraxel?",
    ],
)
def test_spanish_is_heard(text: str) -> None:
    assert language_after(text, None, {}) == "es"
    assert language_after(text, "en", {}) == "es"


@pytest.mark.parametrize("text", ["hello", "does it hurt", "i am embarrassed", "laser genesis"])
def test_english_is_heard(text: str) -> None:
    assert language_after(text, None, {}) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "dói muito?",
        "olá, queria saber o preço do laser",
        "estou grávida, posso fazer o laser?",
        "combien coûte une séance",
        "não consigo respirar",
    ],
)
def test_another_language_is_not_taken_for_spanish(text: str) -> None:
    assert language_after(text, None, {}) == "en"


def test_what_could_be_any_stays_in_the_language_before_or_that_of_the_page() -> None:
    assert language_after("botox?", "es", {}) == "es"
    assert language_after("45", None, {"language": "es"}) == "es"
    assert language_after("45", None, {"language": "fr"}) == "en"


def test_a_language_is_chosen_by_its_name() -> None:
    assert language_after("in english please", "es", {}) == "en"
    assert language_after("en español por favor", "en", {}) == "es"


def test_words_of_both_are_asked_about_once() -> None:
    assert language_after("quiero un appointment please", None, {}) == UNSURE
    assert language_after("quiero un appointment please", "es", {}) == "es"


def test_a_clinic_with_one_language_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant.language, "clinic", load_default)
    assert language_after("hola, cuanto cuesta", None, {"language": "es"}) == "en"
