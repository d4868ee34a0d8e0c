"""What is happening to a visitor now: danger belongs to it, and not to what comes weeks later.

An episode ends when a person has dealt with it (closed it, handed it back), or a day after the danger was told
last; three days after it while somebody still waits for a person, as over a weekend. A wish for a person, or a
call, within it makes it no less urgent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from frontdesk.conversations.model import URGENT, Conversation, Owner

LASTS, WAITED_FOR = timedelta(days=1), timedelta(days=3)
SAME_ALARM = timedelta(minutes=10)
"""Within this the same sign again is counted, and neither told nor alerted again."""
SIGN_LENGTH = 200
UNASSIGNED: dict[str, object] = {
    "staff_id": None,
    "waiting_since": None,
    "timer_kind": None,
    "timer_at": None,
    "snoozed_until": None,
}
BY_A_PERSON: dict[str, object] = {"missed_at": None}
"""What only a person does: take a conversation off the list of those that were missed."""
NO_DANGER: dict[str, object] = {"sign": None, "sign_count": 0, "sign_at": None}
STOPPED, IDLE = "stopped_waiting", "returned_idle"
"""Lines of whoever goes back to the assistant without a person having done so."""


def holds(conversation: Conversation, now: datetime) -> bool:
    """Does the sign of danger that was told last belong to what is happening now?"""
    at = conversation.sign_at
    lasts = WAITED_FOR if conversation.owner is Owner.WAITING else LASTS
    return bool(conversation.sign and at and now - at < lasts)


def was_told(conversation: Conversation, sign: str, now: datetime) -> bool:
    """Has just this sign been told a moment ago?"""
    at = conversation.sign_at
    is_same = conversation.sign == sign[:SIGN_LENGTH]
    return bool(is_same and at and now - at < SAME_ALARM)


def signed(conversation: Conversation, sign: str, now: datetime) -> dict[str, object]:
    """A sign that has just been told. How urgent something long over was, counts for nothing."""
    is_over = conversation.owner.is_bot and not holds(conversation, now)
    told = {"sign": sign[:SIGN_LENGTH], "sign_count": 1, "sign_at": now, "muted_at": None}
    return {**told, **({"urgency": None} if is_over else {})}


def wished(
    conversation: Conversation, wish: Mapping[str, object], now: datetime
) -> dict[str, object]:
    """Why somebody wants a person, and how urgently: no less than the danger that there is."""
    if not holds(conversation, now):
        return {**wish, **NO_DANGER}
    if _rank(conversation.urgency) < _rank(wish.get("urgency")):
        return {**wish, "reason": conversation.reason, "urgency": conversation.urgency}
    return dict(wish)


def let_go(
    conversation: Conversation, line: str, now: datetime, again: datetime
) -> dict[str, object]:
    """What is left of it when people have it no longer."""
    if line == STOPPED and holds(conversation, now):
        return not_forgotten(conversation, now, again)
    if line in (STOPPED, IDLE):
        return {**UNASSIGNED, **BY_A_PERSON}
    return ended()


def not_forgotten(conversation: Conversation, now: datetime, again: datetime) -> dict[str, object]:
    """Nobody came: it is missed until a person does; of danger staff are told ``again``."""
    alert = {"timer_kind": "again", "timer_at": again} if holds(conversation, now) else {}
    return {**UNASSIGNED, "missed_at": conversation.missed_at or now, **alert}


def ended() -> dict[str, object]:
    """A person has dealt with it."""
    return {**UNASSIGNED, **BY_A_PERSON, **NO_DANGER, "urgency": None}


def called(conversation: Conversation, now: datetime) -> dict[str, object]:
    """Somebody has been called and reached: they are missed no longer. Whom people must still look at they
    keep, without being told again."""
    if conversation.owner in (Owner.WAITING, Owner.STAFF):
        return {"looked_at": now}
    return {**BY_A_PERSON, "timer_kind": None, "timer_at": None}


def _rank(urgency: object) -> int:
    return URGENT.index(urgency) if urgency in URGENT else len(URGENT)
