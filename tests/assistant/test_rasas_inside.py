"""What we use of Rasa 3.6.21 that it does not promise: each name is known, and still where it was."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.engine import graph
from rasa.engine.training.hooks import TrainingHook
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.utils import validation

from assistant.__main__ import (
    keep_nothing_between_trainings,
    read_without_checking_the_shape,
)
from scripts.train import ROOT

USED = {
    "_validate_action_result": RemoteAction.run,
    "_tracker_store": FailSafeTrackerStore.__init__,
    "_response_variables": TemplatedNaturalLanguageGenerator,
    "_identifier": Featurizer.__init__,
}
"""Private name: where Rasa itself sets or calls it."""
PRIVATE = re.compile(r"_[a-z]\w*")


def ours() -> Iterator[tuple[Path, ast.Module]]:
    for package in ("assistant", "actions"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def names_of_rasa() -> frozenset[str]:
    found: set[str] = set()
    for path in Path(rasa.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"(?:self\.|cls\.|def )(_[a-z]\w*)", text))
    return frozenset(found)


def own_names(tree: ast.Module) -> set[str]:
    """Private names that a module of ours, or the base of our components, defines or sets."""
    base = ast.parse((ROOT / "assistant/nlu/component.py").read_text(encoding="utf-8"))
    nodes = [*ast.walk(tree), *ast.walk(base)]
    functions = {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return functions | {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node.value) == "self"
    }


def test_no_other_private_name_of_rasa_is_used() -> None:
    used = {
        node.attr: f"{path.name}:{node.lineno}"
        for path, tree in ours()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and PRIVATE.fullmatch(node.attr)
        and node.attr in names_of_rasa()
        and node.attr not in own_names(tree)
    }
    assert used.keys() == USED.keys() - {"_response_variables"}, used


@pytest.mark.parametrize("name", USED)
def test_rasa_still_uses_it(name: str) -> None:
    assert rasa.__version__ == "3.6.21", "read the comments that name 3.6.21, then this line"
    assert re.search(rf"self\.{name}\b", inspect.getsource(USED[name]))


@pytest.mark.parametrize("name", USED)
def test_a_comment_beside_it_names_the_version(name: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path, _ in ours()]
    files = [text.split("\n") for text in texts if re.search(rf"\b{name}\b", text)]
    assert files
    for lines in files:
        place = next(i for i, line in enumerate(lines) if re.search(rf"\b{name}\b", line))
        if f"self.{name} = " not in lines[place]:
            assert "3.6.21" in "\n".join(lines[max(0, place - 4) : place + 5]), lines[place]


def test_what_is_done_around_each_step_of_a_training_is_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("on_before_node", "on_after_node"):
        assert name in inspect.getsource(graph), "or a training keeps a cache again"
        monkeypatch.setattr(TrainingHook, name, getattr(TrainingHook, name))
    keep_nothing_between_trainings()
    assert TrainingHook.on_before_node() == {}  # type: ignore[call-arg]
    TrainingHook.on_after_node()  # type: ignore[call-arg]


def test_examples_are_read_without_a_look_at_their_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        pytest.fail("or a training takes a minute longer")

    monkeypatch.setattr(validation, "validate_yaml_schema", look)
    monkeypatch.setattr(RasaYAMLReader, "validate", RasaYAMLReader.validate)
    read_without_checking_the_shape()
    read = RasaYAMLReader().reads('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi')
    assert [example.get("text") for example in read.intent_examples] == ["hi"]
