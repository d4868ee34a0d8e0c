"""What every component of the pipeline must do; one test class inherits it for each component."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

STRANGE_TEXTS = [
    "",
    " ",
    "?",
    "a",
    "😬😬",
    "👍🏽",
    "a" * 10_000,
    "does it hurt " * 770,
    "and " * 2_500,
    "DOES IT HURT",
    "هل هو مؤلم",
    "\u200bdoes\u200b it\u202e hurt",
    "ｄｏｅｓ ｉｔ ｈｕｒｔ",
    "<script>alert('does it hurt')</script>",
    "会痛吗？",
    "x" + "\u0301" * 500,
]
Prepare = Callable[[list[Message]], list[Message]]


class ComponentContract:
    """Inherit, and name the component, its configuration, and what must run before it."""

    component: ClassVar[Any]
    config: ClassVar[dict[str, Any]] = {}

    @staticmethod
    def before(messages: list[Message]) -> list[Message]:
        """Run what the component needs to have run."""
        return messages

    @pytest.fixture
    def trained(
        self,
        model_storage: LocalModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        training_data: TrainingData,
    ) -> Any:
        arguments = (self._config(), model_storage, resource, execution_context)
        component = self.component.create(*arguments)
        self.before(training_data.training_examples)
        if hasattr(component, "train"):
            component.train(training_data)
        component.process_training_data(training_data)
        return component

    @pytest.fixture
    def loaded(
        self,
        trained: Any,
        model_storage: LocalModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        arguments = (self._config(), model_storage, resource, execution_context)
        if not hasattr(trained, "train"):
            return self.component.create(*arguments)
        return self.component.load(*arguments)

    def _config(self) -> dict[str, Any]:
        return {**self.component.get_default_config(), **self.config}

    def understand(self, component: Any, text: str) -> dict[str, Any]:
        (message,) = component.process(self.before([Message(data={"text": text})]))
        return {**message.as_dict(only_output_properties=True), "features": features(message)}

    @pytest.mark.parametrize("text", ["does the zapping hurt lol", "hi, get me a person", ""])
    def test_loaded_it_says_what_it_said_when_trained(
        self, trained: Any, loaded: Any, text: str
    ) -> None:
        assert self.understand(loaded, text) == self.understand(trained, text)

    @pytest.mark.parametrize("text", STRANGE_TEXTS, ids=range(len(STRANGE_TEXTS)))
    def test_strange_text_raises_nothing(self, trained: Any, text: str) -> None:
        self.understand(trained, text)

    def test_several_messages_at_once_are_told_apart(self, trained: Any) -> None:
        texts = ["does it hurt", "", "hello"]
        messages = trained.process(self.before([Message(data={"text": text}) for text in texts]))
        assert [message.get("text") for message in messages] == texts

    def test_what_it_requires_is_there(self) -> None:
        """Rasa asks for both before it trains."""
        assert all(importlib.import_module(name) for name in self.component.required_packages())
        assert all(isinstance(one, type) for one in self.component.required_components())

    def test_its_fingerprint_is_stable(self) -> None:
        assert self.component.fingerprint_addon(self._config())
        assert self.component.fingerprint_addon({}) == self.component.fingerprint_addon({})

    def test_its_fingerprint_counts_what_it_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = self.component.fingerprint_addon(self._config())
        known = [*self.component.knows(self._config()), b"one more rule"]
        monkeypatch.setattr(self.component, "knows", lambda config: known)
        assert self.component.fingerprint_addon(self._config()) != before


def features(message: Message) -> list[list[float]]:
    """The numbers that featurizers put on a message."""
    return [feature.features.round(4).tolist() for feature in message.features]
