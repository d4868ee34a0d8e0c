"""Snoozing: out of sight until a time, or until the visitor writes. The one who snoozes keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from clinic import Clinic
from clinic.hours import moment_in_words
from frontdesk.answering.handover import Handover
from frontdesk.conversations.events import Signals
from frontdesk.conversations.model import Conversation
from frontdesk.conversations.store import Conversations
from frontdesk.staff.members import Member

LONGEST = timedelta(days=90)
EARLY = time(9)
"""Of a day on which the clinic opens at no time: it is open all night, or does not say."""


@dataclass(frozen=True)
class Choice:
    """A time that is offered, and how a person would say it."""

    key: str
    words: str
    at: datetime


def choices(clinic: Clinic, now: datetime) -> list[Choice]:
    """In an hour, tomorrow and on Monday when the clinic opens."""
    today = clinic.today(now)
    zone = clinic.hours.zone
    monday = today + timedelta(days=7 - today.weekday())
    found = [Choice("hour", "In an hour", now + timedelta(hours=1))]
    for key, day in (("tomorrow", today + timedelta(days=1)), ("monday", monday)):
        begins = datetime.combine(day, time.min, zone)
        opens = clinic.opens_at(begins - timedelta(seconds=1))
        early = datetime.combine(day, EARLY, zone)
        never_shuts = clinic.is_open(early) and opens and opens.date() > day
        at = early if never_shuts or opens is None else opens.astimezone(zone)
        words = moment_in_words(at, now)
        if words not in [one.words for one in found]:
            found.append(Choice(key, words[:1].upper() + words[1:], at))
    return found


class Snooze:
    """A snoozed conversation is with staff, so that nobody's wait is hidden by it."""

    def __init__(
        self, conversations: Conversations, handover: Handover, signals: Signals, clinic: Clinic
    ) -> None:
        self._conversations = conversations
        self._handover = handover
        self._signals = signals
        self._clinic = clinic

    async def until(self, conversation: Conversation, member: Member, at: datetime) -> None:
        """Take it, and put it out of sight until then. Raise TakenBySomebodyElse, Gone."""
        async with self._conversations.transaction():
            taken = await self._handover.take(conversation, member)
            values = {"snoozed_until": at, "timer_kind": "snooze", "timer_at": at}
            await self._conversations.update(taken.id, **values)
            self._signals.new(taken.id)

    async def end(self, conversation: Conversation) -> None:
        """Bring it back now."""
        await self._handover.start_timer(conversation, "idle", self._clinic.handover.idle_minutes)
        self._signals.new(conversation.id)

    async def wake(self, conversation: Conversation) -> None:
        """Its time has come: it is back, marked as due. Whoever waits for an answer waits no longer
        than usual."""
        if await self._conversations.messages.visitor_spoke_last(conversation.id):
            await self._handover.visitor_wrote(conversation)
        else:
            await self._conversations.update(conversation.id, timer_kind=None, timer_at=None)
        self._signals.new(conversation.id)
