"""Web Push (RFC 8030, 8291 and 8292): one push to one device, and telling staff on theirs that somebody waits.

A push says what happened and where to look; never what anybody wrote, nor who they are. Those to staff go
to the devices of whoever is on duty; a device that the service no longer knows is forgotten. Visitors are
told by answer_push.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_ece import ECEException
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode
from pywebpush import WebPusher, WebPushException

from clinic import Clinic
from frontdesk.clock import Clock, is_between
from frontdesk.outgoing.mailer import NotSent
from frontdesk.outgoing.notices import SUBJECTS, Notice
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database

logger = logging.getLogger(__name__)

T = tables.push_devices
SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
"""Of the browsers' makers. What a browser names instead is not written to."""
KEPT_SECONDS = 1_800
"""How long a service keeps a push for a device that is off; later it would say what is no longer so."""
PUSH_SECONDS = 10.0
UNKNOWN = (404, 410)
MOST_DEVICES = 10
LONGEST = {"endpoint": 1_000, "p256dh": 200, "auth": 100}


@dataclass(frozen=True)
class Device:
    """A browser that may be told, as it describes itself."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def is_allowed(self) -> bool:
        """Is it at one of the services, with keys that can be used?"""
        if any(len(getattr(self, key)) > most for key, most in LONGEST.items()):
            return False
        try:
            parts = urlsplit(self.endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:  # "https://[" and ports that are none
            return False
        known = any(host == one or host.endswith(f".{one}") for one in SERVICES)
        return parts.scheme == "https" and known and port in (None, 443) and self._encrypts

    @property
    def _encrypts(self) -> bool:
        try:
            self.encrypted(b"{}")
        except (WebPushException, ECEException, ValueError, KeyError):
            return False
        return True

    def encrypted(self, data: bytes) -> bytes:
        """For this device alone."""
        keys = {"p256dh": self.p256dh, "auth": self.auth}
        found: bytes = WebPusher({"endpoint": self.endpoint, "keys": keys}).encode(data)["body"]
        return found


class Gone(NotSent):
    """The service does not know the device any more."""


class Push:
    """A push to one device; the devices of staff, and telling them."""

    def __init__(
        self,
        engine: Database,
        secret: str,
        contact: str,
        clock: Clock,
        zone: tzinfo,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._engine = engine
        self._vapid = Vapid02.from_raw(secret.encode())
        self._contact = contact
        self._clock = clock
        self._zone = zone
        self._http = httpx.AsyncClient(timeout=PUSH_SECONDS, transport=transport)

    @property
    def public_key(self) -> str:
        """What a browser needs to let us, and nobody else, write to it."""
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return str(b64urlencode(point))

    async def add(self, staff_id: int, device: Device) -> None:
        """Tell this device, too; of many of one person the oldest is forgotten."""
        row = {"staff_id": staff_id, "at": self._clock(), **vars(device)}
        mine = sa.select(T.c.id).where(T.c.staff_id == staff_id).order_by(T.c.id.desc())
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.endpoint == device.endpoint))
            await connection.execute(T.insert().values(**row))
            old = (await connection.scalars(mine.offset(MOST_DEVICES))).all()
            await connection.execute(T.delete().where(T.c.id.in_(old)))

    async def drop(self, endpoint: str) -> None:
        """Tell it no more."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.endpoint == endpoint))

    async def tell(self, notice_id: str, kind: Notice, link: str, at: datetime) -> None:
        """Tell the devices of everybody on duty, but in quiet hours only what is urgent.

        Raise NotSent when none could be told.
        """
        who, now = tables.staff.c, self._clock().astimezone(self._zone).time()
        query = sa.select(*T.c, who.quiet_from, who.quiet_until)
        query = query.join(tables.staff, who.id == T.c.staff_id)
        async with self._engine.connect() as connection:
            found = list(await connection.execute(query.where(who.is_active, who.on_duty)))
        is_urgent = kind is Notice.URGENT
        rows = [
            row
            for row in found
            if is_urgent or not is_between(now, row.quiet_from, row.quiet_until)
        ]
        said = {"title": SUBJECTS[kind], "link": urlsplit(link).path}
        urgency = "high" if is_urgent else "normal"
        sent = await asyncio.gather(*[self._one(row, said, urgency) for row in rows])
        if rows and not any(sent):
            raise NotSent("no device was told")

    async def _one(self, row: Any, said: dict[str, str], urgency: str) -> bool:
        try:
            await self.send(Device(row.endpoint, row.p256dh, row.auth), said, KEPT_SECONDS, urgency)
        except Gone:
            await self.drop(row.endpoint)  # nobody is there who could be told
        except NotSent as error:
            logger.warning("push not sent: %s", error)
            return False
        return True

    async def send(
        self, device: Device, said: dict[str, str], seconds: int, urgency: str = "normal"
    ) -> None:
        """Push to one device; its service keeps it for so long. Raise Gone, or NotSent for now."""
        parts = urlsplit(device.endpoint)
        claims = {"sub": self._contact, "aud": f"{parts.scheme}://{parts.netloc}"}
        headers = {
            **self._vapid.sign(claims),
            "content-encoding": "aes128gcm",
            "ttl": str(seconds),
            "urgency": urgency,
        }
        try:
            body = device.encrypted(json.dumps(said).encode())
            answer = await self._http.post(device.endpoint, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__) from error
        if answer.status_code in UNKNOWN:
            raise Gone(str(answer.status_code))
        if not answer.is_success:
            raise NotSent(str(answer.status_code))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def push_of(engine: Database, settings: Settings, clinic: Clinic, clock: Clock) -> Push | None:
    """Web Push where there is a secret to sign with; services write to ``contact`` if we misbehave."""
    if not settings.push_secret:
        return None
    contact = f"mailto:{clinic.words['email']}"
    return Push(engine, settings.push_secret, contact, clock, clinic.hours.zone)
