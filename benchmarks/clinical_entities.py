"""How well facts about a person are read from free text, on the sentences of the tests.

    python -m benchmarks.clinical_entities            figures
    python -m benchmarks.clinical_entities --table    and which row of the pre-screen each of the
                                                      self-descriptions answers, and how

Counts (entity, value, role). A risk is a medicine or condition that somebody says they have or may
have: "read as denied" is the worst that can happen to one, "missed" the second worst.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from assistant.nlu.medical.reader import ClinicalReader, clinical_pipeline
from assistant.nlu.medical.signs import safety_rules
from clinic import load_default as clinic
from eligibility import Mention, Said, facts_in, load_default, settings_for

SENTENCES = Path("tests/assistant/data/clinical_sentences.yml")
SELF_DESCRIPTIONS = Path("tests/assistant/data/self_descriptions.yml")
TODAY = date(2026, 11, 23)
SECTIONS = ("tuned", "held_out", "self-descriptions")
RISKS = ("medicine", "condition")
OPEN = ("asserted", "unsure")

Fact = tuple[str, str, str]


@dataclass(frozen=True)
class Sentence:
    """A text and the facts that must be read from it."""

    text: str
    facts: frozenset[Fact]


@dataclass
class Score:
    """What was read right, too much and not at all, and what became of risks."""

    right: int = 0
    extra: int = 0
    missing: int = 0
    risks: int = 0
    risks_denied: int = 0
    risks_missed: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.extra)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missing)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.extra + self.missing)


def load_sentences(section: str) -> list[Sentence]:
    """The sentences of one section: ``tuned``, ``held_out`` or ``self-descriptions``."""
    if section == "self-descriptions":
        rows = yaml.safe_load(SELF_DESCRIPTIONS.read_text(encoding="utf-8"))
    else:
        rows = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))[section]
    return [Sentence(text, frozenset(_facts(facts))) for text, facts in rows]


def _facts(written: str) -> Iterable[Fact]:
    for fact in re.findall(r"\w+:.*?(?= \w+:|$)", written):
        entity, _, rest = fact.partition(":")
        value, _, role = rest.partition("/")
        yield entity, value, role or "asserted"


def score(sentences: Iterable[Sentence], reader: ClinicalReader) -> Score:
    """Compare what is read with what must be read."""
    total = Score()
    for sentence in sentences:
        read = {(f.entity, f.value, f.role) for f in reader.read(sentence.text)}
        total.right += len(read & sentence.facts)
        total.extra += len(read - sentence.facts)
        total.missing += len(sentence.facts - read)
        if read != sentence.facts:
            total.wrong.append(sentence.text)
        for entity, value, role in sentence.facts:
            if entity in RISKS and role in OPEN:
                roles = {r for e, v, r in read if (e, v) == (entity, value)}
                total.risks += 1
                total.risks_denied += roles == {"denied"}
                total.risks_missed += not roles
    return total


def slots(text: str, reader: ClinicalReader) -> list[str]:
    """The rows of the pre-screen that a text answers, as "row: answer"."""
    mentions = tuple(Mention(f.entity, f.value, f.role, f.start, f.end) for f in reader.read(text))
    table = load_default()
    settings = settings_for(table, clinic().settings())
    found = facts_in(table, settings, Said(text, mentions, TODAY.year), None)
    return [f"{finding.row}: {finding.answer}" for finding in found]


def milliseconds(read: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """How long each text takes, shortest first."""
    times = []
    for text in texts:
        began = time.perf_counter()
        read(text)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def make_reader() -> ClinicalReader:
    """The reader with the rules of the project, on the day for which the sentences were written."""
    return ClinicalReader(clinical_pipeline(), "GB", lambda: TODAY)


def main() -> int:
    """Print the figures."""
    reader = make_reader()
    for section in SECTIONS:
        sentences = load_sentences(section)
        s = score(sentences, reader)
        print(
            f"{section}: {len(sentences)} sentences, precision {s.precision:.3f}, recall "
            f"{s.recall:.3f}, F1 {s.f1:.3f}; of {s.risks} risks {s.risks_denied} read as denied, "
            f"{s.risks_missed} missed"
        )
        print("".join(f"  not read as expected: {text}\n" for text in s.wrong), end="")
    if "--table" in sys.argv:
        for sentence in load_sentences("self-descriptions"):
            print(f"| {sentence.text} | {'; '.join(slots(sentence.text, reader))} |")
    texts = [s.text for section in SECTIONS for s in load_sentences(section)]
    for name, read in (("entities", reader.read), ("red flags", safety_rules().find)):
        times = milliseconds(read, texts)
        p95 = times[int(0.95 * len(times))]
        print(f"{name}: p50 {statistics.median(times):.2f} ms, p95 {p95:.2f} ms a message")
    return 0


if __name__ == "__main__":
    sys.exit(main())
