"""What the clinic changes of clinic.yml in the inbox: kept with who and when, live in every process.

The database holds every change; the file that the processes read (clinic/changes.py) is written from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from clinic.changes import Changes, laid_over, read, value_at, write
from clinic.current import NAMED, clinic_file, lay
from clinic.file import ClinicFileError, checked, content_of, left_out
from clinic.hours import DAYS
from frontdesk.clock import Clock
from frontdesk.inbox.seen import OtherNow, Theirs, mark_of
from frontdesk.storage import tables
from frontdesk.storage.transactions import one_writer

BESIDE = re.compile(r"^( *)([\w-]+):(?:.*?\s#\s*(.*))?")
LONGEST_VALUE = 600
DISK = "It is kept, but this computer's disk is full or cannot be written, so visitors do not read it yet."


class NotChanged(ValueError):
    """The value is not allowed; the text says what is.

    in_the_way: every key of which the mistakes speak, with its line. Those that were not sent are only right
    together with those that were.
    """

    def __init__(self, why: str, in_the_way: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.in_the_way = in_the_way or {}


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
    def file_text(self) -> str:
        """The file's value as it is typed."""
        return as_text(self.in_file)

    @property
    def seen(self) -> str:
        """The sign of this value, which its form brings back."""
        return mark_of(self.text)

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
        content, values, beside = whole(content_of(path)), await self.values(), _helps(path)
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

    async def history(self, keys: Collection[str] = (), limit: int = 50) -> list[Change]:
        """The newest changes first, with who made them; of some keys, or of all."""
        changes, staff = tables.clinic_changes.c, tables.staff.c
        query = (
            sa.select(changes.key, changes.value, staff.name, changes.at)
            .join_from(tables.clinic_changes, tables.staff, changes.staff_id == staff.id)
            .where(changes.key.in_(keys) if keys else sa.true())
            .order_by(changes.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Change(r.key, json.loads(r.value or "null"), r.name, r.at) for r in rows]

    async def keep(self, texts: Mapping[str, str], seen: Mapping[str, str], staff_id: int) -> None:
        """Change keys together, or none. Raise NotChanged with what is allowed, OtherNow.

        seen: the sign of what the writer saw, by key; without one, it is the file's value.
        """
        content = whole(content_of(clinic_file()))
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.clinic_changes)
            kept = await self.values()
            await self._unchanged(content, kept, texts, seen)
            values = _fitting(content, kept)
            for key, text in texts.items():
                values[key] = _parsed(key, _old(content, key), text)
            _check(content, values, next(iter(texts), ""))
            new = {
                key: json.dumps(values[key], ensure_ascii=False)
                for key in texts
                if key not in kept or kept[key] != values[key]
            }
            await self._add(connection, new, staff_id)
        await self.publish()

    async def take_back(
        self, keys: Collection[str], seen: Mapping[str, str], staff_id: int
    ) -> None:
        """The file's values again. Raise NotChanged where they no longer fit the others, OtherNow."""
        content = whole(content_of(clinic_file()))
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.clinic_changes)
            kept = await self.values()
            await self._unchanged(content, kept, _file_says(content, keys), seen)
            values = {k: v for k, v in _fitting(content, kept).items() if k not in keys}
            _check(content, values, next(iter(keys), ""))
            await self._add(connection, {key: None for key in keys if key in kept}, staff_id)
        await self.publish()

    async def _unchanged(
        self,
        content: Mapping[str, object],
        kept: Mapping[str, object],
        wanted: Mapping[str, str],
        seen: Mapping[str, str],
    ) -> None:
        """Raise OtherNow where somebody changed one of them since, to something else than is wanted."""
        other, file_says = [], _file_says(content, wanted)
        for key, text in wanted.items():
            now = as_text(kept.get(key, _old(content, key)))
            is_seen = mark_of(now) == (seen.get(key) or mark_of(file_says[key]))
            if not is_seen and now != text.replace("\r", "").strip():
                other.append((key, now))
        if other:
            by = {one.key: one for one in reversed(await self.history(dict(other)))}
            raise OtherNow(
                [
                    Theirs(key, now, by[key].who, by[key].at) if key in by else Theirs(key, now)
                    for key, now in other
                ]
            )

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

    async def _add(
        self, connection: AsyncConnection, values: Mapping[str, str | None], staff_id: int
    ) -> None:
        by = {"staff_id": staff_id, "at": self._clock()}
        rows = [{"key": key, "value": value, **by} for key, value in values.items()]
        if rows:
            await connection.execute(tables.clinic_changes.insert(), rows)


def whole(content: Mapping[str, object]) -> dict[str, object]:
    """The content of a file with what it leaves out, so that each has its form: a day that is closed, a switch."""
    gaps = {key: value for key, value in left_out().items() if not _has(content, key)}
    found = laid_over(content, gaps)
    found["hours"] = {day: found["hours"][day] for day in DAYS}
    return found


def _has(content: Mapping[str, object], key: str) -> bool:
    try:
        value_at(content, key)
    except KeyError:
        return False
    return True


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
    here = dict(_every(whole(content_of(clinic_file()))))
    return [
        key
        for key, value in _every(content)
        if key not in here or (_has_objects(here[key]) and here[key] != value)
    ]


def _old(content: Mapping[str, object], key: str) -> Any:
    if key not in dict(_leaves(content)):
        raise NotChanged("There is no such key in clinic.yml.")
    return value_at(content, key)


def _file_says(content: Mapping[str, object], keys: Collection[str]) -> dict[str, str]:
    return {key: as_text(_old(content, key)) for key in keys}


def _parsed(key: str, old: object, text: str) -> Any:
    """What was typed, as the kind of value that the file has there."""
    text = text.replace("\r", "").strip()
    why = ""
    if len(text) > LONGEST_VALUE:
        why = f"Allowed are {LONGEST_VALUE} letters or fewer."
    elif isinstance(old, bool):
        if text in ("yes", "no"):
            return text == "yes"
        why = "Allowed: yes or no."
    elif isinstance(old, int):
        if re.fullmatch(r"\d{1,6}", text, re.ASCII):
            return int(text)
        why = "Allowed: a whole number."
    if why:
        raise NotChanged(why, {key: why})
    if isinstance(old, list):
        return list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
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
        lines = [line.partition(": ")[2] for line in str(error).split("\n")]
        about = [line for line in lines if f"'{key}'" in line] or lines
        raise NotChanged(about[0], _in_the_way(content, lines)) from error


def _in_the_way(content: Mapping[str, object], lines: Sequence[str]) -> dict[str, str]:
    """The keys of which the mistakes speak, in the order of the file, each with the first line about it."""
    named = [(f"{name}.", line) for line in lines for name in NAMED.findall(line)]
    found = {
        key: [line for name, line in named if name.startswith(f"{key}.")]
        for key, _ in _leaves(content)
    }
    return {key: about[0] for key, about in found.items() if about}


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
