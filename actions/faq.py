"""What is known about each FAQ entry of data/faq/, beside its answer. Read once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from clinic import load_default

FAQ_FILES = Path(__file__).resolve().parent.parent / "data" / "faq"
FAQ_RESPONSE = "utter_faq/"
COMMON, FEW = 0.1, 3
PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class FaqEntry:
    """One entry: its id, the file it stands in, its question in readable words, what may follow."""

    topic: str
    file: str
    question: str
    more: str | None
    related: tuple[str, ...]
    staff_answer: bool
    words: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def _entries() -> dict[str, FaqEntry]:
    entries = {}
    for path in sorted(FAQ_FILES.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        asks = {item["intent"]: item["examples"] for item in content.get("nlu") or []}
        for name, variations in (content.get("responses") or {}).items():
            topic = name.removeprefix(FAQ_RESPONSE)
            details = variations[0].get("metadata") or {}
            entries[topic] = FaqEntry(
                topic,
                path.stem,
                details.get("question") or topic,
                details.get("more"),
                tuple(details.get("related") or ()),
                bool(details.get("staff_answer")),
                stems(f"{details.get('question')} {asks.get(name.removeprefix('utter_'), '')}"),
            )
    return entries


def faq_names() -> frozenset[str]:
    """Every id, and every file's name without its ending."""
    return frozenset({*_entries(), *(entry.file for entry in _entries().values())})


def faq_entry(topic: str) -> FaqEntry | None:
    """The entry of that id, or None when there is no such FAQ."""
    return _entries().get(topic)


def stems(text: str) -> frozenset[str]:
    """Its words cut to their first five letters, without the smallest ones."""
    return frozenset(word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower()))


@lru_cache(maxsize=1)
def common_stems() -> frozenset[str]:
    """Those that stand in so many entries that they tell nothing."""
    counts = Counter(stem for entry in _entries().values() for stem in entry.words)
    return frozenset(
        stem for stem, count in counts.items() if count > max(FEW, COMMON * len(_entries()))
    )


def shares_a_word(text: str, entry: FaqEntry) -> bool:
    """Does the text share a word of weight with the ways to ask for an entry?"""
    return bool((stems(text) - common_stems()) & entry.words)


def filled(text: str) -> str:
    """A text of data/faq/ with its clinic facts filled in."""
    facts = load_default().facts()
    return PLACEHOLDER.sub(lambda match: facts[match[1]], text)
