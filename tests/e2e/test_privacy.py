"""Forgotten is forgotten, gone is gone: with the real assistant, in every file that an installation has."""

from __future__ import annotations

import re
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from frontdesk.tokens import hash_token
from scripts.environment import SECRETS
from tests.e2e.conftest import Stack, holding, until
from tests.e2e.test_prescreen import HARMLESS
from tests.e2e.test_processes import Visitor

MADE_BY_THE_TEST = (".env.example", "clinic.yml")
GONE = "A health answer, deleted."


class Writer(Visitor):
    """A visitor who waits for each reply, and presses buttons."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self.canary = f"kanarie{uuid.uuid4().hex[:12]}"

    def say(self, text: str) -> None:
        self.is_answered(self.write(text))

    def is_answered(self, seq: int) -> None:
        """A line that it takes a while, on a busy machine, is no answer."""

        def done() -> bool:
            shown = self.http.get("/api/messages").json()
            return not shown["typing"] and shown["messages"][-1]["seq"] > seq

        assert until(done), self.messages()

    @property
    def buttons(self) -> tuple[int, dict[str, str]]:
        """The last message with buttons: its number, and an id for each title."""
        last = [one for one in self.messages() if one["buttons"]][-1]
        return last["seq"], {one["title"]: one["id"] for one in last["buttons"]}

    def press(self, like: re.Pattern[str] | str) -> None:
        seq, titles = self.buttons
        title = next(one for one in titles if re.search(like, one))
        button = {"seq": seq, "id": titles[title]}
        sent = self.http.post("/api/messages", json={"id": uuid.uuid4().hex, "button": button})
        assert sent.status_code == 202, sent.text
        self.is_answered(sent.json()["seq"])

    def questions_until(self, like: str) -> None:
        """Answer harmlessly until a button like this is offered."""
        for _ in range(25):
            if any(re.search(like, title) for title in self.buttons[1]):
                return
            self.press(HARMLESS)
        raise AssertionError(self.buttons)


@pytest.fixture()
def writer(open_clinic: Stack) -> Iterator[Writer]:
    one = Writer(open_clinic)
    yield one
    one.http.close()


class Reception:
    """The admin, from an address of her own."""

    def __init__(self, stack: Stack) -> None:
        headers = {"Origin": stack.url, "X-Forwarded-For": "203.0.113.200"}
        self.http = httpx.Client(base_url=stack.url, headers=headers, timeout=60)
        who = {"user_name": "reception", "password": stack.staff_password}
        assert self.http.post("/inbox/sign-in", data=who).status_code == 303
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.http.get("/inbox/").text)
        assert found
        self.csrf_token = found[1]

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.http.post(path, data={"csrf_token": self.csrf_token, **form})

    def audit_of(self, conversation_id: str) -> list[str]:
        """What was done with a conversation, the newest first."""
        lines = self.http.get("/inbox/audit.csv").text.splitlines()
        return [line.split(",")[2] for line in lines if line.endswith(conversation_id)]


@pytest.fixture(scope="module")
def reception(open_clinic: Stack) -> Iterator[Reception]:
    one = Reception(open_clinic)
    yield one
    one.http.close()


def id_of(stack: Stack, writer: Writer) -> str:
    """The conversation's id, which a visitor has no use for."""
    token = writer.http.headers["authorization"].partition(" ")[2]
    path = stack.environment["DATABASE_URL"].partition("sqlite:///")[2]
    with sqlite3.connect(path, timeout=60) as database:
        query = "select id from conversations where token_hash = ?"
        return str(database.execute(query, (hash_token(token),)).fetchone()[0])


def gone(stack: Stack, word: str) -> bool:
    return until(lambda: not holding(stack.directory, word))


def test_a_stopped_pre_screen_is_in_no_file_and_in_none_that_is_shared_later(
    open_clinic: Stack, writer: Writer, reception: Reception
) -> None:
    writer.say("would it work for me?")
    writer.press("Yes, begin")
    writer.questions_until("Blood thinners")
    writer.say(f"I took roaccutane till last month and I have lupus {writer.canary}")
    assert holding(open_clinic.directory, writer.canary)
    writer.say("stop")
    assert gone(open_clinic, writer.canary), holding(open_clinic.directory, writer.canary)
    said = [m["text"] for m in writer.messages() if m["author"] == "visitor"]
    assert said.count(GONE) >= 3 and "roaccutane" not in str(writer.messages())
    writer.say("would it work for me?")
    writer.press("Yes, begin")
    writer.questions_until("send it to staff")
    writer.press("send it to staff")
    place = f"/inbox/c/{id_of(open_clinic, writer)}"
    page = reception.http.get(place)
    assert "Everything that was answered" in page.text
    for word in (writer.canary, "lupus", "roaccutane", "isotretinoin): Less"):
        assert word.lower() not in page.text.lower(), word
    reception.http.get(place, headers={"hx-request": "true"})
    looked = [what for what in reception.audit_of(place[9:]) if "read" in what or "opened" in what]
    assert len(looked) == 1, "once a look, and not for the refresh"


def test_health_told_outside_the_questions_is_offered_to_be_deleted(
    open_clinic: Stack, writer: Writer
) -> None:
    writer.say(f"I take warfarin and have lupus {writer.canary}, does it hurt?")
    assert any("staff can read" in m["text"] for m in writer.messages() if m["author"] == "system")
    writer.press("(?i)delete")
    assert gone(open_clinic, writer.canary), holding(open_clinic.directory, writer.canary)
    assert GONE in [m["text"] for m in writer.messages()]


def test_somebody_who_writes_this_second_is_erased_from_every_file(
    open_clinic: Stack, writer: Writer, reception: Reception
) -> None:
    word = writer.canary
    writer.say(f"hello my name is {word} and does it hurt?")
    writer.say(f"i would like to talk to a human about {word}")
    fields = {"name": word, "contact": f"{word}@mail.example", "good_time": word, "id": "1"}
    assert writer.http.post("/api/callback", json=fields).status_code == 202
    place = f"/inbox/c/{id_of(open_clinic, writer)}"
    for path, form in {
        "take": {},
        "note": {"text": f"{word} @zoe"},
        "reply": {"text": word, "key": "1"},
        "contact": {"name": word, "email": f"{word}@mail.example"},
        "labels": {"label": word},
        "keep": {"keep": "yes", "why": word},
    }.items():
        answer = reception.post(f"{place}/{path}", **form)
        assert answer.status_code == 303, (path, answer.text)
    assert reception.post("/inbox/search", q=word).status_code == 303
    copies = [writer.http.get("/api/copy") for _ in range(2)]
    assert [one.status_code for one in copies] == [200, 200]
    first, second = [{**one.json(), "made": ""} for one in copies]
    assert first == second and word in str(first)
    sure = {"sure": "yes", "reason": "they asked us"}
    assert reception.post(f"{place}/copy").status_code == 422, "not without a tick"
    handed = [reception.post(f"{place}/copy", sure="yes") for _ in range(2)]
    assert [one.status_code for one in handed] == [200, 200] and word in handed[0].text
    assert reception.post(f"{place}/erase", **sure).status_code == 409, "it is kept on purpose"
    assert reception.post(f"{place}/keep", keep="no").status_code == 303
    statuses, is_over = set(), threading.Event()

    def write() -> None:
        while not is_over.is_set():
            body = {"id": uuid.uuid4().hex, "text": f"{word} and more"}
            statuses.add(writer.http.post("/api/messages", json=body).status_code)

    writing = threading.Thread(target=write)
    writing.start()
    assert until(lambda: 202 in statuses)
    erased = reception.post(f"{place}/erase", **sure)
    assert until(lambda: 401 in statuses)
    is_over.set()
    writing.join()
    assert erased.status_code == 303 and statuses <= {202, 401, 404, 429}, statuses
    again = reception.post(f"{place}/erase", **sure)
    assert again.status_code == 404 and "may have been erased" in again.text
    assert "This chat has ended" in writer.http.get("/api/messages").text
    assert gone(open_clinic, word), holding(open_clinic.directory, word)
    assert gone(open_clinic, f"m_{place[9:]}"), "the assistant's own rows, too"
    done = reception.audit_of(place[9:])
    assert done[0] == "erased: they asked us" and done.count("handed out a copy") == 2


def test_what_nobody_answered_is_learnt_from_without_who_asked_it(
    writer: Writer, reception: Reception
) -> None:
    who = ("Kowalska", "900555", "ana.k@mail.example")
    writer.say(
        f"i am Ana {who[0]} ({who[2]}, +44 7700 {who[1]}), "
        "is the zeppelin falcon in your hallway flumph?"
    )
    page = reception.http.get("/inbox/learning").text
    assert "zeppelin falcon" in page
    assert not [one for one in who if one.lower() in page.lower()]


def test_every_file_is_private_and_each_process_has_its_own_secrets(open_clinic: Stack) -> None:
    files = [one for one in open_clinic.directory.rglob("*") if one.name not in MADE_BY_THE_TEST]
    names = {one.name for one in files}
    assert {"frontdesk.db", "assistant.db", "assistant.log", "frontdesk.log", ".env"} <= names
    open_to_others = [one.name for one in files if one.is_file() and one.stat().st_mode & 0o077]
    assert open_to_others == []
    needed = {
        "actions": set(),
        "assistant": {"ASSISTANT_SECRET", "TRACKER_DATABASE_URL", "REDIS_URL"},
    }
    for program, wanted in needed.items():
        variables = Path(f"/proc/{open_clinic.pid(program)}/environ").read_bytes().decode()
        keys = {one.partition("=")[0] for one in variables.split("\0")}
        ours = {key for key in keys if any(part in key for part in SECRETS)}
        assert ours == wanted, program
