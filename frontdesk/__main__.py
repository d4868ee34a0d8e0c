"""`python -m frontdesk`: brings the schema up to date and serves."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone

import uvicorn
from dotenv import load_dotenv
from starlette.applications import Starlette

from clinic import ClinicFileError, live, load_default
from frontdesk import logs
from frontdesk.app import create_app
from frontdesk.conversations.erased import Erased
from frontdesk.http import Bounded
from frontdesk.settings import Settings, SettingsError
from frontdesk.storage.connections import migrate
from frontdesk.storage.file import PRIVATE, Unusable, held, keep_private, path_of

GRACE_SECONDS = 3
NOBODY_TOLD = (
    "clinic.yml: key 'handover.on_duty_means' has value 'notice', but .env names nobody to be told; "
    "allowed: inbox_open, or set NOTIFY_EMAILS or NOTIFY_WEBHOOK_URL"
)


def main() -> int:
    """Serve until ended. Exit code 2 and one sentence when a setting is wrong."""
    os.umask(PRIVATE)
    load_dotenv(".env")
    logs.set_up()
    try:
        settings, clinic = Settings.read(os.environ), load_default()
        if clinic.handover.on_duty_means == "notice" and not (settings.mail or settings.webhook):
            raise SettingsError(NOBODY_TOLD)
    except (SettingsError, ClinicFileError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with held(settings.database_url, settings.public_url):
            if path := path_of(settings.database_url):
                keep_private(path, path.with_name(f"{path.name}.lock"))
            Erased(settings.erased_file, _now).note()  # before the first visitor, that it can be
            migrate(settings.database_url)
            serve(create_app(settings, live(), _now), settings)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _now() -> datetime:
    return datetime.now(timezone.utc)


def serve(app: Starlette, settings: Settings) -> None:
    """Serve until ended."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        forwarded_allow_ips=list(settings.trusted_proxies),
        http=Bounded,
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
