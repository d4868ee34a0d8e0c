"""Answers questions from data/faq/: one or several, more on request, and the nearest when unsure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import DOT, TOO_YOUNG, Asked, asked_entries, asked_of, is_unsure, told_besides
from actions.devices import Device, device_table
from actions.faq import FAQ_RESPONSE, FaqEntry, faq_entry, given, is_meant, shares_a_word
from actions.follow_ups import follow_ups
from actions.handover import REASONS, WORDS_BEFORE, hand_over
from actions.message import in_their_language, intent_of, text_of
from actions.nearest import asked_besides, ranked
from actions.situation import (
    may_check_here,
    say_first,
    say_kindly,
    tells_of_health,
    ways_on,
)
from actions.young import says_too_young, young_facts
from clinic.answers import may_be_said
from clinic.saying import title as title_of

MAXIMUM_NEAREST = 3
PERSON_BUTTON = ("Talk to a person", "/ask_for_human")
CHECK_BUTTON = ("Check my health first", "/start_prescreen")
MORE_BUTTON = ("Tell me more", "/tell_more")
NOT_GIVEN = "utter_answer_not_given"


def answer_questions(
    dispatcher: CollectingDispatcher, tracker: Tracker, follow_ups: bool = False
) -> bool:
    """Answer what the latest message asks. Return False when no answer is known.

    ``follow_ups`` offers more questions as buttons; inside a form its own buttons come next.
    """
    asked = asked_entries(tracker)
    if asked and tracker.latest_message.get("missed"):
        dispatcher.utter_message(response="utter_one_part")
    for one in asked:
        last = one is asked[-1]
        buttons = _follow_up_buttons(asked, tracker) if last and follow_ups else []
        say_first(dispatcher, tracker, one.entry.topic if one.entry else None)
        _say(dispatcher, one, buttons)
    return bool(asked)


def _say(dispatcher: CollectingDispatcher, one: Asked, buttons: list[dict[str, str]]) -> None:
    if one.entry and not one.entry.is_given:
        dispatcher.utter_message(response=NOT_GIVEN)
        return
    said = " ".join(str(m.get("text") or m.get("response")) for m in dispatcher.messages)
    if one.entry:
        if lead := device_table().introduction(one.devices, one.entry, said):
            dispatcher.utter_message(text=lead)
        dispatcher.utter_message(response=FAQ_RESPONSE + one.entry.topic, buttons=buttons)
        return
    cell = device_table().answer(one.devices, one.aspect, said)
    if not cell.is_given or not may_be_said(cell.clinical_review, cell.sources):
        dispatcher.utter_message(response=NOT_GIVEN)
        return
    dispatcher.utter_message(
        text=cell.text,
        buttons=buttons,
        utter_action=FAQ_RESPONSE + cell.topic,
        metadata=cell.metadata(),
    )


def _follow_up_buttons(asked: list[Asked], tracker: Tracker) -> list[dict[str, str]]:
    shown = {one.topic for one in asked}
    buttons = []
    abouts = [about for one in asked if (about := one.about)]
    if len(asked) == 1 and asked[0].entry and asked[0].entry.more and asked[0].entry.is_given:
        buttons.append(button(*MORE_BUTTON))
    besides = told_besides(asked, tracker)
    told = besides or any(one.entry and tells_of_health(one.entry, tracker) for one in asked)
    if told and may_check_here(tracker):
        buttons += _check(tracker)
    related_to = [topic for about in abouts for topic in (about.topic, *about.related)]
    next_ones = _meant_instead(tracker) or [*_meant_besides(asked, tracker), *related_to]
    for topic in dict.fromkeys([*(one.beside for one in asked), *besides, *next_ones]):
        related = given(topic)
        if related and topic not in shown:
            buttons.append(topic_button(related))
    return buttons[:MAXIMUM_NEAREST]


def _meant_instead(tracker: Tracker) -> list[str]:
    """Where the answer is only likely: what may have been meant, the likeliest first."""
    return list(ranked(tracker.latest_message)) if is_unsure(tracker) else []


def _meant_besides(asked: Sequence[Asked], tracker: Tracker) -> list[str]:
    """What else was likely asked and is named; of a device not the same aspect of our laser again."""
    aspects = {one.aspect for one in asked if one.aspect}
    text = text_of(tracker.latest_message)
    near = (given(topic) for topic in asked_besides(tracker.latest_message))
    named = (one for one in near if one and is_meant(text, one))
    return [one.topic for one in named if device_table().aspect_of(one.topic) not in aspects]


def _check(tracker: Tracker) -> list[dict[str, str]]:
    """The health questions as a button, for everybody who is not too young for them."""
    return [] if young_facts(tracker) else [button(*CHECK_BUTTON)]


def button(title: str, payload: str) -> dict[str, str]:
    """A button whose words are in the language spoken now."""
    return {"title": title_of(title), "payload": payload}


def topic_button(entry: FaqEntry) -> dict[str, str]:
    """A button that asks one FAQ, whatever words are on it."""
    return {"title": entry.question, "payload": f'/ask_topic{{"topic": "{entry.topic}"}}'}


def device_button(device: Device, aspect: str) -> dict[str, str]:
    """A button that asks one aspect of a device."""
    name = DOT.join([device.kind, aspect, device.name])
    title = device_table().title(device, aspect)
    return {"title": title, "payload": f'/ask_topic{{"topic": "{name}"}}'}


class ActionAnswerQuestion(Action):
    """Answers the FAQ or FAQs that a message asks."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_answer_question"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Answer, and hand over where the clinic marked the question "staff answer this"."""
        asked = asked_entries(tracker)
        if not asked:
            return ask_nearest(dispatcher, tracker)
        say_kindly(dispatcher, tracker)
        answer_questions(dispatcher, tracker, follow_ups=True)
        events: list[EventType] = [SlotSet("topic", asked[-1].topic)]
        if any(one.entry and one.entry.staff_answer for one in asked):
            events += hand_over(dispatcher, tracker, "staff_answer", "normal", asked[-1].topic)
        return events


class ActionMeetFeelings(Action):
    """Distress or anger: a kind sentence, then the answer to what was asked, then a person."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_meet_feelings"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Answer only what clears the gate."""
        intent = intent_of(tracker)
        dispatcher.utter_message(response=WORDS_BEFORE[intent])
        if tracker.latest_message.get("questions"):
            answer_questions(dispatcher, tracker)
        return hand_over(dispatcher, tracker, *REASONS[intent])


class ActionDefaultFallback(Action):
    """Offers the nearest questions; the second time in a row, a person."""

    def name(self) -> str:
        """The name of rasa's own fallback action, which this replaces."""
        return "action_default_fallback"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Ask back, or hand over."""
        return ask_nearest(dispatcher, tracker)


def ask_nearest(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Ask which question was meant; after a second failure in a row, hand over.

    A choice shares a word of weight with the message; without one the main ways on are offered.
    """
    if missed_before(tracker):
        dispatcher.utter_message(response="utter_still_not_understood")
        return hand_over(dispatcher, tracker, "not_understood", "normal")
    message = tracker.latest_message
    if says_too_young(tracker):
        dispatcher.utter_message(response=FAQ_RESPONSE + TOO_YOUNG)
        return []
    say_kindly(dispatcher, tracker)
    if leaning := _leaning(tracker):
        _say(dispatcher, leaning, _follow_up_buttons([leaning], tracker))
        return [SlotSet("topic", leaning.topic)]
    nearest = nearest_sharing_a_word(message)
    if besides := told_besides([], tracker):
        return _say_about_told(dispatcher, tracker, besides, nearest)
    devices = [Device(d["kind"], d["name"]) for d in message.get("devices") or []]
    if devices and (known := list(device_table().titles(devices[0]))):
        buttons = [device_button(devices[0], aspect) for aspect in known[:MAXIMUM_NEAREST]]
        dispatcher.utter_message(
            response="utter_ask_about_device",
            device=device_table().shown(devices[0]),
            buttons=[*buttons, button(*PERSON_BUTTON)],
        )
        return []
    if nearest:
        buttons = [topic_button(entry) for entry in nearest] + [button(*PERSON_BUTTON)]
        dispatcher.utter_message(response="utter_ask_nearest", buttons=buttons)
    else:
        ways = [topic_button(entry) for name in ways_on() if (entry := given(name))]
        buttons = [*ways, *_check(tracker), button(*PERSON_BUTTON)]
        dispatcher.utter_message(response="utter_open_question", buttons=buttons)
    return []


def _say_about_told(
    dispatcher: CollectingDispatcher, tracker: Tracker, told: list[str], nearest: list[FaqEntry]
) -> list[EventType]:
    """What is known about what they told, and as buttons what they may have asked."""
    about, *others = told
    dispatcher.utter_message(response="utter_about_told")
    ways = [entry for topic in others if (entry := given(topic))] + nearest
    more = [topic_button(entry) for entry in dict.fromkeys(ways) if entry.topic != about]
    check = _check(tracker) if may_check_here(tracker) else []
    _say(dispatcher, Asked(faq_entry(about)), [*check, *more][:MAXIMUM_NEAREST])
    return [SlotSet("topic", about)]


def nearest_sharing_a_word(message: dict[str, Any]) -> list[FaqEntry]:
    near = (given(name) for name in list(ranked(message))[:MAXIMUM_NEAREST])
    return [entry for entry in near if entry and shares_a_word(text_of(message), entry)]


def _leaning(tracker: Tracker) -> Asked | None:
    """What a few words mean after the answer given last, though alone they are not understood."""
    text, last = text_of(tracker.latest_message), asked_of(tracker.get_slot("topic"))
    if last is None or last.devices:
        return None
    near = [entry for name in ranked(tracker.latest_message) if (entry := given(name))]
    names = [one.topic for one in near if is_meant(text, one)]
    return asked_of(follow_ups().leaning_on(last.topic, text, names))


def missed_before(tracker: Tracker) -> bool:
    """Was the visitor's message before this one not understood either?"""
    turns = [event for event in tracker.events if event.get("event") == "user"]
    if len(turns) < 2:
        return False
    before = (turns[-2].get("parse_data") or {}).get("intent") or {}
    return before.get("name") == "nlu_fallback"
