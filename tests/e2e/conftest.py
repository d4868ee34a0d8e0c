"""Starts the real thing: three processes under their supervisor, and a real browser."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml
from playwright.sync_api import Browser, Page, expect, sync_playwright

from clinic.hours import DAYS
from scripts import run
from scripts.environment import prepare
from scripts.run import check_words, start, stop, wait_until_ready
from tests.standins.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "var" / "screenshots"
ALWAYS = dict.fromkeys(DAYS, ["00:00-24:00"])
"""Opening hours in which a test may run at any time, of any day."""
PATIENCE_SECONDS = 60
"""For whatever shall come true: a test that fails waits longer, one that passes does not. How quick things
are is measured by `make bench` and `make load`, not by tests on a busy machine."""
expect.set_options(timeout=PATIENCE_SECONDS * 1_000)
run.WAIT_SECONDS = 600  # until a whole installation is there
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LOOK_INSIDE = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: "open" }); };"""
"""The chat's inside is closed to other scripts; a test looks inside, as only what runs before it can."""


@dataclass
class Stack:
    """A running installation, and what a test needs to talk to it."""

    environment: dict[str, str]
    supervisor: subprocess.Popen[bytes]
    directory: Path

    @property
    def url(self) -> str:
        return self.environment["PUBLIC_URL"]

    @property
    def staff_password(self) -> str:
        return self.environment["STAFF_PASSWORD"]

    def assistant(self) -> httpx.Client:
        """A client of the private channel, as the front desk is one."""
        return httpx.Client(
            base_url=self.environment["ASSISTANT_URL"] + "/webhooks/frontdesk",
            headers={"Authorization": f"Bearer {self.environment['ASSISTANT_SECRET']}"},
            timeout=PATIENCE_SECONDS,
        )

    def pid(self, program: str) -> int:
        """The process id of one of the three programs, as its command line tells."""
        mark = {
            "frontdesk": ["-m", "frontdesk"],
            "assistant": ["--port", self.environment["ASSISTANT_PORT"]],
            "actions": ["--port", self.environment["ACTIONS_PORT"]],
        }[program]
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _is_ours(entry, mark, self.environment):
                return int(entry.name)
        raise LookupError(program)

    def events_of(self, conversation_id: str) -> str:
        """Everything that the assistant's database holds of a conversation."""
        path = self.environment["TRACKER_DATABASE_URL"].partition("sqlite:///")[2]
        with sqlite3.connect(self.directory / path) as database:
            query = "SELECT data FROM events WHERE sender_id = ?"
            return "\n".join(row[0] for row in database.execute(query, (conversation_id,)))

    def wait(self) -> None:
        wait_until_ready(self.environment, self.supervisor)


def _is_ours(entry: Path, mark: list[str], environment: dict[str, str]) -> bool:
    try:
        words = (entry / "cmdline").read_bytes().decode().split("\0")
        variables = (entry / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return False
    in_order = any(words[i : i + len(mark)] == mark for i in range(len(words)))
    return in_order and f"FRONTDESK_PORT={environment['FRONTDESK_PORT']}\0" in variables


def prepared(ours: dict[str, str], folder: Path) -> dict[str, str]:
    """What ``make run`` works out in ``folder`` where ``ours`` are set; this process keeps its own."""
    kept = {key: os.environ.pop(key, None) for key in ours}
    os.environ.update(ours)
    try:
        return prepare(folder)
    finally:
        for key, value in kept.items():
            os.environ.pop(key)
            if value is not None:
                os.environ[key] = value


def until(
    condition: Callable[[], object],
    seconds: float = PATIENCE_SECONDS,
    page: Page | None = None,
) -> bool:
    """Does it come true in this time? What a ``page`` tells by events is heard meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        page.wait_for_timeout(100) if page else time.sleep(0.1)
    return False


def holding(folder: Path, *words: str) -> list[str]:
    """Files of an installation in which a word stands: databases, their journals, logs, settings."""
    forms = [
        form
        for word in words
        for form in (word.encode(), word.upper().encode(), word.encode("utf-16-le"))
    ]
    found = []
    for one in folder.rglob("*"):
        with suppress(
            FileNotFoundError, IsADirectoryError
        ):  # what is written anew has another name
            content = one.read_bytes()
            found += [one.name] if any(form in content for form in forms) else []
    return found


def clinic_with(folder: Path, **changed: Any) -> Path:
    """A clinic's file in ``folder``: ours, with what is changed."""
    clinic = yaml.safe_load((ROOT / "clinic.yml").read_text(encoding="utf-8"))
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump({**clinic, **changed}, allow_unicode=True), encoding="utf-8")
    return path


def start_stack(
    directory: Path, *, is_open: bool, derived: dict[str, str] | None = None, **settings: str
) -> Stack:
    """Start an installation of its own under ``directory``, open or closed all week.

    ``derived`` is put in the place of what ``make run`` works out from the settings.
    """
    clinic_file = clinic_with(directory, hours=ALWAYS if is_open else {})
    frontdesk, assistant, actions = free_ports(3)
    ours = {
        "FRONTDESK_PORT": str(frontdesk),
        "ASSISTANT_PORT": str(assistant),
        "ACTIONS_PORT": str(actions),
        "CLINIC_FILE": str(clinic_file),
        "DATABASE_URL": f"sqlite:///{directory}/frontdesk.db",
        "ASSISTANT_SECRET": "a-secret-for-tests-only",
        "STAFF_PASSWORD": "a-password-for-tests",
        **settings,
    }
    shutil.copy(ROOT / ".env.example", directory / ".env.example")
    environment = prepared(ours, directory)
    environment |= derived or {}
    check_words(environment)  # what is refused is said at once, not after the patience of a start
    supervisor = start(environment, directory / "run")
    stack = Stack(environment, supervisor, directory)
    try:
        stack.wait()
    except BaseException:
        stop(supervisor)
        for log in sorted((directory / "run").glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-3000:]}")
        raise
    engine = sa.create_engine(environment["DATABASE_URL"])
    with engine.begin() as database:
        database.execute(sa.text(SOMEBODY_THERE))
        database.execute(sa.text("DELETE FROM one_time_passwords"))  # as if it was changed
    engine.dispose()
    return stack


SOMEBODY_THERE = """
    INSERT INTO staff (user_name, name, job, role, password_hash, is_active, on_duty, seen_at, created_at)
    VALUES ('zoe', 'Zoe', 'nurse', 'nurse', '', true, true, '2100-01-01 00:00:00.000000',
            '2026-01-01 00:00:00.000000')
"""
"""A colleague who is on duty, whatever the tests do with the inbox."""


@pytest.fixture(scope="session")
def open_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = start_stack(tmp_path_factory.mktemp("open"), is_open=True)
    yield stack
    stop(stack.supervisor)


@pytest.fixture(scope="session")
def closed_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = start_stack(tmp_path_factory.mktemp("closed"), is_open=False)
    yield stack
    stop(stack.supervisor)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not chromium:
        if os.environ.get("CI"):
            pytest.fail("CI needs a Chromium; .ci/run installs Debian's package chromium")
        pytest.skip(
            "browser tests skipped: no Chromium found; install it (Debian: apt-get install chromium)"
        )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture()
def say(open_clinic: Stack) -> Iterator[Any]:
    """Talk to the real assistant of an open clinic through its private channel."""
    from tests.e2e.conversation import Conversation

    with open_clinic.assistant() as client:
        yield lambda **settings: Conversation(client, **settings)


LEAVING = "something was pressed on a page that is being left"
SEEN_TO_LEAVE = f"""navigation.addEventListener("navigate", ({{ destination, downloadRequest }}) => {{
  if (destination.sameDocument || downloadRequest !== null) return;
  const what = `to ${{destination.url}}`;
  for (const kind of ["keydown", "mousedown"])
    addEventListener(kind, () => {{ throw Error(`{LEAVING} ${{what}}`); }}, true);
}});"""
"""Whatever is pressed while another page is on its way is lost with this one, or is not: by chance. See `led_on`."""


@contextmanager
def window(browser: Browser, **looks: Any) -> Iterator[Page]:
    """A browser window of its own, in which nothing may be pressed on a page that is being left."""
    usual = {"viewport": {"width": 1200, "height": 850}, "locale": "en-GB"}
    context = browser.new_context(**usual | looks)
    context.add_init_script(LOOK_INSIDE)
    context.add_init_script(SEEN_TO_LEAVE)
    problems: list[str] = []
    context.on("weberror", lambda one: problems.append(str(one.error)))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert [one for one in problems if LEAVING in one] == []


@contextmanager
def led_on(page: Page) -> Iterator[None]:
    """What is done in here leads to another page: wait until that one is there, its keys and buttons too."""
    with page.expect_navigation(timeout=PATIENCE_SECONDS * 1_000):
        yield


@pytest.fixture()
def page(browser: Browser) -> Iterator[Page]:
    with window(browser) as one:
        yield one


@pytest.fixture()
def staff_page(browser: Browser) -> Iterator[Page]:
    with window(browser) as one:
        yield one


@pytest.fixture()
def colleague(browser: Browser) -> Iterator[Page]:
    with window(browser) as one:
        yield one
