"""Weddings and parties: soon, or later?"""

from __future__ import annotations

from spacy.tokens import Doc, Span

from assistant.nlu.medical.durations import days_of

SOON, LATER = "event_soon", "event_later"
SOON_DAYS = 28
_WORDS = "soon tomorrow week weekend monday tuesday wednesday thursday friday saturday sunday"
WORDS = frozenset(_WORDS.split())


def event_value(entity: Span, doc: Doc) -> str:
    """Soon when a time of up to four weeks, or a word such as "soon", stands in the sentence."""
    for other in doc.ents:
        days = days_of(other.kb_id_) if other.label_ == "duration" else None
        if days is not None and other.sent.start == entity.sent.start:
            return SOON if days <= SOON_DAYS else LATER
    return SOON if WORDS & {token.text for token in entity.sent} else LATER
