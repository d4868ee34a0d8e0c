"""The clinic's answers: kept step by step in the database, and written to the file that every process reads.

data/faq/ is the seed. What is said now goes to ANSWER_CHANGES (clinic/answers.py): signed words win; where
nothing is signed the newest win, unless the clinic lets the assistant give signed answers only.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic import Clinic
from clinic.answers import ENGLISH, PENDING, Changed, write
from content.devices import load_cells
from content.entries import ROOT, Entry, fingerprint, load_entries
from frontdesk.clock import Clock
from frontdesk.knowledge.answer import REVIEW_EVERY, Answer, Kind, Step, is_day_to_read_again
from frontdesk.storage import tables

LONGEST_NOTE = 400
WORDS = (
    "question",
    "text",
    "sms",
    "more",
    "sources",
    "related",
    "staff_answer",
    "file",
    "reviewed",
)
TUPLES = ("sources", "related")
LIVE = "live"
BAD_DAY = "The day to read it again lies after today, within three years."


@dataclass(frozen=True)
class Asked:
    """How often an answer was given, and how many said that it helped, of how many."""

    times: int = 0
    helpful: int = 0
    votes: int = 0


class Conflict(Exception):
    """Somebody else did something to the answer in the meantime; ``answer`` is how it is now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.topic)
        self.answer = answer


class NotAllowed(ValueError):
    """The step may not be taken; the text says why."""


class Answers:
    """Every answer of one clinic. ``changed`` is None where this desk has no file for them."""

    def __init__(
        self, engine: AsyncEngine, changed: Path | None, clinic: Clinic, clock: Clock
    ) -> None:
        self._engine = engine
        self._changed = changed
        self._clinic = clinic
        self._clock = clock
        self._published: tuple[object, ...] = ()

    @property
    def can_change(self) -> bool:
        """Is there a file from which the processes read?"""
        return self._changed is not None

    @property
    def signed_only(self) -> bool:
        """The clinic's switch: of what is medical, only what is signed is given."""
        return self._clinic.signed_only

    def today(self) -> date:
        """The day at the clinic."""
        return self._clinic.today(self._clock())

    async def all(self) -> dict[str, Answer]:
        """Every answer by its id, in the order of the files, the clinic's own last."""
        steps: dict[str, list[Step]] = defaultdict(list)
        await asyncio.to_thread(seeds)  # the first time it reads every file of data/faq/
        for topic, step in await self._steps():
            steps[topic].append(step)
        found = {
            topic: Answer(topic, seed, tuple(steps.pop(topic, ())))
            for topic, seed in seeds().items()
        }
        return found | {topic: Answer(topic, None, tuple(own)) for topic, own in steps.items()}

    async def one(self, topic: str) -> Answer | None:
        """One answer, with all that happened to it."""
        steps = tuple(step for _, step in await self._steps(topic))
        seed = seeds().get(topic)
        return Answer(topic, seed, steps) if seed or steps else None

    async def keep(self, entry: Entry, added: tuple[str, ...], staff_id: int, seen: int) -> Answer:
        """New words. ``seen``: the number that the writer had before them. Raise Conflict."""
        answer = await self.one(entry.topic)
        if answer and answer.number != seen:
            raise Conflict(answer)
        before = answer.written if answer else None
        known = [one for one in (before, seeds().get(entry.topic)) if one]
        same = [one.reviewed for one in known if fingerprint(one) == fingerprint(entry)]
        reviewed = same[0] if same else self.today().isoformat()
        entry = replace(entry, reviewed=reviewed, clinical_review=PENDING)
        return await self._add(answer, Kind.KEPT, entry, added, staff_id)

    async def ask(self, topic: str, staff_id: int, seen: int) -> Answer:
        """Ask a clinician to read the newest words. Raise Conflict."""
        answer = await self._seen(topic, seen)
        return await self._add(answer, Kind.ASKED, answer.written, answer.added, staff_id)

    async def send_back(self, topic: str, staff_id: int, seen: int, why: str) -> Answer:
        """Not signed, and why. Raise Conflict, NotAllowed."""
        answer = await self._seen(topic, seen)
        why = " ".join(why.split())
        if not 3 <= len(why) <= LONGEST_NOTE:
            raise NotAllowed(f"Say why, in {LONGEST_NOTE} letters or fewer.")
        entry = answer.written
        return await self._add(answer, Kind.SENT_BACK, entry, answer.added, staff_id, why)

    async def sign(
        self, topic: str, staff_id: int, seen: int, signed_as: str, review_again: date
    ) -> Answer:
        """A clinician signs the newest words. Raise Conflict, NotAllowed."""
        answer = await self._seen(topic, seen)
        if staff_id in await self._same_people(answer.writers):
            raise NotAllowed("You wrote this, so somebody else signs it.")
        if not is_day_to_read_again(review_again, self.today()):
            raise NotAllowed(BAD_DAY)
        entry = answer.written
        return await self._add(
            answer, Kind.SIGNED, entry, answer.added, staff_id, signed_as, review_again
        )

    async def signed_elsewhere(
        self, topic: str, staff_id: int, seen: int, signed_as: str, day: date
    ) -> Answer:
        """These words came in signed at another desk; it counts once an admin says so. Raise Conflict."""
        answer = await self._seen(topic, seen)
        entry = answer.written
        return await self._add(
            answer, Kind.ELSEWHERE, entry, answer.added, staff_id, signed_as, signed_on=day
        )

    async def count_signature(self, topic: str, staff_id: int, seen: int) -> Answer:
        """An admin knows who signed elsewhere, and lets it count. Raise Conflict, NotAllowed."""
        answer = await self._seen(topic, seen)
        step = answer.elsewhere
        if not step or not step.signed_on:
            raise NotAllowed("There is no signature of another desk.")
        if staff_id in await self._same_people({step.staff_id, *answer.writers}):
            raise NotAllowed("You took it in, so another admin says whether its signature counts.")
        again, day = step.signed_on + REVIEW_EVERY, step.signed_on
        return await self._add(
            answer, Kind.SIGNED, answer.written, answer.added, staff_id, step.note, again, day
        )

    async def withhold(self, topic: str, staff_id: int, seen: int, withdrawn: bool) -> Answer:
        """Say that the assistant gives this answer no more, or again. Raise Conflict."""
        answer = await self._seen(topic, seen)
        kind = Kind.WITHDRAWN if withdrawn else Kind.GIVEN
        return await self._add(answer, kind, answer.written, answer.added, staff_id)

    async def asked(self) -> dict[str, Asked]:
        """How often each answer was given, and how it was voted on; health questions are left out."""
        m, vote = tables.messages.c, tables.feedback.c
        topic = m.answer["topic"].as_string()
        here = (vote.conversation_id == m.conversation_id) & (vote.seq == m.seq)
        helpful = sa.func.sum(sa.case((vote.helpful, 1), else_=0))
        query = (
            sa.select(topic.label("topic"), sa.func.count(), helpful, sa.func.count(vote.seq))
            .select_from(tables.messages.outerjoin(tables.feedback, here))
            .where(topic.is_not(None), sa.not_(m.is_private))
            .group_by("topic")  # by name: for PostgreSQL each parameter differs
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: Asked(row[1], row[2] or 0, row[3]) for row in rows}

    async def publish(self) -> None:
        """Write the file where it is not what the database says. Raise OSError when it cannot be."""
        if self._changed is None:
            return
        stamp = (*await self._newest(), self.signed_only, _state(self._changed))
        if stamp == self._published:
            return
        write(self._changed, {ENGLISH: await self._said()})
        self._published = (*stamp[:-1], _state(self._changed))

    async def learned(self) -> dict[str, tuple[str, ...]]:
        """The ways to ask that the clinic added and the running model knows."""
        t = tables.trainings.c
        query = sa.select(t.asks).where(t.state == LIVE).order_by(t.id.desc()).limit(1)
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        return {topic: tuple(asks) for topic, asks in json.loads(found or "{}").items()}

    async def _said(self) -> dict[str, Changed]:
        """What visitors read, where it is not what data/faq/ says."""
        learned, found = await self.learned(), {}
        for topic, answer in (await self.all()).items():
            live, asks = answer.live(self.signed_only), learned.get(topic, ())
            given = not answer.is_withdrawn
            differs = live is not None and replace(live, asks=()) != (
                replace(answer.seed, asks=()) if answer.seed else None
            )
            if live and (differs or asks or not given):
                words = tuple(live.variations()) if differs else ()
                found[topic] = Changed(live.file, words, asks, given)
        return found

    async def _seen(self, topic: str, seen: int) -> Answer:
        answer = await self.one(topic)
        if answer is None:
            raise NotAllowed("There is no such answer.")
        if answer.number != seen:
            raise Conflict(answer)
        return answer

    async def _add(
        self,
        answer: Answer | None,
        kind: Kind,
        entry: Entry,
        added: tuple[str, ...],
        staff_id: int,
        note: str = "",
        review_again: date | None = None,
        signed_on: date | None = None,
    ) -> Answer:
        row = {
            "topic": entry.topic,
            "language": ENGLISH,
            "number": (answer.number if answer else 0) + 1,
            "step": kind.value,
            "content": json.dumps(_content(entry, added), ensure_ascii=False),
            "note": note,
            "review_again": review_again,
            "signed_on": signed_on,
            "staff_id": staff_id,
            "at": self._clock(),
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(tables.answer_steps.insert().values(row))
        except IntegrityError as error:  # a colleague did something in the same moment
            now = await self.one(entry.topic)
            assert now
            raise Conflict(now) from error
        await self.publish()
        found = await self.one(entry.topic)
        assert found
        return found

    async def _same_people(self, staff_ids: Collection[int]) -> set[int]:
        """These members, and the other accounts of the same people: by registration number or address."""
        staff = tables.staff.c
        query = sa.select(staff.id, staff.registration, staff.email)
        async with self._engine.connect() as connection:
            everybody = (await connection.execute(query)).all()
        marks = {row.id: _marks_of(row.registration, row.email) for row in everybody}
        theirs = {mark for one in staff_ids for mark in marks.get(one, ())}
        return {*staff_ids, *(one for one, mine in marks.items() if mine & theirs)}

    async def _newest(self) -> tuple[object, ...]:
        steps, trainings = tables.answer_steps.c, tables.trainings.c
        live = sa.select(sa.func.max(trainings.id)).where(trainings.state == LIVE)
        query = sa.select(sa.func.max(steps.id), live.scalar_subquery())
        async with self._engine.connect() as connection:
            return tuple((await connection.execute(query)).one())

    async def _steps(self, topic: str | None = None) -> list[tuple[str, Step]]:
        step, staff = tables.answer_steps.c, tables.staff.c
        query = (
            sa.select(*step, staff.name)
            .join_from(tables.answer_steps, tables.staff, step.staff_id == staff.id)
            .where(step.language == ENGLISH)
            .order_by(step.topic, step.number)
        )
        if topic is not None:
            query = query.where(step.topic == topic)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        zone = self._clinic.hours.zone
        return [(row.topic, _step(row, zone)) for row in rows]


@lru_cache(maxsize=1)
def seeds() -> dict[str, Entry]:
    """The answers of data/faq/ by id, then those about devices, read once."""
    return {entry.topic: entry for entry in (*load_entries(ROOT)[0], *load_cells(ROOT)[0])}


def _content(entry: Entry, added: tuple[str, ...]) -> dict[str, object]:
    words = asdict(entry)
    return {**{key: words[key] for key in WORDS}, "added": added}


def _step(row: Any, zone: tzinfo) -> Step:
    """A step as it is kept; its time is the clinic's, so that a signature bears the day of whoever signed."""
    content: dict[str, Any] = json.loads(row.content)
    added = tuple(content.pop("added"))
    words: dict[str, Any] = {
        key: tuple(value) if key in TUPLES else value for key, value in content.items()
    }
    seed = seeds().get(row.topic)
    asks = (*(seed.asks if seed else ()), *added)
    entry = Entry(**words, topic=row.topic, asks=asks, clinical_review=PENDING)
    return Step(
        row.number,
        Kind(row.step),
        entry,
        added,
        row.note,
        row.review_again,
        row.staff_id,
        row.name,
        row.at.astimezone(zone),
        row.signed_on,
    )


def _marks_of(registration: str | None, email: str | None) -> set[str]:
    """What only one person has, however it is written: "GMC 7654321", "gmc-7654321"; "none" is nobody's."""
    number = "".join(filter(str.isalnum, registration or ""))
    marks = (number if any(map(str.isdigit, number)) else "", (email or "").strip())
    return {mark.casefold() for mark in marks if mark}


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
