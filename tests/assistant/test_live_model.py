"""A taught model takes the place of the running one: whole, once, never a broken one, and back again."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rasa.core.channels.channel import UserMessage

import assistant.live_model as module
from assistant.live_model import LiveModel


class Agent:
    """As much of rasa's as the watch looks at."""

    def __init__(self, seed: Path) -> None:
        self.processor = type("Processor", (), {"model_path": seed})()
        self.model_id = "x"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "models").mkdir()
    seed = tmp_path / "models" / "assistant.tar.gz"
    seed.write_bytes(b"the seed")
    seed.with_name("assistant.sha256").write_text("digest")
    return seed, tmp_path / "taught-model.tar.gz"


@pytest.fixture
def swapped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    async def swap(agent: Agent, path: Path) -> None:
        words = content(path)
        if words == "broken":
            raise ValueError
        found.append(words)
        agent.processor.model_path = path

    monkeypatch.setattr(module, "swap", swap)
    return found


def teach(taught: Path, words: str, inputs: str = "digest") -> None:
    taught.with_suffix(".json").write_text(json.dumps({"inputs": inputs}))
    taught.with_name("new").write_bytes(words.encode())
    taught.with_name("new").replace(taught)


async def looks(model: LiveModel, times: int = 3) -> None:
    for _ in range(times):
        with suppress(ValueError):
            await model.look()


async def test_it_is_loaded_once_when_it_is_there_and_the_seed_comes_back(
    files: tuple[Path, Path], swapped: list[str]
) -> None:
    seed, taught = files
    model = LiveModel(Agent(seed), taught, seed)
    await looks(model)
    assert swapped == []
    teach(taught, "first")
    await looks(model)
    teach(taught, "second")
    await looks(model)
    assert swapped == ["first", "second"]
    remove(taught)
    await looks(model)
    assert swapped == ["first", "second", "the seed"]


async def test_a_broken_file_is_tried_once_and_the_next_one_is_taken(
    files: tuple[Path, Path], swapped: list[str]
) -> None:
    seed, taught = files
    model = LiveModel(Agent(seed), taught, seed)
    teach(taught, "broken")
    await looks(model)
    assert swapped == []
    teach(taught, "good")
    await looks(model)
    assert swapped == ["good"]


async def test_a_model_of_another_program_is_left_alone(
    files: tuple[Path, Path], swapped: list[str]
) -> None:
    seed, taught = files
    model = LiveModel(Agent(seed), taught, seed)
    teach(taught, "older", inputs="another digest")
    await looks(model)
    assert swapped == []


def content(path: Path) -> str:
    return path.read_bytes().decode()


def remove(path: Path) -> None:
    path.unlink()


async def test_a_model_has_read_a_message_before_anybody_writes_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[tuple[str, bool]] = []

    class Processor:
        domain = SimpleNamespace(responses={})
        action_endpoint = None

        def __init__(self, **_: object) -> None:
            pass

        async def parse_message(self, message: UserMessage) -> None:
            read.append((str(message.text), agent.processor is self))

    agent = SimpleNamespace(
        processor=Processor(),
        tracker_store=SimpleNamespace(),
        lock_store=None,
        nlg=SimpleNamespace(),
        http_interpreter=None,
        is_ready=lambda: True,
    )
    monkeypatch.delenv(module.SETTING, raising=False)
    monkeypatch.setattr(module, "MessageProcessor", Processor)
    await module.get_ready(cast(Any, SimpleNamespace(ctx=SimpleNamespace(agent=agent))), None)
    await module.swap(cast(Any, agent), Path("another.tar.gz"))
    assert read == [(module.FIRST, True), (module.FIRST, False)], "at the start, and before a swap"
