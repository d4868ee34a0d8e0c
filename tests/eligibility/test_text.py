"""The table in another language: what visitors read is exchanged, what their words match stays."""

from __future__ import annotations

from pathlib import Path

import yaml

from eligibility.load import load
from eligibility.text import PlainWords, shown_texts

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
