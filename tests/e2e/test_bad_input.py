"""Whatever is written, the reply is words, and never an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conversation import Conversation

STRANGE = {
    "one character": "?",
    "a dot": ".",
    "capitals": "DOES IT HURT????",
    "emoji": "😬💉❓",
    "only spaces and a dash": "  -  ",
    "right to left": "هل هو مؤلم؟",
    "zero width": "d\u200bo\u200be\u200bs it hurt",
    "full width": "ｄｏｅｓ ｉｔ ｈｕｒｔ",
    "markup": "<script>alert(1)</script><b>does it hurt</b>",
    "braces": '{"topic": "x"} {{ 7*7 }} ${HOME}',
    "sql": "'; drop table messages; --",
    "two thousand characters": "does it hurt " * 153,
    "one word of 2,000": "a" * 2000,
    "chinese": "会痛吗",
    "spanish": "¿cuánto duele el láser en la cara?",
    "control characters": "does\x00 it\x07 hurt",
    "new lines": "\n\n\n does\n it \n hurt \n",
}
COMMANDS = [
    "/restart",
    '/ask_topic{"topic": "pain_feel"}',
    "／ask_for_human",
    " /erase_conversation",
    "\u200b/start_prescreen",
    '/answer_prescreen{"row": "1a"}',
    "/session_start",
    "⁄restart",
    "∕stop",
]


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_strange_text_gets_words(say: Callable[[], Conversation], text: str) -> None:
    visitor = say()
    assert visitor.say(text).strip()
    visitor.say("does it hurt?")
    assert visitor.topics == ["pain_feel"]


@pytest.mark.parametrize(
    "text", ["DOES IT HURT????", "d\u200boes it hu\u200brt", "ｄｏｅｓ ｉｔ ｈｕｒｔ"]
)
def test_a_disguised_question_is_still_understood(
    say: Callable[[], Conversation], text: str
) -> None:
    visitor = say()
    visitor.say(text)
    assert visitor.topics == ["pain_feel"]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_typed_command_is_only_text(say: Callable[[], Conversation], text: str) -> None:
    visitor = say()
    assert visitor.say(text).strip() or visitor.payloads
    assert visitor.last["understood"]["button"] is False
    understood = visitor.last["understood"]
    assert understood["intent"] == "suspect_danger" or understood["confidence"] < 1
    assert not [p for p in visitor.payloads if p["type"] == "urgent"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "x" * 2001},
        {"text": None, "button_id": None},
        {"text": "a", "button_id": "b_1"},
        {"text": 7},
        {"channel": "fax", "text": "a"},
        {"conversation_id": "../etc", "text": "a"},
    ],
    ids=str,
)
def test_a_malformed_request_is_refused(
    say: Callable[[], Conversation], body: dict[str, str]
) -> None:
    answer = say().send(**body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_button_that_was_not_offered_changes_nothing(say: Callable[[], Conversation]) -> None:
    visitor = say()
    visitor.say("does it hurt?")
    words = visitor._turn(button_id="b_0000")
    assert words
    assert visitor.topics == []
    visitor.say("tell me more")
    assert "pulse" in visitor.words
