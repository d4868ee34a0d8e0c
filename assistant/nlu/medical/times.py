"""When somebody can be reached: "tuesday after six", "tomorrow morning", "weekdays before 10am"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Doc

from assistant.nlu.medical.contacts import Place
from assistant.nlu.medical.numbers import NUMBER
from assistant.nlu.medical.pipeline import plain_text
from assistant.nlu.medical.tokens import SPANS

DAY = (
    r"(?:(?:next |this |every |any )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon"
    r"|tue|tues|wed|thu|thur|thurs|fri)s?|tomorrow|weekdays?|weekends?|any day|anytime|any time)"
)
PART = r"(?:morning|mornings|afternoon|afternoons|evening|evenings|lunch|lunchtime|noon|midday|work|school|dinner)"
CLOCK = rf"(?:half past |quarter past |quarter to )?{NUMBER}(?: : \d\d)?(?: ?(?:am|pm|oclock|o clock|ish))?"
WHEN = rf"(?:(?:after|before|until|till|from|by|around|about|at|in the|during) (?:the )?(?:{PART}|{CLOCK})|{PART}|between {CLOCK} and {CLOCK})"
TIME = re.compile(
    rf"(?<![^ ])(?:{DAY}(?: (?:or |and )?{DAY})*(?: {WHEN})*|(?:in the |after |before )(?:the )?{PART}"
    rf"|(?:after|before) {NUMBER} ?(?:am|pm|oclock)|between {CLOCK} and {CLOCK}|(?:after|before|at) {NUMBER}(?= $)) "
)


def find_times(doc: Doc) -> Iterator[Place]:
    """Times of the day and days of the week, in the plain words that were used."""
    plain, places = plain_text(doc)
    spans: list[tuple[int, int]] = doc.user_data[SPANS]
    for found in TIME.finditer(plain):
        words = found.group().rstrip()
        first, last = places[found.start()], places[-(found.start() + len(words))] - 1
        shown = re.sub(r" : ", ":", re.sub(r"(\d) (am|pm)\b", r"\1\2", words))
        yield Place("time", shown, spans[first][0], spans[last][1])
