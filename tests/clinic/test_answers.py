"""The clinic's answers stand before those of the files, in every process; a wrong file changes nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

import clinic
from assistant.responses import ClinicResponses
from clinic import answers, watched
from clinic.answers import Changed

WORDS = (
    {"text": "It can sting.", "metadata": {"sources": ["mayo"], "clinical_review": "pending"}},
)
SIGNED = "Dr Ana Ruiz, GMC 7654321 2026-11-23 0123abcd"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "answers.yml"
    monkeypatch.setenv("ANSWER_CHANGES", str(path))
    monkeypatch.setattr(watched, "LOOK_AGAIN", 0)
    answers.forget()
    yield path
    answers.forget()


def said(text: str = "the model's", **metadata: object) -> str:
    responses = {
        "utter_faq/pain": [{"text": text, "metadata": metadata}],
        "utter_answer_not_given": [{"text": "not given"}],
    }
    own = ClinicResponses(None, Domain.from_dict({"responses": responses}))
    return str((own.generate_from_slots("utter_faq/pain", {}, "website") or {})["text"])


def test_words_of_the_clinic_are_said_at_the_next_question_and_go_with_the_file(file: Path) -> None:
    assert said() == "the model's"
    answers.write(file, {"en": {"pain": Changed("pain.yml", WORDS)}})
    assert said() == "It can sting."
    file.unlink()
    assert said() == "the model's"


def test_what_is_withheld_is_not_said_whoever_utters_it(file: Path) -> None:
    answers.write(file, {"en": {"pain": Changed("pain.yml", is_given=False)}})
    assert said() == "not given"


def test_with_signed_answers_only_what_is_medical_needs_its_signature(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = replace(clinic.load(Path("clinic.yml")), signed_only=True)
    monkeypatch.setattr(answers, "load_default", lambda: only)
    assert said(sources=["mayo"], clinical_review="pending") == "not given"
    assert said(sources=["mayo"], clinical_review=SIGNED) == "the model's"
    assert said(sources=["clinic"], clinical_review="pending") == "the model's"


@pytest.mark.parametrize(
    "broken", ["en: [", "en: {pain: {words: x}}", "en: [pain]", "en: {pain: 3}"]
)
def test_a_wrong_file_leaves_a_running_process_as_it_was(
    file: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    answers.write(file, {"en": {"pain": Changed("pain.yml", WORDS)}})
    assert said() == "It can sting."
    file.write_text(broken)
    with caplog.at_level(logging.ERROR):
        assert said() == "It can sting."
    assert "The answers stay as they were" in caplog.text


def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    answers.write(file, {"en": {}})
    assert file.stat().st_mode & 0o077 == 0
