"""Links that let somebody choose a new password: sent by e-mail, or printed on the command line.

python -m frontdesk.staff.resets USER_NAME        prints a link
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.outgoing.mailer import Mailer, NotSent
from frontdesk.settings import Settings, SettingsError
from frontdesk.staff.accounts import Accounts
from frontdesk.staff.members import Staff
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections, tables
from frontdesk.tokens import hash_token

logger = logging.getLogger(__name__)

MINUTES = 30
MOST_AT_ONCE = 3
AGAIN_AFTER = timedelta(minutes=2)
"""Between two mails to one account, whoever asks for them."""
SUBJECT = "Choose a new password"
TEXT = """Somebody, we hope you, asked for a new password for the staff inbox.

{link}

The link works once, for {minutes} minutes. If it was not you, do nothing: the old password works on.
"""


class Resets:
    """A link works once, for half an hour; of an account's links the three newest work."""

    def __init__(
        self,
        engine: AsyncEngine,
        accounts: Accounts,
        mailer: Mailer | None,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._mailer = mailer
        self._public_url = public_url
        self._clock = clock
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def by_mail(self) -> bool:
        """Can a link be sent by e-mail?"""
        return self._mailer is not None

    async def ask(self, user_name: str) -> None:
        """Send a link when there is such an account with an address; say nothing about it.

        It is sent in the background, so that nobody learns from the time taken whether there is one.
        """
        for member in await self._accounts.everybody():
            known = member.user_name == user_name.strip().lower() and member.is_active
            if known and member.email and self._mailer:
                task = asyncio.create_task(self._send(member.id, member.email))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    async def stop(self) -> None:
        """Finish what is being sent."""
        await asyncio.gather(*self._sending)

    async def _send(self, staff_id: int, email: str) -> None:
        if self._mailer is None or await self._was_sent_just_now(staff_id):
            return
        link = await self.link(staff_id)
        try:
            await self._mailer.send(email, SUBJECT, TEXT.format(link=link, minutes=MINUTES))
        except NotSent as error:
            logger.error("the link for a new password could not be sent: %s", error)

    async def _was_sent_just_now(self, staff_id: int) -> bool:
        links = tables.reset_links.c
        since = self._clock() + timedelta(minutes=MINUTES) - AGAIN_AFTER
        query = sa.select(links.staff_id).where(
            links.staff_id == staff_id, links.expires_at > since
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def link(self, staff_id: int) -> str:
        """A new link, its code behind #, so that it stands in no request; of several the oldest makes room."""
        token, now, links = secrets.token_urlsafe(24), self._clock(), tables.reset_links
        newest = (
            sa.select(links.c.token_hash)
            .where(links.c.staff_id == staff_id)
            .order_by(links.c.expires_at.desc())
            .limit(MOST_AT_ONCE - 1)
        )
        async with self._engine.begin() as connection:
            kept = (await connection.scalars(newest)).all()
            older = (links.c.staff_id == staff_id) & links.c.token_hash.not_in(kept)
            await connection.execute(links.delete().where(older))
            await connection.execute(
                links.insert().values(
                    token_hash=hash_token(token),
                    staff_id=staff_id,
                    expires_at=now + timedelta(minutes=MINUTES),
                )
            )
        return f"{self._public_url}/inbox/reset#{token}"

    async def choose(self, token: str, password: str) -> bool:
        """Set a password by a link; False when the link does not work any more.

        Raise ValueError for one that is easily guessed; the link goes on working then.
        """
        links = tables.reset_links
        mine = (links.c.token_hash == hash_token(token)) & (links.c.expires_at > self._clock())
        async with self._engine.connect() as reading:
            staff_id = await reading.scalar(sa.select(links.c.staff_id).where(mine))
        if staff_id is None:
            return False
        password_hash = await self._accounts.checked(staff_id, password)
        async with self._engine.begin() as connection:
            if (await connection.execute(links.delete().where(mine))).rowcount:
                await self._accounts.keep_chosen(staff_id, password_hash)
                return True
        return False  # used meanwhile


async def _printed(settings: Settings, user_name: str) -> str:
    def clock() -> datetime:
        return datetime.now(timezone.utc)

    engine = connections.connect(settings.database_url)
    staff = Staff(engine, clock, SecondFactors(engine, "", clock))
    accounts = Accounts(engine, staff, clock)
    try:
        for member in await accounts.everybody():
            if member.user_name == user_name.strip().lower():
                link = await Resets(engine, accounts, None, settings.public_url, clock).link(
                    member.id
                )
                return f"Works once, for {MINUTES} minutes:\n{link}"
    finally:
        await engine.dispose()
    raise ValueError(f"there is no account '{user_name}'")


def main() -> int:
    """`make reset-password USER=name`. Exit code 2 and one sentence when it cannot be."""
    from dotenv import load_dotenv

    load_dotenv(".env")
    try:
        if len(sys.argv) != 2 or not sys.argv[1]:
            raise ValueError("say whose: make reset-password USER=reception")
        settings = Settings.read(os.environ)
        connections.migrate(settings.database_url)
        print(asyncio.run(_printed(settings, sys.argv[1])))
    except (SettingsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
