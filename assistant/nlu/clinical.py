"""The rasa component that puts facts about health, body and person on a message.

docs/contracts.md, section 3, names the entities; assistant/nlu/medical/ finds them by rules that are
data. Nothing is learned.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.medical.reader import ClinicalReader, clinical_pipeline
from assistant.nlu.medical.rules import digest


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClinicalEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Sets ``entities``; ``region`` is the country whose phone numbers need no country code."""

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["spacy", "medspacy", "phonenumbers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The clinic's country."""
        return {"region": "GB"}

    def __init__(self, config: dict[str, Any]) -> None:
        self._reader = ClinicalReader(clinical_pipeline(), config["region"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClinicalEntityExtractor:
        """Called by rasa before training and in a running assistant."""
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The rules and the code that reads them: rasa itself looks at this class only."""
        return digest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: no policy learns from entities."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            found = [asdict(finding) for finding in self._reader.read(message.get(TEXT) or "")]
            entities = [*message.get(ENTITIES, []), *self.add_extractor_name(found)]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
