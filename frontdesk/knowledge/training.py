"""New ways to ask become a new model: trained and measured beside live traffic, then put in the place of the old.

The work is a process of its own (scripts/publish.py), niced; this room starts it, reads what came of it, and
puts the file where every assistant takes it over (assistant/live_model.py). What fails changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from content.checks import load_rules
from content.entries import ROOT
from frontdesk.clock import Clock
from frontdesk.knowledge.answers import LIVE, Answers, NotAllowed
from frontdesk.knowledge.export import staged
from frontdesk.storage import tables

RUNNING, REFUSED, FAILED, REPLACED, UNDONE = "running", "refused", "failed", "replaced", "undone"
KEPT_MODELS = 2
NICE = 19
SESSION = Path("/proc/self/autogroup")
LONGEST = timedelta(hours=2)
"""After this a training hangs, or has died with its computer."""
BEGINS = timedelta(minutes=1)
"""So long a training may be without a process: it is written down before it is begun."""
DIED = "The training ended before it was done: this computer was restarted, or ran out of memory. The assistant is as it was."
TOO_LONG = "The training took longer than two hours, so it was ended. The assistant is as it was."
NOT_BEGUN = "The training could not be prepared. The assistant is as it was."
RUNS = "A training runs already."
NO_ROOM = "The new model could not be written: the disk is full. The assistant is as it was."
COMMAND = (sys.executable, "-m", "scripts.publish")


@dataclass(frozen=True)
class Training:
    """One training: what it was to teach, and what came of it."""

    id: int
    state: str
    asks: Mapping[str, list[str]]
    report: Mapping[str, object]
    who: str
    at: datetime
    ended_at: datetime | None

    @property
    def count(self) -> int:
        """How many ways to ask the model was to learn."""
        return sum(map(len, self.asks.values()))


class Trainings:
    """One at a time. ``model`` is the file that the assistants watch; None where there is none."""

    def __init__(
        self, engine: AsyncEngine, answers: Answers, model: Path | None, clock: Clock
    ) -> None:
        self._engine = engine
        self._answers = answers
        self._model = model
        self._clock = clock

    @property
    def can_train(self) -> bool:
        """Do the assistants watch a file?"""
        return self._model is not None

    async def all(self, limit: int = 20) -> list[Training]:
        """The newest first."""
        t, staff = tables.trainings.c, tables.staff.c
        query = (
            sa.select(*t, staff.name)
            .join_from(tables.trainings, tables.staff, t.staff_id == staff.id)
            .order_by(t.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Training(
                row.id,
                row.state,
                json.loads(row.asks),
                json.loads(row.report),
                row.name,
                row.at,
                row.ended_at,
            )
            for row in rows
        ]

    async def new_asks(self) -> dict[str, list[str]]:
        """Ways to ask that the running model has not learned."""
        learned = await self._answers.learned()
        return {
            topic: fresh
            for topic, answer in (await self._answers.all()).items()
            if (fresh := [ask for ask in answer.added if ask not in learned.get(topic, ())])
        }

    def progress(self, training: Training) -> tuple[str, float]:
        """What a running training is at, and how much of it is done."""
        found = _read(self._folder(training.id) / "progress.json") or {}
        return str(found.get("step", "Starting")), float(found.get("share", 0.0))

    async def start(self, staff_id: int) -> None:
        """Begin. Raise NotAllowed where one runs already or nothing is new, OSError for a full disk."""
        if self._model is None:
            raise NotAllowed(
                "The assistants of this desk watch no file: set ASSISTANT_MODEL in .env."
            )
        if any(one.state == RUNNING for one in await self.all()):
            raise NotAllowed(RUNS)
        if not await self.new_asks() and not await self._differs():
            raise NotAllowed("There is nothing new to learn.")
        row = {
            "state": RUNNING,
            "asks": "{}",
            "report": "{}",
            "staff_id": staff_id,
            "at": self._clock(),
        }
        async with self._engine.begin() as connection:
            done = await connection.execute(tables.trainings.insert().values(row))
        number = int(done.inserted_primary_key[0])
        await self._give_way(number)
        try:
            asks = await self._stage(number)
            await self._set(number, asks=json.dumps(asks, ensure_ascii=False))
            await self._run(number)
        except Exception as error:
            reason = NO_ROOM if isinstance(error, OSError) else NOT_BEGUN
            await self._end(number, FAILED, {"reason": reason})
            raise

    async def _give_way(self, number: int) -> None:
        """Of two that are begun in one moment the first goes on. Raise NotAllowed for the other."""
        running = [one.id for one in await self.all() if one.state == RUNNING]
        if min(running) < number:
            t = tables.trainings
            async with self._engine.begin() as connection:
                await connection.execute(t.delete().where(t.c.id == number))
            raise NotAllowed(RUNS)

    async def watch(self) -> None:
        """Take up what a training has come to."""
        for training in await self.all():
            if training.state != RUNNING:
                continue
            if not self._is_ours(training.id):
                if self._clock() - training.at > LONGEST:
                    await self._end(training.id, FAILED, {"reason": DIED})
                continue
            result = _read(self._folder(training.id) / "result.json")
            if result:
                await self._finish(training, result)
            elif self._clock() - training.at > LONGEST:
                self._kill(training.id)
                await self._end(training.id, FAILED, {"reason": TOO_LONG})
            elif not self._process(training.id) and not self._begins(training):
                await self._end(training.id, FAILED, {"reason": DIED})

    async def roll_back(self, seen: int) -> None:
        """The model before this one again; without one, that of `make train`. Raise NotAllowed.

        seen: the training whose model is to go; a second click finds another one in use.
        """
        live = [one for one in await self.all(200) if one.state == LIVE]
        if not live or self._model is None:
            raise NotAllowed("The assistant runs the model that it came with.")
        if live[0].id != seen:
            raise NotAllowed("Another model is in use by now: look again.")
        before = next(
            (
                one
                for one in await self.all(200)
                if one.state == REPLACED and one.id < live[0].id and self._kept(one.id).is_file()
            ),
            None,
        )
        if before:
            self._install(self._kept(before.id))
            await self._set(before.id, state=LIVE)
        else:
            self._model.unlink(missing_ok=True)
        await self._set(live[0].id, state=UNDONE)
        await self._answers.publish()

    async def _finish(self, training: Training, result: dict[str, object]) -> None:
        folder = self._folder(training.id)
        state = {"better": LIVE, "refused": REFUSED}.get(str(result.get("verdict")), FAILED)
        if state == LIVE:
            try:
                await asyncio.to_thread(self._take_over, training.id, folder)
            except OSError:
                state, result = FAILED, {"reason": NO_ROOM}
        if state == LIVE:
            older = tables.trainings.c.state == LIVE
            async with self._engine.begin() as connection:
                await connection.execute(
                    tables.trainings.update().where(older).values(state=REPLACED)
                )
        await self._end(training.id, state, result)
        await self._answers.publish()

    def _take_over(self, number: int, folder: Path) -> None:
        kept = self._kept(number)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "candidate.tar.gz", kept)
        shutil.copy(folder / "candidate.json", kept.with_suffix(".json"))
        self._install(kept)
        old = sorted(kept.parent.glob("*.tar.gz"), key=lambda one: one.stat().st_mtime)
        for one in old[: -KEPT_MODELS - 1]:
            one.unlink()

    def _install(self, kept: Path) -> None:
        """Put a model where the assistants look: first for which program it is, then the file itself."""
        assert self._model
        for source, target in (
            (kept.with_suffix(".json"), self._model.with_suffix(".json")),
            (kept, self._model),
        ):
            fresh = target.with_name(f"{target.name}.new")
            shutil.copy(source, fresh)
            fresh.replace(target)

    async def _differs(self) -> bool:
        """Does the running model know ways to ask that the clinic has taken away since?"""
        answers = await self._answers.all()
        learned = await self._answers.learned()
        return any(
            topic not in answers or set(asks) - set(answers[topic].added)
            for topic, asks in learned.items()
        )

    async def _stage(self, number: int) -> dict[str, list[str]]:
        folder = self._folder(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fewest = int(load_rules(ROOT)["lengths"]["ways_to_ask"])
        answers = await self._answers.all()
        asks = await asyncio.to_thread(staged, answers, folder / "project", fewest)
        (folder / "asks.json").write_text(json.dumps(asks, ensure_ascii=False), encoding="utf-8")
        (folder / "request.json").write_text(json.dumps({"model": str(self._model)}), "utf-8")
        return asks

    async def _run(self, number: int) -> None:
        folder = self._folder(number).absolute()
        with (folder / "log").open("w") as out:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                str(folder),
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_nicely,
            )
        (folder / "pid").write_text(str(process.pid), encoding="utf-8")

    def _begins(self, training: Training) -> bool:
        """It is written down, and has no process yet."""
        begun = (self._folder(training.id) / "pid").exists()
        return not begun and self._clock() - training.at < BEGINS

    def _process(self, number: int) -> int | None:
        """The process of a training while it works; another one may have its number by now."""
        folder = self._folder(number).absolute()
        try:
            pid = int((folder / "pid").read_text(encoding="utf-8"))
            told = Path(f"/proc/{pid}/cmdline").read_bytes()  # nothing of one that has ended
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(folder) in told.split(b"\0") else None

    def _kill(self, number: int) -> None:
        """End one that hangs, with all that it started: it is a session of its own."""
        if process := self._process(number):
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)

    def _is_ours(self, number: int) -> bool:
        """Did a desk on this computer start it? Another's folder is not here."""
        return (self._folder(number) / "request.json").is_file()

    def _folder(self, number: int) -> Path:
        assert self._model
        return self._model.parent / "training" / socket.gethostname() / str(number)

    def _kept(self, number: int) -> Path:
        assert self._model
        return self._model.parent / "models" / f"{number}.tar.gz"

    async def _end(self, number: int, state: str, report: Mapping[str, object]) -> None:
        words = json.dumps(report, ensure_ascii=False)
        await self._set(number, state=state, report=words, ended_at=self._clock())
        shutil.rmtree(self._folder(number) / "project", ignore_errors=True)

    async def _set(self, number: int, **values: object) -> None:
        mine = tables.trainings.c.id == number
        async with self._engine.begin() as connection:
            await connection.execute(tables.trainings.update().where(mine).values(**values))


def _nicely() -> None:
    """Conversations come first: within the session of the training, and its session among the others.

    Linux shares processors between sessions before it looks at a process's own niceness.
    """
    os.nice(NICE)
    with suppress(OSError):  # a system that shares in another way
        SESSION.write_text(str(NICE), encoding="ascii")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found
