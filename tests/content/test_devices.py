"""Answers about devices keep the rules of every answer, and come back into their file as they were."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from content.checks import World, of_one
from content.devices import load_cells, longest_lead, written
from content.entries import ROOT, load_entries

TABLE = (ROOT / "data" / "devices.yml").read_text(encoding="utf-8")
CELLS = {one.topic: one for one in load_cells(ROOT)[0]}


def wrong(tmp_path: Path, cell: str) -> list[str]:
    (tmp_path / "data").mkdir()
    for name in ("sources.yml", "urgency.yml", "content_rules.yml"):
        shutil.copy(ROOT / "data" / name, tmp_path / "data")
    (tmp_path / "data" / "devices.yml").write_text(
        TABLE.replace("anything:\n", f"anything:\n  {cell}\n"), encoding="utf-8"
    )
    cells, mistakes = load_cells(tmp_path)
    world = World.of(tmp_path, [], {"phone": "020 7946 0000"}, date(2026, 11, 26))
    mistakes += [
        found for one in cells if one.topic == "anything_lasts" for found in of_one(one, world)
    ]
    return [str(one) for one in mistakes]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('lasts: {text: "It is completely safe.", sources: [mayo]}', "promises nothing"),
        ('lasts: {text: "It fades.", sources: [nowhere]}', "'nowhere' is not in data/sources.yml"),
        ('lasts: {text: "It helps 9 of 10.", sources: [mayo]}', "without how many took part"),
        (
            'lasts: {text: "With blisters, wait a week.", sources: [mayo]}',
            "draw {urgency_blisters}",
        ),
        ('colour: {text: "It fades.", sources: [mayo]}', "is not in data/aspects.yml"),
        (f'lasts: {{text: "{"It fades. " * 40}", sources: [mayo]}}', "300 or fewer"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, cell: str, words: str) -> None:
    assert any(words in mistake for mistake in wrong(tmp_path, cell))


@pytest.mark.parametrize("cell", ["lasts: {text: It fades.}", "lasts: just words"])
def test_a_cell_without_its_parts_is_named(tmp_path: Path, cell: str) -> None:
    assert "devices.yml" in wrong(tmp_path, cell)[0]


def test_no_cell_has_the_id_of_an_answer() -> None:
    topics = {one.topic for one in load_entries(ROOT)[0]}
    assert len(CELLS) > 100
    assert not [cell for cell in CELLS if cell in topics]


def test_the_lead_is_counted_with_the_longest_name() -> None:
    table = yaml.safe_load(TABLE)
    lead, name = longest_lead(table, "ultrasound_pain", frozenset())
    assert name in lead
    assert lead.endswith("we do not offer it here. ")


def test_what_was_changed_stands_in_the_file_and_all_else_as_it_was() -> None:
    assert written([], TABLE) == TABLE
    new = replace(CELLS["gentle_laser_pain"], text="{device} is mild.", reviewed="2026-12-01")
    other = replace(CELLS["anything_price"], clinical_review="Dr Ana Ruiz 2026-12-02 12345678")
    before, after = TABLE.splitlines(), written([new, other], TABLE).splitlines()
    assert len(before) == len(after)
    changed = [line for old, line in zip(before, after, strict=True) if old != line]
    assert changed[0].startswith('  price: {text: "Please ask whoever offers')
    assert "Dr Ana Ruiz 2026-12-02 12345678" in changed[0]
    assert changed[1:] == [
        '      pain: {text: "{device} is mild.", sources: [leeds_during], '
        'reviewed: "2026-12-01", clinical_review: pending}'
    ]
