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
_ASKING = "can could do does did is are will would should how what whats why when which who has any"
ASKING = frozenset(_ASKING.split())
THINGS = frozenset({"condition", "episode", "medicine", "treatment", "sun", "plan"})


def role_of(entity: Span) -> str:
    """The entity's role as docs/contracts.md names it."""
    modifiers = [m for m in around(entity) if _reaches(m, entity)]
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


def around(entity: Span) -> list[Any]:
    """ConText's modifiers of the entity; words of the entity itself are none ("never tan")."""
    return [m for m in entity._.modifiers if not _inside(m, entity)]


def _inside(modifier: Any, entity: Span) -> bool:
    start, end = modifier.modifier_span
    return bool(start < entity.end and entity.start < end)


def _stopped(modifiers: Iterable[Any]) -> bool:
    return any(
        m.category == "PAST" and m.rule.literal.startswith(("stop", "finish")) for m in modifiers
    )


def _is_past(modifiers: Iterable[Any], roles: set[str]) -> bool:
    """Some words put a fact into the past only when it is denied too ("not ... since last year")."""
    needs = [m.rule.metadata.get("needs") for m in modifiers if m.category == "PAST"]
    return any(need is None or need in roles for need in needs)


def _reaches(modifier: Any, entity: Span) -> bool:
    """A denial reaches past another fact, or a comma, only along a list with "or" or "nor"."""
    if modifier.category.lower() not in DENYING or modifier.direction != "FORWARD":
        return True
    doc, (_, start) = entity.doc, modifier.modifier_span
    between = [e for e in doc.ents if start <= e.start and e.end <= entity.start]
    counted = [e.start for e in between if e.label_ in THINGS]
    comma = any(token.text == "," for token in doc[start : entity.start])
    return not (counted or comma) or _is_list(doc, min(counted, default=start), entity)


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
