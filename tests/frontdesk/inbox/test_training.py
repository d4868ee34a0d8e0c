"""New ways to ask are taught: measured, refused, taken over, taken back; what dies changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic import answers
from frontdesk.knowledge import training
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, until
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import PARKING, colleague, edit

ASK = "would i yelp in the chair"
WORKER = """
import json, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
how = {how!r}
(folder / "progress.json").write_text(json.dumps({{"step": "Training", "share": 0.5}}))
while not (folder / "go").exists():
    time.sleep(0.02)
if how == "dies":
    sys.exit(9)
(folder / "candidate.tar.gz").write_bytes(b"model " + folder.name.encode())
(folder / "candidate.json").write_text(json.dumps({{"inputs": "x"}}))
told = {{"verdict": how, "reason": "It reads fewer messages right." if how != "better" else "", "lost": ["is it sore"] if how != "better" else []}}
(folder / "result.json").write_text(json.dumps(told))
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "taught.tar.gz"


@pytest.fixture
def extra_settings(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    changes = tmp_path / "answers.yml"
    monkeypatch.setenv("ANSWER_CHANGES", str(changes))
    answers.forget()
    yield {"ANSWER_CHANGES": str(changes), "ASSISTANT_MODEL": str(model)}
    answers.forget()


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str) -> None:
    """The training itself is a stand-in; the real one is tests/scripts/test_publish.py."""
    script = tmp_path / f"{how}.py"
    script.write_text(WORKER.format(how=how))
    monkeypatch.setattr(training, "COMMAND", (sys.executable, str(script)))


async def taught(front: FrontDesk, who: Colleague, tmp_path: Path) -> training.Training:
    """Press the button, see that it runs, let it end. Return what came of it."""
    trainings = front.app.state.rooms.ground.trainings
    answer = await who.post("/inbox/training")
    assert answer.status_code == 303, answer.text
    running = (await trainings.all())[0]

    async def begun() -> bool:
        return "Training …" in (await who.get("/inbox/training")).text

    await until(begun)
    assert "A training runs already" in (await who.post("/inbox/training")).text
    folder = trainings._folder(running.id)
    assert json.loads((folder / "asks.json").read_text()) == {"pain_feel": [ASK]}
    assert f"- {ASK}" in (folder / "project/data/faq/pain.yml").read_text()
    (folder / "go").touch()

    async def ended() -> bool:
        return bool((await trainings.all())[0].state != training.RUNNING)

    await until(ended)
    number = int((folder / "pid").read_text())
    await until(lambda: is_gone(number))
    return (await trainings.all())[0]


async def test_a_better_model_takes_over_and_goes_back_in_one_click(
    front: FrontDesk, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)
    works(monkeypatch, tmp_path, "better")
    done = await taught(front, manager, tmp_path)
    assert done.state == training.LIVE
    assert content(model) == b"model 1"

    async def published(asks: tuple[str, ...]) -> bool:
        answers.forget()
        found = answers.current().changed.get("pain_feel")
        return (found.asks if found else ()) == asks

    await until(lambda: published((ASK,)))
    assert "knows every way to ask" in (await manager.get("/inbox/training")).text
    assert f'name="seen" value="{done.id}"' in (await manager.get("/inbox/training")).text
    assert (await manager.post("/inbox/training/back", seen="77")).status_code == 422
    assert content(model) == b"model 1"
    await manager.post("/inbox/training/back", seen=str(done.id))
    assert content(model) is None
    again = await manager.post("/inbox/training/back", seen=str(done.id))
    assert "runs the model that it came with" in again.text
    await until(lambda: published(()))
    assert ASK in (await manager.get("/inbox/training")).text


@pytest.mark.parametrize(("how", "state"), [("refused", "refused"), ("dies", "failed")])
async def test_what_is_worse_or_dies_leaves_the_assistant_as_it_was(
    front: FrontDesk,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    state: str,
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)
    works(monkeypatch, tmp_path, how)
    done = await taught(front, manager, tmp_path)
    assert done.state == state
    assert content(model) is None
    page = (await manager.get("/inbox/training")).text
    assert ("fewer messages" if how == "refused" else "before it was done") in page
    assert ASK in page


def test_a_training_gives_way_to_conversations() -> None:
    with subprocess.Popen(
        ["sleep", "60"], start_new_session=True, preexec_fn=training._nicely
    ) as process:
        niceness = os.getpriority(os.PRIO_PROCESS, process.pid)
        group = Path(f"/proc/{process.pid}/autogroup")
        shared = group.read_text() if group.exists() else "nice 19"
        process.kill()
    assert niceness == training.NICE
    assert shared.strip().endswith(f"nice {training.NICE}")


async def test_a_full_disk_is_said_and_nothing_runs_on(
    front: FrontDesk, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("frontdesk.knowledge.training.staged", full)
    answer = await manager.post("/inbox/training")
    assert answer.status_code == 422
    assert "disk is full" in answer.text
    assert (await front.app.state.rooms.ground.trainings.all())[0].state == training.FAILED
    assert content(model) is None


async def test_a_training_of_a_computer_that_is_gone_blocks_nobody_for_ever(
    front: FrontDesk,
) -> None:
    manager = await colleague(front, "manager")
    row = {
        "state": training.RUNNING,
        "asks": "{}",
        "report": "{}",
        "staff_id": 1,
        "at": front.clock(),
    }
    await front.desk.conversations.write(tables.trainings.insert().values(row))
    assert "runs already" in (await manager.post("/inbox/training")).text
    front.clock.forward(hours=3)
    await front.app.state.rooms.ground.trainings.watch()
    assert "nothing new to learn" in (await manager.post("/inbox/training")).text


async def test_nothing_new_is_not_taught(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    assert "nothing new to learn" in (await manager.post("/inbox/training")).text


async def test_a_new_answer_waits_for_twelve_ways_to_ask(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    assert (await manager.post("/inbox/answers/new", **PARKING)).status_code == 303
    assert "learned from 12 ways to ask on; it has 2" in (await manager.get("/inbox/training")).text


def forgets_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(training, "COMMAND", (sys.executable, str(script)))


async def test_of_two_begun_in_one_moment_one_runs_and_one_that_hangs_is_ended(
    front: FrontDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)
    forgets_to_end(monkeypatch, tmp_path)
    both = await asyncio.gather(*(manager.post("/inbox/training") for _ in range(2)))
    assert sorted(one.status_code for one in both) == [303, 422]
    trainings = front.app.state.rooms.ground.trainings
    (one,) = await trainings.all()
    process = trainings._process(one.id)
    assert process
    front.clock.forward(hours=3)
    await trainings.watch()
    (one,) = await trainings.all()
    assert (one.state, one.report["reason"]) == (training.FAILED, training.TOO_LONG)
    await until(lambda: is_gone(process))


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def is_gone(process: int) -> bool:
    """Ended, and known to have ended: the loop hears of it a moment later."""
    gone = not is_there(process)
    await asyncio.sleep(0.1 if gone else 0)
    return gone


async def test_a_process_that_has_the_number_of_a_dead_training_is_none(
    front: FrontDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)
    forgets_to_end(monkeypatch, tmp_path)
    await manager.post("/inbox/training")
    trainings = front.app.state.rooms.ground.trainings
    (one,) = await trainings.all()
    process = trainings._process(one.id)
    number = trainings._folder(one.id) / "pid"
    number.unlink()  # first: the desk's own watch may look at any moment
    os.killpg(process, signal.SIGKILL)
    await until(lambda: is_gone(process))
    await trainings.watch()
    assert (await trainings.all())[0].state == training.RUNNING, "it only begins"
    number.write_text(str(os.getpid()))
    await trainings.watch()
    (one,) = await trainings.all()
    assert (one.state, one.report["reason"]) == (training.FAILED, training.DIED)


async def test_what_cannot_be_prepared_blocks_nobody(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    await edit(manager, "pain_feel", asks=ASK)

    def odd(*_: object) -> None:
        raise ValueError("'Our Own.yml' is not the name of a file")

    monkeypatch.setattr("frontdesk.knowledge.training.staged", odd)
    assert (await manager.post("/inbox/training")).status_code == 500
    (one,) = await front.app.state.rooms.ground.trainings.all()
    assert (one.state, one.report["reason"]) == (training.FAILED, training.NOT_BEGUN)
