"""The assistant starts without TensorFlow, and understands just the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assistant.__main__ import CONFIG, NEEDS_TENSORFLOW, needs_tensorflow

UNDERSTAND = """
import asyncio, json, sys
from assistant.__main__ import CONFIG, leave_tensorflow_out, needs_tensorflow
if not needs_tensorflow(CONFIG, sys.argv[1]):
    leave_tensorflow_out()
from rasa.core.agent import Agent
agent = Agent.load("models/assistant.tar.gz")
texts = ["does it hurt", "i'm 45, on roaccutane", "i cant breathe", "get me a human", "qwzx"]
found = [asyncio.run(agent.parse_message(text)) for text in texts]
told = [[one["intent"], one["entities"], one.get("safety")] for one in found]
imported = getattr(sys.modules.get("tensorflow"), "__version__", None)
print(json.dumps({"tensorflow": imported, "understood": told}, default=str))
"""


def understood(switch: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNDERSTAND, switch],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_without_tensorflow_everything_is_understood_just_the_same() -> None:
    without, with_it = understood(""), understood("true")
    assert without["tensorflow"] is None and with_it["tensorflow"]
    assert without["understood"] == with_it["understood"]


def test_what_was_left_out_says_so_when_it_is_used() -> None:
    use = (
        "from assistant.__main__ import leave_tensorflow_out; leave_tensorflow_out();"
        "from rasa.utils.tensorflow.data_generator import RasaBatchDataGenerator as one; one()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", use], capture_output=True, text=True
    )
    assert "ASSISTANT_WITH_TENSORFLOW=true" in done.stderr


@pytest.mark.parametrize("name", sorted(NEEDS_TENSORFLOW))
def test_a_component_that_needs_it_gets_it(tmp_path: Path, name: str) -> None:
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["pipeline"].append({"name": name})
    changed = tmp_path / "config.yml"
    changed.write_text(yaml.safe_dump(config), encoding="utf-8")
    assert needs_tensorflow(changed, "")
    assert not needs_tensorflow(CONFIG, "")
    assert needs_tensorflow(CONFIG, "true")
