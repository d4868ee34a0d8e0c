"""What the latest message asks: which answers, for whom, each once, and what comes before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rasa_sdk import Tracker

from actions.devices import OTHER, Device, device_table
from actions.faq import FaqEntry, faq_entry
from actions.follow_ups import follow_ups
from actions.message import text_of
from actions.situation import of_a_visit, speaks_of_health, suits
from actions.subjects import told_first, told_subjects
from actions.young import asks_for_the_young, of_their_age, says_too_young

MAXIMUM_ANSWERS = 3
WHAT = "what"
DETAILS = "give_details"
TOO_YOUNG = "circ_under_age"
DOT = "."


@dataclass(frozen=True)
class Asked:
    """A question: an entry of data/faq/ (also as what a device is), or an aspect of one or two devices."""

    entry: FaqEntry | None = None
    devices: tuple[Device, ...] = ()
    aspect: str = ""
    beside: str = field(default="", compare=False)  # offered first: the part of the body named

    @property
    def topic(self) -> str:
        """What the slot ``topic`` and the buttons call it."""
        if self.entry:
            return self.entry.topic
        return DOT.join([self.devices[0].kind, self.aspect, self.devices[0].name])

    @property
    def about(self) -> FaqEntry | None:
        """The entry whose long form and related questions belong to it."""
        return self.entry or faq_entry(device_table().about(self.devices[0]) or "")


def asked_of(name: str | None) -> Asked | None:
    """The question that a slot or a button names: an entry's id, or kind.aspect.name."""
    kind, _, rest = (name or "").partition(DOT)
    if not rest:
        entry = faq_entry(kind)
        return Asked(entry) if entry else None
    aspect, _, device = rest.partition(DOT)
    return Asked(devices=(Device(kind, device),), aspect=aspect)


def asked_entries(tracker: Tracker) -> list[Asked]:
    """What the latest message asks, in the order asked, at most three; of mere details what is told."""
    message = tracker.latest_message
    last = asked_of(tracker.get_slot("topic"))
    intent = (message.get("intent") or {}).get("name")
    asked: list[Asked | None]
    if intent == DETAILS:
        asked = [asked_of(topic) for topic in told_subjects(tracker)]
    elif intent == "ask_topic":
        asked = [asked_of(next(tracker.get_latest_entity_values("topic"), None))]
    elif intent == "ask_how_long":
        asked = [_how_long(last)]
    else:
        parts = message.get("questions") or [{"topic": _selected_topic(message)}]
        asked = [_asked(part, text_of(message), last) for part in parts]
    known = _each_once(_of_their_age([one for one in asked if one], tracker))
    return _health_first(known, tracker)[:MAXIMUM_ANSWERS]


def _of_their_age(asked: list[Asked], tracker: Tracker) -> list[Asked]:
    """For somebody of another age what is for them; the only answer stands if there is none."""
    fitting: list[Asked | None] = []
    for one in asked:
        topic = of_their_age(one.entry.topic, tracker) if one.entry else None
        is_same = not one.entry or topic == one.entry.topic
        fitting.append(one if is_same else asked_of(topic))
    return [one for one in fitting if one] or asked


def _each_once(asked: Sequence[Asked]) -> list[Asked]:
    """No answer twice; one that is asked of several devices begins with what each of them is."""
    found: dict[object, Asked] = {}
    for one in asked:
        key = one.entry.topic if one.entry else one
        first = found.get(key, one)
        devices = tuple(dict.fromkeys((*first.devices, *one.devices)))
        found[key] = replace(first, devices=devices)
    return list(found.values())


def _asked(part: dict[str, Any], text: str, last: Asked | None) -> Asked | None:
    """A part of the message, read after the answer given last."""
    name = part.get("topic")
    devices = tuple(Device(d["kind"], d["name"]) for d in part.get("devices") or [])
    aspect = part.get("aspect") or device_table().aspect_of(name) or WHAT
    leans = last and follow_ups().leans(text)
    if devices and leans and aspect == WHAT and last:
        aspect = last.aspect or device_table().aspect_of(last.topic) or WHAT
    if not devices and last and last.devices and follow_ups().means_that(text):
        devices = last.devices
    beside = part.get("beside") or ""
    own = devices and name and device_table().own_answer(devices, aspect, name)
    if own and (entry := faq_entry(own)):
        return Asked(entry, devices, beside=beside)
    if devices and aspect != WHAT and device_table().speaks_of(devices, aspect):
        told = device_table().told_as(devices, aspect)
        return Asked(devices=devices, aspect=told, beside=beside)
    if devices and devices[0].kind != OTHER:
        entry = faq_entry(device_table().about(devices[0]) or "")
        return Asked(entry, devices[:1]) if entry else None
    if devices:
        return Asked(devices=devices, aspect=aspect)
    found = asked_of(name and follow_ups().meant(text, name, last.topic if last else None))
    return replace(found, beside=beside) if found else None


def _how_long(last: Asked | None) -> Asked | None:
    if last and last.devices:
        aspect = device_table().how_long(last.aspect)
        return Asked(devices=last.devices, aspect=aspect)
    return asked_of(follow_ups().how_long_that(last.topic if last else None))


def told_besides(asked: Sequence[Asked], tracker: Tracker, health_only: bool = False) -> list[str]:
    """The answers about what the message tells of a health, where no question was about that."""
    shown = {one.entry.topic for one in asked if one.entry}
    told = told_subjects(tracker, health_only)
    return [topic for topic, others in told.items() if not others & shown]


def _health_first(asked: list[Asked], tracker: Tracker) -> list[Asked]:
    """Before an answer comes that somebody is too young or pregnant; before whether it suits comes what
    they told about themselves, and before what is not surely asked what they told about their health.
    """
    whether = any(one.entry and suits(one.entry) for one in asked)
    besides = told_besides(asked, tracker, health_only=not whether)
    about_a_person = any(one.entry and speaks_of_health(one.entry) for one in asked)
    if asked and (says_too_young(tracker) or (about_a_person and asks_for_the_young(tracker))):
        first = TOO_YOUNG
    elif must := _told_before(asked, tracker):
        first = must
    elif besides and (whether or is_unsure(tracker)):
        first = besides[0]
    else:
        return asked
    return list(dict.fromkeys([Asked(faq_entry(first)), *asked]))


def _told_before(asked: Sequence[Asked], tracker: Tracker) -> str | None:
    """What comes before any answer but one about the clinic, where none speaks of it."""
    if all(one.entry and of_a_visit(one.entry) for one in asked):
        return None
    shown = {one.entry.topic for one in asked if one.entry}
    told = told_first(tracker).items()
    return next((topic for topic, others in told if not others & shown), None)


def is_unsure(tracker: Tracker) -> bool:
    """Are the answers only likely?"""
    parts = tracker.latest_message.get("questions") or []
    return bool(parts) and not any(part.get("sure", True) for part in parts)


def _selected_topic(message: dict[str, Any]) -> str | None:
    selected = ((message.get("response_selector") or {}).get("faq") or {}).get("response") or {}
    key = selected.get("intent_response_key") or ""
    return key.partition("/")[2] or None
