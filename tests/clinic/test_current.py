"""What was changed in the inbox is laid over clinic.yml, at once and in every process."""

from __future__ import annotations

import logging
import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest

import clinic
from clinic import ClinicFileError, changes, current, watched

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
        "values: {prices.from: 50 off}",
        "values: {no.such: key}",
        "a: [",
        "[]",
        "days: {someday: []}",
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


def test_what_is_wrong_at_the_start_is_said(changed: Path) -> None:
    changed.write_text("values: {prices.from: 50 off}")
    with pytest.raises(ClinicFileError, match="prices.from"):
        clinic.load_default()


def test_the_file_is_for_its_owner_only(changed: Path) -> None:
    changes.write(changed, changes.Changes())
    assert stat.S_IMODE(changed.stat().st_mode) == 0o600


def test_a_live_clinic_is_a_clinic(changed: Path) -> None:
    one = current.with_days(clinic.live(), {CHRISTMAS.date(): ()})
    assert isinstance(one, clinic.Clinic)
    assert not one.is_open(CHRISTMAS)
    assert one.handover.claim_minutes == clinic.load_default().handover.claim_minutes
