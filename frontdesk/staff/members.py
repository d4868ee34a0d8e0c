"""Members of staff: accounts, sign-in, who is on duty.

A session is a random token of which only a hash is kept, and can be revoked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.clock import Clock, is_between
from frontdesk.staff import audit, passwords
from frontdesk.staff.audit import Event
from frontdesk.staff.roles import FIRST_ROLE, ROLES, May
from frontdesk.staff.second_factor import IS_REQUIRED, SecondFactors
from frontdesk.staff.tries import Tries, succeeded
from frontdesk.storage import tables
from frontdesk.tokens import hash_token

SESSION_HOURS = 12
INBOX_ALIVE = timedelta(minutes=2)
"""Who is on duty has had the inbox open within this time."""
SEEN_AGAIN = timedelta(seconds=30)
LOOK_AGAIN = timedelta(minutes=1)
TYPES_FOR = timedelta(seconds=8)
"""Who typed so lately is typing."""
TRIES_KEPT = timedelta(days=30)
DEVICE_KEPT = timedelta(days=90)
FIRST_PASSWORD_DAYS = 3_650
FIRST_USER_NAME = "reception"

ON_DUTY = (
    sa.select(tables.staff.c.id).where(tables.staff.c.is_active, tables.staff.c.on_duty).limit(1)
)
ALIVE_ON_DUTY = ON_DUTY.where(tables.staff.c.seen_at >= sa.bindparam("since"))
MEMBERS = sa.select(tables.staff).where(tables.staff.c.is_active).order_by(tables.staff.c.name)
_ONE_TIME = tables.one_time_passwords.c.staff_id == tables.staff.c.id
SESSION = (
    sa.select(
        tables.staff_sessions.c.csrf_token,
        tables.one_time_passwords.c.staff_id.is_not(None).label("must_change"),
        IS_REQUIRED,
        tables.second_factors.c.confirmed_at.is_not(None).label("has_second_factor"),
        *tables.staff.c,
    )
    .select_from(tables.staff_sessions)
    .join(tables.staff, tables.staff.c.id == tables.staff_sessions.c.staff_id)
    .outerjoin(tables.one_time_passwords, _ONE_TIME)
    .outerjoin(tables.second_factors, tables.second_factors.c.staff_id == tables.staff.c.id)
    .where(tables.staff_sessions.c.token_hash == sa.bindparam("opens"))
    .where(tables.staff_sessions.c.expires_at > sa.bindparam("now"))
    .where(tables.staff.c.is_active)
)
_A = tables.audit.c
_LOOKED = sa.select(_A.id).where(
    _A.staff_id == sa.bindparam("me"),
    _A.what == sa.bindparam("what"),
    _A.at > sa.bindparam("since"),
)
LOOKED = _LOOKED.where(_A.conversation_id.is_(None)).limit(1)
LOOKED_HERE = _LOOKED.where(_A.conversation_id == sa.bindparam("here")).limit(1)


class CodeNeeded(Exception):
    """Name and password are right; the code of the second factor is missing."""


@dataclass(frozen=True)
class Member:
    """One person at the clinic who may sign in."""

    id: int
    user_name: str
    name: str
    job: str
    email: str | None
    role: str
    signs_as: str | None
    registration: str | None
    on_duty: bool
    is_active: bool
    quiet_from: str | None
    quiet_until: str | None
    sound: str

    def is_quiet(self, at: time) -> bool:
        """Would the person rather not be told now?"""
        return is_between(at, self.quiet_from, self.quiet_until)

    @property
    def shown_name(self) -> str:
        """How visitors see the person: first name and job."""
        return f"{self.name}, {self.job}"

    def may(self, work: May) -> bool:
        """Is it part of the person's role?"""
        return work in ROLES.get(self.role, ())


@dataclass(frozen=True)
class Session:
    """A signed-in member and the token that every change must carry."""

    member: Member
    csrf_token: str
    must_change_password: bool
    must_add_second_factor: bool
    has_second_factor: bool = False


class Staff:
    """Accounts, sessions and presence."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        factors: SecondFactors,
        alive_within: timedelta | None = INBOX_ALIVE,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._factors = factors
        self._tries = Tries(engine, clock, factors)
        self._alive_within = alive_within

    async def create(
        self,
        user_name: str,
        name: str,
        job: str,
        password: str,
        role: str = FIRST_ROLE,
        email: str | None = None,
    ) -> None:
        """Add an account. Raise ValueError for a password that check() refuses, or an unknown role."""
        user_name = user_name.strip().lower()
        passwords.check(password, user_name, name)
        if role not in ROLES:
            raise ValueError(f"a role is one of {', '.join(ROLES)}")
        values = {"user_name": user_name, "name": name, "job": job, "email": email, "role": role}
        await self._add(values, password)

    async def _add(self, values: dict[str, str | None], password: str) -> int:
        password_hash = await passwords.hashed(password)
        state = {"is_active": True, "on_duty": False, "created_at": self._clock()}
        async with self._engine.begin() as connection:
            done = await connection.execute(
                tables.staff.insert().values(password_hash=password_hash, **values, **state)
            )
            return int(done.inserted_primary_key[0])

    async def ensure_first_account(self, password: str) -> None:
        """Create "reception" when there is no account at all; its password is to be changed at once."""
        async with self._engine.connect() as connection:
            if await connection.scalar(sa.select(sa.func.count()).select_from(tables.staff)):
                return
        first = {"user_name": FIRST_USER_NAME, "name": "Reception", "job": "front desk"}
        staff_id = await self._add({**first, "email": None, "role": "admin"}, password)
        until = self._clock() + timedelta(days=FIRST_PASSWORD_DAYS)
        once = tables.one_time_passwords.insert().values(staff_id=staff_id, expires_at=until)
        async with self._engine.begin() as connection:
            await connection.execute(once)

    async def types(self, staff_id: int | None, conversation_id: str) -> bool:
        """Has this member typed in a conversation just now?"""
        look = tables.looks.c
        query = sa.select(look.typing_at).where(
            look.staff_id == staff_id, look.conversation_id == conversation_id
        )
        async with self._engine.connect() as connection:
            typing_at = await connection.scalar(query)
        return bool(typing_at and self._clock() - typing_at < TYPES_FOR)

    async def members(self) -> list[Member]:
        """Everybody who may sign in."""
        async with self._engine.connect() as connection:
            return [member_of(row) for row in await connection.execute(MEMBERS)]

    async def member(self, staff_id: int) -> Member | None:
        """One member of staff."""
        return next((one for one in await self.members() if one.id == staff_id), None)

    async def anybody_on_duty(self) -> bool:
        """Is somebody there: says so, and has had the inbox open just now (or gets a notice)?"""
        query, values = ON_DUTY, {}
        if self._alive_within is not None:
            query, values = ALIVE_ON_DUTY, {"since": self._clock() - self._alive_within}
        async with self._engine.connect() as connection:
            return await connection.scalar(query, values) is not None

    async def seen(self, staff_id: int) -> None:
        """Note that somebody has the inbox open."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.staff.update()
                .where(tables.staff.c.id == staff_id)
                .values(seen_at=self._clock())
            )

    async def set_alerts(self, staff_id: int, sound: str, hours: tuple[str, str] | None) -> None:
        """How somebody is told: by which sound, and between which times not."""
        begin, end = hours or (None, None)
        mine = tables.staff.update().where(tables.staff.c.id == staff_id)
        async with self._engine.begin() as connection:
            await connection.execute(mine.values(sound=sound, quiet_from=begin, quiet_until=end))

    async def set_on_duty(self, staff_id: int, on_duty: bool) -> None:
        """Say whether somebody is on duty."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.staff.update()
                .where(tables.staff.c.id == staff_id)
                .values(on_duty=on_duty, seen_at=self._clock())
            )

    async def sign_in(
        self, user_name: str, password: str, address: str, code: str = "", device: str = ""
    ) -> str | None:
        """Return a session token, or None. Known and unknown names take the same time.

        device: what remember_device() gave the browser. Raise TooManyTries, CodeNeeded.
        """
        user_name, now = user_name.strip().lower()[:60], self._clock()
        row = await self._account(user_name, device)
        code_needed = bool(row and row["has_second_factor"])
        try_id, code_fits = await self._tries.take(row, user_name, address, device, code)
        right = await passwords.fits(row["password_hash"] if row else None, password)
        if row is None:
            right = False
        elif right and row["expires_at"]:
            right = row["expires_at"] > now
        is_first_half = right and code_needed and not code
        if row and right and code_needed and not code_fits:
            right = await self._factors.fits(row["id"], code)
        token = secrets.token_urlsafe(32)
        async with self._engine.begin() as connection:
            right = bool(row) and right and await self._spend(connection, row)
            event = Event.SIGNED_IN if right else Event.SIGN_IN_REFUSED
            await connection.execute(audit.line(event, now, row["id"] if row else None))
            if row and right:
                await self._let_in(connection, row["id"], try_id, token)
        if is_first_half:
            raise CodeNeeded
        return token if right else None

    async def confirm(
        self, member: Member, password: str, token: str, address: str, code: str | None = None
    ) -> bool:
        """Is it the password of somebody who is signed in, and where one is asked for the code?

        It is a failed try until all of it is right. Raise TooManyTries.
        """
        row = await self._account(member.user_name, "")
        try_id = await self._tries.take_signed_in(member.user_name, address, token)
        right = await passwords.fits(row["password_hash"] if row else None, password)
        if right and code is not None:
            right = await self._factors.fits(member.id, code)
        if right:
            async with self._engine.begin() as connection:
                await connection.execute(succeeded(try_id))
        return right

    async def remember_device(self, token: str, device: str) -> str:
        """Note that somebody signs in here. Return what the browser keeps; the same if it is known."""
        known, sessions = tables.known_devices, tables.staff_sessions
        mine = sa.select(sessions.c.staff_id).where(sessions.c.token_hash == hash_token(token))
        async with self._engine.begin() as connection:
            staff_id = await connection.scalar(mine)
            done = await connection.execute(
                known.update()
                .where(known.c.token_hash == hash_token(device), known.c.staff_id == staff_id)
                .values(seen_at=self._clock())
            )
            if not done.rowcount:
                device = secrets.token_urlsafe(32)
                values = {"token_hash": hash_token(device), "staff_id": staff_id}
                await connection.execute(known.insert().values(seen_at=self._clock(), **values))
        return device

    async def _account(self, user_name: str, device: str) -> sa.engine.Row | None:
        """The account of a name, and whether the browser is one of its owner's."""
        factor, once, known = (
            tables.second_factors.c,
            tables.one_time_passwords,
            tables.known_devices.c,
        )
        is_known = sa.and_(
            known.staff_id == tables.staff.c.id, known.token_hash == hash_token(device)
        )
        query = (
            sa.select(
                tables.staff,
                once.c.expires_at,
                factor.confirmed_at.is_not(None).label("has_second_factor"),
                known.staff_id.is_not(None).label("is_known_device"),
            )
            .outerjoin(once, _ONE_TIME)
            .outerjoin(tables.second_factors, factor.staff_id == tables.staff.c.id)
            .outerjoin(tables.known_devices, is_known)
            .where(tables.staff.c.user_name == user_name, tables.staff.c.is_active)
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first()

    async def _spend(self, connection: AsyncConnection, row: sa.engine.Row) -> bool:
        """A one-time password lets somebody in once; any other always."""
        if row["expires_at"] is None:
            return True
        once, now = tables.one_time_passwords, self._clock()
        unused = once.update().where(once.c.staff_id == row["id"], once.c.expires_at > now)
        return bool((await connection.execute(unused.values(expires_at=now))).rowcount)

    async def _let_in(
        self, connection: AsyncConnection, staff_id: int, try_id: int, token: str
    ) -> None:
        await connection.execute(succeeded(try_id))
        await connection.execute(
            tables.staff_sessions.insert().values(
                token_hash=hash_token(token),
                staff_id=staff_id,
                csrf_token=secrets.token_urlsafe(24),
                expires_at=self._clock() + timedelta(hours=SESSION_HOURS),
            )
        )

    async def session(self, token: str) -> Session | None:
        """The session that a cookie's token opens, unless it has expired or was revoked."""
        opened = {"opens": hash_token(token), "now": self._clock()}
        async with self._engine.connect() as connection:
            row = (await connection.execute(SESSION, opened)).first()
        if row is None:
            return None
        seen_at = row["seen_at"]
        if seen_at is None or self._clock() - seen_at > SEEN_AGAIN:
            await self.seen(row["id"])
        missing = bool(row["second_factor_required"]) and not row["has_second_factor"]
        has_factor = bool(row["has_second_factor"])
        must_change = bool(row["must_change"])
        return Session(member_of(row), row["csrf_token"], must_change, missing, has_factor)

    async def sign_out(self, token: str) -> None:
        """Revoke a session."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.staff_sessions.delete().where(
                    tables.staff_sessions.c.token_hash == hash_token(token)
                )
            )

    async def note(
        self, staff_id: int | None, event: Event, conversation_id: str | None = None, why: str = ""
    ) -> None:
        """Write a line of the audit; staff_id is None when no member of staff did it."""
        line = audit.line(event, self._clock(), staff_id, conversation_id, why=why)
        async with self._engine.begin() as connection:
            await connection.execute(line)

    async def note_look(
        self,
        session: Session,
        event: Event,
        conversation_id: str | None = None,
        refreshed: bool = False,
    ) -> None:
        """Note that somebody read something: once a look, not for each refresh of an open page.

        A refresh counts as a look when there was none in this session's time.
        """
        within = timedelta(hours=SESSION_HOURS) if refreshed else LOOK_AGAIN
        look = {"me": session.member.id, "what": event.value, "since": self._clock() - within}
        query = LOOKED_HERE if conversation_id else LOOKED
        look |= {"here": conversation_id} if conversation_id else {}
        async with self._engine.connect() as connection:
            known = await connection.scalar(query, look)
        if known is None:
            await self.note(session.member.id, event, conversation_id)

    async def prune(self, audit_for: timedelta) -> None:
        """Delete what is over: sessions, links, tries, old devices, and the audit after its time."""
        now = self._clock()
        old = (
            tables.staff_sessions.c.expires_at <= now,
            tables.reset_links.c.expires_at <= now,
            tables.sign_ins.c.at <= now - TRIES_KEPT,
            tables.known_devices.c.seen_at <= now - DEVICE_KEPT,
            tables.audit.c.at <= now - audit_for,
        )
        async with self._engine.begin() as connection:
            for condition in old:
                await connection.execute(condition.left.table.delete().where(condition))


def member_of(row: sa.engine.Row) -> Member:
    """The member of staff of a row of the table."""
    return Member(**{name: row[name] for name in Member.__dataclass_fields__})
