"""The assistant's answers as staff may look at them: topics of data/faq/, with the ways people ask.

The front desk reads the files, never the assistant's code (docs/contracts.md section 4); what the clinic
wrote in the inbox stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import yaml

from clinic.answers import Answers
from clinic.answers import current as answers_now

FOLDER = Path(__file__).resolve().parents[2] / "data" / "faq"
INTENT = "faq/"
PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Topic:
    """One answer: its id, its question as a button shows it, how people ask it, its file's name.

    ``text``: its words, the placeholders not filled in.
    """

    id: str
    question: str
    text: str
    examples: tuple[str, ...]
    file: str


def topics() -> dict[str, Topic]:
    """Every topic by id, as it is now."""
    return _with(answers_now())


@lru_cache(maxsize=2)
def _with(changed: Answers) -> dict[str, Topic]:
    """The topics of the files, with the clinic's own in their places."""
    found = dict(in_files())
    for topic, one in changed.faq.items():
        known = found.get(topic)
        asks = (*(known.examples if known else ()), *one.asks)
        if one.variations:
            main = one.variations[0]
            question = str((main.get("metadata") or {}).get("question") or topic)
            found[topic] = Topic(topic, question, str(main.get("text") or ""), asks, one.file)
        elif known:
            found[topic] = replace(known, examples=asks)
    return found


@lru_cache(maxsize=1)
def in_files(folder: Path = FOLDER) -> dict[str, Topic]:
    """Every topic of data/faq/ by id, read once."""
    found: dict[str, Topic] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        responses = content.get("responses") or {}
        for item in content.get("nlu") or []:
            topic = item["intent"].removeprefix(INTENT)
            variations = responses.get(f"utter_{item['intent']}") or [{}]
            question = (variations[0].get("metadata") or {}).get("question") or topic
            text = str(variations[0].get("text") or "")
            found[topic] = Topic(topic, question, text, examples(item["examples"]), path.name)
    return found


def examples(block: str) -> tuple[str, ...]:
    """The lines of an ``examples: |`` block."""
    return tuple(line.removeprefix("- ").strip() for line in block.splitlines() if line.strip())


def answers_with(names: AbstractSet[str], facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Question and words, with the clinic's facts filled in, of every answer that uses one of ``names``."""
    return [
        (one.question, filled(one.text, facts))
        for one in topics().values()
        if not names.isdisjoint(PLACEHOLDER.findall(one.text))
    ]


def answers(wanted: Sequence[str], facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Question and words, with the clinic's facts filled in, of these topics."""
    known = (topics()[topic] for topic in wanted if topic in topics())
    return [(one.question, filled(one.text, facts)) for one in known]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """A text with its placeholders filled in; what is no fact stays as it stands."""
    return PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), text)
