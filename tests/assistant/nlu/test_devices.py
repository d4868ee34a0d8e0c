from __future__ import annotations

import pytest
import yaml

from assistant.nlu.devices import FILES, devices, read_devices


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how long does ULTHERAPY last", "Ultherapy"),
        ("is the 1064 one gentle", "Nd:YAG"),
        ("fractional co2 healing", "CO2"),
        ("rf needling on my belly", "RF microneedling"),
        ("is rf ok", "Radiofrequency"),
    ],
)
def test_the_longest_name_is_found(text: str, name: str) -> None:
    assert [mention.name for mention in devices().mentions(text)] == [name]


def test_a_name_inside_another_word_is_none() -> None:
    assert devices().mentions("my titanium plate and perfume") == []


def test_a_question_is_read_as_if_it_were_about_our_laser() -> None:
    assert devices().masked("how long does hifu last") == "how long does laser last"
    assert devices().masked("is a fraxel laser sore") == "is a laser sore"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("hifu or thermage", ["ultrasound", "radio_waves"]),
        ("sofwave or ultherapy", ["ultrasound", "ultrasound"]),
        ("is thermage sorer than your laser", ["radio_waves", "gentle_laser"]),
        ("does hifu hurt", []),
    ],
)
def test_two_are_compared(text: str, kinds: list[str]) -> None:
    found = devices().compared(text, devices().mentions(text))
    assert [mention.kind for mention in found] == kinds


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("treatment count for upper arms?", "treatment count for it?"),
        ("how long does it last on my neck", "how long does it last on it"),
        ("what does the jawline cost", "what does it cost"),
        ("does it help my belly", None),
        ("how many sessions", None),
    ],
)
def test_a_part_of_the_body_does_not_swallow_what_is_asked(text: str, question: str | None) -> None:
    assert devices().without_area(text) == question


def test_what_is_asked_of_an_area_is_an_aspect() -> None:
    aspects = yaml.safe_load(FILES[1].read_text(encoding="utf-8"))
    assert set(aspects["areas"]["asks"]) <= set(aspects["aspects"])


def test_every_aspect_of_a_device_is_an_aspect() -> None:
    table, aspects = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES)
    answers = [details["answers"] for details in table["kinds"].values()] + [table["anything"]]
    assert {aspect for one in answers for aspect in one} <= set(aspects["aspects"])


def test_a_name_of_two_kinds_is_refused() -> None:
    kinds = {k: {"about": "x", "names": {k: ["halo"]}, "answers": {}} for k in ("one", "two")}
    with pytest.raises(ValueError, match="'halo' stands twice"):
        read_devices(
            {"kinds": kinds, "other_brands": {}},
            {
                "aspects": {},
                "what": {"topics": [], "words": "what"},
                "areas": {"topics": [], "words": "face", "asks": []},
            },
        )


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("how many sessions and my arms?", "area_arms"),
        ("how much is it and the jawline", "area_jawline"),
        ("how long does it last and on the belly too", "area_belly"),
        ("how much for face and my neck", None),
        ("does it work on arms and legs", None),
        ("can I go there and back in a day", None),
        ("does it hurt and can I wear my hat", None),
    ],
)
def test_the_part_of_the_body_behind_a_question(text: str, topic: str | None) -> None:
    assert devices().last_area(text) == topic
