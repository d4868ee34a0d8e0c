"""The rasa component that puts facts about health, body and person on a message.

docs/contracts.md, section 3, names the entities; assistant/nlu/medical/ finds them by rules that are
data. Nothing is learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.component import Component, Place, english_of
from assistant.nlu.medical.reader import ClinicalReader, clinical_pipeline
from assistant.nlu.medical.rules import digest


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClinicalEntityExtractor(Component, EntityExtractorMixin):
    """Sets ``entities``; ``region`` is the country whose phone numbers need no country code."""

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["spacy", "medspacy", "phonenumbers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The clinic's country."""
        return {"region": "GB"}

    def __init__(self, config: dict[str, Any], place: Place) -> None:
        super().__init__(config, place)
        self._reader = ClinicalReader(clinical_pipeline(), config["region"])

    @classmethod
    def knows(cls, config: dict[str, Any]) -> Iterator[bytes]:
        """The rules and the code that reads them."""
        yield digest().encode()

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            found = [asdict(finding) for finding in self._reader.read(english_of(message))]
            entities = [*message.get(ENTITIES, []), *self.add_extractor_name(found)]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
