"""The page that a clinician signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from eligibility import TableError
from eligibility.report import main, report
from tests.eligibility.answers import table


def test_every_row_with_question_answers_outcome_reason_source_and_sign_off_is_on_the_page() -> (
    None
):
    page = report(table())
    assert page.count("<th rowspan") == len(table().rows)
    assert page.count(">pending</td>") == len(table().rows)
    for part in (
        "version 2026-11-23",
        "Blood thinners",
        "wait: N, review: R",
        "(ends the questions)",
        "[S27][S69]",
        "dark_skin_and_tan",
        "minimum_age",
        "18 to 99",
        "breastfeeding_policy",
        "4 weeks",
        "Never asked; heard",
        "Asked only when 5a: now",
    ):
        assert part in page
    assert "{" not in page.split("</style>")[1].replace("{emergency_number}", "").replace(
        "{phone}", ""
    )


def test_it_is_written_where_one_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "var" / "report.html"
    assert main([str(target)]) == 0
    assert target.read_text(encoding="utf-8") == report(table())
    assert capsys.readouterr().out.strip() == str(target)


def test_a_broken_table_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise TableError("row '1a': wrong")

    monkeypatch.setattr("eligibility.report.load_default", broken)
    assert main([]) == 1
    assert "row '1a': wrong" in capsys.readouterr().err
