from __future__ import annotations

import re

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import ActionAnswerQuestion
from actions.devices import Device, device_table, shortened
from actions.long_form import ActionTellMore
from actions.situation import _told
from assistant.nlu.devices import devices
from tests.actions.conftest import buttons, message, said, tracker

HIFU, FRAXEL = Device("ultrasound", "HIFU"), Device("fractional_laser", "Fraxel")


def asked(text: str, topic: str, *devices: Device, aspect: str | None) -> dict[str, object]:
    named = [{"kind": device.kind, "name": device.name} for device in devices]
    part = {"text": text, "topic": topic, "aspect": aspect, "devices": named}
    return message(text, questions=[part])


def answer(dispatcher: CollectingDispatcher, asked: dict[str, object], last: str = "") -> object:
    events = ActionAnswerQuestion().run(dispatcher, tracker(asked, slots={"topic": last}), {})
    return events[0]["value"]


def test_a_device_that_we_do_not_offer_is_named_so_before_the_answer(
    dispatcher: CollectingDispatcher,
) -> None:
    topic = answer(dispatcher, asked("hifu pain", "pain_feel", HIFU, aspect="pain"))
    text = dispatcher.messages[0]["text"]
    assert text.startswith("HIFU is ultrasound, not a laser; we do not offer it here. Many")
    assert topic == "ultrasound.pain.HIFU"
    assert dispatcher.messages[0]["metadata"]["clinical_review"] == "pending"


def test_an_offered_kind_is_said_to_be_offered() -> None:
    assert "a kind that we offer" in device_table().answer([FRAXEL], "pain").text


def test_what_is_not_known_of_a_device_is_said() -> None:
    text = device_table().answer([Device("pico", "PicoWay")], "lasts").text
    assert "I know of no good source on that for PicoWay" in text


def test_a_brand_that_we_only_know_by_name_is_said_to_be_so(
    dispatcher: CollectingDispatcher,
) -> None:
    answer(dispatcher, asked("emface?", "pain_feel", Device("other", "Emface"), aspect="what"))
    assert dispatcher.messages[0]["text"].startswith("I know of Emface by name only")


def test_two_aspects_that_are_told_together_are_told_once(dispatcher: CollectingDispatcher) -> None:
    named = [{"kind": FRAXEL.kind, "name": FRAXEL.name}]
    parts = [
        {"text": text, "topic": topic, "aspect": aspect, "devices": named}
        for text, topic, aspect in (
            ("does fraxel peel", "peeling_and_dryness", "healing"),
            ("and when can i work", "downtime_days", "downtime"),
        )
    ]
    ActionAnswerQuestion().run(dispatcher, tracker(message("fraxel", questions=parts)), {})
    assert len(dispatcher.messages) == 1 and dispatcher.messages[0]["buttons"]


def test_a_comparison_is_two_lines(dispatcher: CollectingDispatcher) -> None:
    answer(dispatcher, asked("hifu or fraxel", "pain_feel", HIFU, FRAXEL, aspect="pain"))
    lead, first, second = dispatcher.messages[0]["text"].split("\n")
    assert lead == "HIFU is ultrasound, not a laser; we do not offer it here."
    assert first.startswith("• Many people find HIFU") and second.startswith("• Fraxel feels")


@pytest.mark.parametrize(
    ("text", "topic", "devices", "aspect", "last", "wanted"),
    [
        ("and for hifu?", "x", [HIFU], "what", "pain_feel", "ultrasound.pain.HIFU"),
        (
            "does that one hurt?",
            "pain_feel",
            [],
            None,
            "ultrasound.lasts.HIFU",
            "ultrasound.pain.HIFU",
        ),
        ("does your laser hurt?", "pain_feel", [], None, "ultrasound.lasts.HIFU", "pain_feel"),
        ("what is hifu", "brand_ultherapy", [HIFU], "what", "", "brand_ultherapy"),
    ],
)
def test_a_follow_up_is_about_what_was_spoken_of(
    dispatcher: CollectingDispatcher,
    text: str,
    topic: str,
    devices: list[Device],
    aspect: str | None,
    last: str,
    wanted: str,
) -> None:
    assert answer(dispatcher, asked(text, topic, *devices, aspect=aspect), last) == wanted


def test_a_button_asks_one_aspect_of_a_device(dispatcher: CollectingDispatcher) -> None:
    pressed = message(
        "/ask_topic", "ask_topic", entities=[{"entity": "topic", "value": "ultrasound.lasts.HIFU"}]
    )
    assert answer(dispatcher, pressed) == "ultrasound.lasts.HIFU"
    assert "fades" in dispatcher.messages[0]["text"]


def test_more_about_a_device_says_what_it_is(dispatcher: CollectingDispatcher) -> None:
    ActionTellMore().run(
        dispatcher, tracker(message(), slots={"topic": "ultrasound.pain.HIFU"}), {}
    )
    assert said(dispatcher) == ["utter_faq/brand_ultherapy"]
    assert buttons(dispatcher)


def test_every_text_about_a_device_fits_one_text_message() -> None:
    table = device_table()
    for kind, details in table._table["kinds"].items():
        for name in details["names"]:
            for aspect in {*details["answers"], *table._table["anything"]}:
                assert len(table.answer([Device(kind, name)], aspect).text) <= 300, (name, aspect)


def test_an_answer_about_the_kind_begins_with_the_name_that_was_used(
    dispatcher: CollectingDispatcher,
) -> None:
    halo = Device("strong_laser", "Halo")
    answer(dispatcher, asked("do you do halo", "device_ablative", halo, aspect="what"))
    lead, about = dispatcher.messages
    assert lead["text"].startswith("Halo is a strong laser")
    assert "we do not offer it here" in lead["text"]
    assert about["response"] == "utter_faq/device_ablative"


def test_a_name_that_the_answer_itself_carries_is_not_said_twice(
    dispatcher: CollectingDispatcher,
) -> None:
    answer(dispatcher, asked("what is fraxel", "brand_fraxel", FRAXEL, aspect="what"))
    assert said(dispatcher) == ["utter_faq/brand_fraxel"]


def test_the_word_last_before_a_time_does_not_ask_how_long_it_lasts() -> None:
    words = devices().words["lasts"]
    assert not words.search("my jowls dropped in the last two years, ultherapy or laser")
    assert not words.search("had thermage last year")
    assert words.search("will ultherapy last") and words.search("does it last two years or more")


def test_a_wait_told_by_a_month_is_said_by_its_length() -> None:
    month = {"entity": "duration", "value": "P5M", "text": "in june"}
    found = re.fullmatch(r"P(\d+)([DWMY])", "P5M")
    assert found and _told(month, found) == "5 months"
    assert _told({**month, "text": "5 months ago"}, found) == "5 months"


CO2 = Device("strong_laser", "CO2")


def test_an_answer_of_its_own_says_what_we_do_not_offer_once(
    dispatcher: CollectingDispatcher,
) -> None:
    parts = [
        {"text": "x", "topic": topic, "aspect": "own", "devices": [{"kind": kind, "name": name}]}
        for topic, kind, name in [
            ("make_up_after", CO2.kind, CO2.name),
            ("water_and_heat_after", CO2.kind, CO2.name),
        ]
    ]
    answer(dispatcher, message("make-up and swimming after co2", questions=parts))
    assert [one["text"] for one in dispatcher.messages if one.get("text")] == [
        device_table().lead(CO2).strip()
    ]
    assert said(dispatcher) == ["utter_faq/make_up_after", "utter_faq/water_and_heat_after"]


def test_of_a_kind_that_we_offer_our_own_prices_are_told(
    dispatcher: CollectingDispatcher,
) -> None:
    answer(dispatcher, asked("price of fraxel", "price_general", FRAXEL, aspect="price"))
    assert said(dispatcher) == ["utter_faq/price_general"]
    assert "Our own prices" in device_table().answer([HIFU, FRAXEL], "price").text


def test_two_brands_of_one_kind_have_one_answer() -> None:
    text = device_table().answer([HIFU, Device("ultrasound", "Sofwave")], "result").text
    assert text.count("do not offer it") == 2 and text.count("•") == 1


def test_a_comparison_keeps_the_figure_that_was_asked_for() -> None:
    both = [Device("radio_waves", "Thermage"), Device("gentle_laser", "a gentle laser")]
    assert "one to two years" in device_table().answer(both, "lasts").text
    assert shortened(["It fades. " + "x " * 200 + "."] * 2)[0] == "It fades."


def test_the_part_of_the_body_is_the_first_button(dispatcher: CollectingDispatcher) -> None:
    part = asked("hifu for jowls", "area_jawline", HIFU, aspect="result")
    part["questions"][0]["beside"] = "area_jawline"  # type: ignore[index]
    answer(dispatcher, part)
    assert buttons(dispatcher)[0] == "Can it lift jowls or sharpen my jawline?"


def test_what_was_just_explained_is_not_introduced(dispatcher: CollectingDispatcher) -> None:
    named = [{"kind": HIFU.kind, "name": HIFU.name}]
    parts = [
        {"text": "x", "topic": topic, "aspect": aspect, "devices": named}
        for topic, aspect in [("brand_ultherapy", "what"), ("price_general", "price")]
    ]
    answer(dispatcher, message("do you have hifu and what does it cost", questions=parts))
    assert dispatcher.messages[-1]["text"].startswith("Please ask whoever offers HIFU")
