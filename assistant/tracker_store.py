"""Keeps what was said: Rasa's table of events, one transaction a turn, the running talks in memory.

The database is the truth. A tracker in memory counts only while the conversation's last turn in the
database is the one that the tracker ends with, so any number of assistants may share one database.
Turns are numbered, and no two can have the same number: of two assistants that answer one
conversation at once the slower keeps nothing (the number is the fence that a lock alone is not).

Differences from Rasa's own store (RasaHQ/rasa 3.6.21 ``core/tracker_store.py``): a session begins at
a row, not at a time, so a clock that goes back loses nothing; a turn is kept whole or not at all, and
is found by its message id; a conversation can be erased; connections and statements are kept.
"""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

from assistant.forgetting import Change
from assistant.writer import ADD_TURN, EVENTS, TURNS, AnsweredElsewhere, Writer

__all__ = ["AnsweredElsewhere", "ConversationTrackerStore", "Turn", "TurnUnderWay"]

WAIT_SECONDS = 2
IN_MEMORY = 300  # conversations; one takes about 100 KB

LAST_TURN = sa.text(
    "SELECT number, message_id FROM assistant_turns WHERE conversation_id = :conversation"
    " ORDER BY number DESC LIMIT 1"
)
TURN = sa.text(
    "SELECT after_event FROM assistant_turns"
    " WHERE conversation_id = :conversation AND message_id = :message"
)
EVENTS_AFTER = sa.text(
    "SELECT type_name, data FROM events WHERE sender_id = :conversation AND id > :after ORDER BY id"
)
ALL_EVENTS = sa.text("SELECT data FROM events WHERE sender_id = :conversation ORDER BY id")
SESSION_EVENTS = sa.text(
    "SELECT data FROM events WHERE sender_id = :conversation AND id >= COALESCE((SELECT MAX(id)"
    " FROM events WHERE sender_id = :conversation AND type_name = 'session_started'), 0) ORDER BY id"
)
EVERY_ROW = sa.text("SELECT id, data FROM events WHERE sender_id = :conversation ORDER BY id")
CHANGE_ROW = sa.text("UPDATE events SET data = :told WHERE id = :row")
CONVERSATIONS = sa.text("SELECT DISTINCT sender_id FROM events")
ERASE = (
    sa.text("DELETE FROM assistant_turns WHERE conversation_id = :conversation"),
    sa.text("DELETE FROM events WHERE sender_id = :conversation"),
)


@dataclass(frozen=True)
class Turn:
    """One message of a visitor and what the bot said to it, as Rasa's event dictionaries."""

    user: dict[str, Any]
    bot: tuple[dict[str, Any], ...]
    actions: frozenset[str]

    @classmethod
    def of(cls, events: Iterable[dict[str, Any]]) -> Turn:
        """The first message among ``events``, and what was said and done until the next one."""
        user: dict[str, object] = {}
        bot, actions = [], set()
        for event in events:
            if event["event"] == UserUttered.type_name:
                if user:
                    break
                user = event
            elif user and event["event"] == BotUttered.type_name:
                bot.append(event)
            if user and event.get("name"):
                actions.add(event["name"])
        return cls(user, tuple(bot), frozenset(actions))


class ConversationTracker(DialogueStateTracker):
    """A tracker that knows how much of it is kept, and is copied without being replayed."""

    number = 0
    message_id: str | None = None
    kept_events = 0
    to_keep_before: list[Event] = []  # of the session before, not kept yet

    def copy(self) -> ConversationTracker:
        """A duplicate: own events, slots and loop. Rasa's own replays every event (3.6.21)."""
        twin = copy.copy(self)
        twin.events = self.events.copy()
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin


class TurnUnderWay:
    """A conversation while one message of it is processed."""

    def __init__(
        self, store: ConversationTrackerStore, tracker: ConversationTracker, message_id: str
    ) -> None:
        self._store = store
        self.tracker = tracker
        self.message_id = message_id

    def buttons(self) -> dict[str, str]:
        """Title by payload of every button that the bot offered since the visitor last wrote."""
        offered = [
            button for one in self._said() for button in (one.data or {}).get("buttons") or []
        ]
        return {button["payload"]: button["title"] for button in offered}

    def last_text(self) -> str:
        """What the visitor wrote last; empty when nothing."""
        wrote = (event for event in reversed(self.tracker.events) if isinstance(event, UserUttered))
        return next((event.text or "" for event in wrote), "")

    def has_answer(self) -> bool:
        """Was anything said since the visitor last wrote?"""
        return bool(self._said())

    def begin_session(self, events: list[Event], domain: Domain) -> None:
        """Go on with a session that begins with ``events``, as if it were read from the database."""
        self.tracker.update_with_events([ActionExecuted(ACTION_SESSION_START_NAME)], domain)
        before = list(islice(self.tracker.events, self.tracker.kept_events, None))
        begun = self._store.init_tracker(self.tracker.sender_id)
        begun.update_with_events([SessionStarted(), *events], domain)
        begun.number, begun.message_id = self.tracker.number, self.tracker.message_id
        begun.to_keep_before = before
        self.tracker = begun

    def _said(self) -> list[BotUttered]:
        said: list[BotUttered] = []
        for event in reversed(self.tracker.events):
            if isinstance(event, UserUttered):
                break
            if isinstance(event, BotUttered):
                said.append(event)
        return said[::-1]

    async def keep(self) -> Turn:
        """Write the turn. Raise AnsweredElsewhere when another assistant was quicker."""
        return await self._store.keep(self.tracker, self.message_id)


class ConversationTrackerStore(TrackerStore):
    """A tracker store opened by one URL (``url`` in endpoints.yml)."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str = "sqlite:///var/assistant.db",
        event_broker: EventBroker | None = None,
        **kwargs: object,
    ) -> None:
        # rasa hands the ``url`` of endpoints.yml over as ``host``
        super().__init__(domain, event_broker, **kwargs)
        self.engine = _open(host)
        self._writer = Writer(self.engine)
        self._kept: OrderedDict[str, ConversationTracker] = OrderedDict()
        self._under_way: dict[str, TurnUnderWay] = {}

    def turn(self, conversation_id: str, message_id: str) -> Turn | None:
        """The turn that a message began, or None when that message was never processed."""
        wanted = {"conversation": conversation_id, "message": message_id}
        with self.engine.connect() as connection:
            after = connection.execute(TURN, wanted).scalar()
            if after is None:
                return None
            rows = connection.execute(
                EVENTS_AFTER, {"conversation": conversation_id, "after": after}
            ).all()
        return Turn.of(json.loads(row.data) for row in rows)

    @contextmanager
    def process(self, conversation_id: str, message_id: str) -> Iterator[TurnUnderWay]:
        """The conversation, to process one message of it; nothing is kept unless ``keep`` is called.

        Meanwhile Rasa's processor reads and saves this tracker, and the database is left alone.
        """
        tracker = self._running(conversation_id) or self._new(conversation_id)
        self._kept.pop(conversation_id, None)  # until it is kept: whatever fails loses the tracker
        self._under_way[conversation_id] = TurnUnderWay(self, tracker, message_id)
        try:
            yield self._under_way[conversation_id]
        finally:
            del self._under_way[conversation_id]

    async def keep(self, tracker: ConversationTracker, message_id: str | None) -> Turn:
        """Write what is new in ``tracker``, as a turn where there is a message."""
        new = [*tracker.to_keep_before, *islice(tracker.events, tracker.kept_events, None)]
        told = [event.as_dict() for event in new]
        number = tracker.number + 1
        turn = {
            "conversation": tracker.sender_id,
            "number": number,
            "message": message_id or f"other-{number}",
        }
        await self._writer.write(turn, [_row(tracker.sender_id, event) for event in told])
        self._remember(tracker, new, number, turn["message"])
        return Turn.of(told)

    def forget(self, conversation_id: str, change: Change) -> None:
        """Blank what ``change`` takes away (assistant/forgetting.py); again does nothing.

        It counts as a turn, so that no assistant goes on with what it has in memory.
        """
        conversation = {"conversation": conversation_id}
        with self.engine.begin() as connection:
            rows = connection.execute(EVERY_ROW, conversation).all()
            kept = [json.loads(row.data) for row in rows]
            changed = [
                {"row": row.id, "told": json.dumps(after)}
                for row, before, after in zip(rows, kept, change(kept), strict=True)
                if after != before
            ]
            if changed:
                last = connection.execute(LAST_TURN, conversation).first()
                turn = {"number": last.number + 1, "message": f"forgot-{last.number}"}
                connection.execute(ADD_TURN, {**conversation, **turn})
                connection.execute(CHANGE_ROW, changed)
        self._kept.pop(conversation_id, None)
        self._wipe()

    def erase(self, conversation_id: str) -> None:
        """Delete every row of a conversation."""
        self._kept.pop(conversation_id, None)
        with self.engine.begin() as connection:
            for statement in ERASE:
                connection.execute(statement, {"conversation": conversation_id})
        self._wipe()

    def _wipe(self) -> None:
        """Leave no byte of what is gone in SQLite's write-ahead log."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The running session of a conversation."""
        under_way = self._under_way.get(sender_id)
        return under_way.tracker if under_way else self._running(sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """All sessions of a conversation."""
        return self._read(conversation_id, ALL_EVENTS)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what is new; a turn under way is kept by the one who asked for it, whole."""
        if tracker.sender_id in self._under_way:
            return
        ours = tracker if isinstance(tracker, ConversationTracker) else self._adopted(tracker)
        if len(ours.events) > ours.kept_events:
            await self.keep(ours, None)

    def _adopted(self, tracker: DialogueStateTracker) -> ConversationTracker:
        adopted = self._new(tracker.sender_id, tracker.events)
        known = self._running(tracker.sender_id)
        if known:
            adopted.number, adopted.message_id = known.number, known.message_id
            adopted.kept_events = len(known.events)
        return adopted

    async def keys(self) -> Iterable[str]:
        """The id of every conversation."""
        with self.engine.connect() as connection:
            return list(connection.execute(CONVERSATIONS).scalars())

    def init_tracker(self, sender_id: str) -> ConversationTracker:
        """An empty tracker."""
        return self._new(sender_id)

    def _new(self, conversation_id: str, events: Iterable[Event] = ()) -> ConversationTracker:
        slots = self.domain.slots
        return cast(
            ConversationTracker, ConversationTracker.from_events(conversation_id, events, slots)
        )

    def _running(self, conversation_id: str) -> ConversationTracker | None:
        with self.engine.connect() as connection:
            last = connection.execute(LAST_TURN, {"conversation": conversation_id}).first()
        kept = self._kept.get(conversation_id)
        number, message_id = last or (0, None)
        if kept and (kept.number, kept.message_id) == (number, message_id):
            return kept
        tracker = self._read(conversation_id, SESSION_EVENTS)
        if tracker:
            tracker.number, tracker.message_id = number, message_id
        return tracker

    def _read(self, conversation_id: str, statement: object) -> ConversationTracker | None:
        with self.engine.connect() as connection:
            rows = connection.execute(statement, {"conversation": conversation_id}).scalars().all()
        if not rows:
            return None
        events = [json.loads(row) for row in rows]
        tracker: ConversationTracker = ConversationTracker.from_dict(
            conversation_id, events, self.domain.slots
        )
        tracker.kept_events = len(events)
        return tracker

    def _remember(
        self, tracker: ConversationTracker, new: list[Event], number: int, message_id: str
    ) -> None:
        begun = [i for i, event in enumerate(new) if isinstance(event, SessionStarted)]
        if begun:  # what came before it is not read back from the database either
            tracker = self._new(tracker.sender_id, new[begun[-1] :])
        tracker.kept_events, tracker.to_keep_before = len(tracker.events), []
        tracker.number, tracker.message_id = number, message_id
        self._kept[tracker.sender_id] = tracker
        self._kept.move_to_end(tracker.sender_id)
        while len(self._kept) > IN_MEMORY:
            self._kept.popitem(last=False)


def _row(conversation_id: str, event: dict[str, Any]) -> dict[str, Any]:
    intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
    return {
        "sender_id": conversation_id,
        "type_name": event["event"],
        "timestamp": event["timestamp"],
        "intent_name": intent,
        "action_name": event.get("name"),
        "data": json.dumps(event),
    }


def _open(url: str) -> Engine:
    """Connect, make the tables, and keep the connections. Readers never wait for SQLite's writer."""
    is_sqlite = url.startswith("sqlite")
    options = (
        {"timeout": WAIT_SECONDS, "check_same_thread": False}
        if is_sqlite
        else {"connect_timeout": WAIT_SECONDS}
    )
    engine = sa.create_engine(
        url, poolclass=QueuePool, pool_size=2, connect_args=options, hide_parameters=True
    )
    if is_sqlite:
        sa.event.listen(engine, "connect", _prepare_sqlite)
    with engine.begin() as connection:
        _create_tables(connection)
    return engine


def _create_tables(connection: Connection) -> None:
    EVENTS.create(connection, checkfirst=True)
    TURNS.create(connection, checkfirst=True)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = NORMAL")  # as the front desk's file
