"""Answers about devices as entries: data/devices.yml read, and written again with what the clinic changed.

A text has no SMS variant: with the lead before it, it has to fit one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import yaml

from clinic.answers import DEVICES, PENDING
from clinic.devices import ANYTHING, REVIEW, cells, lead, name_of
from clinic.file import KINDS
from content.entries import ROOT, Entry, Mistake
from content.files import quoted, round_trip

CELLS = Path("data") / "devices.yml"


def load_table(root: Path) -> Mapping[str, Any]:
    """data/devices.yml under ``root``."""
    table: Mapping[str, Any] = _read(root / CELLS)
    return table


def load_cells(root: Path) -> tuple[list[Entry], list[Mistake]]:
    """Every cell as an entry, and what is wrong with the shape of the table."""
    try:
        return _entries(load_table(root))
    except (yaml.YAMLError, ValueError, AttributeError, KeyError, TypeError) as error:
        return [], [
            Mistake(DEVICES, "-", "file", " ".join(f"not as it should be: {error}".split()))
        ]


def _entries(table: Mapping[str, Any]) -> tuple[list[Entry], list[Mistake]]:
    aspects = _read(ROOT / "data" / "aspects.yml")["aspects"]
    entries, mistakes = [], list(_kinds(table))
    for kind, aspect, cell in cells(table):
        if aspect not in aspects:
            mistakes.append(
                Mistake(DEVICES, f"{kind}.{aspect}", "aspect", "is not in data/aspects.yml")
            )
        elif not {"text", "sources"} <= cell.keys():
            mistakes.append(
                Mistake(DEVICES, f"{kind}.{aspect}", "text", "needs a text and sources")
            )
        else:
            title = str(aspects[aspect]["title"]).replace("{device}", name_of(table, kind))
            entries.append(_entry(f"{kind}_{aspect}", title, cell))
    return entries, mistakes


def longest_lead(
    table: Mapping[str, Any], topic: str, offered: AbstractSet[str]
) -> tuple[str, str]:
    """The longest lead before a cell, where the clinic offers these kinds, with the name that is in it."""
    named = [
        (f"{words} " if words else "", name)
        for kind, details in table["kinds"].items()
        if topic.startswith((f"{kind}_", f"{ANYTHING}_"))
        for name in details["names"]
        for words in [lead(table, kind, name, kind in offered).replace("{device}", name)]
    ]
    words, name = max(named, key=lambda one: len(one[0]))
    return words, name


def written(entries: Iterable[Entry], text: str) -> str:
    """data/devices.yml with these cells in their places; all else stays as it is."""
    yaml_, new = round_trip(), {one.topic: one for one in entries}
    table = yaml_.load(text)
    for kind, aspect, _ in list(cells(table)):
        one = new.get(f"{kind}_{aspect}")
        if one:
            cell = (table if kind == ANYTHING else table["kinds"][kind])[
                ANYTHING if kind == ANYTHING else "answers"
            ][aspect]
            words = {"text": one.text, "sources": list(one.sources)}
            review = {key: getattr(one, key) for key in REVIEW}
            cell.update(quoted({**words, **review}))
    out = io.StringIO()
    yaml_.dump(table, out)
    return out.getvalue()


def _kinds(table: Mapping[str, Any]) -> Iterator[Mistake]:
    if unknown := set(table["kinds"]) ^ set(KINDS):
        yield Mistake(DEVICES, "kinds", "name", f"{sorted(unknown)}; allowed: {', '.join(KINDS)}")


def _entry(topic: str, question: str, cell: Mapping[str, Any]) -> Entry:
    return Entry(
        file=DEVICES,
        topic=topic,
        asks=(),
        text=str(cell["text"]),
        sms="",
        question=question,
        more="",
        sources=tuple(map(str, cell["sources"])),
        reviewed=str(cell["reviewed"]),
        clinical_review=str(cell.get("clinical_review") or PENDING),
        related=(),
    )


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
