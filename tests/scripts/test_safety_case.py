"""The clinical safety case is made from the hazard log, and the two agree."""

from __future__ import annotations

from scripts.safety_case import CASE, rows, safety_case


def test_the_safety_case_is_that_of_the_hazard_log() -> None:
    assert CASE.read_text(encoding="utf-8") == safety_case(), "run `make safety-case`"


def test_every_hazard_is_assessed_and_no_control_makes_it_worse() -> None:
    text = safety_case()
    assert text.count("## Hazard ") == len(rows())
    assert "not yet assessed" not in text
