"""A training says in one file what came of it, and a worse model is refused with the reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import publish
from scripts.publish import Case, Figures, worse

HELD_OUT = Figures("held-out messages", 800, 800, 1000, [])
DANGER = Figures("signs of danger", 90, 90, 100, [])
OWN = Figures("your own ways to ask", 1, 10, 10, [])


def with_new(figures: Figures, new: int) -> Figures:
    return Figures(figures.name, figures.now, new, figures.of, [])


def test_as_good_or_better_may_take_over() -> None:
    assert worse([HELD_OUT, DANGER, OWN]) == ""
    assert worse([with_new(HELD_OUT, 796), with_new(DANGER, 95), OWN]) == ""


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ([with_new(HELD_OUT, 794), DANGER, OWN], "reads 794 right; today it is 800"),
        ([HELD_OUT, with_new(DANGER, 89), OWN], "misses 1 signs of danger"),
        ([HELD_OUT, DANGER, with_new(OWN, 7)], "only 7 would get their answer"),
        ([Figures("held-out messages", 0, 0, 0, []), DANGER, OWN], "cannot be measured"),
    ],
)
def test_worse_is_refused_with_the_reason(figures: list[Figures], why: str) -> None:
    assert why in worse(figures)


def test_the_held_out_messages_and_signs_are_there_to_be_measured(tmp_path: Path) -> None:
    (tmp_path / "asks.json").write_text(json.dumps({"pain_feel": ["would i yelp"]}))
    cases = publish._cases(tmp_path)
    assert len(cases["held-out messages"]) > 300
    assert len(cases["signs of danger"]) > 100
    assert cases["your own ways to ask"] == [Case("would i yelp", "faq/pain_feel")]


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
