"""The page that a clinician signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eligibility import Table, TableError
from eligibility.report import main, report
from tests.eligibility.answers import table

SEEN = Path(__file__).parent / "data" / "report.html"


def small() -> Table:
    """A few rows of the table: one of each kind."""
    rows = {name: table().rows[name] for name in ("3b", "3c", "3d", "5a", "6a")}
    return replace(
        table(),
        version="2026-11-23",
        rows=rows,
        lists={"pregnancy": table().lists["pregnancy"]},
        combinations=table().combinations[1:],
        settings={
            name: table().settings[name]
            for name in ("minimum_age", "isotretinoin_wait", "breastfeeding_wait")
        },
    )


def test_the_page_is_the_one_that_was_looked_at() -> None:
    """After a wanted change: look at the new page, then write it to tests/eligibility/data/report.html."""
    assert report(small()) == SEEN.read_text(encoding="utf-8")


def test_every_row_of_the_table_is_on_its_page() -> None:
    page = report(table())
    assert page.count("<th rowspan") == len(table().rows)
    assert page.count(">pending</td>") == len(table().rows)


def test_it_is_written_where_one_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "var" / "deep" / "report.html"
    assert [main([str(target)]), main([str(target)])] == [0, 0]
    assert target.read_text(encoding="utf-8") == report(table())
    assert capsys.readouterr().out == f"{target}\n{target}\n"


def test_without_a_name_it_is_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    assert (tmp_path / "prescreen-report.html").exists()


def test_a_broken_table_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise TableError("row '1a': wrong")

    monkeypatch.setattr("eligibility.report.load_default", broken)
    assert main([]) == 1
    assert capsys.readouterr().err == "row '1a': wrong\n"
