"""What is known about each FAQ entry beside its answer: data/faq/ read once, and what the clinic wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from clinic import answers, load_default
from clinic.spoken import now_spoken

FAQ_FILES = Path(__file__).resolve().parent.parent / "data" / "faq"
FAQ_RESPONSE = "utter_faq/"
COMMON, FEW = 0.1, 3
SHORT = 9  # words, with the dash, of a way to ask that names little else
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
    sources: tuple[str, ...] = ()
    clinical_review: str = answers.PENDING
    words: frozenset[str] = frozenset()

    @property
    def is_given(self) -> bool:
        """May the assistant say it now, by the clinic's word and its switch?"""
        withheld = answers.current().withholds(self.topic)
        return not withheld and answers.may_be_said(self.clinical_review, self.sources)


def _entries() -> dict[str, FaqEntry]:
    return _with(answers.current())


@lru_cache(maxsize=2)
def _with(changed: answers.Answers) -> dict[str, FaqEntry]:
    """The entries of the files, with the clinic's own in their places."""
    entries = dict(_of_files())
    for topic, one in changed.faq.items():
        asks = "\n".join(one.asks)
        known = entries.get(topic)
        if one.variations:
            entries[topic] = _entry(topic, Path(one.file).stem, one.variations[0], asks, known)
        elif known:
            entries[topic] = replace(known, words=known.words | words_of_weight(asks))
    return entries


def _entry(
    topic: str, file: str, variation: Mapping[str, Any], asks: str, known: FaqEntry | None = None
) -> FaqEntry:
    details = variation.get("metadata") or {}
    words = stems(str(details.get("question"))) | words_of_weight(asks)
    return FaqEntry(
        topic,
        file,
        details.get("question") or topic,
        details.get("more"),
        tuple(details.get("related") or ()),
        bool(details.get("staff_answer")),
        tuple(details.get("sources") or ()),
        str(details.get("clinical_review") or answers.PENDING),
        words | known.words if known else words,
    )


@lru_cache(maxsize=1)
def _of_files() -> dict[str, FaqEntry]:
    entries = {}
    for path in sorted(FAQ_FILES.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        asks = {item["intent"]: item["examples"] for item in content.get("nlu") or []}
        for name, variations in (content.get("responses") or {}).items():
            topic = name.removeprefix(FAQ_RESPONSE)
            block = asks.get(name.removeprefix("utter_"), "")
            entries[topic] = _entry(topic, path.stem, variations[0], block)
    return entries


def faq_names() -> frozenset[str]:
    """Every id, and every file's name without its ending."""
    return frozenset({*_entries(), *(entry.file for entry in _entries().values())})


def faq_entry(topic: str) -> FaqEntry | None:
    """The entry of that id in the language spoken now, or None when there is no such FAQ."""
    entry, spoken = _entries().get(topic), now_spoken()
    said = spoken.answers.get(topic) if spoken else None
    if entry is None or said is None or answers.current().words_of(topic):
        return entry  # what the clinic wrote itself is said as it wrote it
    signed = said.clinical_review
    return replace(entry, question=said.question, more=said.more, clinical_review=signed)


def given(topic: str) -> FaqEntry | None:
    """The entry of that id, if the assistant may say it now."""
    entry = faq_entry(topic)
    return entry if entry and entry.is_given else None


def stems(text: str) -> frozenset[str]:
    """Its words cut to their first five letters, without the smallest ones."""
    return frozenset(word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower()))


def words_of_weight(asks: str) -> frozenset[str]:
    """The words of the short ways to ask, one a line: a story names other things as well."""
    short = (line for line in asks.splitlines() if len(line.split()) <= SHORT)
    return stems(" ".join(short))


@lru_cache(maxsize=1)
def common_stems() -> frozenset[str]:
    """Those that stand in so many entries that they tell nothing."""
    counts = Counter(stem for entry in _of_files().values() for stem in entry.words)
    return frozenset(
        stem for stem, count in counts.items() if count > max(FEW, COMMON * len(_of_files()))
    )


def shares_a_word(text: str, entry: FaqEntry) -> bool:
    """Does the text share a word of weight with the ways to ask for an entry?"""
    return bool((stems(text) - common_stems()) & entry.words)


def names_it(text: str, entry: FaqEntry) -> bool:
    """Does the text share a word of four letters with the question, be it a common one ("neck")?"""
    return any(len(stem) > 3 for stem in stems(text) & stems(entry.question))


def is_meant(text: str, entry: FaqEntry) -> bool:
    """Does the text speak of what an entry is about, by a word of weight or of its question?"""
    return shares_a_word(text, entry) or names_it(text, entry)


def filled(text: str) -> str:
    """A text of data/faq/ with its clinic facts filled in."""
    facts = load_default().facts()
    return PLACEHOLDER.sub(lambda match: facts[match[1]], text)
