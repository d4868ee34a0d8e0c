"""The check of a language names what is missing and what is older than its English original."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.spoken import Spoken, spoken
from scripts import languages


def test_spanish_says_what_english_says() -> None:
    assert list(languages.mistakes("es")) == []


def test_what_is_missing_or_older_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Worse(Spoken):
        """Spanish without one line, and with one answer made from another English text."""

        def read(self, name: str) -> dict[str, Any]:
            content = super().read(name)
            if name == "desk.yml":
                content.pop("greeting")
            if name == "faq/pain.yml":
                content["pain_feel"]["english"] = "00000000"
            if name == "lines.yml":
                content["said"]["utter_booking"] = "Sin teléfono."
            return content

    monkeypatch.setattr(languages, "spoken", Worse)
    found = "\n".join(languages.mistakes("es"))
    assert "es/desk.yml: 'greeting' is missing" in found
    assert "'pain_feel' is older than its English original" in found
    assert "'utter_booking': {booking_url}, {booking}, {phone} stands in one language only" in found


def test_a_stamp_tells_one_english_text_from_another() -> None:
    answers = languages.english_answers()
    assert spoken("es").answers.keys() == answers.keys()
