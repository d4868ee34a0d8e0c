"""Builds the project's spaCy pipeline: plain words, sentences, entity ruler, measures, ConText.

Nothing is downloaded and nothing is trained: the rules are the data files of assistant/nlu/data/.
"""

import warnings
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from assistant.nlu.medical.ages import find_ages
from assistant.nlu.medical.durations import Durations
from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.phrasing import expression, is_plain
from assistant.nlu.medical.rules import ContextRule, Rules, load_rules
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


@Language.component(SENTENCES)
def sentence_ends(doc: Doc) -> Doc:
    """A sentence starts after . ? ! ; and after a new line."""
    for token in doc:
        token.is_sent_start = token.i == 0 or doc[token.i - 1].text in SENTENCE_ENDS
    return doc


class WordedPatterns:
    """Adds ages, durations and phrases with choices and gaps to what the entity ruler found."""

    def __init__(self, rules: Rules) -> None:
        self._durations = Durations(rules.times, rules.lists)
        self._patterns = [
            (wording.kind, _label(wording.name, wording.role), expression(flexible, rules.lists))
            for wording in rules.wordings
            if (flexible := [phrase for phrase in wording.phrases if not is_plain(phrase)])
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Keep the longest of everything that overlaps."""
        plain, places = plain_text(doc)
        today = doc.user_data.get(TODAY) or date.today()
        found = [_span(doc, e.start, e.end, e.label_, e.ent_id_) for e in doc.ents]
        for measure in [*find_ages(plain, today), *self._durations.find(plain, today)]:
            found.append(
                _placed(doc, places, measure.start, measure.end, measure.kind, measure.value)
            )
        for kind, name, pattern in self._patterns:
            for match in pattern.finditer(plain):
                end = match.start() + len(match.group().rstrip())
                found.append(_placed(doc, places, match.start(), end, kind, name))
        doc.ents = tuple(filter_spans(found))
        return doc


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
def _worded_patterns(nlp: Language, name: str, folder: str) -> WordedPatterns:
    return WordedPatterns(load_rules(Path(folder)))


def build_pipeline(folder: Path, lexicon: Lexicon) -> Language:
    """A spaCy pipeline whose documents hold entities (``kb_id_`` is the name) with modifiers."""
    rules = load_rules(folder)
    nlp = spacy.blank("en")
    nlp.tokenizer = PlainTokenizer(nlp.vocab, lexicon)
    nlp.add_pipe(SENTENCES)
    ruler = nlp.add_pipe(RULER, config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(
        [
            {"label": wording.kind, "pattern": phrase, "id": _label(wording.name, wording.role)}
            for wording in rules.wordings
            for phrase in wording.phrases
            if is_plain(phrase)
        ]
    )
    nlp.add_pipe(PATTERNS, config={"folder": str(folder)})
    add_context(nlp, rules.context)
    return nlp


def add_context(nlp: Language, rules: Iterable[ContextRule]) -> ConText:
    """medspaCy's ConText with our rules and none of its own."""
    context: ConText = nlp.add_pipe(CONTEXT, config={"rules": None, "span_attrs": None})
    context.add([rule for ours in rules for rule in _context_rules(ours)])
    return context


def _context_rules(ours: ContextRule) -> list[ConTextRule]:
    return [
        ConTextRule(
            literal=words,
            category=ours.role.upper(),
            direction=ours.direction.upper(),
            allowed_types={kind.upper() for kind in ours.only} or None,
            max_scope=ours.reach,
            terminated_by={category.upper() for category in ours.ends_at} or None,
            metadata={"needs": ours.needs},
        )
        for words in ours.says
    ]


def _label(name: str, role: str | None) -> str:
    return f"{name}{FIXED_ROLE}{role}" if role else name
