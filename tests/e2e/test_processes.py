"""Killed processes come back, nothing is lost, and what is wrong at the start is said in one line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import ROOT, Stack, until
from tests.standins.ports import free_ports

DOWN_AND_UP = 600
"""Seconds in which a killed process surely is back: a model is loaded, on a machine that may be busy."""


class Visitor:
    """Somebody at the visitor API."""

    def __init__(self, stack: Stack) -> None:
        self.http = httpx.Client(base_url=stack.url, timeout=60)
        opened = self.http.post("/api/conversations", json={}).json()
        self.http.headers["Authorization"] = f"Bearer {opened['token']}"

    def write(self, text: str) -> int:
        sent = self.http.post("/api/messages", json={"id": uuid.uuid4().hex, "text": text})
        assert sent.status_code == 202, sent.text
        return int(sent.json()["seq"])

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/api/messages").json()["messages"]
        return found

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            with suppress(httpx.TransportError):
                found[:] = self.messages()
            return any(wanted(one) for one in found)

        assert until(is_there, DOWN_AND_UP), [(m["author"], m["text"][:60]) for m in found]
        return next(one for one in found if wanted(one))


@pytest.fixture()
def visitor(open_clinic: Stack) -> Iterator[Visitor]:
    visitor = Visitor(open_clinic)
    yield visitor
    visitor.http.close()


def answered(topic: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: (message["answer"] or {}).get("topic") == topic


def test_a_message_while_the_assistant_is_down_gets_a_kind_line_and_then_its_answer(
    open_clinic: Stack, visitor: Visitor
) -> None:
    os.kill(open_clinic.pid("assistant"), signal.SIGKILL)
    visitor.write("does it hurt?")
    told = visitor.wait_for(lambda m: m["author"] == "system")
    assert "+44" in told["text"]
    visitor.wait_for(answered("pain_feel"))
    assert [m["text"] for m in visitor.messages() if m["author"] == "visitor"] == ["does it hurt?"]
    assert len([m for m in visitor.messages() if answered("pain_feel")(m)]) == 1


def test_without_the_actions_there_is_a_kind_line_and_then_the_answer(
    open_clinic: Stack, visitor: Visitor
) -> None:
    os.kill(open_clinic.pid("actions"), signal.SIGKILL)
    visitor.write("does it hurt?")
    visitor.wait_for(lambda m: m["author"] in ("system", "assistant") and m["seq"] > 1)
    open_clinic.wait()
    visitor.write("how many sessions will i need")
    visitor.wait_for(answered("sessions_number"))


def test_the_front_desk_comes_back_with_every_message(open_clinic: Stack, visitor: Visitor) -> None:
    visitor.write("does it hurt?")
    visitor.wait_for(answered("pain_feel"))
    before = visitor.messages()
    os.kill(open_clinic.pid("frontdesk"), signal.SIGKILL)
    visitor.wait_for(answered("pain_feel"))
    assert visitor.messages() == before
    open_clinic.wait()


def test_only_the_front_desk_can_be_reached_from_outside(open_clinic: Stack) -> None:
    for name in ("ASSISTANT_PORT", "ACTIONS_PORT"):
        port = int(open_clinic.environment[name])
        rows = subprocess.run(
            ["ss", "-ltnH", f"sport = :{port}"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert rows, f"nobody listens at {name}"
        assert {row.split()[3] for row in rows} == {f"127.0.0.1:{port}"}


def test_the_assistant_answers_nobody_without_the_secret(open_clinic: Stack) -> None:
    address = open_clinic.environment["ASSISTANT_URL"]
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.post(
            f"{address}/webhooks/frontdesk/messages", json={}, headers=headers, timeout=60
        )
        assert answer.status_code == 401
    assert httpx.post(f"{address}/webhooks/rest/webhook", json={}, timeout=60).status_code == 404
    assert httpx.get(f"{address}/conversations/x/tracker", timeout=60).status_code in (
        401,
        403,
        404,
    )


def run_in(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`make run` without the installation, in an environment of its own."""
    frontdesk, assistant, actions = free_ports(3)
    ours = {
        "FRONTDESK_PORT": str(frontdesk),
        "ASSISTANT_PORT": str(assistant),
        "ACTIONS_PORT": str(actions),
        "DATABASE_URL": f"sqlite:///{tmp_path}/frontdesk.db",
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=ROOT,
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_in(tmp_path, FRONTDESK_PORT=str(port))
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert str(port) in last
    assert "FRONTDESK_PORT" in last


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("phone:", "telephone:", "telephone"),
        ("practice:", "practise:", "practise"),
        ("name:", "name: [", "clinic.yml"),
    ],
)
def test_a_broken_clinic_file_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    broken = tmp_path / "clinic.yml"
    text = (ROOT / "clinic.yml").read_text(encoding="utf-8")
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run_in(tmp_path, CLINIC_FILE=str(broken))
    assert done.returncode != 0
    assert words in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = run_in(tmp_path, FRONTDESK_PORT="eighty")
    assert done.returncode != 0
    assert "FRONTDESK_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_assistant_says_which_texts_mean_about_the_same(open_clinic: Stack) -> None:
    texts = ["can i bring my dog", "are pets allowed at your place", "when will i see results"]
    with open_clinic.assistant() as client:
        answer = client.post("/encode", json={"texts": texts})
        wrong = [client.post("/encode", json=body) for body in ({}, {"texts": [1]}, ["a"])]
    dog, pets, results = answer.json()["vectors"]
    assert _alike(dog, pets) > 0.4 > _alike(dog, results)
    assert [one.status_code for one in wrong] == [400, 400, 400]


def _alike(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
