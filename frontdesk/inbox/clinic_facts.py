"""What the clinic changes of clinic.yml in the inbox: kept with who and when, live in every process.

The database holds every change; the file that the processes read (clinic/changes.py) is written from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic.changes import Changes, laid_over, read, value_at, write
from clinic.current import clinic_file, lay
from clinic.file import ClinicFileError, checked, content_of
from frontdesk.clock import Clock
from frontdesk.storage import tables

BESIDE = re.compile(r"^( *)([\w-]+):(?:.*?\s#\s*(.*))?")
LONGEST_VALUE = 600
DISK = "It is kept, but this computer's disk is full or cannot be written, so visitors do not read it yet."


class NotChanged(ValueError):
    """The value is not allowed; the text says what is."""


@dataclass(frozen=True)
class Fact:
    """A key of clinic.yml: its value in the file, its value now, and the words beside it in the file.

    left_out: why visitors do not read the value, where it is so.
    """

    key: str
    in_file: object
    now: object
    help: str
    left_out: str = ""

    @property
    def is_changed(self) -> bool:
        """Does the inbox's value win over the file's?"""
        return bool(self.now != self.in_file)

    @property
    def text(self) -> str:
        """The value as it is typed: a list has a line each."""
        return as_text(self.now)

    @property
    def name(self) -> str:
        """The key without its section, in words."""
        return self.key.rpartition(".")[2].replace("_", " ")


@dataclass(frozen=True)
class Change:
    """One line of the history. ``value`` is None where the file's value came back."""

    key: str
    value: object
    who: str
    at: datetime


class ClinicFacts:
    """The changes of one clinic. ``changed`` is None where this installation has no file for them."""

    def __init__(self, engine: AsyncEngine, changed: Path | None, clock: Clock) -> None:
        self._engine = engine
        self._changed = changed
        self._clock = clock

    @property
    def can_change(self) -> bool:
        """Is there a file from which the processes read?"""
        return self._changed is not None

    async def facts(self) -> list[Fact]:
        """Every key of the file, in its order."""
        path = clinic_file()
        content, values, beside = content_of(path), await self.values(), _helps(path)
        silent = _left_out(content, values)
        return [
            Fact(key, value, values.get(key, value), beside.get(key, ""), silent.get(key, ""))
            for key, value in _leaves(content)
        ]

    async def values(self) -> dict[str, object]:
        """Every value that wins over the file's."""
        changes = tables.clinic_changes.c
        newest = sa.select(sa.func.max(changes.id)).group_by(changes.key)
        query = sa.select(changes.key, changes.value).where(changes.id.in_(newest))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.key: json.loads(row.value) for row in rows if row.value is not None}

    async def history(self, limit: int = 50) -> list[Change]:
        """The newest changes first, with who made them."""
        changes, staff = tables.clinic_changes.c, tables.staff.c
        query = (
            sa.select(changes.key, changes.value, staff.name, changes.at)
            .join_from(tables.clinic_changes, tables.staff, changes.staff_id == staff.id)
            .order_by(changes.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Change(r.key, json.loads(r.value or "null"), r.name, r.at) for r in rows]

    async def keep(self, key: str, text: str, staff_id: int) -> None:
        """Change one key. Raise NotChanged with what is allowed; nothing is kept then."""
        content = content_of(clinic_file())
        old = _old(content, key)
        values = {**_fitting(content, await self.values()), key: _parsed(old, text)}
        _check(content, values, key)
        await self._add({key: json.dumps(values[key], ensure_ascii=False)}, staff_id)

    async def keep_all(self, texts: Mapping[str, str], staff_id: int) -> None:
        """Change several keys, or none. Raise NotChanged with the key and what is allowed."""
        content = content_of(clinic_file())
        values = _fitting(content, await self.values())
        for key, text in texts.items():
            try:
                values[key] = _parsed(_old(content, key), text)
            except NotChanged as problem:
                raise NotChanged(f"{key}: {problem}") from problem
        _check(content, values, next(iter(texts), ""))
        await self._add(
            {key: json.dumps(values[key], ensure_ascii=False) for key in texts}, staff_id
        )

    async def take_back(self, key: str, staff_id: int) -> None:
        """The file's value again. Raise NotChanged where it no longer fits the others."""
        content = content_of(clinic_file())
        _old(content, key)
        values = {k: v for k, v in (await self.values()).items() if k != key}
        values = _fitting(content, values)
        _check(content, values, key)
        await self._add({key: None}, staff_id)

    async def publish(self) -> None:
        """Write the file where it is not what the database says (another desk may have changed it)."""
        if self._changed is None:
            return
        wanted = Changes(await self.values(), await self._days())
        try:
            same = read(self._changed) == wanted and self._changed.exists()
        except ValueError:
            same = False
        if not same:
            write(self._changed, wanted)

    async def _days(self) -> dict[str, list[str]]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(sa.select(tables.opening_exceptions))).all()
        return {
            row.day.isoformat(): [part.strip() for part in row.hours.split(",") if part.strip()]
            for row in rows
        }

    async def _add(self, values: Mapping[str, str | None], staff_id: int) -> None:
        by = {"staff_id": staff_id, "at": self._clock()}
        rows = [{"key": key, "value": value, **by} for key, value in values.items()]
        async with self._engine.begin() as connection:
            await connection.execute(tables.clinic_changes.insert(), rows)
        await self.publish()


def _leaves(content: Mapping[str, object]) -> list[tuple[str, object]]:
    """What can be typed; a list of objects, such as WhatsApp's templates, stays the file's."""
    return [(key, value) for key, value in _every(content) if not _has_objects(value)]


def _every(content: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _every(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _has_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, (Mapping, list)) for one in value)


def not_taken(content: Mapping[str, object]) -> list[str]:
    """The keys of a clinic.yml from elsewhere that are no form here, and not as this file has them."""
    here = dict(_every(content_of(clinic_file())))
    return [
        key
        for key, value in _every(content)
        if key not in here or (_has_objects(here[key]) and here[key] != value)
    ]


def _old(content: Mapping[str, object], key: str) -> Any:
    if key not in dict(_leaves(content)):
        raise NotChanged("There is no such key in clinic.yml.")
    return value_at(content, key)


def _parsed(old: object, text: str) -> Any:
    """What was typed, as the kind of value that the file has there."""
    text = text.replace("\r", "").strip()
    if len(text) > LONGEST_VALUE:
        raise NotChanged(f"Allowed are {LONGEST_VALUE} letters or fewer.")
    if isinstance(old, bool):
        if text not in ("yes", "no"):
            raise NotChanged("Allowed: yes or no.")
        return text == "yes"
    if isinstance(old, int):
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
            raise NotChanged("Allowed: a whole number.")
        return int(text)
    if isinstance(old, list):
        return [line.strip() for line in text.split("\n") if line.strip()]
    return " ".join(text.split())


def _left_out(content: dict[str, object], values: Mapping[str, object]) -> Mapping[str, str]:
    """Why a key is not said, by key; nothing where the file itself is wrong."""
    try:
        return lay(Path("clinic.yml"), content, values).left_out
    except ClinicFileError:
        return {}


def _fitting(content: dict[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """The values that are in use: one that is refused keeps nobody from changing another."""
    silent = _left_out(content, values)
    return {key: value for key, value in values.items() if key not in silent}


def _check(content: Mapping[str, object], values: Mapping[str, object], key: str) -> None:
    try:
        checked(Path("clinic.yml"), laid_over(content, values))
    except ClinicFileError as error:
        raise NotChanged(_of_key(str(error), key)) from error


def as_text(value: object) -> str:
    """A value as it is typed: a list has a line each."""
    return "\n".join(map(str, value)) if isinstance(value, list) else _plain(value)


def is_typed(value: object, fact: Fact) -> bool:
    """Is it one value, or a list of them, as the file has it there?"""
    is_list = isinstance(fact.in_file, list)
    parts = value if is_list and isinstance(value, list) else [value]
    return not any(isinstance(one, (list, Mapping)) for one in parts)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _of_key(mistakes: str, key: str) -> str:
    """The first line about this key, else the first, without the name of the file."""
    lines = [line.partition(": ")[2] for line in mistakes.split("\n")]
    return next((line for line in lines if f"'{key}'" in line), lines[0])


def _helps(path: Path) -> dict[str, str]:
    """The remark beside each key of the file."""
    found: dict[str, str] = {}
    sections: list[tuple[int, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = BESIDE.match(line)
        if not match:
            continue
        depth = len(match[1])
        sections = [one for one in sections if one[0] < depth] + [(depth, match[2])]
        if match[3]:
            found[".".join(name for _, name in sections)] = match[3]
    return found
