"""Weddings and parties: soon, or later?"""

from __future__ import annotations

import re

from spacy.tokens import Doc, Span

SOON, LATER = "event_soon", "event_later"
SOON_DAYS = 28
DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
_WORDS = "soon tomorrow week weekend monday tuesday wednesday thursday friday saturday sunday"
WORDS = frozenset(_WORDS.split())


def event_value(entity: Span, doc: Doc) -> str:
    """Soon when a time of up to four weeks, or a word such as "soon", stands in the sentence."""
    for other in doc.ents:
        found = (
            re.fullmatch(r"P(\d+)([DWMY])", other.kb_id_) if other.label_ == "duration" else None
        )
        if found and other.sent.start == entity.sent.start:
            return SOON if int(found[1]) * DAYS[found[2]] <= SOON_DAYS else LATER
    return SOON if WORDS & {token.text for token in entity.sent} else LATER
