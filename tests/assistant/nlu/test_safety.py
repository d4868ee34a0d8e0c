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
        assert said["safety"] == {"level": level, "sign": sign}
        assert said["intent"] == said["intent_ranking"][0] == {"name": intent, "confidence": 1.0}
        assert [row["name"] for row in said["intent_ranking"]].count(intent) == 1
        assert said["questions"] == []

    def test_without_a_red_flag_all_stays_as_understood(self, trained: SafetyCheck) -> None:
        said = self.understand(trained, "does it hurt")
        assert said["safety"] is None
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
