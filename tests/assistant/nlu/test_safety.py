from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.medical.signs import Alarm, safety_rules
from assistant.nlu.safety import SafetyCheck
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


class TestSafetyCheck(ComponentContract):
    component = SafetyCheck

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

    def test_without_a_red_flag_all_stays_as_understood(self, trained: SafetyCheck) -> None:
        said = self.understand(trained, "does it hurt")
        assert said.get("safety") is None
        assert {key: said[key] for key in UNDERSTOOD} == UNDERSTOOD

    def test_it_works_on_a_message_that_nothing_was_put_on(self, trained: SafetyCheck) -> None:
        (message,) = trained.process([Message(data={"text": "i cant breathe"})])
        assert message.get("intent_ranking") == [{"name": "report_emergency", "confidence": 1.0}]

    def test_the_log_names_the_sign_and_none_of_the_words(
        self, trained: SafetyCheck, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO"):
            self.understand(trained, "my skin is blistering zork")
        assert "blisters" in caplog.text
        assert "zork" not in caplog.text


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
