"""A training says in one file what came of it, and a worse model is refused with the reason."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts import publish
from scripts.takeover import CALM, FLAG, OUT_OF_SCOPE, SOON, URGENT, Case, Reading
from scripts.train import ROOT


def test_the_held_out_messages_and_signs_are_there_to_be_measured(tmp_path: Path) -> None:
    (tmp_path / "asks.json").write_text(json.dumps({"pain_feel": ["would i yelp"]}))
    counted = Counter(case.wanted for case in publish._cases())
    levels = {name: counted.pop(name) for name in (URGENT, SOON, CALM, FLAG)}
    assert all(count > 50 for count in levels.values()), levels
    assert counted.total() > 500
    assert publish._own(tmp_path) == [Case("would i yelp", "faq/pain_feel")]


@pytest.mark.parametrize(
    ("error", "verdict", "words"),
    [
        (OSError(28, "No space left on device"), "failed", "No space left on device"),
        (RuntimeError("rasa train"), "failed", "ended early"),
        (MemoryError(), "failed", "ended early"),
        (publish.Refused('{"reason": "worse", "lost": []}'), "refused", "worse"),
    ],
)
def test_whatever_happens_there_is_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, verdict: str, words: str
) -> None:
    def fails(folder: Path) -> dict[str, Any]:
        raise error

    monkeypatch.setattr(publish, "_published", fails)
    monkeypatch.setattr(sys, "argv", ["publish", str(tmp_path)])
    assert publish.main() == 0
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["verdict"] == verdict
    assert words in found["reason"]


@pytest.mark.parametrize(
    ("intent", "safety", "wanted", "reading"),
    [
        ("faq", None, "faq/pain_feel", Reading("faq/pain_feel")),
        ("oos_chitchat", None, OUT_OF_SCOPE, Reading(OUT_OF_SCOPE)),
        ("faq", None, OUT_OF_SCOPE, Reading("faq/pain_feel")),
        (
            "report_emergency",
            {"decision": "act", "level": "U1", "by_rule": True},
            URGENT,
            Reading("report_emergency", "act", by_rule=True),
        ),
        ("suspect_danger", {"decision": "ask"}, SOON, Reading("suspect_danger", "ask")),
    ],
)
def test_what_a_model_makes_of_a_message(
    intent: str, safety: dict[str, Any] | None, wanted: str, reading: Reading
) -> None:
    selected = {"faq": {"response": {"intent_response_key": "faq/pain_feel"}}}
    parsed = {"intent": {"name": intent}, "response_selector": selected, "safety": safety}
    assert publish._read(parsed, wanted) == reading


def test_a_training_gives_way_when_memory_runs_out() -> None:
    program = "from scripts.publish import give_way; give_way(); print(open('/proc/self/oom_score_adj').read())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1000"
