"""Whose a fact is and when: one role for each entity, from ConText's modifiers around it.

Where words disagree the more careful reading wins: a denial reaches a second fact only through
"or" and "nor" ("not pregnant on roaccutane" denies the pregnancy alone).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spacy.tokens import Doc, Span

ASSERTED = "asserted"
STRONGEST_FIRST = ("family", "hypothetical", "unsure", "never", "past", "denied")
SHOWN = {"never": "denied"}
DENYING = frozenset({"denied", "never"})
LINKS = frozenset({"or", "nor", ",", "any", "a", "an", "no", "of", "/", "the", "other"})
ALTERNATIVES = frozenset({"or", "nor"})
SELVES = frozenset({"i", "im", "ive", "my", "me", "mine", "id", "ill"})
ASKING = frozenset(
    [
        "can",
        "could",
        "do",
        "does",
        "did",
        "is",
        "are",
        "will",
        "would",
        "should",
        "how",
        "what",
        "whats",
        "why",
        "when",
        "which",
        "who",
        "has",
        "any",
    ]
)
THINGS = frozenset({"condition", "episode", "medicine", "treatment", "sun"})


def role_of(entity: Span) -> str:
    """The entity's role as docs/contracts.md names it."""
    modifiers = [m for m in entity._.modifiers if _reaches(m, entity)]
    roles = {modifier.category.lower() for modifier in modifiers}
    if "ongoing" in roles and not roles & DENYING:
        roles -= {m.category.lower() for m in modifiers if m.direction == "BACKWARD"}
        roles -= {"past"} if not _stopped(modifiers) else set()
    if "past" in roles and not _is_past(modifiers, roles):
        roles -= {"past"}
    for role in STRONGEST_FIRST:
        if role in roles:
            return SHOWN.get(role, role)
    return "hypothetical" if _is_general_question(entity) else ASSERTED


def _stopped(modifiers: Iterable[Any]) -> bool:
    return any(
        m.category == "PAST" and m.rule.literal.startswith(("stop", "finish")) for m in modifiers
    )


def _is_past(modifiers: Iterable[Any], roles: set[str]) -> bool:
    """Some words put a fact into the past only when it is denied too ("not ... since last year")."""
    needs = [m.rule.metadata.get("needs") for m in modifiers if m.category == "PAST"]
    return any(need is None or need in roles for need in needs)


def _reaches(modifier: Any, entity: Span) -> bool:
    if modifier.category.lower() not in DENYING or modifier.direction != "FORWARD":
        return True
    _, start = modifier.modifier_span
    between = [e for e in entity.doc.ents if start <= e.start and e.end <= entity.start]
    counted = [e for e in between if e.label_ in THINGS]
    return not counted or _is_list(entity.doc, counted[0].start, entity)


def _is_list(doc: Doc, start: int, entity: Span) -> bool:
    """Are the facts from ``start`` to ``entity`` and on one list, joined by "or" or "nor"?"""
    inside = {i for e in doc.ents for i in range(e.start, e.end)}
    joined = False
    for token in doc[start : entity.sent.end]:
        if token.i in inside:
            continue
        if token.text not in LINKS:
            return joined and token.i >= entity.end
        joined = joined or token.text in ALTERNATIVES
    return joined


def _is_general_question(entity: Span) -> bool:
    """ "do you treat diabetics", "is it better than thermage": about anybody, not about oneself."""
    if entity.label_ not in THINGS:
        return False
    sentence = entity.sent
    words = {token.text for token in sentence}
    if words & SELVES:
        return False
    return sentence[0].text in ASKING
