"""Checks data/devices.yml by the rules of every answer: length, reading grade, words, sources.

A text has no SMS variant: with its lead before it, it has to fit one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from actions.devices import Device, DeviceTable
from clinic.file import KINDS
from content.entries import Mistake, grade

FILE = "../devices.yml"
MOST_CHARACTERS = 300


def device_mistakes(root: Path, rules: dict[str, Any], sources: set[str]) -> Iterator[Mistake]:
    """What is wrong with the table, by kind and aspect."""
    table, aspects = (
        yaml.safe_load((root / "data" / name).read_text(encoding="utf-8"))
        for name in ("devices.yml", "aspects.yml")
    )
    if unknown := set(table["kinds"]) ^ set(KINDS):
        yield Mistake(FILE, "kinds", "name", f"{sorted(unknown)}; allowed: {', '.join(KINDS)}")
    device_table = DeviceTable(table, aspects)
    for kind, details in table["kinds"].items():
        longest = Device(kind, max(details["names"], key=len))
        for aspect, cell in {**table["anything"], **details["answers"]}.items():
            entry = f"{kind}.{aspect}"
            if aspect not in aspects["aspects"]:
                yield Mistake(FILE, entry, "aspect", "is not in data/aspects.yml")
                continue
            said = device_table.answer([longest], aspect).text
            yield from (Mistake(FILE, entry, *wrong) for wrong in _text(said, cell, rules, sources))


def _text(
    said: str, cell: dict[str, Any], rules: dict[str, Any], sources: set[str]
) -> Iterator[tuple[str, str]]:
    if len(said) > MOST_CHARACTERS:
        yield "text", f"{len(said)} characters with its lead; {MOST_CHARACTERS} or fewer"
    if (found := grade(cell["text"])) > rules["reading"]["highest_grade"]:
        yield "text", f"reading grade {found:.1f}; {rules['reading']['highest_grade']} or lower"
    for rule in rules["forbidden"]:
        if match := re.search(rule["pattern"], cell["text"], re.IGNORECASE):
            yield "text", f"says {match[0]!r}: {rule['why']}"
    for code in cell["sources"]:
        if code not in sources:
            yield "sources", f"{code!r} is not in data/sources.yml"
