"""What admins change about accounts, and what everybody may change about their own."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.clock import Clock
from frontdesk.staff import audit, passwords
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Member, Staff, member_of
from frontdesk.staff.roles import ROLES
from frontdesk.storage import tables
from frontdesk.tokens import hash_token

ONE_TIME_HOURS = 24


class OnlyAdmin(Exception):
    """The change would leave nobody who may change settings."""


class Accounts:
    """Every account, switched off or not. Each change is one transaction with its line of the audit."""

    def __init__(self, engine: AsyncEngine, staff: Staff, clock: Clock) -> None:
        self._engine = engine
        self._staff = staff
        self._clock = clock

    async def everybody(self) -> list[Member]:
        """All accounts, those that are switched off last."""
        query = sa.select(tables.staff).order_by(
            tables.staff.c.is_active.desc(), tables.staff.c.name
        )
        async with self._engine.connect() as connection:
            return [member_of(row) for row in await connection.execute(query)]

    async def audit_lines(self) -> list[tuple[str, str, str, str]]:
        """When (ISO 8601, UTC), who (user name), what, conversation; the newest first."""
        line = tables.audit.c
        query = (
            sa.select(line.at, tables.staff.c.user_name, line.what, line.conversation_id)
            .outerjoin(tables.staff, tables.staff.c.id == line.staff_id)
            .order_by(line.id.desc())
        )
        async with self._engine.connect() as connection:
            return [
                (row[0].isoformat(), row[1] or "", row[2], row[3] or "")
                for row in await connection.execute(query)
            ]

    async def note_export(self, by: Member) -> None:
        """Note that somebody downloads the audit."""
        async with self._engine.begin() as connection:
            await connection.execute(audit.line(Event.EXPORTED_AUDIT, self._clock(), by.id))

    async def add(
        self, user_name: str, name: str, job: str, role: str, by: Member, email: str | None = None
    ) -> str:
        """Add an account and return its one-time password.

        Raise ValueError for an unknown role, IntegrityError for a user name that is taken.
        """
        await self._staff.create(user_name, name, job, secrets.token_urlsafe(16), role, email)
        found = next(
            one for one in await self.everybody() if one.user_name == user_name.strip().lower()
        )
        return await self.reset_password(found.id, by)

    async def set_role(self, staff_id: int, role: str, by: Member) -> None:
        """Change what somebody may do. Raise ValueError for an unknown role, OnlyAdmin."""
        if role not in ROLES:
            raise ValueError(f"a role is one of {', '.join(ROLES)}")
        await self._change(staff_id, by, keeps_admin=role == "admin", role=role)

    async def set_signature(self, staff_id: int, name: str, registration: str, by: Member) -> None:
        """How a clinician signs: the whole name, and the number in the professional register."""
        values = {"signs_as": name or None, "registration": registration or None}
        await self._change(staff_id, by, keeps_admin=True, **values)

    async def set_email(self, staff_id: int, email: str | None, by: Member) -> None:
        """Change where a link for a new password is sent to; None: nowhere."""
        await self._change(staff_id, by, keeps_admin=True, email=email)

    async def switch_off(self, staff_id: int, by: Member) -> None:
        """End somebody's sessions and let them sign in no more. Raise OnlyAdmin."""
        await self._change(staff_id, by, keeps_admin=False, is_active=False, on_duty=False)

    async def switch_on(self, staff_id: int, by: Member) -> None:
        """Let somebody sign in again."""
        await self._change(staff_id, by, keeps_admin=True, is_active=True)

    async def reset_password(self, staff_id: int, by: Member) -> str:
        """A password that works for 24 hours, once: then its owner chooses another."""
        password, now = secrets.token_urlsafe(12), self._clock()
        expires_at = now + timedelta(hours=ONE_TIME_HOURS)
        password_hash = await passwords.hashed(password)
        async with self._engine.begin() as connection:
            await self._set_password(connection, staff_id, password_hash)
            await connection.execute(
                tables.one_time_passwords.insert().values(staff_id=staff_id, expires_at=expires_at)
            )
            note = audit.line(Event.RESET_PASSWORD, now, by.id, account_id=staff_id)
            await connection.execute(note)
        return password

    async def keep_chosen(self, staff_id: int, password_hash: str) -> None:
        """Set the password that its owner chose by a link, in the caller's transaction."""
        async with self._engine.begin() as connection:
            await self._set_password(connection, staff_id, password_hash)
            await connection.execute(audit.line(Event.CHANGED_PASSWORD, self._clock(), staff_id))

    async def change_own_password(
        self, member: Member, old: str, new: str, token: str, address: str
    ) -> bool:
        """Set a new password and end all other sessions; False when the old one is wrong.

        Raise ValueError for one that is easily guessed, or the same as before; TooManyTries.
        """
        if not await self._staff.confirm(member, old, token, address):
            return False
        if old == new:
            raise ValueError("choose a password that is not the old one")
        password_hash = await self.checked(member.id, new)
        async with self._engine.begin() as connection:
            await self._set_password(connection, member.id, password_hash, but=hash_token(token))
            await connection.execute(audit.line(Event.CHANGED_PASSWORD, self._clock(), member.id))
        return True

    async def confirm(
        self, member: Member, password: str, code: str, token: str, address: str
    ) -> bool:
        """Are they password and code of somebody who is signed in? Raise TooManyTries."""
        return await self._staff.confirm(member, password, token, address, code)

    async def checked(self, staff_id: int, password: str) -> str:
        """What is kept of a new password: made in no transaction, as it may wait behind guessers.

        Raise ValueError for one that is easily guessed.
        """
        staff = tables.staff.c
        query = sa.select(staff.user_name, staff.name, staff.job).where(staff.id == staff_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        passwords.check(password, *(row or ()))
        return await passwords.hashed(password)

    async def _change(self, staff_id: int, by: Member, keeps_admin: bool, **values: object) -> None:
        async with self._engine.begin() as connection:
            if not keeps_admin:
                await _refuse_if_only_admin(connection, staff_id)
            await connection.execute(
                tables.staff.update().where(tables.staff.c.id == staff_id).values(**values)
            )
            if values.get("is_active") is False:
                await _end_sessions(connection, staff_id)
            note = audit.line(Event.CHANGED_ACCOUNT, self._clock(), by.id, account_id=staff_id)
            await connection.execute(note)

    @staticmethod
    async def _set_password(
        connection: AsyncConnection, staff_id: int, password_hash: str, but: str = ""
    ) -> None:
        """Whatever opened the account before opens it no more: sessions, links, known devices."""
        new = {"password_hash": password_hash}
        await connection.execute(
            tables.staff.update().where(tables.staff.c.id == staff_id).values(**new)
        )
        for old in (tables.one_time_passwords, tables.reset_links, tables.known_devices):
            await connection.execute(old.delete().where(old.c.staff_id == staff_id))
        await _end_sessions(connection, staff_id, but)


async def _refuse_if_only_admin(connection: AsyncConnection, staff_id: int) -> None:
    others = sa.select(sa.func.count()).where(
        tables.staff.c.role == "admin", tables.staff.c.is_active, tables.staff.c.id != staff_id
    )
    if not await connection.scalar(others):
        raise OnlyAdmin


async def _end_sessions(connection: AsyncConnection, staff_id: int, but: str = "") -> None:
    sessions = tables.staff_sessions
    await connection.execute(
        sessions.delete().where(sessions.c.staff_id == staff_id, sessions.c.token_hash != but)
    )
