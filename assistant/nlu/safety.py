"""The rasa component that looks for red flags in every message and puts them above everything.

It runs after the intent classifier: what it finds replaces the intent (docs/contracts.md,
section 3), so that no threshold and no other question can hide an emergency.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.medical.rules import digest
from assistant.nlu.medical.signs import Alarm, safety_rules

logger = logging.getLogger(__name__)

INTENT_OF_LEVEL = {"U1": "report_emergency", "U2": "report_reaction"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyCheck(IntentClassifier, GraphComponent):
    """Sets ``safety``, and with it intent, intent_ranking and questions, where there is a sign."""

    @classmethod
    def required_components(cls) -> list[type]:
        """It overrules the intent classifier."""
        return [IntentClassifier]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["spacy", "medspacy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set: the rules are assistant/nlu/data/red_flags.yml."""
        return {}

    def __init__(self) -> None:
        self._rules = safety_rules()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyCheck:
        """Called by rasa before training and in a running assistant."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The rules and the code that reads them: rasa itself looks at this class only."""
        return digest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples, whose intents are known."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Check each message."""
        for message in messages:
            alarm = self._rules.find(message.get(TEXT) or "")
            message.set("safety", asdict(alarm) if alarm else None, add_to_output=True)
            if alarm:
                logger.info("red flag: %s %s", alarm.level, alarm.sign)
                _overrule(message, alarm)
        return messages


def _overrule(message: Message, alarm: Alarm) -> None:
    intent = {"name": INTENT_OF_LEVEL[alarm.level], "confidence": 1.0}
    others = [row for row in message.get(INTENT_RANKING_KEY) or [] if row["name"] != intent["name"]]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, *others], add_to_output=True)
    message.set("questions", [], add_to_output=True)
