from __future__ import annotations

from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.classifier import NEAREST, FaqIntentClassifier
from assistant.nlu.component import Place
from assistant.nlu.encoder import load_encoder
from assistant.nlu.featurizer import SentenceEncoderFeaturizer
from tests.assistant.nlu.component_contract import ComponentContract
from tests.assistant.nlu.conftest import example

TWO_QUESTIONS = "will it burn my brown skin and how many times do i need to come"


class TestFaqIntentClassifier(ComponentContract):
    component = FaqIntentClassifier
    config = {"polite": ["greet"], "pressing": ["ask_for_human"]}

    @staticmethod
    def before(messages: list[Message]) -> list[Message]:
        config = SentenceEncoderFeaturizer.get_default_config()
        place = Place(None, None, "featurizer")
        return SentenceEncoderFeaturizer(config, place).process(messages)

    def test_a_known_question_is_a_faq_with_its_topic(self, trained: FaqIntentClassifier) -> None:
        said = self.understand(trained, "does the zapping hurt")
        assert said["intent"]["name"] == "faq"
        assert (
            said["response_selector"]["faq"]["response"]["intent_response_key"] == "faq/pain_feel"
        )
        assert [question["topic"] for question in said["questions"]] == ["pain_feel"]

    def test_a_plain_intent_has_no_question(self, trained: FaqIntentClassifier) -> None:
        said = self.understand(trained, "can i speak to a nurse")
        assert said["intent"]["name"] == "ask_for_human"
        assert said["questions"] == []

    @pytest.mark.parametrize("text", ["", "😬😬", "a" * 10_000, "qwxz vbnm"])
    def test_what_is_not_understood_still_has_the_nearest_questions(
        self, trained: FaqIntentClassifier, text: str
    ) -> None:
        said = self.understand(trained, text)
        assert said["intent"]["name"] == "nlu_fallback"
        assert len(said["response_selector"]["faq"]["ranking"]) == NEAREST
        assert said["questions"] == []

    def test_two_questions_are_found_in_the_order_asked(self, trained: FaqIntentClassifier) -> None:
        said = self.understand(trained, TWO_QUESTIONS)
        topics = [question["topic"] for question in said["questions"]]
        assert topics == ["dark_skin_safety", "sessions_number"]
        ranking = said["response_selector"]["faq"]["ranking"]
        assert [row["intent_response_key"] for row in ranking[:2]] == [f"faq/{t}" for t in topics]

    def test_a_greeting_gives_way_to_the_question(self, trained: FaqIntentClassifier) -> None:
        assert self.understand(trained, "Hello there! Does it hurt?")["intent"]["name"] == "faq"

    def test_asking_for_a_person_comes_first(self, trained: FaqIntentClassifier) -> None:
        said = self.understand(trained, "Does it hurt? How many sessions? I want a person")
        assert said["intent"]["name"] == "ask_for_human"

    def test_the_ranking_begins_with_the_intent_and_has_no_faq_twice(
        self, trained: FaqIntentClassifier
    ) -> None:
        said = self.understand(trained, "does it hurt")
        names = [row["name"] for row in said["intent_ranking"]]
        assert names[0] == said["intent"]["name"] == "faq"
        assert len(names) == len(set(names))

    def test_typos_change_little(self, trained: FaqIntentClassifier) -> None:
        assert self.understand(trained, "dose it hrut")["questions"][0]["topic"] == "pain_feel"

    def test_another_encoder_or_other_code_trains_anew(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = FaqIntentClassifier.fingerprint_addon({})
        monkeypatch.setattr("assistant.nlu.classifier.encoder_digest", lambda folder: "other")
        assert FaqIntentClassifier.fingerprint_addon({}) != before


@pytest.mark.parametrize("examples", [[], [example("hi", "greet"), example("hello", "greet")]])
def test_with_fewer_than_two_intents_it_stays_silent(
    examples: list[Message],
    model_storage: LocalModelStorage,
    resource: Resource,
    execution_context: ExecutionContext,
) -> None:
    config = FaqIntentClassifier.get_default_config()
    arguments: Any = (config, model_storage, resource, execution_context)
    FaqIntentClassifier.create(*arguments).train(TrainingData(examples))
    (message,) = FaqIntentClassifier.load(*arguments).process([Message(data={"text": "hi"})])
    assert message.get("intent") is None


def test_one_encoder_serves_the_whole_process() -> None:
    assert load_encoder() is load_encoder()
