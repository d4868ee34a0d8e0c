"""Answers about devices as data/devices.yml has them: an aspect of a kind, the lead before it, the clinic's own words.

Each cell may say when it was reviewed and who signed it; else the file's own words about all of them count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ARTICLES = ("a ", "an ", "the ")
ANYTHING = "anything"
"""Where a kind has no answer of its own."""
REVIEW = ("reviewed", "clinical_review")


def cells(table: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each kind and aspect with its cell, what is said of any device last."""
    for kind, details in table["kinds"].items():
        for aspect, cell in details["answers"].items():
            yield kind, aspect, reviewed(table, cell)
    for aspect, cell in table[ANYTHING].items():
        yield ANYTHING, aspect, reviewed(table, cell)


def reviewed(table: Mapping[str, Any], cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """A cell with its own day and signature, or those of the whole table."""
    return {**{key: table[key] for key in REVIEW}, **cell}


def lead(table: Mapping[str, Any], kind: str, name: str, is_offered: bool) -> str:
    """What the device is and whether it is offered; "" for what is offered by its plain name."""
    is_plain = name.startswith(ARTICLES)
    if is_plain and is_offered:
        return ""
    key = "offered" if is_offered else "plain" if is_plain else "not_offered"
    return str(table["lead"][key]).replace("{is}", str(table["kinds"][kind]["is"]))


def name_of(table: Mapping[str, Any], kind: str) -> str:
    """What a kind is called where nobody has named a brand: brands come first in its names."""
    return "any device" if kind == ANYTHING else str(list(table["kinds"][kind]["names"])[-1])


def changed(table: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The table with the clinic's own cells in the places of its own; what has no place is left out."""

    def over(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        return {
            aspect: {**cell, **own.get(f"{kind}_{aspect}", {})} for aspect, cell in answers.items()
        }

    kinds = {
        kind: {**details, "answers": over(kind, details["answers"])}
        for kind, details in table["kinds"].items()
    }
    return {**table, "kinds": kinds, ANYTHING: over(ANYTHING, table[ANYTHING])}
