"""Tries to sign in: counted before they are looked at, so that a hundred at once are no way around it.

Guessing is limited by address and by account. A device that somebody has signed in with before has a
limit of its own, and the second factor passes the account's, so that guessers lock nobody out.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.staff.passwords import TooManyTries
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import tables
from frontdesk.tokens import hash_token

AN_ADDRESS = (5, timedelta(minutes=5))
AN_ACCOUNT = (10, timedelta(minutes=15))


class _TooManyForAccount(TooManyTries):
    """Somebody guesses this account's password, from wherever."""


class Tries:
    """Every try, and whether it succeeded."""

    def __init__(self, engine: AsyncEngine, clock: Clock, factors: SecondFactors) -> None:
        self._engine = engine
        self._clock = clock
        self._factors = factors

    async def take(
        self, row: sa.engine.Row | None, user_name: str, address: str, device: str, code: str
    ) -> tuple[int, bool]:
        """Count a try before it is looked at. Return it, and whether its code was right and is spent.

        Raise TooManyTries.
        """
        is_known = bool(row and row["is_known_device"])
        try:
            return await self._count(user_name, address, device if is_known else ""), False
        except _TooManyForAccount:
            if row is None or not (row["has_second_factor"] and code):
                raise
            if not await self._factors.fits(row["id"], code):
                raise
            return await self._count(user_name, address, "", passes=True), True

    async def take_signed_in(self, user_name: str, address: str, token: str) -> int:
        """Count a try of whoever is signed in, and has a limit of their own: guessers hold them up in nothing.

        Raise TooManyTries.
        """
        return await self._count(user_name, address, token)

    async def _count(self, user_name: str, address: str, device: str, passes: bool = False) -> int:
        now, tried = self._clock(), tables.sign_ins.c
        mine, device_hash = address[:64], hash_token(device) if device else None
        elsewhere = (tried.user_name == user_name) & tried.device_hash.is_(None)
        limits = [
            (tried.address == mine, AN_ADDRESS, TooManyTries),
            (elsewhere, AN_ACCOUNT, _TooManyForAccount),
        ]
        if device:
            limits = [(tried.device_hash == device_hash, AN_ACCOUNT, TooManyTries)]
        async with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
                await connection.execute(sa.text("LOCK TABLE sign_ins IN EXCLUSIVE MODE"))
            for condition, (most, within), refusal in limits[: 1 if passes else None]:
                failed = sa.select(sa.func.count()).where(
                    condition, sa.not_(tried.succeeded), tried.at > now - within
                )
                if int(await connection.scalar(failed)) >= most:
                    raise refusal
            done = await connection.execute(
                tables.sign_ins.insert().values(
                    user_name=user_name,
                    address=mine,
                    device_hash=device_hash,
                    succeeded=False,
                    at=now,
                )
            )
            return int(done.inserted_primary_key[0])


def succeeded(try_id: int) -> sa.sql.Update:
    """The statement that says so."""
    return tables.sign_ins.update().where(tables.sign_ins.c.id == try_id).values(succeeded=True)
