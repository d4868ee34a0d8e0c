"""What is said before an answer: a kind sentence, what the visitor's own dates mean, is it open now.

The patterns are data/situations.yml; whoever was treated already and worries has a path of their own.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.faq import FAQ_RESPONSE, FaqEntry, given
from actions.message import text_of
from actions.nearest import asked_besides
from actions.subjects import HEALTH
from clinic import load_default
from clinic.hours import DAYS
from clinic.saying import day_named, length, spans_in_words
from clinic.spoken import ENGLISH, language

FILE = Path(__file__).resolve().parent.parent / "data" / "situations.yml"
KIND_WORDS = {
    "angry": "utter_kind_angry",
    "sad": "utter_kind_sad",
    "afraid": "utter_kind_afraid",
}
CARE = "aftercare"  # the file of data/faq/ with what one may do afterwards
UNIT_OF = {"D": "day", "W": "week", "M": "month", "Y": "year"}
ALL_DAYS = (*DAYS, *(f"{day}s" for day in DAYS))
ALIKE = 0.83  # of two words, by difflib: "satuday", "friady"
LENGTH = re.compile(r"\b(?:days?|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?)\b", re.I)
DAYS_IN = {"D": 1, "W": 7, "M": 30.4, "Y": 365}
DAYS_OF = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365}
NEAR = 25  # letters before and behind a time
SENTENCE = 80  # letters before it in which its verb stands
AGO = re.compile(r"\b(?:ago|back)\b", re.I)
STOPPED = re.compile(
    r"\b(?:since|stopp\w*|finish\w*|quit|came off|off|clean|clear|free|without|ended|done"
    r"|last (?:dose|one|tablet|took))\b",
    re.I,
)
TAKEN_SINCE = re.compile(  # "I take it since 8 months": for so long
    r"\b(?:take|takes|taking|use|uses|using|(?:am|im|i'm|been|is|hes|shes) on)\b"
    r"(?:(?!stop|finish|quit|off\b|ended|done|last|came)[^.;!?])*\bsince (?:about |around |nearly |almost )?$",
    re.I,
)
TO_COME = re.compile(
    r"\b(?:next|until|till|by|before|coming|weddings?|married|marrying|holidays?|trip|will|going|spent)\b"
    r"|£",
    re.I,
)
OPEN_NOW = re.compile(
    r"\b(?:open|closed|shut|there|in)\b.{0,12}\b(?:now|rn|right now|still|yet|today)\b|\br u open\b|\bopen\?*$",
    re.I,
)


@lru_cache(maxsize=1)
def situations() -> dict[str, Any]:
    """The file, read once."""
    content: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return content


def ways_on() -> list[str]:
    """The entries offered when nothing is near."""
    return list(situations()["ways_on"])


def tells_of_health(entry: FaqEntry, tracker: Tracker) -> bool:
    """Do the health questions come next, as the visitor told something about themselves?"""
    entities = tracker.latest_message.get("entities") or []
    own = [e for e in entities if e["entity"] in HEALTH and e.get("role") in ("asserted", "past")]
    return bool(own) and speaks_of_health(entry)


def speaks_of_health(entry: FaqEntry) -> bool:
    """Does it say what a health, or a person's own circumstances, mean for laser?"""
    return entry.file in situations()["health_files"]


def may_check_here(tracker: Tracker) -> bool:
    """Are the health questions asked on this channel, or a link to them given?"""
    here = str(tracker.get_latest_input_channel() or "website")
    return here in load_default().prescreen.channels or here not in ("sms", "whatsapp")


def suits(entry: FaqEntry) -> bool:
    """Does it say whom or where laser suits?"""
    return entry.file in situations()["suits_files"]


def of_a_visit(entry: FaqEntry) -> bool:
    """Is it about the clinic, its hours or a visit, which whoever books may ask along?"""
    return entry.file in situations()["visit_files"]


def feeling_in(text: str) -> str | None:
    """The feeling that the words show."""
    said = text.lower().replace("’", "").replace("'", "")
    feelings = situations()["feelings"].items()
    return next((name for name, words in feelings if re.search(rf"\b(?:{words})", said)), None)


def say_kindly(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """One kind sentence where the words show a feeling; that pictures cannot be judged."""
    text = text_of(tracker.latest_message)
    if text.startswith("/"):
        return
    if feeling := feeling_in(text):
        dispatcher.utter_message(response=KIND_WORDS[feeling])


def say_of_pictures(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """That pictures cannot be judged, where one is mentioned."""
    text = text_of(tracker.latest_message)
    if re.search(situations()["pictures"], text.lower()):
        dispatcher.utter_message(response="utter_no_pictures")


def say_first(dispatcher: CollectingDispatcher, tracker: Tracker, topic: str | None) -> None:
    """What the visitor's own facts, the clock or the day they named mean for this answer."""
    if topic in situations()["waits"]:
        _say_wait(dispatcher, tracker, situations()["waits"][topic])
    if topic == "opening_hours":
        text = text_of(tracker.latest_message)
        if OPEN_NOW.search(text):
            now = load_default().is_open(datetime.now(timezone.utc))
            dispatcher.utter_message(response="utter_open_now" if now else "utter_closed_now")
        say_day(dispatcher, text)


def say_day(dispatcher: CollectingDispatcher, text: str) -> bool:
    """The hours of a weekday that is named, be it with a slip ("satuday"). Was one?"""
    words = re.findall(r"[a-z]{6,}", text.lower())
    named = next(
        (day for word in words for day in get_close_matches(word, ALL_DAYS, 1, ALIKE)), None
    )
    if named is None:
        return False
    named = named.removesuffix("s")
    spans = spans_in_words(load_default().hours.days.get(named, ()))
    response = "utter_day_open" if spans else "utter_day_closed"
    dispatcher.utter_message(response=response, day=day_named(named), spans=spans)
    return True


def _say_wait(dispatcher: CollectingDispatcher, tracker: Tracker, key: str) -> None:
    told = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == "duration"]
    wait = load_default().practice[key]
    number = re.fullmatch(r"(\d+) (\w+?)s?", str(wait))
    # "in November", said in November, may be days or a year: nothing is said of it
    found = re.fullmatch(r"P([1-9]\d*)([DWMY])", str(told[0]["value"])) if len(told) == 1 else None
    if not found or not number or not _is_over(told[0], text_of(tracker.latest_message)):
        return
    past = int(found[1]) * DAYS_IN[found[2]] >= int(number[1]) * DAYS_OF[number[2]]
    response = "utter_wait_past" if past else "utter_wait_short"
    wait_words = load_default().facts()[key]
    dispatcher.utter_message(response=response, told=_told(told[0], found), wait=wait_words)


def _is_over(entity: dict[str, Any], text: str) -> bool:
    """Has the time passed, by the words around it? A wedding in September is to come, and eight months
    on a medicine say nothing of the time since.
    """
    start, end = int(entity.get("start") or 0), int(entity.get("end") or 0)
    before, behind = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    if AGO.search(text[start : end + len(" ago")]):
        return True
    if TAKEN_SINCE.search(text[max(0, start - SENTENCE) : start]):
        return False
    return not TO_COME.search(before) and bool(STOPPED.search(before) or STOPPED.search(behind))


def _told(entity: dict[str, Any], found: re.Match[str]) -> str:
    """A length of time as the visitor said it; by its number where they named a date, not a length."""
    words = re.sub(r"\s*(?:ago|back|off)\s*$", "", str(entity.get("text") or "").strip())
    if language() != ENGLISH or not LENGTH.search(words):
        return length(int(found[1]), UNIT_OF[found[2]])
    return words[:1].upper() + words[1:]


def say_worry(dispatcher: CollectingDispatcher, tracker: Tracker) -> str | None:
    """For somebody who was treated and worries: what is usual, by the answer that fits. Its id.

    What they ask about care afterwards beside it is answered too.
    """
    say_kindly(dispatcher, tracker)
    say_of_pictures(dispatcher, tracker)
    topic = tracker.latest_message.get("worry")
    known = [topic] if topic and given(topic) else []
    for one in dict.fromkeys([*known, *_care_asked_about(tracker)]):
        dispatcher.utter_message(response=FAQ_RESPONSE + one)
    return str(topic) if known else None


def say_usual(dispatcher: CollectingDispatcher, tracker: Tracker, sign: str) -> None:
    """Behind the way to people what is usual, where the sign allows it and what is told of is clear."""
    if sign not in situations()["usual_after"]:
        return
    message = tracker.latest_message
    told = [*asked_besides(message)[:1], message.get("worry")]
    topic = next((one for one in told if one in situations()["usual"] and given(one)), None)
    if topic:
        dispatcher.utter_message(response=FAQ_RESPONSE + topic)


def _care_asked_about(tracker: Tracker) -> list[str]:
    parts = tracker.latest_message.get("questions") or []
    entries = [given(part["topic"]) for part in parts if not part.get("devices")]
    return [entry.topic for entry in entries if entry and entry.file == CARE]
