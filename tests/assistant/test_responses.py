"""Responses are made in the language of the conversation, where the clinic speaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rasa.shared.core.domain import Domain

import assistant.responses
from assistant.responses import ClinicResponses
from clinic import load_default

DOMAIN = Domain.from_dict(
    {
        "responses": {
            "utter_thank": [{"text": "You are welcome."}],
            "utter_faq/pain_feel": [
                {"text": "It can.", "metadata": {"question": "Does it hurt?", "sources": ["mayo"]}},
                {"text": "It can.", "channel": "sms"},
            ],
            "utter_more_known": [
                {
                    "text": "That is all.",
                    "buttons": [{"title": "Talk to a person", "payload": "/ask_for_human"}],
                }
            ],
        }
    }
)


def said(name: str, language: str | None, channel: str = "website") -> dict[str, Any]:
    found = ClinicResponses(None, DOMAIN).generate_from_slots(name, {"language": language}, channel)
    assert found
    return found


@pytest.fixture()
def speaks_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    both = replace(load_default(), spoken=("en", "es"))
    monkeypatch.setattr(assistant.responses, "load_default", lambda: both)


@pytest.mark.usefixtures("speaks_spanish")
def test_the_words_are_spanish_and_the_sources_stay() -> None:
    answer = said("utter_faq/pain_feel", "es")
    assert answer["text"].startswith("Puede doler un poco")
    assert answer["metadata"] == {
        "question": "¿Duele?",
        "clinical_review": "pending",
        "sources": ["mayo"],
    }
    more = said("utter_more_known", "es")
    assert more["buttons"] == [{"title": "Hablar con una persona", "payload": "/ask_for_human"}]
    assert load_default().phone in more["text"]


@pytest.mark.usefixtures("speaks_spanish")
def test_english_stays_english() -> None:
    assert said("utter_thank", None)["text"] == "You are welcome."
    assert said("utter_thank", "en")["text"] == "You are welcome."


def test_a_language_that_was_switched_off_is_answered_in_english() -> None:
    assert said("utter_thank", "es")["text"] == "You are welcome."
