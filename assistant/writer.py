"""Writes turns into the assistant's two tables: Rasa's events, and which turn each belongs to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

EVENTS = SQLTrackerStore.SQLEvent.__table__
TURNS = sa.Table(
    "assistant_turns",
    sa.MetaData(),
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("after_event", sa.Integer, nullable=False),
    sa.UniqueConstraint("conversation_id", "message_id"),
)

ADD_EVENTS = EVENTS.insert()
ADD_TURN = sa.text(
    "INSERT INTO assistant_turns (conversation_id, number, message_id, after_event)"
    " SELECT :conversation, :number, :message, COALESCE(MAX(id), 0) FROM events"
    " WHERE sender_id = :conversation"
)


class AnsweredElsewhere(Exception):
    """Another assistant kept a turn of this conversation meanwhile; nothing of ours was kept."""


@dataclass(frozen=True)
class _Waiting:
    """A turn that waits to be written, and who waits for that."""

    turn: dict[str, object]
    rows: list[dict[str, object]]
    written: asyncio.Future[Exception | None]


class Writer:
    """Writes turns beside the event loop. Those that wait meanwhile share the next transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, turn: dict[str, object], rows: list[dict[str, object]]) -> None:
        """Return when the turn is safe. Raise what the database raised, or AnsweredElsewhere."""
        waiting = _Waiting(turn, rows, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())
        error = await waiting.written
        if isinstance(error, IntegrityError):
            raise AnsweredElsewhere(turn["conversation"]) from error
        if error:
            raise error

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                errors = await asyncio.to_thread(self._try_together, batch)
                for waiting, error in zip(batch, errors, strict=True):
                    if not waiting.written.done():
                        waiting.written.set_result(error)
        finally:
            self._task = None

    def _try_together(self, batch: list[_Waiting]) -> list[Exception | None]:
        error = self._try(batch)
        if error is None or len(batch) == 1:
            return [error] * len(batch)
        return [self._try([waiting]) for waiting in batch]

    def _try(self, batch: list[_Waiting]) -> Exception | None:
        try:
            with self._engine.begin() as connection:
                for waiting in batch:
                    connection.execute(ADD_TURN, waiting.turn)
                    connection.execute(ADD_EVENTS, waiting.rows)
        except SQLAlchemyError as error:
            return cast(Exception, error)  # SQLAlchemy 1.4 has no types
        return None
