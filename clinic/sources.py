"""What an answer rests on, as a visitor sees it: data/sources.yml, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent.parent / "data" / "sources.yml"
OUR_OWN = "clinic"


@dataclass(frozen=True)
class Source:
    """One source. ``people`` says how many took part and were counted, or how many sessions.

    ``about`` is a pattern of what a narrow source speaks of; who cites it speaks of that too.
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
    people: Mapping[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str | None:
        """A page that opens, if there is one for visitors."""
        if self.url:
            return self.url
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else None

    def for_visitors(self) -> dict[str, Any]:
        """Its title, its page, and how much of it was read."""
        return {"title": self.title, "address": self.address, "read": self.read}


def load(path: Path) -> dict[str, Source]:
    """Every source of one file by its code; TypeError for a key that a source does not have."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {code: Source(code, **row) for code, row in rows.items()}


@lru_cache(maxsize=1)
def load_default() -> dict[str, Source]:
    """The project's own sources."""
    return load(FILE)


def cited(codes: Iterable[str]) -> dict[str, Any]:
    """What goes out with an answer: its sources, and whether it is about health."""
    cited = list(codes)
    return {
        "sources": [load_default()[code].for_visitors() for code in cited],
        "medical": is_medical(cited),
    }


def is_medical(codes: Iterable[str]) -> bool:
    """Does it rest on anything but the clinic's own facts?"""
    return any(load_default()[code].kind != OUR_OWN for code in codes)
