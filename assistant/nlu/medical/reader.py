"""Reads a message: every fact about health, body and person, with its role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from assistant.nlu.medical.contacts import find_contacts, find_name
from assistant.nlu.medical.events import event_value
from assistant.nlu.medical.pipeline import FIXED_ROLE, TODAY, build_pipeline
from assistant.nlu.medical.roles import ASSERTED, role_of
from assistant.nlu.medical.rules import DATA, HARMLESS, load_rules
from assistant.nlu.medical.spelling import load_lexicon
from assistant.nlu.medical.times import find_times
from assistant.nlu.medical.tokens import SPANS

SHOWN_AS = {"episode": "condition", "event": "time", "plan": "sun"}
ROLELESS = frozenset({"duration", "time", "contact", "person_name", "event"})
FAMILY_OR_OWN = frozenset({"age", "body_area"})


@dataclass(frozen=True)
class Finding:
    """One fact: docs/contracts.md, section 3. ``start`` and ``end`` are places in the message."""

    entity: str
    value: str
    role: str
    start: int
    end: int
    text: str


class ClinicalReader:
    """Finds facts in free text by the rules of a folder; ``today`` is asked at every message."""

    def __init__(
        self, nlp: Language, region: str = "GB", today: Callable[[], date] = date.today
    ) -> None:
        self._nlp = nlp
        self._region = region
        self._today = today

    def read(self, text: str) -> list[Finding]:
        """Every fact in the order written."""
        doc = self._nlp.make_doc(text)
        doc.user_data[TODAY] = self._today()
        doc = self._nlp(doc)
        told = [*find_contacts(text, self._region), *find_name(text, doc)]
        taken = [(place.start, place.end) for place in told]
        found = [
            Finding(
                place.entity,
                place.value,
                ASSERTED,
                place.start,
                place.end,
                text[place.start : place.end],
            )
            for place in [*told, *(t for t in find_times(doc) if _free(t.start, t.end, taken))]
        ]
        for finding in self._facts(text, doc):
            if _free(finding.start, finding.end, taken):
                found.append(finding)
        return sorted(found, key=lambda finding: (finding.start, finding.end))

    def _facts(self, text: str, doc: Doc) -> Iterator[Finding]:
        places: list[tuple[int, int]] = doc.user_data[SPANS]
        for entity in doc.ents:
            if entity.label_ == HARMLESS:
                continue
            start, end = places[entity.start][0], places[entity.end - 1][1]
            name, _, fixed = entity.kb_id_.partition(FIXED_ROLE)
            value = event_value(entity, doc) if entity.label_ == "event" else name
            role = fixed or _role(entity)
            kind = SHOWN_AS.get(entity.label_, entity.label_)
            yield Finding(kind, value, role, start, end, text[start:end])


def _role(entity: Span) -> str:
    if entity.label_ in ROLELESS:
        return ASSERTED
    role = role_of(entity)
    if entity.label_ in FAMILY_OR_OWN:
        return role if role == "family" else ASSERTED
    return role


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= first or last <= start for first, last in taken)


@lru_cache(maxsize=4)
def clinical_pipeline(folder: Path = DATA) -> Language:
    """The pipeline of a folder of rules; built once in a process."""
    return build_pipeline(load_rules(folder), load_lexicon(folder))
