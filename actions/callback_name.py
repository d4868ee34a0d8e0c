"""The name in an answer to "What name may I pass on?", and what surely is none: a question, a greeting, a number."""

from __future__ import annotations

import re

from rasa_sdk import Tracker

from clinic.contacts import EMAIL, SAME

LONGEST_ANSWER = 120
LONGEST_NAME = 6  # words: with two small words among more of them it is a sentence
FEWEST_DIGITS = 3
NAME_LEAD = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hola|ok|okay|yes|yeah|yep|sure|of course|s[ií]|vale|claro)\b[ ,!.]*)*"
    r"(?:(?:my|the) name(?: is|['’]?s)\b|name(?: is|['’]?s|:)|(?:you can |just |please )*call me|i am|i['’]?m"
    r"|it['’]?s|it is|this is|me llamo|mi nombre es|soy)?(?:\b|(?<=:))[ ,:]*",
    re.IGNORECASE,
)
NAMED = re.compile(r"\bname\b\W*(?:is|s)?\W*$", re.I)
POLITE = re.compile(
    r"^\W*(?:ok(?:ay)?|yes|yeah|yep|sure|hi|hello|hey|thanks|thank you|please|hola|s[ií]|vale)?\W*$",
    re.I,
)
TAIL = re.compile(
    r"[\s,.!-]*\b(?:please|thanks|thank you|thx|ta|por favor|gracias)\b[\s.!]*$", re.I
)
CAPITAL = re.compile(r"\b[^\W\d_a-z]\w")
CONTACT = re.compile(rf"{EMAIL.pattern}|[+(]?\d[\d\s().-]{{5,}}\d|{SAME.pattern}", re.IGNORECASE)
CONTACT_LEAD = re.compile(
    r"[\s,;:(-]*(?:\b(?:and|or|on|at|my|the|mobile|phone|tel|telephone|cell|number|no|email|e-mail|contact|is"
    r"|y|o|mi|el|al|en|m[oó]vil|tel[eé]fono|n[uú]mero|correo|es)\b[\s,;:.(-]*)*$",
    re.IGNORECASE,
)
"""What leads from a name to the number that is told with it."""
ASKING = re.compile(
    r"^\W*(?:(?:ok|okay|so|and|but|hi|hello|hey|hola|wait|sorry|pero)\b\W*)*"
    r"(?:(?:what|why|who|whom|whose|how|when|where|which)(?:['’]?(?:s|re|d|ll))?\b"
    r"|(?:is|are|am|was|were|do|does|did|can|could|will|would|should|may|must|have|has|is ?n['’]?t|are ?n['’]?t|do ?n['’]?t|ca ?n['’]?t)"
    r"\s+(?:i|you|u|it|this|that|these|those|there|they|we|he|she|the|my|your|any\w*|some\w*)\b"
    r"|(?:qu[eé]|por qu[eé]|c[oó]mo|cu[aá]ndo|cu[aá]nto|d[oó]nde|qui[eé]n|cu[aá]l|hay)\b)",
    re.IGNORECASE,
)
"""How a question begins, with or without its mark. "Will Smith" and "Can Yilmaz" begin so, and ask nothing."""
_SMALL = (
    "a is are am was were it its it's that this there here you your u i me my we us they them and or but if to for from"
    " with without about on in at not no yes yeah yep ok okay sure please thanks thank hello hi hey hiya anyone anybody"
    " someone somebody nobody anything nothing something one what whats what's why who how when where which do does did"
    " can could would should have has had want need know think say said tell told ask asked call calling called ring phone"
    " number name none never mind wait waiting sorry huh eh um hmm hm pardon test free lol help later now today tomorrow"
    " price cost much many more appointment book booking callback person human robot bot machine real data delete stop"
    " already just also idk dunno dont don't cant can't wont won't didnt didn't still first the then too"
    " only after back soon urgently asap again quickly ready busy idea"
    " es está hay que qué para por con sin tu usted alguien nadie hola sí si gracias gratis precio cita nombre número"
    " teléfono cuánto cómo cuándo"
)
SMALL = frozenset(_SMALL.split())
"""Words of which no name is made; beside others some may be part of one ("My Linh")."""
THERE = re.compile(
    r"\b(?:hello|hi|hey|hola|there|any(?:one|body)|some(?:one|body)|alguien)\b", re.I
)
CLAUSE = re.compile(r"[.,;!?…\n()]+|\s+(?=(?:but|because|pero|porque)\b)", re.I)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def asks(text: str) -> bool:
    """Does it ask something, with or without a question mark?"""
    return "?" in text or bool(ASKING.match(text))


def is_there_somebody(text: str) -> bool:
    """Does it only look whether anybody is there ("hello??", "are you there")?"""
    return bool(THERE.search(text)) and is_none(text)


def is_none(text: str) -> bool:
    """Is it surely no name?"""
    if sum(one.isdigit() for one in text) >= FEWEST_DIGITS or ASKING.match(text):
        return True
    words = [one.replace("’", "'").lower() for one in WORD.findall(NAME_LEAD.sub("", text))]
    small = sum(one in SMALL for one in words)
    if "?" in text and not (small == 0 and len(words) < FEWEST_DIGITS and CAPITAL.search(text)):
        return True
    return not words or small * 2 > len(words) or (len(words) > LONGEST_NAME and small > 1)


def name_told(tracker: Tracker, text: str) -> str | None:
    """The name that a message holds beside other things, where it says that it is one: "my name is
    ana"; "I'm Polish" and "call me soon" are none."""
    for one in tracker.latest_message.get("entities") or []:
        named = NAMED.search(text[: int(one.get("start") or 0)])
        if one.get("entity") == "person_name" and named:
            return str(one["value"])[:LONGEST_ANSWER]
    return None


def name_in(tracker: Tracker, text: str, contact: str | None) -> str | None:
    """The name in an answer to "What name?", which may hold a number too."""
    found = CONTACT.search(text) if contact else None
    told = name_told(tracker, text)
    if found:
        if told:
            return told
        head, tail = CONTACT_LEAD.sub("", text[: found.start()]), text[found.end() :]
        text = head if head.strip() and not POLITE.match(head) else tail
        text = text if text is head or CAPITAL.search(text) else ""
    if is_none(text):
        return told or (None if asks(text) else _first_clause(text))
    return _trimmed(text)


def _first_clause(text: str) -> str | None:
    """Of "Ana, but please call after six" the beginning."""
    first, *rest = [one for one in CLAUSE.split(text) if one.strip()] or [""]
    is_name = rest and not is_none(first) and (CAPITAL.search(first) or NAMED.search(first))
    return _trimmed(first) if is_name else None


def _trimmed(text: str) -> str | None:
    words = " ".join(text.split())[:LONGEST_ANSWER]
    return TAIL.sub("", NAME_LEAD.sub("", words)).strip(" .!,;:-?¿¡") or None
