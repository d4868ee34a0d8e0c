"""`python -m frontdesk.staff create`: asks for a user name, a name, a job and a password."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from datetime import datetime, timezone

import sqlalchemy as sa

from frontdesk.settings import Settings, SettingsError
from frontdesk.staff.members import Staff
from frontdesk.staff.roles import FIRST_ROLE, ROLES
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections


async def _create(settings: Settings, *account: str) -> None:
    engine = connections.connect(settings.database_url)

    def clock() -> datetime:
        return datetime.now(timezone.utc)

    await Staff(engine, clock, SecondFactors(engine, "", clock)).create(*account)
    await engine.dispose()


def main() -> int:
    """`make staff`."""
    from dotenv import load_dotenv

    load_dotenv(".env")
    try:
        settings = Settings.read(os.environ)
        connections.migrate(settings.database_url)
        user_name = input("User name: ")
        name, job = input("First name: "), input("Job (visitors see it, for example nurse): ")
        role = input(f"Role ({', '.join(ROLES)}): ") or FIRST_ROLE
        asyncio.run(_create(settings, user_name, name, job, getpass.getpass("Password: "), role))
        print(f"{name} may sign in as '{user_name.strip().lower()}'.")
    except (SettingsError, ValueError, sa.exc.IntegrityError) as error:
        print("That user name is taken." if isinstance(error, sa.exc.IntegrityError) else error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
