from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.danger.decide import Finding
from assistant.nlu.danger.examples import read_examples
from assistant.nlu.danger.model import LABELS, DangerModels
from assistant.nlu.danger.spoken import Dangers
from assistant.nlu.medical.signs import Alarm, safety_rules
from assistant.nlu.safety import SafetyCheck
from scripts.train import MODEL, train
from tests.assistant.nlu.component_contract import ComponentContract

DATA = Path(__file__).parent.parent / "data"
UNDERSTOOD = {
    "intent": {"name": "faq", "confidence": 0.7},
    "intent_ranking": [
        {"name": "faq", "confidence": 0.7},
        {"name": "report_reaction", "confidence": 0.1},
    ],
    "questions": [{"text": "does it hurt", "topic": "pain_feel", "confidence": 0.7}],
}


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> DangerModels:
    """What `make train` learnt: to learn it again takes minutes."""
    train()
    folder = tmp_path_factory.mktemp("model")
    storage, metadata = LocalModelStorage.from_model_archive(folder, MODEL)
    name = next(n for n, node in metadata.train_schema.nodes.items() if node.uses is SafetyCheck)
    with storage.read_from(Resource(name)) as kept:
        return Dangers.load(kept).english


class TestSafetyCheck(ComponentContract):
    component = SafetyCheck

    @pytest.fixture
    def trained(
        self,
        learnt: DangerModels,
        model_storage: LocalModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyCheck:
        arguments = (self._config(), model_storage, resource, execution_context)
        component = SafetyCheck.create(*arguments)
        component.learn_others(learnt)
        return component

    def test_it_learns_from_our_own_sentences_and_from_other_examples_as_calm_ones(
        self,
        model_storage: LocalModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        training_data: TrainingData,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        some = [one for level in LABELS for one in read_examples() if one.label == level][::40]
        monkeypatch.setattr("assistant.nlu.safety.read_examples", lambda: some)
        arguments = (self._config(), model_storage, resource, execution_context)
        component = SafetyCheck.create(*arguments)
        component.train(training_data)
        loaded = SafetyCheck.load(*arguments)
        for one in (component, loaded):
            assert self.understand(one, "i cant breathe")["safety"]["level"] == "U1"
            assert self.understand(one, "does it hurt").get("safety") is None

    @staticmethod
    def before(messages: list[Message]) -> list[Message]:
        for message in messages:
            for key, value in UNDERSTOOD.items():
                message.set(key, value, add_to_output=True)
        return messages

    @pytest.mark.parametrize(
        ("text", "level", "sign", "intent"),
        [
            ("does it hurt? i cant breathe", "U1", "breathing", "report_emergency"),
            ("my skin is blistering. does it hurt?", "U2", "blisters", "report_reaction"),
        ],
    )
    def test_a_red_flag_replaces_what_was_understood(
        self, trained: SafetyCheck, text: str, level: str, sign: str, intent: str
    ) -> None:
        said = self.understand(trained, text)
        wanted = {
            "decision": "act",
            "level": level,
            "sign": sign,
            "language": None,
            "by_rule": True,
        }
        assert said["safety"] == wanted
        assert said["intent"] == said["intent_ranking"][0] == {"name": intent, "confidence": 1.0}
        assert [row["name"] for row in said["intent_ranking"]].count(intent) == 1
        assert said["questions"] == []

    @pytest.mark.parametrize(
        ("level", "sign", "text", "length", "is_heard"),
        [
            ("U2", "numb_skin", "my cheek is numb since the facelift", "P11M", False),
            ("U2", "numb_skin", "my cheek is numb since the facelift", "P2W", True),
            ("U2", "numb_skin", "my cheek is numb and it gets worse", "P11M", True),
            ("U2", "mole_change", "the dark spot since my laser", "P11M", True),
            ("U1", "stroke", "my cheek is numb since the facelift", "P11M", True),
        ],
    )
    def test_a_sign_known_for_months_is_no_alarm_unless_something_is_new(
        self,
        trained: SafetyCheck,
        monkeypatch: pytest.MonkeyPatch,
        level: str,
        sign: str,
        text: str,
        length: str,
        is_heard: bool,
    ) -> None:
        monkeypatch.setattr(trained._check, "find", lambda *_: Finding("act", level, sign))
        told = {"entity": "duration", "value": length, "role": "asserted"}
        (message,) = trained.process([Message(data={"text": text, "entities": [told]})])
        assert (message.get("safety") is not None) == is_heard

    @pytest.mark.parametrize(
        ("level", "text", "is_calm_without", "is_heard"),
        [
            ("U2", "my concealer has gone cakey", True, False),
            ("U2", "my concealer has gone cakey, help", False, True),
            ("U1", "my concealer has gone cakey", True, True),
            ("U2", "my cheek has gone cakey", True, True),
        ],
    )
    def test_a_thing_that_went_off_is_no_alarm_when_the_rest_tells_of_nothing(
        self,
        trained: SafetyCheck,
        monkeypatch: pytest.MonkeyPatch,
        level: str,
        text: str,
        is_calm_without: bool,
        is_heard: bool,
    ) -> None:
        found = Finding("act", level, "unclear_soon")
        whole = [text] if is_calm_without else [text, " , help"]
        monkeypatch.setattr(
            trained._check, "find", lambda said, *_: found if said in whole else None
        )
        assert (heard(trained, text, "faq", 0.4) is not None) == is_heard

    @pytest.mark.parametrize(
        ("decision", "level", "sign", "text", "length", "is_heard"),
        [
            (
                "ask",
                "U2",
                "burn",
                "sunbeds for years, chest like leather, which of your two",
                "",
                0,
            ),
            (
                "ask",
                "U2",
                "skin_colour",
                "dark after ipl, how do i know it wont happen again",
                "",
                0,
            ),
            ("ask", "U2", "skin_colour", "dark after ipl, will it happen again", "P2W", 1),
            ("ask", "U2", "pus", "oozing after ipl, which of your two is kinder", "", 1),
            ("ask", "U2", "skin_colour", "it is happening again, my cheek goes dark", "", 1),
            ("ask", "U2", "skin_colour", "gone dark, when can i get it looked at", "", 1),
            ("ask", "U2", "skin_colour", "cheek dark since friday, would the laser fade it", "", 1),
            ("ask", "U2", "burn", "square burnt marks, which cream do i use", "", 1),
            ("ask", "U2", "mole_change", "a dark spot here, would the laser fade it", "", 1),
            ("ask", "U2", "eye_sore", "gritty after ipl, when can i have the laser", "", 1),
            ("ask", "U2", "skin_colour", "my cheek is dark after ipl", "", 1),
            ("act", "U2", "skin_colour", "dark after ipl, will it happen again", "", 1),
            ("ask", "U1", "breathing", "tight chest after ipl, will it happen again", "", 1),
            ("ask", "U1", "suicidal", "thank her for my neck, i am over the moon", "", 0),
            ("ask", "U1", "suicidal", "thank you all, you were so kind, goodbye", "", 1),
            ("ask", "U1", "suicidal", "over the moon with my neck but i want to end it", "", 1),
            ("ask", "U1", "suicidal", "so happy with my face, goodbye everyone", "", 1),
            ("ask", "U1", "suicidal", "love my neck, don't want to be here", "", 1),
            ("ask", "U1", "suicidal", "so pleased with my neck, i can finally rest", "", 1),
            ("ask", "U1", "suicidal", "so chuffed with my neck, thank Marie for me", "", 0),
            ("act", "U1", "suicidal", "thank her for my neck, i am over the moon", "", 1),
        ],
    )
    def test_history_before_a_question_and_joy_are_not_asked_about(
        self,
        trained: SafetyCheck,
        monkeypatch: pytest.MonkeyPatch,
        decision: str,
        level: str,
        sign: str,
        text: str,
        length: str,
        is_heard: int,
    ) -> None:
        monkeypatch.setattr(trained._check, "find", lambda *_: Finding(decision, level, sign))
        told_of = [{"entity": "duration", "value": length, "role": "asserted"}] if length else []
        (message,) = trained.process([Message(data={"text": text, "entities": told_of})])
        assert (message.get("safety") is not None) == bool(is_heard)

    def test_without_a_red_flag_all_stays_as_understood(self, trained: SafetyCheck) -> None:
        said = self.understand(trained, "does it hurt")
        assert said.get("safety") is None
        assert {key: said[key] for key in UNDERSTOOD} == UNDERSTOOD

    def test_it_works_on_a_message_that_nothing_was_put_on(self, trained: SafetyCheck) -> None:
        (message,) = trained.process([Message(data={"text": "i cant breathe"})])
        assert message.get("intent_ranking") == [{"name": "report_emergency", "confidence": 1.0}]

    def test_danger_in_another_language_is_acted_upon_at_its_level(
        self, trained: SafetyCheck
    ) -> None:
        said = self.understand(trained, "no puedo respirar")
        assert (said["safety"]["level"], said["safety"]["language"]) == ("U1", "es")
        assert said["intent"]["name"] == "report_emergency"

    def test_a_name_of_rasas_is_no_text_of_a_visitor(self, trained: SafetyCheck) -> None:
        assert heard(trained, "/cannot_breathe", "faq", 0.9) is None

    def test_danger_at_the_end_of_a_very_long_message_is_found(self, trained: SafetyCheck) -> None:
        text = "We had a nice day. It was sunny. " * 40 + "I cannot breathe."
        assert self.understand(trained, text)["safety"]["level"] == "U1"

    def test_whoever_says_that_it_happens_now_is_acted_upon(self, trained: SafetyCheck) -> None:
        asked = heard(trained, "hmm", "report_reaction", 0.9)
        assert (asked["decision"], asked["level"]) == ("ask", "U2")
        assert heard(trained, "hmm", "report_reaction", 0.9, now=True)["decision"] == "act"

    def test_whoever_says_that_it_does_not_is_understood_as_calm(
        self, trained: SafetyCheck
    ) -> None:
        for ranking in ([], [{"name": "faq", "confidence": 0.2}]):
            message = told("my skin is blistering", "report_reaction", 0.9, now=False)
            message.set("intent_ranking", [message.get("intent"), *ranking])
            trained.process([message])
            assert message.get("safety") is None
            assert (
                message.get("intent")["name"] == (ranking or [{"name": "nlu_fallback"}])[0]["name"]
            )

    def test_a_wish_for_a_person_is_no_alarm_unless_a_rule_says_so(
        self, trained: SafetyCheck, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone = Finding("ask", "U1", "unclear_now")
        monkeypatch.setattr(trained._check, "find", lambda *_, **__: alone)
        assert heard(trained, "get me somebody", "ask_for_human", 0.9) is None
        monkeypatch.setattr(trained._check, "find", lambda *_, **__: replace(alone, by_rule=True))
        assert heard(trained, "get me somebody", "ask_for_human", 0.9)["decision"] == "ask"
        sure = replace(alone, decision="act")
        monkeypatch.setattr(trained._check, "find", lambda *_, **__: sure)
        assert heard(trained, "help, get me somebody", "ask_for_human", 0.9) is None
        monkeypatch.setattr(trained._check, "find", lambda *_, **__: replace(sure, sign="sight"))
        text = "it all goes black, and please can i talk to a person"
        assert heard(trained, text, "ask_for_human", 0.9)["sign"] == "sight"

    def test_what_is_answered_with_the_way_to_a_person_is_not_asked_about_first(
        self, trained: SafetyCheck, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Finding("ask", "U2", "unclear_soon", by_rule=True)
        monkeypatch.setattr(trained._check, "find", lambda *_, **__: found)
        assert heard(trained, "it is still red", "aftercare_worry", 0.9) is None
        assert heard(trained, "it is still red", "faq", 0.9)["decision"] == "ask"

    def test_a_wish_for_a_person_in_another_language_is_heard(self, trained: SafetyCheck) -> None:
        text = "buenas tardes, quiero hablar con una persona de la clínica por favor"
        message = told(text, "nlu_fallback", 0.3)
        trained.process([message])
        assert (message.get("language"), message.get("intent")["name"]) == ("es", "ask_for_human")
        assert message.get("questions") == []

    def test_the_log_names_the_sign_and_none_of_the_words(
        self, trained: SafetyCheck, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO"):
            self.understand(trained, "my skin is blistering zork")
        assert "blisters" in caplog.text
        assert "zork" not in caplog.text


def told(text: str, intent: str, sure: float, now: bool | None = None) -> Message:
    """A message as the classifier leaves it; ``now``: what the visitor answered when asked."""
    metadata = {} if now is None else {"happening_now": now}
    row = {"name": intent, "confidence": sure}
    return Message(data={"text": text, "intent": row, "metadata": metadata})


def heard(component: SafetyCheck, *words: Any, **answer: bool) -> Any:
    (message,) = component.process([told(*words, **answer)])
    return message.get("safety")


def _sentences(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


FLAGS = _sentences("red_flags.yml")
NONE = [text for texts in _sentences("no_red_flags.yml").values() for text in texts]


def _flagged(flags: dict[str, Any]) -> list[tuple[str, Alarm]]:
    return [
        (text, Alarm(level, sign))
        for level in ("U1", "U2")
        for sign, texts in flags[level].items()
        for text in texts
    ]


@pytest.mark.parametrize("flags", [FLAGS, FLAGS["held_out"]], ids=["tuned", "held_out"])
def test_no_red_flag_is_missed_and_none_is_read_as_less_urgent(flags: dict[str, Any]) -> None:
    found = {text: safety_rules().find(text) for text, _ in _flagged(flags)}
    wrong = [
        text
        for text, alarm in _flagged(flags)
        if (read := found[text]) is None or read.level != alarm.level
    ]
    assert wrong == []


def test_the_sign_is_named() -> None:
    flagged = _flagged(FLAGS)
    right = sum(safety_rules().find(text) == alarm for text, alarm in flagged)
    assert right / len(flagged) >= 0.98


def test_false_alarms_are_rare() -> None:
    quiet = [*NONE, *FLAGS["none"], *FLAGS["held_out"]["none"]]
    alarms = [text for text in map(str, quiet) if safety_rules().find(text)]
    assert len(alarms) / len(quiet) <= 0.02, alarms
