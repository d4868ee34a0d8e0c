"""Takes out of a visitor's words what says who they are, before anybody learns from them.

Telephone numbers are found by Google's library; e-mail addresses, postcodes, streets, long numbers and
dates by their form; names by what comes before them, and as words with a capital letter that none of
our answers knows. It takes away too much rather than too little: a gap teaches nothing wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from frontdesk.knowledge.faq import topics

GAP = "…"
STREETS = "street|st|road|rd|avenue|ave|lane|ln|close|drive|way|square|court|gardens|place|terrace"
FORMS = re.compile(
    rf"""\S*@\w\S*                                             # e-mail, and names on social media
    | (?:https?://|www\.)\S+
    | \b[a-z]{{1,2}}\d[a-z\d]?\s*\d[a-z]{{2}}\b                # a British postcode
    | \b\d{{1,4}}[a-z]?,?\s+(?:[\w'’]+\s+){{1,3}}?(?:{STREETS})\b
    | \b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b                 # a date of birth
    | \d(?:[\s().-]?\d){{5,}}                                  # any long number
    """,
    re.I | re.X,
)
BEFORE_A_NAME = re.compile(
    r"\b(?:my name(?:'s|’s| is)?|name is|i am|i'm|i’m|im|this is|it's|it’s|call me|ask for|speak to|"
    r"regards|dr|mr|mrs|ms|miss|nurse|doctor)\b[.,:]?\s+",
    re.I,
)
WORD = re.compile(r"[^\W\d_][\w'’-]*")
MOST_NAMES = 3


def masked(text: str, country: str | None = None) -> str:
    """The text with a gap for each number, address and name. country: whose numbers need no prefix."""
    for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, country))):
        text = text[: match.start] + GAP + text[match.end :]
    text = FORMS.sub(GAP, text)
    for before in reversed(list(BEFORE_A_NAME.finditer(text))):
        text = text[: before.end()] + _without_names(text[before.end() :])
    return WORD.sub(lambda word: _capital(word, text), text)


def _without_names(rest: str) -> str:
    """The rest of a text whose first words may be a name."""
    end = 0
    for _ in range(MOST_NAMES):
        word = WORD.match(rest, end)
        if word is None or _is_known(word[0]):
            break
        end = word.end() + (rest[word.end() : word.end() + 1] == " ")
    return f"{GAP} {rest[end:]}" if end else rest


def _capital(word: re.Match[str], text: str) -> str:
    begins = not text[: word.start()].strip() or text[: word.start()].rstrip()[-1] in ".!?…"
    looks = word[0][0].isupper() and not word[0].isupper()
    return GAP if looks and not _is_known(word[0]) and not begins else word[0]


def _is_known(word: str) -> bool:
    return word.lower().replace("’", "'") in _vocabulary()


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Every word of the ways to ask for our answers, and of their questions."""
    texts = [line for one in topics().values() for line in (*one.examples, one.question)]
    return frozenset(word.lower() for line in texts for word in WORD.findall(line))
