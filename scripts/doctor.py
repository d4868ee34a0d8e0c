"""`make doctor`: looks at a running desk from outside and says what is wrong, a line for each thing.

It asks every process, both databases, the model, the disk and the clock; and through PUBLIC_URL, as a
visitor comes in, whether the certificate lasts and whether a proxy holds back the stream of replies.
It opens one conversation for that and erases it. It prints no secret.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from clinic import ClinicFileError, load_default
from frontdesk.storage import connections
from scripts.check_channels import report
from scripts.environment import SettingsError, prepare
from scripts.train import MODEL, ROOT, STAMP, inputs_digest

WAIT_SECONDS = 5.0
STREAM_SECONDS = 2.0
LEAST_ROOM_MB = 1_024
CLOCKS_APART_SECONDS = 5.0
LEAST_DAYS = 14
"""A certificate that lasts shorter was not renewed."""


class Wrong(Exception):
    """What is wrong with one thing, and what to do, in one sentence."""


Environment = Mapping[str, str]


def front_desk(environment: Environment) -> str:
    """The process answers, and says what works behind it."""
    url = f"http://127.0.0.1:{environment['FRONTDESK_PORT']}/health/ready"
    found = _get(url).json()
    bad = [f"{name} {state}" for name, state in found.items() if state not in ("ok",)]
    if found["status"] != "ok":
        raise Wrong("; ".join(one for one in bad if not one.startswith("status")))
    return "answers, and all behind it is ready"


def assistant(environment: Environment) -> str:
    """The process answers, with the model that is in models/."""
    secret = {"Authorization": f"Bearer {environment['ASSISTANT_SECRET']}"}
    answer = _get(f"{environment['ASSISTANT_URL']}/webhooks/frontdesk/health", secret)
    if answer.status_code == 401:
        raise Wrong("has another ASSISTANT_SECRET than .env; start it anew")
    if answer.status_code != 200:
        raise Wrong("has no model loaded; see var/run/assistant.log")
    if answer.json()["model"] != model_id(MODEL):
        raise Wrong("runs another model than models/assistant.tar.gz; start it anew")
    return "answers, with the model that is in models/"


def actions(environment: Environment) -> str:
    """The process answers."""
    answer = _get(environment["ACTIONS_URL"].removesuffix("/webhook") + "/health")
    if answer.status_code != 200:
        raise Wrong(f"answers {answer.status_code}; see var/run/actions.log")
    return "answer"


def model(environment: Environment) -> str:
    """The model was made of what data/, config.yml and clinic's files are now."""
    if not MODEL.exists() or not STAMP.exists():
        raise Wrong("is not there; run 'make train'")
    if STAMP.read_text() != inputs_digest():
        raise Wrong("is older than what it is made of; run 'make train' and start anew")
    return "is made of what is in data/ now"


def database(environment: Environment) -> str:
    """The schema is the one of this version; a server's clock is ours."""
    url = environment.get("DATABASE_URL") or "sqlite:///var/frontdesk.db"
    engine = sa.create_engine(
        url, connect_args={} if url.startswith("sqlite") else {"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            if engine.dialect.name == "postgresql":
                _same_time(connection.execute(sa.text("SELECT now()")).scalar(), "the database's")
    except sa.exc.SQLAlchemyError as error:
        raise Wrong(f"cannot be read ({type(error).__name__}); see DATABASE_URL in .env") from None
    finally:
        engine.dispose()
    if found != newest_schema():
        raise Wrong(
            f"has schema {found}, this version {newest_schema()}; start the front desk anew"
        )
    return f"has schema {found}"


def disk(environment: Environment) -> str:
    """There is room for what is said, and for logs."""
    free = shutil.disk_usage(ROOT / "var").free // 1024**2
    if free < LEAST_ROOM_MB:
        raise Wrong(f"only {free} MB are free; make room")
    return f"{free} MB are free"


def clock(environment: Environment) -> str:
    """This machine, and the front desk as the world sees it, have the same time."""
    told = _get(f"{environment['PUBLIC_URL']}/health/live").headers.get("date")
    if told:
        _same_time(parsedate_to_datetime(told), "the front desk's")
    return "agrees"


def certificate(environment: Environment) -> str:
    """TLS is there, and lasts."""
    parts = urlsplit(environment["PUBLIC_URL"])
    if parts.scheme != "https":
        if parts.hostname in ("127.0.0.1", "localhost"):
            return "none: PUBLIC_URL is this machine alone"
        raise Wrong("PUBLIC_URL is not https; put a proxy with TLS before it (deploy/)")
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), WAIT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except OSError as error:
        raise Wrong(f"{parts.hostname}: {error}") from None
    days = int((ends - time.time()) // 86_400)
    if days < LEAST_DAYS:
        raise Wrong(f"ends in {days} days; see why it is not renewed")
    return f"lasts {days} days"


def stream(environment: Environment) -> str:
    """A reply reaches the chat at once: no proxy on the way holds the stream back."""
    with httpx.Client(base_url=environment["PUBLIC_URL"], timeout=WAIT_SECONDS) as visitor:
        opened = visitor.post("/api/conversations", json={})
        if opened.status_code != 201:
            raise Wrong(f"a conversation cannot be opened: {opened.status_code}")
        token = {"Authorization": f"Bearer {opened.json()['token']}"}
        try:
            began = time.monotonic()
            with visitor.stream(
                "GET", "/api/events", headers=token, timeout=STREAM_SECONDS
            ) as told:
                next(told.iter_bytes())
            return f"begins after {(time.monotonic() - began) * 1000:.0f} ms"
        except (httpx.ReadTimeout, StopIteration):
            raise Wrong(
                "nothing of it arrives: a proxy holds it back; see deploy/nginx.conf (proxy_buffering off)"
            ) from None
        finally:
            visitor.delete("/api/conversation", headers=token)


def channels(environment: Environment) -> str:
    """What was begun in .env is complete."""
    lines, is_complete = report(environment)
    if not is_complete:
        raise Wrong("; ".join(line.strip() for line in lines if not line.startswith(("-", "ok"))))
    return f"{sum(line.startswith('ok') for line in lines)} are switched on and complete"


LOOKS: dict[str, Callable[[Environment], str]] = {
    "front desk": front_desk,
    "assistant": assistant,
    "actions": actions,
    "model": model,
    "database": database,
    "disk": disk,
    "clock": clock,
    "certificate": certificate,
    "stream of replies": stream,
    "channels": channels,
}


def look(environment: Environment) -> dict[str, tuple[bool, str]]:
    """Whether each thing is well, and a sentence about it."""
    found = {}
    for name, one in LOOKS.items():
        try:
            found[name] = True, one(environment)
        except Wrong as error:
            found[name] = False, str(error)
        except httpx.HTTPError as error:
            found[name] = False, f"does not answer ({type(error).__name__})"
    return found


def model_id(archive: Path) -> str:
    """What Rasa calls a model."""
    with tarfile.open(archive) as packed:
        told = packed.extractfile("metadata.json")
        return str(json.load(told)["model_id"]) if told else ""


def newest_schema() -> str:
    """The last step of frontdesk/storage/migrations."""
    config = Config()
    folder = Path(connections.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    return str(ScriptDirectory.from_config(config).get_current_head())


def _same_time(told: datetime, whose: str) -> None:
    apart = abs((datetime.now(timezone.utc) - told).total_seconds())
    if apart > CLOCKS_APART_SECONDS:
        raise Wrong(f"this machine's and {whose} are {apart:.0f} s apart; set them by NTP")


def _get(url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=WAIT_SECONDS)


def main() -> int:
    """Print a line for each thing. Exit codes: 0 all is well, 1 something is wrong, 2 nothing can be asked."""
    try:
        environment = prepare(ROOT)
        load_default()
    except (SettingsError, ClinicFileError) as error:
        print(error, file=sys.stderr)
        return 2
    found = look(environment)
    for name, (is_well, words) in found.items():
        print(f"{'ok' if is_well else 'NO'}  {name}: {words}")
    return 0 if all(is_well for is_well, _ in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
