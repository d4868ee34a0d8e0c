"""The pre-screen's table and the red flags, row by row, as a clinician reads and signs them.

The rows are the engineers' files; a signature is for the words as they stand, and is void once they change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.ext.asyncio import AsyncEngine

from content.entries import ROOT
from frontdesk.clock import Clock
from frontdesk.knowledge.answers import NotAllowed
from frontdesk.storage import tables

RULES = ROOT / "eligibility" / "rules.yml"
URGENCY = ROOT / "data" / "urgency.yml"
PHRASES = ROOT / "assistant" / "nlu" / "data" / "red_flags.yml"
NOT_READ = {"sign_off", "id", "label", "group"}
LEVELS = ("U1", "U2")


class Part(str, Enum):
    """Which table a row is of."""

    PRESCREEN = "The pre-screen"
    FLAG = "Red flags"


@dataclass(frozen=True)
class ClinicalRow:
    """One row in words: names and values, in the order of the file."""

    id: str
    part: Part
    title: str
    lines: tuple[tuple[str, str], ...]

    @property
    def fingerprint(self) -> str:
        """Eight characters that change with every word of it."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]

    @property
    def text(self) -> str:
        """All of it, as it is kept with a signature."""
        return json.dumps([self.title, *self.lines], ensure_ascii=False)


@dataclass(frozen=True)
class RowSignature:
    """Who signed a row, when, and until when it holds."""

    row: str
    fingerprint: str
    signed_as: str
    review_again: date
    at: datetime


class ClinicalRows:
    """Rows and their signatures; only ever added to."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def signatures(self) -> dict[str, RowSignature]:
        """The last signature of each row that still says what was signed."""
        table = tables.row_signatures.c
        columns = (table.row, table.fingerprint, table.signed_as, table.review_again, table.at)
        async with self._engine.connect() as connection:
            found = (await connection.execute(sa.select(*columns).order_by(table.id))).all()
        known = rows()
        return {
            one.row: RowSignature(**one._mapping)
            for one in found
            if one.row in known and known[one.row].fingerprint == one.fingerprint
        }

    async def sign(
        self, row: str, fingerprint: str, staff_id: int, signed_as: str, review_again: date
    ) -> None:
        """Sign a row as it was read. Raise NotAllowed."""
        found = rows().get(row)
        if found is None or found.fingerprint != fingerprint:
            raise NotAllowed("This row was changed since the page was opened. Read it again.")
        values = {
            "row": row,
            "fingerprint": fingerprint,
            "content": found.text,
            "signed_as": signed_as,
            "review_again": review_again,
            "staff_id": staff_id,
            "at": self._clock(),
        }
        async with self._engine.begin() as connection:
            await connection.execute(tables.row_signatures.insert().values(values))


@lru_cache(maxsize=1)
def rows() -> dict[str, ClinicalRow]:
    """Every row by its id, read once: they change with the program only."""
    return {row.id: row for row in (*_prescreen(), *_flags())}


def _prescreen() -> Iterator[ClinicalRow]:
    table = _read(RULES)
    for row in table["rows"]:
        title = f"{row['id']}. {row['label']}"
        yield ClinicalRow(f"prescreen {row['id']}", Part.PRESCREEN, title, tuple(_lines(row)))
    for row in table["combinations"]:
        title = f"{row['id']}: together they mean more"
        yield ClinicalRow(f"prescreen {row['id']}", Part.PRESCREEN, title, tuple(_lines(row)))


def _flags() -> Iterator[ClinicalRow]:
    urgency, phrases = _read(URGENCY), _read(PHRASES)
    for name, event in urgency["events"].items():
        told = [phrase for level in LEVELS for phrase in (phrases.get(level) or {}).get(name, ())]
        words = {**event, "who": urgency["calls"][event["who"]]}
        if told:
            words["heard in"] = told
        title = str(event["sign"])
        yield ClinicalRow(
            f"flag {name}", Part.FLAG, title[:1].upper() + title[1:], tuple(_lines(words))
        )


def _read(path: Any) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _lines(row: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    """Each value with the names that lead to it."""
    for key, value in row.items():
        name = f"{before}{str(key).replace('_', ' ')}"
        if not before and key in NOT_READ:
            continue
        if isinstance(value, Mapping):
            yield from _lines(value, f"{name}, ")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            for one in value:
                yield from _lines(one, f"{one.get('title') or one.get('id') or name}, ")
        else:
            yield name, _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
