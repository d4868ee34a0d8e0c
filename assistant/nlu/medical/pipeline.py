"""Builds the project's spaCy pipeline: plain words, sentences, entity ruler, measures, ConText.

Nothing is downloaded and nothing is trained: the rules are the data files of assistant/nlu/data/.
"""

import re
import warnings
from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import spacy
from spacy.language import Language
from spacy.pipeline import EntityRuler
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from assistant.nlu.medical.ages import find_ages
from assistant.nlu.medical.durations import Durations
from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.phrasing import expression, is_plain
from assistant.nlu.medical.rules import ContextRule, Rules
from assistant.nlu.medical.tokens import PlainTokenizer

with warnings.catch_warnings():  # importing medspacy silences every warning of the whole process
    from medspacy.context import ConText, ConTextRule

SENTENCE_ENDS = frozenset(".?!;\n…")
CONTEXT, SENTENCES, RULER, PATTERNS = (
    "medspacy_context",
    "sentence_ends",
    "entity_ruler",
    "worded_patterns",
)
TODAY = "today"
FIXED_ROLE = "/"
MARKS = ("terminate", "pseudo")
NEXT_TO_IT = 1  # words that end a reach: medspaCy overlooks them when their own reach is the wider


@Language.component(SENTENCES)
def sentence_ends(doc: Doc) -> Doc:
    """A sentence starts after . ? ! ; and after a new line."""
    for token in doc:
        token.is_sent_start = token.i == 0 or doc[token.i - 1].text in SENTENCE_ENDS
    return doc


class WordedPatterns:
    """Adds ages, durations and phrases with choices and gaps to what the entity ruler found."""

    def __init__(self) -> None:
        self._durations: Durations | None = None
        self._patterns: list[tuple[str, str, re.Pattern[str]]] = []
        self._first: frozenset[str] = frozenset()

    def add(self, rules: Rules) -> None:
        """Look for what these rules name; ages and durations too when they say how times are named."""
        self._durations = Durations(rules.times, rules.lists) if rules.times else None
        self._first = rules.first
        self._patterns = [
            (wording.kind, _label(wording.name, wording.role), expression(flexible, rules.lists))
            for wording in rules.wordings
            if (flexible := [phrase for phrase in wording.phrases if not is_plain(phrase)])
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Keep the longest of everything that overlaps."""
        plain, places = plain_text(doc)
        found = [_span(doc, e.start, e.end, e.label_, e.ent_id_) for e in doc.ents]
        if self._durations:
            today = doc.user_data.get(TODAY) or date.today()
            for measure in [*find_ages(plain, today), *self._durations.find(plain, today)]:
                found.append(
                    _placed(doc, places, measure.start, measure.end, measure.kind, measure.value)
                )
        for kind, name, pattern in self._patterns:
            for match in pattern.finditer(plain):
                end = match.start() + len(match.group().rstrip())
                found.append(_placed(doc, places, match.start(), end, kind, name))
        doc.set_ents(self._without_overlaps(found))
        return doc

    def _without_overlaps(self, found: list[Span]) -> list[Span]:
        first = filter_spans([span for span in found if span.kb_id_ in self._first])
        taken = {i for span in first for i in range(span.start, span.end)}
        others = [
            span
            for span in found
            if span.kb_id_ not in self._first and taken.isdisjoint(range(span.start, span.end))
        ]
        return [*first, *filter_spans(others)]


def plain_text(doc: Doc) -> tuple[str, dict[int, int]]:
    """The words with one space after each, and which word starts or ends at which character."""
    places: dict[int, int] = {}
    at = 0
    for token in doc:
        places[at] = token.i
        at += len(token.text)
        places[-at] = token.i + 1
        at += 1
    return "".join(f"{token.text} " for token in doc), places


def _placed(doc: Doc, places: dict[int, int], start: int, end: int, kind: str, name: str) -> Span:
    return _span(doc, places[start], places[-end], kind, name)


def _span(doc: Doc, start: int, end: int, kind: str, name: str) -> Span:
    return Span(doc, start, end, label=kind, kb_id=name)


@Language.factory(PATTERNS)
def _worded_patterns(nlp: Language, name: str) -> WordedPatterns:
    return WordedPatterns()


def build_pipeline(rules: Rules, lexicon: Lexicon) -> Language:
    """A spaCy pipeline whose documents hold entities (``kb_id_`` is the name) with modifiers."""
    nlp = spacy.blank("en")
    nlp.tokenizer = PlainTokenizer(nlp.vocab, lexicon)
    nlp.add_pipe(SENTENCES)
    # ConText reads the words of each rule with the pipeline as it is: with little in it, that is fast
    context: ConText = nlp.add_pipe(CONTEXT, config={"rules": None, "span_attrs": None})
    context.add(context_rules(rules.context))
    lower_case = {"phrase_matcher_attr": "LOWER"}
    ruler = cast(EntityRuler, nlp.add_pipe(RULER, config=lower_case, before=CONTEXT))
    ruler.add_patterns(
        [
            {"label": wording.kind, "pattern": phrase, "id": _label(wording.name, wording.role)}
            for wording in rules.wordings
            for phrase in wording.phrases
            if is_plain(phrase)
        ]
    )
    cast(WordedPatterns, nlp.add_pipe(PATTERNS, before=CONTEXT)).add(rules)
    return nlp


def context_rules(rules: Iterable[ContextRule]) -> list[ConTextRule]:
    """medspaCy's rules, one for each role and wording: of two with the same words it heeds one."""
    same: dict[tuple[str, str], list[ContextRule]] = {}
    for ours in rules:
        for words in ours.says:
            same.setdefault((words, ours.role), []).append(ours)
    return [_context_rule(words, ours) for (words, _), ours in same.items()]


def _context_rule(words: str, same: Sequence[ContextRule]) -> ConTextRule:
    directions = {ours.direction.upper() for ours in same}
    one = same[0]
    return ConTextRule(
        literal=words,
        pattern=None if " " in words else [{"LOWER": words}],  # medspaCy warns without any
        category=one.role.upper(),
        direction=directions.pop() if len(directions) == 1 else "BIDIRECTIONAL",
        max_scope=NEXT_TO_IT if one.direction in MARKS else None,
        terminated_by={category.upper() for ours in same for category in ours.ends_at} or None,
        on_modifies=lambda entity, modifier, between: any(
            _fits(ours, modifier, entity) for ours in same
        ),
        metadata={"needs": one.needs},
    )


def _fits(ours: ContextRule, modifier: Span, entity: Span) -> bool:
    if ours.only and entity.label_ not in ours.only:
        return False
    after = entity.start >= modifier.end
    if ours.direction == ("backward" if after else "forward"):
        return False
    distance = entity.start - modifier.end if after else modifier.start - entity.end
    return ours.reach is None or distance < ours.reach


def _label(name: str, role: str | None) -> str:
    return f"{name}{FIXED_ROLE}{role}" if role else name
