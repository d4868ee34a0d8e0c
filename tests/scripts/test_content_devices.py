from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from content.checks import load_rules
from scripts.content_devices import device_mistakes
from scripts.train import ROOT

GOOD = '{text: "It heals in days.", sources: [mayo]}'


def wrong(tmp_path: Path, cell: str) -> list[str]:
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "aspects.yml", tmp_path / "data")
    table = (ROOT / "data" / "devices.yml").read_text(encoding="utf-8")
    (tmp_path / "data" / "devices.yml").write_text(
        table.replace("anything:\n", f"anything:\n  {cell}\n"), encoding="utf-8"
    )
    return [str(m) for m in device_mistakes(tmp_path, load_rules(ROOT), {"mayo", "clinic"})]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('lasts: {text: "It is completely safe.", sources: [mayo]}', "promises nothing"),
        ('lasts: {text: "It fades.", sources: [nowhere]}', "'nowhere' is not in data/sources.yml"),
        ('colour: {text: "It fades.", sources: [mayo]}', "is not in data/aspects.yml"),
        (f'lasts: {{text: "{"It fades. " * 40}", sources: [mayo]}}', "300 or fewer"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, cell: str, words: str) -> None:
    assert any(words in mistake for mistake in wrong(tmp_path, cell))
