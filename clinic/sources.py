"""What an answer rests on, as a visitor sees it: data/sources.yml, read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent.parent / "data" / "sources.yml"
OUR_OWN = "clinic"


@dataclass(frozen=True)
class Source:
    """One source. ``people`` says how many took part and were counted, or how many sessions.

    ``about`` is a pattern of what a narrow source speaks of; who cites it speaks of that too.
    ``beside`` are studies that found otherwise; who gives a share of the one gives the others' too.
    """

    code: str
    kind: str
    title: str
    authors: str = ""
    journal: str = ""
    year: int | None = None
    url: str = ""
    doi: str = ""
    pmid: int | None = None
    file: str = ""
    read: str = "full"
    about: str = ""
    beside: Sequence[str] = ()
    people: Mapping[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str | None:
        """A page that opens, if there is one for visitors."""
        if self.url:
            return self.url
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else None

    def for_visitors(self) -> dict[str, object]:
        """Its title, its page, and how much of it was read."""
        return {"title": self.title, "address": self.address, "read": self.read}


class SourceFileError(ValueError):
    """data/sources.yml holds a source that is not one."""


def load(path: Path) -> dict[str, Source]:
    """Every source of one file by its code. Raise SourceFileError with every mistake, a line each."""
    rows = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["sources"]
    wrong = [
        f"{path}: source '{code}', {what}" for code, row in rows.items() for what in _wrong(row)
    ]
    if wrong:
        raise SourceFileError("\n".join(wrong))
    return {code: Source(code, **row) for code, row in rows.items()}


def _wrong(row: object) -> Iterator[str]:
    """What is no source about a row: its keys, its numbers, its pattern."""
    if not isinstance(row, dict):
        yield f"has value {row!r}; allowed: a mapping with kind, title and an address"
        return
    known = [one.name for one in fields(Source) if one.name != "code"]
    for key in sorted(row.keys() - set(known)):
        yield f"key '{key}' is unknown; allowed: {', '.join(known)}"
    for key in ("kind", "title"):
        if not isinstance(row.get(key), str):
            yield f"key '{key}' has value {row.get(key)!r}; allowed: words"
    for key in ("year", "pmid"):
        if not isinstance(row.get(key, 0), int):
            yield f"key '{key}' has value {row[key]!r}; allowed: a number"
    people = row.get("people", {})
    if not isinstance(people, dict) or not all(isinstance(n, int) for n in people.values()):
        yield f"key 'people' has value {people!r}; allowed: such as {{enrolled: 51, counted: 34}}"
    try:
        re.compile(str(row.get("about", "")))
    except re.error as error:
        yield f"key 'about' is no pattern: {error}"


@lru_cache(maxsize=1)
def load_default() -> dict[str, Source]:
    """The project's own sources."""
    return load(FILE)


def cited(codes: Iterable[str]) -> dict[str, object]:
    """What goes out with an answer: its sources, and whether it is about health."""
    cited = list(codes)
    return {
        "sources": [load_default()[code].for_visitors() for code in cited],
        "medical": is_medical(cited),
    }


def is_medical(codes: Iterable[str]) -> bool:
    """Does it rest on anything but the clinic's own facts?"""
    return any(load_default()[code].kind != OUR_OWN for code in codes)
