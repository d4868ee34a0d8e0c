"""Tells staff outside the inbox that somebody waits: by e-mail, and by a signed webhook.

What asks for a person is noted in the same transaction, once for each target, and tried again until
it is taken, so none is lost by a restart. Of several desks one tells it: whoever moves its next time
away first. Each target has its own line, the urgent first: a mail server that does not answer keeps no
webhook waiting, and nobody's emergency. A notice says that a conversation waits, and where; never what a visitor wrote. The webhook
is signed as the Standard Webhooks specification says (docs/notifications.md).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic import Clinic
from frontdesk import metrics
from frontdesk.clock import Clock
from frontdesk.conversations.model import Owner
from frontdesk.outgoing.mailer import Mailer, NotSent
from frontdesk.settings import Settings, WebhookSettings
from frontdesk.storage import tables
from frontdesk.tasks import end_tasks, failed

logger = logging.getLogger(__name__)


T = tables.notices.c


class Notice(str, Enum):
    """What somebody is told."""

    WAITING = "conversation.waiting"
    URGENT = "conversation.urgent"
    STILL_WAITING = "conversation.still_waiting"
    MISSED = "conversation.missed"
    CALLBACK = "callback.asked"


SUBJECTS = {
    Notice.WAITING: "A conversation is waiting",
    Notice.URGENT: "URGENT: a conversation needs somebody now",
    Notice.STILL_WAITING: "A conversation is still waiting",
    Notice.MISSED: "Nobody has come: a conversation was missed",
    Notice.CALLBACK: "Somebody asked to be called",
}
WAITS = [timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600)]
"""Before each further try; after the last one the notice is given up."""
AT_ONCE = 5
"""Of one target in one go; then it is seen what has become more urgent."""
WEBHOOK_SECONDS = 10.0
TELL_SECONDS = 20.0
WAITED_SECONDS = 3.0
"""After this it is looked again what is due to the other targets."""
CLAIMED = timedelta(seconds=30)
"""Longer than one try may take: a notice whose desk died over it is told by the next one then."""


class Target(Protocol):
    """Somebody who is told."""

    async def tell(self, notice_id: str, kind: Notice, link: str, at: datetime) -> None:
        """Tell it once more; ``notice_id`` is the same at each try. Raise NotSent."""

    async def close(self) -> None:
        """Let go of connections."""


class ByMail:
    """One address."""

    def __init__(self, mailer: Mailer, to: str, clinic: Clinic) -> None:
        self._mailer, self._to, self._clinic = mailer, to, clinic

    async def tell(self, notice_id: str, kind: Notice, link: str, at: datetime) -> None:
        """Send a subject and a link."""
        text = f"{SUBJECTS[kind]} at {self._clinic.name}.\n\nOpen it in the inbox:\n{link}\n"
        await self._mailer.send(self._to, f"{SUBJECTS[kind]} ({self._clinic.name})", text)

    async def close(self) -> None:
        """Hang up on the mail server."""
        await self._mailer.close()


class ByWebhook:
    """One program of the clinic's."""

    def __init__(
        self,
        settings: WebhookSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._http = httpx.AsyncClient(timeout=WEBHOOK_SECONDS, transport=transport)

    async def tell(self, notice_id: str, kind: Notice, link: str, at: datetime) -> None:
        """Post it; anything but a 2xx is tried again."""
        body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": {"link": link}})
        headers = {
            "content-type": "application/json",
            **signed(self._settings.secret, notice_id, self._clock(), body),
        }
        try:
            answer = await self._http.post(self._settings.url, content=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def signed(secret: str, notice_id: str, at: datetime, body: str) -> Mapping[str, str]:
    """The three headers of Standard Webhooks: the time is inside the signed text."""
    stamp = str(int(at.timestamp()))
    text = f"{notice_id}.{stamp}.{body}".encode()
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class Notices:
    """Notices to all targets; ``run`` is called again and again."""

    def __init__(
        self, engine: AsyncEngine, targets: Mapping[str, Target], public_url: str, clock: Clock
    ) -> None:
        self._engine = engine
        self._targets = targets
        self._inbox = f"{public_url}/inbox"
        self._clock = clock
        self._telling: dict[str, asyncio.Task[None]] = {}

    async def note(self, conversation_id: str, kind: Notice) -> None:
        """Note, in the transaction of what happened, that everybody is to be told."""
        now = self._clock()
        async with self._engine.begin() as connection:
            for target in self._targets:
                await connection.execute(
                    tables.notices.insert().values(
                        id=f"msg_{secrets.token_urlsafe(18)}",
                        kind=kind.value,
                        at=now,
                        conversation_id=conversation_id,
                        target=target,
                        tries=0,
                        next_at=now,
                    )
                )

    async def run(self) -> None:
        """Send what is due. Whoever takes long is not waited for, and told the rest afterwards."""
        if not self._targets:
            return
        for target in await self._with_something_due():
            telling = self._telling.get(target)
            if telling is None or telling.done():
                work = self._tell_all(target)
                self._telling[target] = asyncio.create_task(work, name=f"notices {target}")
        if self._telling:
            await asyncio.wait(self._telling.values(), timeout=WAITED_SECONDS)

    async def close(self) -> None:
        """Let go of connections."""
        await end_tasks(self._telling.values())
        for target in self._targets.values():
            await target.close()

    async def _with_something_due(self) -> list[str]:
        query = sa.select(T.target).where(T.next_at <= self._clock()).distinct()
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def _due(self, target: str) -> list[Any]:
        conversation = tables.conversations.c
        query = (
            sa.select(*T, conversation.owner, conversation.missed_at, conversation.muted_at)
            .join(tables.conversations, conversation.id == T.conversation_id)
            .where(T.next_at <= self._clock(), T.target == target)
            .order_by(T.kind != Notice.URGENT.value, T.next_at)
            .limit(AT_ONCE)
        )
        async with self._engine.connect() as connection:
            return list(await connection.execute(query))

    async def _tell_all(self, target: str) -> None:
        """One target after the other, which holds up no other."""
        try:
            while any([await self._tell_one(due) for due in await self._due(target)]):
                pass
        except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
            failed("notices", error)

    async def _tell_one(self, due: Any) -> bool:
        """Was it ours to tell?"""
        is_ours = False
        try:
            is_ours = await self._claim(due)
            if is_ours:
                await self._try(due)
        except Exception as error:  # noqa: BLE001 (the others are told all the same)
            failed("notice", error)
        return is_ours

    async def _claim(self, due: Any) -> bool:
        """Is it ours to tell? False when another desk was first."""
        here = (T.id == due["id"]) & (T.next_at == due["next_at"])
        values = {"next_at": self._clock() + CLAIMED}
        async with self._engine.begin() as connection:
            done = await connection.execute(tables.notices.update().where(here).values(**values))
        return bool(done.rowcount)

    async def _try(self, due: Any) -> None:
        target = self._targets.get(due["target"])
        kind = Notice(due["kind"])
        link = f"{self._inbox}/c/{due['conversation_id']}"
        values: dict[str, Any] = {"next_at": None, "tries": due["tries"] + 1}
        try:
            if target is None:
                values["outcome"] = "switched off"
            elif due["muted_at"] and kind is not Notice.URGENT:
                values["outcome"] = "muted"
            elif not _is_needed(kind, Owner(due["owner"]), due["missed_at"]):
                values["outcome"] = "not needed any more"
            else:
                telling = target.tell(due["id"], kind, link, due["at"])
                await asyncio.wait_for(telling, TELL_SECONDS)
                values["outcome"] = "sent"
        except (NotSent, asyncio.TimeoutError) as error:
            logger.warning("notice to %s not sent: %s", due["target"], error)
            if due["tries"] < len(WAITS):
                values["next_at"] = self._clock() + WAITS[due["tries"]]
            else:
                values["outcome"] = f"given up: {error}"[:40]
        metrics.NOTICES.labels(kind.value, values.get("outcome", "tried again")[:20]).inc()
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.notices.update().where(T.id == due["id"]).values(**values)
            )


def _is_needed(kind: Notice, owner: Owner, missed_at: datetime | None) -> bool:
    """Is it still so? A person may have come in the meantime."""
    if kind is Notice.CALLBACK:
        return owner is not Owner.CLOSED
    if kind is Notice.URGENT:
        return not owner.is_bot or missed_at is not None
    return owner is Owner.WAITING or missed_at is not None


def targets_of(settings: Settings, clinic: Clinic, clock: Clock) -> dict[str, Target]:
    """Everybody whom the settings name."""
    found: dict[str, Target] = {}
    if settings.mail:
        mailer = Mailer(settings.mail)
        for number, address in enumerate(settings.mail.told, start=1):
            found[f"mail {number}"] = ByMail(mailer, address, clinic)
    if settings.webhook:
        found["webhook"] = ByWebhook(settings.webhook, clock)
    return found
