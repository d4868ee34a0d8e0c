"""A front desk as a process of its own behind a proxy with TLS, beside a stand-in of the assistant.

The proxy is these tests: they come from loopback, with the host name and the address that it would tell.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from scripts.environment import own
from tests.e2e.conftest import ALWAYS, ROOT, clinic_with, prepared
from tests.frontdesk.channels.drivers import TelegramDriver
from tests.standins.assistant import StandInAssistant
from tests.standins.ports import free_ports

HOST = "desk.clinic.example"
OURS = {"host": HOST, "origin": f"https://{HOST}", "x-forwarded-proto": "https"}
FIRST_PASSWORD = "a-password-for-tests"
WORDS = "quartz lantern obvious mule"
SECRET = "a-secret-for-tests-only"
ADDRESSES = (f"198.51.{n // 250}.{n % 250 + 1}" for n in count())
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Door:
    """A front desk that listens, and where its files are."""

    port: int
    folder: Path
    environment: dict[str, str]
    driver: TelegramDriver
    process: subprocess.Popen[bytes] = field(init=False)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=100)
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=OURS, timeout=120, limits=limits
        )
        self.start()

    @property
    def log(self) -> str:
        return (self.folder / "desk.log").read_text(errors="replace")

    def start(self) -> None:
        """As somebody with a careless umask would, and wait until it answers."""
        with (self.folder / "desk.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "frontdesk"],
                cwd=ROOT,
                env=own("frontdesk", self.environment),
                stdout=log,
                stderr=log,
                umask=0o022,
            )
        until = time.monotonic() + 120
        while self.process.poll() is None and time.monotonic() < until:
            try:
                if self.http.get("/health/live").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        self.process.kill()
        raise AssertionError(self.log)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def rows(self, query: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.folder / "desk.db", timeout=60) as database:
            return database.execute(query, values).fetchall()

    def guess(self, user_name: str, password: str = "a wrong guess", **more: str) -> httpx.Response:
        """From an address of its own, unless ``address`` is given."""
        address = more.pop("address", None) or next(ADDRESSES)
        form = {"user_name": user_name, "password": password, **more}
        headers = {"x-forwarded-for": address}
        return self.http.post("/inbox/sign-in", data=form, headers=headers)

    def link(self, user_name: str) -> str:
        """The code of a link for a new password, as `make reset-password` prints it."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "frontdesk.staff.resets", user_name],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip().partition("#")[2]


class Staff:
    """A browser of staff. Its cookies are for TLS only, so it brings them by hand."""

    def __init__(self, door: Door, signed_in: httpx.Response) -> None:
        assert signed_in.status_code == 303, signed_in.text
        self.door = door
        self.set_cookies = signed_in.headers.get_list("set-cookie")
        self.headers = {
            "cookie": "; ".join(one.partition(";")[0] for one in self.set_cookies),
            "x-forwarded-for": next(ADDRESSES),
        }
        self.csrf_token = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.door.http.get(path, headers=self.headers, **more)

    def post(self, path: str, **form: str) -> httpx.Response:
        if not self.csrf_token:
            found = CSRF.search(self.get("/inbox/password").text)
            self.csrf_token = found[1] if found else ""
        form = {"csrf_token": self.csrf_token, **form}
        return self.door.http.post(path, data=form, headers=self.headers)

    def problem(self, path: str, **form: str) -> str:
        """What the page says is wrong."""
        answer = self.post(path, **form)
        found = re.search(r'class="problem"[^>]*>([^<]+)', answer.text)
        return found[1].strip() if found else f"nothing: {answer.status_code}"


def _started(folder: Path) -> tuple[dict[str, str], TelegramDriver, uvicorn.Server]:
    (folder / ".env.example").write_text((ROOT / ".env.example").read_text())
    clinic = clinic_with(folder, sample=False, hours=ALWAYS)
    port, assistant, actions = free_ports(3)
    driver = TelegramDriver()
    ours = {
        "FRONTDESK_PORT": str(port),
        "ASSISTANT_PORT": str(assistant),
        "ACTIONS_PORT": str(actions),
        "PUBLIC_URL": f"https://{HOST}",
        "ASSISTANT_SECRET": SECRET,
        "STAFF_PASSWORD": FIRST_PASSWORD,
        "CLINIC_FILE": str(clinic),
        "DATABASE_URL": f"sqlite:///{folder}/desk.db",
        **driver.settings,
    }
    environment = prepared(ours, folder)
    config = uvicorn.Config(
        StandInAssistant(SECRET).app, port=assistant, ws="none", log_level="warning"
    )
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    return environment, driver, server


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    environment, driver, assistant = _started(folder)
    desk = Door(int(environment["FRONTDESK_PORT"]), folder, environment, driver)
    try:
        yield desk
    finally:
        desk.stop()
        desk.http.close()
        assistant.should_exit = True
        driver.provider.close()


@pytest.fixture(scope="module")
def admin(door: Door) -> Staff:
    """Reception, after the first password was changed."""
    with ThreadPoolExecutor(4) as at_once:
        found = list(at_once.map(lambda n: door.guess("reception", FIRST_PASSWORD), range(4)))
    assert sorted(one.status_code for one in found) == [303, 401, 401, 401], "it lets in once"
    first = Staff(door, next(one for one in found if one.status_code == 303))
    assert first.get("/inbox/numbers").headers["location"] == "/inbox/password"
    assert first.post("/inbox/duty", on_duty="yes").status_code == 403
    change = "/inbox/password"
    assert "the old one" in first.problem(change, old=FIRST_PASSWORD, new=FIRST_PASSWORD)
    for easy in ("reception2026", "HarbourSkin1", "x" * 10_000):
        assert "password" in first.problem(change, old=FIRST_PASSWORD, new=easy)
    assert first.post(change, old=FIRST_PASSWORD, new=WORDS).status_code == 303
    return first


def account(door: Door, admin: Staff, user_name: str) -> Staff:
    """A colleague who has chosen a password."""
    page = admin.post(
        "/inbox/settings/people", user_name=user_name, name=user_name, job="nurse", role="nurse"
    )
    once = re.search(r"<code>([^<]+)</code>", page.text)
    assert once, page.text
    first = Staff(door, door.guess(user_name, once[1]))
    assert first.post("/inbox/password", old=once[1], new=WORDS).status_code == 303
    assert door.guess(user_name, once[1]).status_code == 401
    return Staff(door, door.guess(user_name, WORDS))
