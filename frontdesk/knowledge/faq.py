"""The assistant's answers as staff may look at them: topics of data/faq/, with the ways people ask.

The front desk reads the files, never the assistant's code (docs/contracts.md section 4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "data" / "faq"
INTENT = "faq/"
PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Topic:
    """One answer: its id, its question as a button shows it, how people ask it, its file's name."""

    id: str
    question: str
    examples: tuple[str, ...]
    file: str


@lru_cache(maxsize=1)
def topics(folder: Path = FOLDER) -> dict[str, Topic]:
    """Every topic by id, read once; the assistant reads the files only when it is trained, too."""
    found: dict[str, Topic] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        responses = content.get("responses") or {}
        for item in content.get("nlu") or []:
            topic = item["intent"].removeprefix(INTENT)
            variations = responses.get(f"utter_{item['intent']}") or [{}]
            question = (variations[0].get("metadata") or {}).get("question") or topic
            found[topic] = Topic(topic, question, examples(item["examples"]), path.name)
    return found


def examples(block: str) -> tuple[str, ...]:
    """The lines of an ``examples: |`` block."""
    return tuple(line.removeprefix("- ").strip() for line in block.splitlines() if line.strip())


@lru_cache(maxsize=1)
def _texts(folder: Path = FOLDER) -> dict[str, tuple[str, str]]:
    """Question and text of every answer by its topic, its placeholders not filled in."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, variations in (content.get("responses") or {}).items():
            details = variations[0].get("metadata") or {}
            texts = str(details.get("question") or ""), str(variations[0].get("text") or "")
            found[name.removeprefix(f"utter_{INTENT}")] = texts
    return found


def answers_with(names: Collection[str], facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Question and words, with the clinic's facts filled in, of every answer that uses one of ``names``."""
    return [
        (question, _filled(text, facts))
        for question, text in _texts().values()
        if any(match in names for match in PLACEHOLDER.findall(text))
    ]


def answers(topics: Sequence[str], facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Question and words, with the clinic's facts filled in, of these topics."""
    known = (_texts()[topic] for topic in topics if topic in _texts())
    return [(question, _filled(text, facts)) for question, text in known]


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), text)
