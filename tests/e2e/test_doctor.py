"""`make doctor` on a running installation: well when it is, and each fault by its name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import doctor
from tests.e2e.conftest import Stack


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of a test may be busy."""
    monkeypatch.setattr(doctor, "WAIT_SECONDS", 60.0)
    monkeypatch.setattr(doctor, "STREAM_SECONDS", 60.0)


def wrong(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: words for name, (is_well, words) in doctor.look(environment).items() if not is_well
    }


def test_a_desk_that_is_well_is_well(open_clinic: Stack) -> None:
    assert wrong(open_clinic.environment) == {}


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"ASSISTANT_SECRET": "another-secret-for-tests"}, "assistant", "another ASSISTANT_SECRET"),
        ({"ACTIONS_URL": "http://127.0.0.1:9/webhook"}, "actions", "does not answer"),
        ({"DATABASE_URL": "sqlite:////nowhere/desk.db"}, "database", "cannot be read"),
        ({"TELEGRAM_BOT_TOKEN": "12"}, "channels", "TELEGRAM_SECRET_TOKEN is missing"),
    ],
)
def test_what_is_wrong_is_named(
    open_clinic: Stack, changed: dict[str, str], name: str, words: str
) -> None:
    found = wrong({**open_clinic.environment, **changed})
    assert set(found) == {name} and words in found[name]


def test_a_model_that_is_not_the_one_that_runs_is_named(
    open_clinic: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "model_id", lambda archive: "another")
    assert "another model" in wrong(open_clinic.environment)["assistant"]


def test_a_full_disk_is_named(open_clinic: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 0))
    assert "only 0 MB" in wrong(open_clinic.environment)["disk"]
