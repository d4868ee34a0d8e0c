"""`python -m frontdesk`: brings the schema up to date and serves."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime, timezone

import uvicorn
from dotenv import load_dotenv

from clinic import ClinicFileError, load_default
from frontdesk.app import create_app
from frontdesk.settings import Settings, SettingsError
from frontdesk.storage.connections import migrate

GRACE_SECONDS = 3


def main() -> int:
    """Serve until ended. Exit code 2 and one sentence when a setting is wrong."""
    load_dotenv(".env")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings, clinic = Settings.read(os.environ), load_default()
    except (SettingsError, ClinicFileError) as error:
        print(error, file=sys.stderr)
        return 2
    migrate(settings.database_url)
    app = create_app(settings, clinic, lambda: datetime.now(timezone.utc))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
