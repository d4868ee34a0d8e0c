"""What Rasa (3.6.21) asks of every component, once: made, kept, loaded and fingerprinted alike.

A component names what decides its work besides its own class (``knows``); one that learns also names
the class of its model, which can ``save`` itself into a folder and ``load`` itself from there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from clinic.spoken import ENGLISH

LANGUAGE = "language"
"""Metadata of a message: the language that the conversation is in (assistant/spoken.py)."""
UNSURE = "unsure"
"""Its value while nobody knows: it is asked once."""
GLOSS = "gloss"
"""What a message of another language says in English words; only machines read it."""


def language_of(message: Message) -> str:
    """The code of the language that a message is read in."""
    return str((message.get(METADATA) or {}).get(LANGUAGE) or ENGLISH)


def english_of(message: Message) -> str:
    """The message as those who know English only read it."""
    return str(message.get(GLOSS) or message.get(TEXT) or "")


@dataclass(frozen=True)
class Place:
    """Where Rasa keeps what a component learns, and what it calls the component."""

    storage: ModelStorage
    resource: Resource
    name: str


class Component(GraphComponent):
    """A part of the pipeline that learns nothing."""

    def __init__(self, config: dict[str, Any], place: Place) -> None:
        self._config = config
        self._place = place

    @classmethod
    @abstractmethod
    def knows(cls, config: dict[str, Any]) -> Iterable[bytes]:
        """All that decides what the component does, besides its class and its settings."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Called by Rasa before training, and where nothing is learnt in a running assistant too."""
        return cls(config, Place(model_storage, resource, execution_context.node_name))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Rasa's cache looks at the component's own class only; the rest is in here."""
        digest = sha256(Path(__file__).read_bytes())
        for part in cls.knows({**cls.get_default_config(), **config}):
            digest.update(part)
        return digest.hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples: their intents are known, and no policy learns from the rest."""
        return training_data


class Model(Protocol):
    """What a component learns."""

    def save(self, folder: Path) -> None:
        """Write it into an empty folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""


Learnt = TypeVar("Learnt", bound=Model)


class LearningComponent(Component, Generic[Learnt]):
    """A part of the pipeline whose model is kept in Rasa's model storage."""

    model_class: ClassVar[type[Model]]

    def __init__(self, config: dict[str, Any], place: Place, model: Learnt | None = None) -> None:
        super().__init__(config, place)
        self._model = model

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Called by Rasa in a running assistant. Raise ValueError when nothing was kept."""
        place = Place(model_storage, resource, execution_context.node_name)
        with model_storage.read_from(resource) as folder:
            model: Any = cls.model_class.load(folder)
        return cls(config, place, model)

    def learnt(self, model: Learnt) -> Resource:
        """Use the model from now on, and keep it."""
        self._model = model
        with self._place.storage.write_to(self._place.resource) as folder:
            model.save(folder)
        return self._place.resource
