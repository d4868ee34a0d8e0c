"""A conversation in the terminal is one at the website's door; `make dev` watches what it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from clinic import load
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.storage.connections import migrate
from scripts import dev
from scripts.talk import Talk
from scripts.train import ROOT
from tests.standins.assistant import StandInAssistant

SECRET = "a-secret-for-tests-only"


@pytest.fixture()
def talk(tmp_path: Path) -> Iterator[Talk]:
    settings = Settings.read(
        {"ASSISTANT_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{tmp_path}/desk.db"}
    )
    migrate(settings.database_url)
    stand_in = StandInAssistant(SECRET)
    app = create_app(
        settings, load(ROOT / "clinic.yml"), lambda: datetime.now(timezone.utc), stand_in.transport
    )
    with TestClient(app, base_url=settings.public_url) as client:
        yield Talk(client)


def test_what_is_said_is_answered_and_a_choice_is_taken_by_its_number(talk: Talk) -> None:
    assert len(talk.listen(60)) == 1
    talk.say("choose one")
    assert talk.listen(60) == ["assistant: Which?", "   1. Yes", "   2. No"]
    talk.say("2")
    assert talk.listen(60) == ["assistant: echo: button b_no"]


@pytest.mark.parametrize("name", sorted(dev.WATCHED))
def test_dev_starts_what_run_starts_and_watches_files_that_are_there(name: str) -> None:
    ports = {"ASSISTANT_PORT": "5005", "ACTIONS_PORT": "5055"}
    target, *watched = dev.command(name, ports)[5:]
    assert target.startswith(sys.executable)
    assert "%(" not in target
    assert all((ROOT / place).exists() for place in watched)
