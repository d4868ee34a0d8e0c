from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from scripts.build_encoder import SOURCES, build

SMALL_CLINIC = {
    "faq/pain_feel": [
        "does it hurt",
        "is it painful",
        "how bad is the pain",
        "will it sting",
        "what does it feel like",
        "is the laser sore",
    ],
    "faq/sessions_number": [
        "how many sessions do i need",
        "how many times must i come",
        "is one visit enough",
        "number of treatments",
        "how many appointments does it take",
        "do i have to come more than once",
    ],
    "faq/dark_skin_safety": [
        "will it burn my brown skin",
        "is it safe for dark skin",
        "i am black can i have laser",
        "does it mark brown skin",
        "laser on asian skin",
        "dark skin and burns",
    ],
    "greet": ["hi", "hello", "hey there", "good morning", "hiya", "hello there"],
    "ask_for_human": [
        "i want a person",
        "can i talk to a nurse",
        "human please",
        "speak to someone",
        "get me a real person",
        "let me talk to staff",
    ],
}


@pytest.fixture(scope="session", autouse=True)
def encoder() -> None:
    for source in SOURCES:
        build(source)


@pytest.fixture
def model_storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path)


@pytest.fixture
def resource() -> Resource:
    return Resource("component")


@pytest.fixture
def execution_context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "test", node_name="component")


@pytest.fixture
def training_data() -> TrainingData:
    return TrainingData(
        [example(text, label) for label, texts in SMALL_CLINIC.items() for text in texts]
    )


def example(text: str, label: str) -> Message:
    """A training example as rasa reads it from YAML: retrieval intents keep their full name."""
    return Message.build(text=text, intent=label)
