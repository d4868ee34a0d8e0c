"""One urgency for each event: a text that names an event and says whom to call names the caller that
data/urgency.yml has for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinic.urgency import Urgency
from content.entries import Entry

PART = re.compile(r"(?<=[.!?;])\s+")
TABLE = re.compile(r"{urgency_(\w+)}")
NUMBERS = {
    "emergency": re.compile(r"{emergency_number}"),
    "urgent": re.compile(r"{urgent_number}"),
    "crisis": re.compile(r"{crisis_line}"),
    "poisons": re.compile(r"{poisons_line}"),
    "safety": re.compile(r"{safety_line}"),
    "doctor": re.compile(r"\bsee (?:a|your) doctor\b(?! today)"),
    "clinic": re.compile(r"\b(?:call|ring)(?: us)?(?: today)?(?: on)? {phone}"),
}
BY_HAND = re.compile(
    r"{phone}|\b(?:call|ring) (?:us|them|\w+ clinic)\b|\b(?:call|ring)\b[^.;]*\bsame day\b"
    r"|\bneeds? a doctor\b|\b(?:see|show|ask) (?:it to |us )?(?:a|your) (?:doctor|clinician)\b"
    r"|\bhave (?:it|them|that) (?:seen|looked at)\b|\bhospital\b(?! laser)|\bpharmac|\btomorrow\b"
    r"|\bnext week\b|\b(?:can|may|please|days?,?) wait\b|\bwait (?:until|till|a|\w+ days)\b|\bbook\b"
    r"|\bharmless\b|\bneeds? no\b|\bno need\b|\bnothing to worry\b",
    re.IGNORECASE,
)
"""What to do about an event, or that there is time, typed where the table should be drawn."""


def contradictions(text: str, table: Urgency, words: Mapping[str, str]) -> Iterator[str]:
    """Each part of a text that sends somebody elsewhere than the table does for the event it names.

    ``words`` says by which words a text names an event (data/content_rules.yml, `events`).
    """
    for event in TABLE.findall(text):
        if event not in table.events:
            yield f"{{urgency_{event}}} is no event of data/urgency.yml"
    for part in PART.split(text):
        called, drawn = _called(part, table), TABLE.findall(part)
        events = named(part, words)
        for event in events:
            wanted = table.events[event].who
            if called and wanted not in called:
                yield (
                    f"sends {event} to {', '.join(sorted(called))}; data/urgency.yml says {wanted} "
                    f"({{urgency_{event}}}): {part!r}"
                )
            elif not drawn and BY_HAND.search(part):
                yield f"types by hand what to do about {event}; draw {{urgency_{event}}}: {part!r}"
        for event in drawn:
            if event in words and events and event not in events:
                yield f"draws {{urgency_{event}}} for {', '.join(events)}: {part!r}"


def half_said(text: str, whole: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What a text leaves out of an event that it sends somebody for: first aid, or when it applies."""
    for event in dict.fromkeys(TABLE.findall(text)):
        for words in whole.get(event, ()):
            if words not in text:
                yield f"draws {{urgency_{event}}} and does not say {words!r}"


def left_out(entry: Entry) -> Iterator[tuple[str, str]]:
    """Events that one text of an answer sends somebody for and the other, on a phone or not, leaves out."""
    if not entry.sms:
        return
    text, sms = (dict.fromkeys(TABLE.findall(one)) for one in (entry.text, entry.sms))
    yield from (
        ("sms", f"leaves out {{urgency_{event}}}, which the text has")
        for event in text
        if event not in sms
    )
    yield from (
        ("text", f"leaves out {{urgency_{event}}}, which the SMS has")
        for event in sms
        if event not in text
    )


def named(part: str, words: Mapping[str, str]) -> list[str]:
    """The events that a part of a text names."""
    return [event for event, said in words.items() if re.search(said, part, re.IGNORECASE)]


def _called(part: str, table: Urgency) -> set[str]:
    called = {who for who, pattern in NUMBERS.items() if pattern.search(part)}
    return called | {
        table.events[event].who for event in TABLE.findall(part) if event in table.events
    }


def unknown_events(words: Mapping[str, Any], table: Urgency) -> list[str]:
    """Names under `events` of the rules that the table does not have."""
    return sorted(set(words) - set(table.events))
