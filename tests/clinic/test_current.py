"""What was changed in the inbox is laid over clinic.yml, at once and in every process."""

from __future__ import annotations

import logging
import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest

import clinic
from clinic import ClinicFileError, changes, current, watched
from clinic.spoken import say_in

CLINIC = Path(__file__).resolve().parents[2] / "clinic.yml"
CHRISTMAS = datetime(2026, 12, 25, 12, tzinfo=timezone.utc)


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "changes.yml"
    monkeypatch.setenv("CLINIC_FILE", str(CLINIC))
    monkeypatch.setenv("CLINIC_CHANGES", str(path))
    monkeypatch.setattr(watched, "LOOK_AGAIN", 0)
    current.forget()
    yield path
    current.forget()


def test_a_change_is_there_at_the_next_question_and_gone_with_the_file(changed: Path) -> None:
    one = clinic.live()
    assert one.words["price_from"] == "£180"
    changes.write(changed, changes.Changes({"prices.from": "£200"}))
    assert one.words["price_from"] == clinic.load_default().facts()["price_from"] == "£200"
    changed.unlink()
    assert one.words["price_from"] == "£180"


def test_a_day_that_the_inbox_closed_is_closed_everywhere(changed: Path) -> None:
    assert clinic.live().is_open(CHRISTMAS)
    changes.write(changed, changes.Changes(days={"2026-12-25": []}))
    assert not clinic.live().is_open(CHRISTMAS)


@pytest.mark.parametrize(
    "broken",
    [
        "a: [",
        "[]",
        "values: [], more: 1",
    ],
)
def test_what_is_wrong_leaves_a_running_process_as_it_was(
    changed: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert clinic.load_default().words["price_from"] == "£180"
    changed.write_text(broken)
    with caplog.at_level(logging.ERROR):
        assert clinic.load_default().words["price_from"] == "£180"
    assert "stay as they were" in caplog.text


def test_a_file_that_is_none_is_said_at_the_start(changed: Path) -> None:
    changed.write_text("a: [")
    with pytest.raises(ClinicFileError, match="not YAML"):
        clinic.load_default()


@pytest.mark.parametrize(
    ("values", "days", "named"),
    [
        ({"prices.from": "50 off"}, {}, "prices.from"),
        ({"no.such": "key"}, {}, "no.such"),
        ({"practice.light_laser_wait": "20 weeks"}, {}, "practice.light_laser_wait"),
        ({"hours.monday": ["25:00-26:00"]}, {}, "hours.monday"),
        ({"website_chat.questions": ["Is{phone} it safe"]}, {}, "website_chat.questions"),
        ({"phone": "-----"}, {}, "phone"),
        ({}, {"2026-12-24": ["22:00-02:00"]}, "2026-12-24"),
        ({}, {"someday": []}, "someday"),
    ],
)
def test_what_is_not_allowed_any_more_is_left_out_with_a_line_and_nobody_is_locked_out(
    changed: Path,
    values: dict[str, object],
    days: dict[str, list[str]],
    named: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    others = {"country": "US", "emergency_number": "911", "urgent_number": "911"}
    numbers = {"poisons_line": "1-800-222-1222", "crisis_line": "988"}
    line = {"safety_line": "1-800-799-7233"}
    kept = {**values, **others, **numbers, **line}
    changes.write(changed, changes.Changes(kept, {**days, "2026-12-25": []}))
    now = clinic.load_default()
    assert f"{named} " in caplog.text or f"{named}:" in caplog.text
    assert len(caplog.records) == 1
    assert (now.emergency_number, now.words["price_from"]) == ("911", "£180")
    assert not now.is_open(CHRISTMAS)


def test_a_mistake_of_the_file_itself_is_still_said(
    changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "clinic.yml"
    wrong.write_text(CLINIC.read_text(encoding="utf-8").replace("from: £180", "from: 50 off"))
    monkeypatch.setenv("CLINIC_FILE", str(wrong))
    changes.write(changed, changes.Changes({"name": "Bay"}))
    with pytest.raises(ClinicFileError, match="prices.from"):
        clinic.load_default()


def test_words_whose_english_was_changed_are_said_in_english(changed: Path) -> None:
    own, english = "assistant.own_words.es.deposit", "We ask for £50 first."

    def said() -> str:
        current.forget()
        with say_in("es"):
            return clinic.load_default().facts()["deposit"]

    assert said() == "No pedimos señal."
    changes.write(changed, changes.Changes({"prices.deposit": english}))
    assert said() == english
    with say_in("es"):
        assert clinic.load_default().facts()["refunds"].startswith("Le devolvemos")
    for words in ("Pedimos 50 £ primero.", "No pedimos señal."):
        changes.write(changed, changes.Changes({"prices.deposit": english, own: words}))
        assert said() == words


def test_the_file_is_for_its_owner_only(changed: Path) -> None:
    changes.write(changed, changes.Changes())
    assert stat.S_IMODE(changed.stat().st_mode) == 0o600


def test_a_live_clinic_is_a_clinic(changed: Path) -> None:
    one = current.with_days(clinic.live(), {CHRISTMAS.date(): ()})
    assert isinstance(one, clinic.Clinic)
    assert not one.is_open(CHRISTMAS)
    assert one.handover.claim_minutes == clinic.load_default().handover.claim_minutes
