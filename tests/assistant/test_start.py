"""The assistant runs and trains without TensorFlow, and understands just the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from assistant.without_tensorflow import COMPONENTS, CONFIG, leave_out_if_unneeded, needed_by

UNDERSTAND = """
import asyncio, json, sys
import assistant
from rasa.core.agent import Agent
from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS
agent = Agent.load("models/assistant.tar.gz")
texts = ["does it hurt", "i'm 45, on roaccutane", "i cant breathe", "get me a human", "qwzx"]
found = [asyncio.run(agent.parse_message(text)) for text in texts]
told = [[one["intent"], one["entities"], one.get("safety")] for one in found]
imported = getattr(sys.modules.get("tensorflow"), "__version__", None)
print(json.dumps({"tensorflow": imported, "understood": told}, default=str))
"""


def run(code: str, switch: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": ".", "ASSISTANT_WITH_TENSORFLOW": switch},
        capture_output=True,
        text=True,
        check=False,
    )


def understood(switch: str) -> dict[str, object]:
    done = run(UNDERSTAND, switch)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_everything_is_understood_and_no_tensorflow_is_imported() -> None:
    assert understood("")["tensorflow"] is None


@pytest.mark.skipif(
    "tensorflow" not in packages_distributions(),
    reason="TensorFlow is not installed (bash scripts/install requirements-tensorflow.lock)",
)
def test_with_tensorflow_everything_is_understood_just_the_same() -> None:
    without, with_it = understood(""), understood("true")
    assert with_it["tensorflow"]
    assert without["understood"] == with_it["understood"]


def test_what_was_left_out_says_so_when_it_is_used() -> None:
    use = "from rasa.utils.tensorflow.data_generator import RasaBatchDataGenerator as one; one()"
    done = run(f"import assistant; {use}")
    assert "ASSISTANT_WITH_TENSORFLOW=true" in done.stderr


def changed_config(tmp_path: Path, name: str) -> Path:
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["pipeline"].append({"name": name})
    changed = tmp_path / "config.yml"
    changed.write_text(yaml.safe_dump(config), encoding="utf-8")
    return changed


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_a_component_that_needs_it_is_known(tmp_path: Path, name: str) -> None:
    assert needed_by(changed_config(tmp_path, name)) == [name]
    assert needed_by(CONFIG) == []


def test_a_component_that_needs_it_is_refused_in_one_sentence_where_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.without_tensorflow.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="DIETClassifier.* needs TensorFlow.*requirements-tensor"):
        leave_out_if_unneeded(changed_config(tmp_path, "DIETClassifier"))
