"""The content check names file, entry, field and what is allowed."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from scripts.content_checks import check
from scripts.content_entries import load_entries
from scripts.content_meaning import near_duplicates
from scripts.train import ROOT

TODAY = date(2026, 11, 23)


@pytest.fixture()
def project(tmp_path: Path) -> Path:
    """A copy of the clinic's facts, the rules, the sources and one file of answers."""
    (tmp_path / "data" / "faq").mkdir(parents=True)
    for name in ("clinic.yml", "data/sources.yml", "data/content_rules.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "data/faq/pain.yml", tmp_path / "data/faq/pain.yml")
    text = (tmp_path / "data/faq/pain.yml").read_text(encoding="utf-8")
    allowed = "related: [snapping_feel, numbing_cream]"
    text = re.sub(r"related: \[.*\]", allowed, text)
    text = text.replace(allowed, "related: [pain_feel]").replace("related: [pain_feel]", allowed, 1)
    (tmp_path / "data/faq/pain.yml").write_text(text, encoding="utf-8")
    return tmp_path


def mistakes(project: Path, old: str = "", new: str = "") -> list[str]:
    path = project / "data" / "faq" / "pain.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(m) for m in check(project, TODAY) if not m.is_warning]


def test_the_answers_we_ship_have_no_mistake() -> None:
    assert [str(m) for m in check(ROOT, TODAY) if not m.is_warning] == []


def test_there_are_at_least_130_answers_with_12_ways_to_ask_each() -> None:
    entries, _ = load_entries(ROOT)
    assert len(entries) >= 130
    assert [e.topic for e in entries if len(set(e.asks)) < 12] == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('question: "Does it hurt?"', "", "'pain_feel': metadata.question: is missing"),
        ("sources: [", "sources: [S999, ", "'S999' is not in data/sources.yml"),
        ('reviewed: "2026-11-23"', "reviewed: 2026-11-23", "reviewed: must be quoted"),
        ('reviewed: "2026-11-23"', 'reviewed: "last week"', "is not a date like"),
        ("clinical_review: pending", "clinical_review: yes-of-course", "a name and a date"),
        ("  utter_faq/snapping_feel:", "  utter_faq/pain_feel:", "stands twice"),
        ("It can hurt a little", "We guarantee no pain", "promises nothing"),
        ("It can hurt a little", "Hurts {nothing}", "{nothing} is not a fact of clinic.yml"),
        ("It can hurt a little", "word " * 60, "60 or fewer"),
        ("  examples: |", "  nothing: |", "0 ways to ask; 12 or more"),
    ],
    ids=lambda value: value[:24],
)
def test_a_mistake_names_file_entry_and_what_is_allowed(
    project: Path, old: str, new: str, wanted: str
) -> None:
    found = mistakes(project, old, new)
    assert any(wanted in line and "data/faq/pain.yml" in line for line in found), found


def test_a_review_older_than_a_year_is_a_warning(project: Path) -> None:
    found = [m for m in check(project, date(2028, 1, 1)) if m.field == "metadata.reviewed"]
    assert found
    assert all(m.is_warning for m in found)


def test_ways_to_ask_that_mean_the_same_under_two_answers_are_found(project: Path) -> None:
    mistakes(
        project,
        "- intent: faq/snapping_feel\n  examples: |\n",
        "- intent: faq/snapping_feel\n  examples: |\n    - is it going to hurt me\n",
    )
    mistakes(
        project,
        "- intent: faq/pain_feel\n  examples: |\n",
        "- intent: faq/pain_feel\n  examples: |\n    - Is it going to hurt me\n",
    )
    entries, _ = load_entries(project)
    found = [str(m) for m in near_duplicates(entries, 0.98)]
    assert any("snapping_feel" in line and "pain_feel" in line for line in found)
