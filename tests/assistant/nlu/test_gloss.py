"""A gloss gives those who know English only the words they look for."""

from __future__ import annotations

import pytest

from assistant.nlu.gloss import gloss


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("Tengo 45 años y tomo Roacután", "i am 45 years old and i take isotretinoin"),
        ("TENGO CUARENTA Y CINCO AÑOS", "i am forty five years old"),
        ("me hicieron botox hace dos semanas", "i had botox two weeks ago"),
        ("no estoy embarazada", "i am not pregnant"),
        ("mi hermana tiene queloides", "my sister has raised scars"),
        ("no puedo respirar", "i cannot breathe"),
        ("sí", "yes"),
        ("ninguna de estas", "none of these"),
    ],
)
def test_what_english_parts_look_for_is_there(spanish: str, english: str) -> None:
    assert gloss("es").read(gloss("es").plain(spanish)) == english


def test_brands_and_unknown_words_stay_as_they_are() -> None:
    assert "morpheus8" in gloss("es").read("¿Duele Morpheus8?")


def test_forms_of_a_known_word_are_known() -> None:
    assert gloss("es").knows("hinchadísima") is False or gloss("es").knows("hinchada")
    assert all(gloss("es").knows(word) for word in ("duelen", "quitarme", "cicatrices"))
