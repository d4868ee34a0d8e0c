"""The second factor at sign-in: six digits of an app (TOTP, RFC 6238), or a recovery code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.staff import audit
from frontdesk.staff.audit import Event
from frontdesk.storage import tables
from frontdesk.tokens import hash_token

RECOVERY_CODES = 8
STEP_SECONDS = 30
STEPS_LATE_OR_EARLY = 1
REQUIRED = "second factor"


@dataclass(frozen=True)
class Enrolment:
    """What somebody enters into an app; the same twice until it is confirmed."""

    secret: str
    uri: str

    @property
    def spaced(self) -> str:
        """The secret in groups of four, for typing."""
        return " ".join(self.secret[n : n + 4] for n in range(0, len(self.secret), 4))


class SecondFactors:
    """One second factor an account, in use once it was confirmed with a code."""

    def __init__(self, engine: AsyncEngine, clinic_name: str, clock: Clock) -> None:
        self._engine = engine
        self._clinic_name = clinic_name
        self._clock = clock

    async def enrol(self, staff_id: int, user_name: str) -> Enrolment:
        """Begin, or show again what was begun."""
        mine = tables.second_factors.c.staff_id == staff_id
        async with self._engine.begin() as connection:
            secret = await connection.scalar(sa.select(tables.second_factors.c.secret).where(mine))
            if secret is None:
                secret = pyotp.random_base32()
                await connection.execute(
                    tables.second_factors.insert().values(
                        staff_id=staff_id, secret=secret, last_step=0, confirmed_at=None
                    )
                )
        uri = pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=self._clinic_name)
        return Enrolment(secret, uri)

    async def confirm(self, staff_id: int, code: str) -> list[str] | None:
        """Put it in use and return recovery codes, which are shown once; None for a wrong code."""
        if await self.is_used(staff_id) or not await self._digits_fit(staff_id, code):
            return None
        codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
        rows = [{"code_hash": hash_token(one), "staff_id": staff_id} for one in codes]
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.second_factors.update()
                .where(tables.second_factors.c.staff_id == staff_id)
                .values(confirmed_at=self._clock())
            )
            await connection.execute(tables.recovery_codes.insert(), rows)
            await connection.execute(audit.line(Event.SECOND_FACTOR_ON, self._clock(), staff_id))
        return codes

    async def is_used(self, staff_id: int) -> bool:
        """Must this account give a code?"""
        query = sa.select(tables.second_factors.c.confirmed_at).where(
            tables.second_factors.c.staff_id == staff_id
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(query) is not None

    async def fits(self, staff_id: int, code: str) -> bool:
        """Is it the code of now, or a recovery code? Each works once."""
        code = code.strip().replace(" ", "")
        if code.isdecimal():
            return await self._digits_fit(staff_id, code)
        spent = tables.recovery_codes.delete().where(
            tables.recovery_codes.c.code_hash == hash_token(code.lower()),
            tables.recovery_codes.c.staff_id == staff_id,
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(spent)).rowcount)

    async def remove(self, staff_id: int, by_id: int) -> None:
        """Use none any more, for example when a phone is lost."""
        async with self._engine.begin() as connection:
            for table in (tables.second_factors, tables.recovery_codes):
                await connection.execute(table.delete().where(table.c.staff_id == staff_id))
            note = audit.line(Event.SECOND_FACTOR_OFF, self._clock(), by_id, account_id=staff_id)
            await connection.execute(note)

    async def users(self) -> set[int]:
        """The accounts that have one in use."""
        query = sa.select(tables.second_factors.c.staff_id).where(
            tables.second_factors.c.confirmed_at.is_not(None)
        )
        async with self._engine.connect() as connection:
            return {row[0] for row in await connection.execute(query)}

    async def required(self) -> bool:
        """Has an admin said that everybody must have one?"""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(sa.select(IS_REQUIRED)))

    async def require(self, required: bool, by_id: int) -> None:
        """Say whether everybody must have one."""
        rules, now = tables.inbox_rules, self._clock()
        event = Event.SECOND_FACTOR_REQUIRED if required else Event.SECOND_FACTOR_OPTIONAL
        async with self._engine.begin() as connection:
            await connection.execute(rules.delete().where(rules.c.name == REQUIRED))
            if required:
                await connection.execute(rules.insert().values(name=REQUIRED, since=now))
            await connection.execute(audit.line(event, now, by_id))

    async def _digits_fit(self, staff_id: int, code: str) -> bool:
        code, table = code.replace(" ", ""), tables.second_factors
        mine = table.c.staff_id == staff_id
        async with self._engine.begin() as connection:
            row = (await connection.execute(sa.select(table).where(mine))).first()
            if row is None or not code.isascii():
                return False
            totp, now = pyotp.TOTP(row["secret"]), int(self._clock().timestamp())
            for late in range(-STEPS_LATE_OR_EARLY, STEPS_LATE_OR_EARLY + 1):
                step = now // STEP_SECONDS + late
                if step > row["last_step"] and pyotp.utils.strings_equal(
                    code, totp.at(step * STEP_SECONDS)
                ):
                    unused = table.update().where(mine, table.c.last_step == row["last_step"])
                    return bool((await connection.execute(unused.values(last_step=step))).rowcount)
        return False


IS_REQUIRED = (
    sa.select(tables.inbox_rules.c.name)
    .where(tables.inbox_rules.c.name == REQUIRED)
    .exists()
    .label("second_factor_required")
)
"""A column for other queries."""
