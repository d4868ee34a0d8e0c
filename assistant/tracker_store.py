"""Keeps what was said: Rasa's SQL tracker store, ordered by row and able to answer by turn.

Three things differ from Rasa's own store (see RasaHQ/rasa 3.6.21 ``core/tracker_store.py``):
a session begins at a row, not at a time, so a clock that goes back loses nothing; a turn can be
read back or taken out by its message id; a conversation can be erased.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from sqlalchemy.orm import Query, Session

from assistant.forgetting import without

SQLITE_WAIT_SECONDS = 2


@dataclass(frozen=True)
class Turn:
    """One message of a visitor and what the bot said to it, as Rasa's event dictionaries."""

    user: dict[str, Any]
    bot: tuple[dict[str, Any], ...]
    actions: frozenset[str]


class ConversationTrackerStore(SQLTrackerStore):
    """An SQL tracker store opened by one URL (``url`` in endpoints.yml)."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str = "sqlite:///var/assistant.db",
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        # rasa hands the ``url`` of endpoints.yml over as ``host``
        super().__init__(domain, host=host, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            self.engine.dispose()

    def turn(self, conversation_id: str, message_id: str) -> Turn | None:
        """The turn that a message began, or None when that message was never processed."""
        with self.session_scope() as session:
            row = self._user_row(session, conversation_id, message_id)
            return self._turn_from(session, row) if row else None

    def session_length(self, conversation_id: str) -> int:
        """How many events the running session holds; each message replays them all."""
        with self.session_scope() as session:
            return self._event_query(session, conversation_id, False).count()

    def last_turn_buttons(self, conversation_id: str) -> dict[str, str]:
        """Title by payload of every button that the bot offered since the visitor last wrote."""
        with self.session_scope() as session:
            last_user = (
                self._rows(session, conversation_id, UserUttered.type_name)
                .order_by(self.SQLEvent.id.desc())
                .first()
            )
            said = self._rows(session, conversation_id, BotUttered.type_name)
            if last_user:
                said = said.filter(self.SQLEvent.id > last_user.id)
            buttons = [
                button
                for row in said
                for button in (json.loads(row.data).get("data") or {}).get("buttons") or []
            ]
        return {button["payload"]: button["title"] for button in buttons}

    def last_text(self, conversation_id: str) -> str:
        """What the visitor said last; empty when nothing was."""
        with self.session_scope() as session:
            row = (
                self._rows(session, conversation_id, UserUttered.type_name)
                .order_by(self.SQLEvent.id.desc())
                .first()
            )
            return str(json.loads(row.data).get("text") or "") if row else ""

    def take_back(self, conversation_id: str, message_id: str) -> None:
        """Forget an unfinished turn, so that the same message can be processed afresh."""
        with self.session_scope() as session:
            row = self._user_row(session, conversation_id, message_id)
            if row:
                self._rows(session, conversation_id).filter(self.SQLEvent.id >= row.id).delete()
                session.commit()

    def forget(self, conversation_id: str, pre_screen: str) -> None:
        """Blank what was said in one pre-screen (assistant/forgetting.py); again does nothing."""
        with self.session_scope() as session:
            rows = self._rows(session, conversation_id).order_by(self.SQLEvent.id).all()
            kept = [json.loads(row.data) for row in rows]
            for row, before, after in zip(rows, kept, without(pre_screen, kept), strict=True):
                if after != before:
                    row.data = json.dumps(after)
            session.commit()

    def erase(self, conversation_id: str) -> None:
        """Delete every row of a conversation."""
        with self.session_scope() as session:
            self._rows(session, conversation_id).delete()
            session.commit()

    def _event_query(
        self, session: Session, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> Query:
        rows = self._rows(session, sender_id)
        if not fetch_events_from_all_sessions:
            started = (
                self._rows(session, sender_id, SessionStarted.type_name)
                .with_entities(sa.func.max(self.SQLEvent.id))
                .scalar()
            )
            rows = rows.filter(self.SQLEvent.id >= (started or 0))
        return rows.order_by(self.SQLEvent.id)

    def _rows(self, session: Session, conversation_id: str, type_name: str | None = None) -> Query:
        rows = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation_id)
        return rows.filter(self.SQLEvent.type_name == type_name) if type_name else rows

    def _user_row(self, session: Session, conversation_id: str, message_id: str) -> Any:
        marker = f'"message_id": {json.dumps(message_id)}'
        return (
            self._rows(session, conversation_id, UserUttered.type_name)
            .filter(self.SQLEvent.data.contains(marker, autoescape=True))
            .order_by(self.SQLEvent.id.desc())
            .first()
        )

    def _turn_from(self, session: Session, user_row: Any) -> Turn:
        bot, actions = [], set()
        later = self._rows(session, user_row.sender_id).filter(self.SQLEvent.id > user_row.id)
        for row in later.order_by(self.SQLEvent.id):
            if row.type_name == UserUttered.type_name:
                break
            if row.type_name == BotUttered.type_name:
                bot.append(json.loads(row.data))
            if row.action_name:
                actions.add(row.action_name)
        return Turn(json.loads(user_row.data), tuple(bot), frozenset(actions))


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Readers never wait for a writer, and a writer waits no longer than a visitor would."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_WAIT_SECONDS * 1000}")
