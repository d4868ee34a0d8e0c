"""What is logged: ids from the webhook to the reply, and never what somebody wrote, whatever breaks."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assistant.tracker_store import _open
from frontdesk import logs
from tests.frontdesk.channels.drivers import Driver, SmsDriver
from tests.frontdesk.conftest import FrontDesk, until

CANARY = "canary-words-of-a-visitor"
NAME = "Canaria Example"


@pytest.fixture()
def driver() -> Iterator[Driver]:
    made = SmsDriver()
    yield made
    made.provider.close()


@pytest.fixture()
def extra_settings(driver: Driver) -> dict[str, str]:
    return driver.settings


@pytest.fixture()
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level, stream = root.handlers[:], root.level, io.StringIO()
    logs.set_up(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    """Every line, each a JSON object."""
    return [json.loads(line) for line in logged.getvalue().splitlines()]


async def test_one_id_leads_from_the_webhook_to_the_reply(
    front: FrontDesk, driver: Driver, logged: io.StringIO
) -> None:
    await driver.post(front, driver.text(CANARY, "7"))
    await driver.post(front, driver.text("hello", "8"))
    await until(lambda: sent_replies(logged, 3))
    for number in ("7", "8"):
        trace = logs.trace_of(provider_id(driver, number))
        events = [line["event"] for line in lines(logged) if line.get("trace") == trace]
        assert events[:3] == ["webhook stored", "message stored", "answered"]
        assert "reply sent" in events[3:]
    assert_no_canary(logged, driver)


async def sent_replies(logged: io.StringIO, count: int) -> bool:
    return sum(line["event"] == "reply sent" for line in lines(logged)) >= count


def provider_id(driver: Driver, number: str) -> str:
    return str(driver.text("", number)["MessageSid"])


def assert_no_canary(logged: io.StringIO, driver: Driver) -> None:
    found = logged.getvalue()
    assert found
    for secret in (CANARY, NAME, driver.address, driver.address.lstrip("+")):
        assert secret not in found


def lock(path: Path) -> sqlite3.Connection:
    """Somebody else has the file."""
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def drop(path: Path) -> sqlite3.Connection:
    """Tables are gone."""
    holder = sqlite3.connect(path, check_same_thread=False)
    for table in ("messages", "arrivals"):
        holder.execute(f"DROP TABLE {table}")
    holder.commit()
    return holder


def corrupt(path: Path) -> sqlite3.Connection:
    """The file is overwritten under the process."""
    for file in (path, path.with_name(path.name + "-wal")):
        if file.exists():
            with file.open("r+b") as opened:
                opened.write(b"nothing that SQLite knows" * (file.stat().st_size // 25))
    return sqlite3.connect(":memory:", check_same_thread=False)


@pytest.mark.parametrize("breaks", [lock, drop, corrupt])
async def test_whatever_breaks_nothing_that_somebody_wrote_is_logged(
    front: FrontDesk,
    driver: Driver,
    logged: io.StringIO,
    breaks: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    engine = front.app.state.rooms.ground.engine
    visitor = await front.visitor()
    await visitor.say(CANARY)
    await driver.post(front, driver.text(CANARY, "1"))
    await until(lambda: sent_replies(logged, 2))
    await engine.dispose()
    opened: list[Any] = []
    sa.event.listen(engine.sync_engine, "connect", lambda one, record: opened.append(one))
    monkeypatch.setattr("frontdesk.storage.sqlite.BUSY_MILLISECONDS", 50)
    holder = await asyncio.to_thread(breaks, tmp_path / "desk.db")
    answers = [
        await visitor.post(text=CANARY),
        await driver.post_raw(front, driver.encode(driver.text(CANARY, "2"))),
        await front.http.post(
            "/api/callback",
            json={"name": NAME, "contact": driver.address, "good_time": CANARY},
            headers=visitor.headers,
        ),
    ]
    assert all(answer.status_code >= 500 for answer in answers)
    assert not any(CANARY in answer.text or NAME in answer.text for answer in answers)
    await until(lambda: failures(logged))
    assert_no_canary(logged, driver)
    holder.close()
    await front.desk.stop()
    for connection in opened:  # what broke is not given back by itself
        with suppress(ValueError, sqlite3.Error):
            await connection.driver_connection.close()


async def failures(logged: io.StringIO) -> bool:
    return any(line["level"] in ("warning", "error") for line in lines(logged))


def test_of_an_error_kind_and_place_are_logged_and_its_text_is_not(logged: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(logged)
    assert line["error"] == "ValueError"
    assert line["places"][-1].startswith("test_logs.py:")
    assert CANARY not in logged.getvalue()


def test_the_assistants_store_names_no_values_when_it_breaks(
    logged: io.StringIO, tmp_path: Path
) -> None:
    """What the tracker store raises is what Rasa would log."""
    engine = _open(f"sqlite:///{tmp_path}/assistant.db")
    with pytest.raises(sa.exc.OperationalError) as raised, engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:words)"), {"words": CANARY})
    assert CANARY not in str(raised.value)
    assert "hidden" in str(raised.value)
    engine.dispose()
