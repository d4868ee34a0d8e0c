"""The rasa component that looks for red flags in every message and puts them above everything.

It runs after the intent classifier: what it finds replaces the intent (docs/contracts.md,
section 3), so that no threshold and no other question can hide an emergency.
"""

from __future__ import annotations

import logging
import re
from dataclasses import asdict, dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.medical.rules import digest
from assistant.nlu.medical.signs import safety_rules

logger = logging.getLogger(__name__)

ACT, ASK = "act", "ask"
INTENT_OF_LEVEL = {"U1": "report_emergency", "U2": "report_reaction"}
ASKED_INTENT = "suspect_danger"
HAPPENING_NOW = "happening_now"
"""Metadata of a message: the visitor said that it happens now (true), or that it does not (false)."""
YES = re.compile(r"\W*(yes|yeah|yep|yh|ya|y|si|sí|sim|oui|ja|da|tak|evet|haan|ji)\b.{0,30}", re.I)
NO = re.compile(
    r"\W*((no|nope|nah|n|non|nein|nao|não|nu|nie|hayir|nahi)\b"
    r"(\W+(thanks|thank you|i|am|im|i'm|its|it's|just|only|asking|curious|wondering|not now|really))*"
    r"|(i am |i'm |im )?(just|only) (asking|curious|wondering))\W*",
    re.I,
)


def typed_answer(text: str) -> bool | None:
    """Yes or no to "is this happening now?"; None when the words are about something else."""
    if NO.fullmatch(text.strip()):
        return False
    return True if YES.fullmatch(text.strip()) else None


@dataclass(frozen=True)
class Finding:
    """What is put on a message: act or ask, U1 or U2, and the event of data/urgency.yml."""

    decision: str
    level: str
    sign: str


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

    def _decide(self, message: Message) -> Finding | None:
        """Find, then heed what the visitor answered when it was asked about before."""
        now = (message.get(METADATA) or {}).get(HAPPENING_NOW)
        if now is False:
            return None
        alarm = self._rules.find(message.get(TEXT) or "")
        return Finding(ACT, alarm.level, alarm.sign) if alarm else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples, whose intents are known."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Check each message."""
        for message in messages:
            found = self._decide(message)
            message.set("safety", asdict(found) if found else None, add_to_output=True)
            if found:
                logger.info("danger: %s %s %s", found.decision, found.level, found.sign)
                _overrule(message, found)
        return messages


def _overrule(message: Message, found: Finding) -> None:
    name = INTENT_OF_LEVEL[found.level] if found.decision == ACT else ASKED_INTENT
    intent = {"name": name, "confidence": 1.0}
    others = [row for row in message.get(INTENT_RANKING_KEY) or [] if row["name"] != intent["name"]]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, *others], add_to_output=True)
    message.set("questions", [], add_to_output=True)
