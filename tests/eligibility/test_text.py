"""The table in another language: what visitors read is exchanged, what their words match stays."""

from __future__ import annotations

from pathlib import Path

import yaml

from eligibility.load import load
from eligibility.text import PlainWords, in_other_words, shown_texts

RULES = Path("eligibility/rules.yml")


def test_what_visitors_read_is_exchanged_and_nothing_else() -> None:
    content = yaml.load(RULES.read_text(encoding="utf-8"), Loader=PlainWords)  # noqa: S506
    texts = set(shown_texts(content))
    assert len(texts) > 300
    english, other = load(RULES), load(RULES, {text: f"¡{text}" for text in texts})
    assert [row.question for row in other.rows.values()] == [
        f"¡{row.question}" for row in english.rows.values()
    ]
    assert list(other.rows) == list(english.rows)
    assert other.policies == english.policies


def test_a_text_without_a_translation_stays_english() -> None:
    assert load(RULES, {"no such text": "otro"}).rows == load(RULES).rows


SMALL = {
    "title": "A",
    "id": "a",
    "names": {"title": "matched"},
    "rows": [{"label": "B", "id": "b", "options": ["C", {"note": "D", "says": ["G"]}]}],
    "told": ["E", "F"],
    "version": 3,
}
IN_OTHER_WORDS = {word: f"<{word}>" for word in "ABCDEFGab"} | {"matched": "<matched>"}


def test_a_text_is_shown_by_its_key_wherever_it_stands() -> None:
    assert list(shown_texts(SMALL)) == ["A", "B", "C", "D", "E", "F"]
    assert in_other_words(SMALL, IN_OTHER_WORDS) == {
        "title": "<A>",
        "id": "a",
        "names": {"title": "matched"},
        "rows": [{"label": "<B>", "id": "b", "options": ["<C>", {"note": "<D>", "says": ["G"]}]}],
        "told": ["<E>", "<F>"],
        "version": 3,
    }
    assert in_other_words(SMALL, {}) == SMALL
    assert list(shown_texts(["A"])) == []
    assert in_other_words("A", IN_OTHER_WORDS) == "A"
