"""What happens by itself when time is up: nobody came, who came fell silent, the visitor left.

Timers are columns of the conversation, so they survive a restart. A timer never takes a conversation
that waits for a person out of the staff's lists: it tells, alerts again, and moves it to those that
were missed, which only a person empties.
"""

from __future__ import annotations

import logging

from clinic import Clinic
from frontdesk.answering.handover import Handover, TakenBySomebodyElse
from frontdesk.answering.snooze import Snooze
from frontdesk.clock import Clock
from frontdesk.conversations.model import Conversation, Gone, Owner
from frontdesk.conversations.store import Conversations
from frontdesk.outgoing.notices import Notice, Notices
from frontdesk.tasks import failed

logger = logging.getLogger(__name__)


class Timers:
    """Acts on timers that have run out, each in a transaction of its own."""

    def __init__(
        self,
        conversations: Conversations,
        handover: Handover,
        snooze: Snooze,
        notices: Notices,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._handover = handover
        self._snooze = snooze
        self._notices = notices
        self._clinic = clinic
        self._clock = clock

    async def run(self) -> None:
        """Act on every timer that has run out; one that fails holds up no other."""
        for conversation in await self._conversations.timers_due():
            try:
                async with self._conversations.transaction():
                    now = await self._conversations.hold(conversation.id)
                    if (now.timer_kind, now.timer_at) == (
                        conversation.timer_kind,
                        conversation.timer_at,
                    ):
                        await self._time_is_up(now)
            except (TakenBySomebodyElse, Gone):
                logger.info("timer overtaken %s", conversation.id)
            except Exception as error:  # noqa: BLE001 (the other timers must run out all the same)
                failed("timer", error)

    async def _time_is_up(self, conversation: Conversation) -> None:
        kind = conversation.timer_kind
        logger.info("timer %s %s", kind, conversation.id)
        if kind == "half":
            await self._notices.note(conversation.id, Notice.STILL_WAITING)
            await self._handover.start_timer(
                conversation, "claim", self._clinic.handover.claim_minutes / 2
            )
        elif kind == "claim":
            await self._miss(conversation)
        elif kind == "again":
            await self._alert_again(conversation)
        elif kind == "snooze":
            await self._snooze.wake(conversation)
        elif kind == "silent" or await self._conversations.messages.wait_for_people(
            conversation.id
        ):
            await self._wait_again(conversation)
        else:
            await self._handover.hand_back(conversation, "timer", "returned_idle")

    async def _miss(self, conversation: Conversation) -> None:
        await self._conversations.update(
            conversation.id,
            missed_at=self._clock(),
            looked_at=None,
            timer_kind="again",
            timer_at=self._handover.alert_again_at(),
        )
        await self._handover.say_how_it_goes_on(conversation, "nobody_came", available=False)
        await self._notices.note(conversation.id, Notice.MISSED)

    async def _alert_again(self, conversation: Conversation) -> None:
        """Until somebody looks."""
        values: dict[str, object] = {"timer_kind": None, "timer_at": None}
        if conversation.looked_at is None:
            values = {"timer_at": self._handover.alert_again_at()}
            await self._notices.note(conversation.id, Notice.MISSED)
        await self._conversations.update(conversation.id, **values)

    async def _wait_again(self, conversation: Conversation) -> None:
        """Who took it has fallen silent: it waits for anybody."""
        available = await self._handover.staff_available(conversation)
        changed = await self._conversations.ownership.change(
            conversation,
            Owner.WAITING,
            "timer",
            "silent",
            **self._handover.begin_to_wait(available),
        )
        if changed:
            line = "still_waiting" if available else "nobody_came"
            await self._handover.say_how_it_goes_on(changed, line, available)
            await self._notices.note(changed.id, Notice.WAITING)
