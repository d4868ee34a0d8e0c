from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clinic import load_default as clinic
from clinic.urgency import CALLS, FILE, UrgencyFileError, load, load_default

TABLE = FILE.read_text(encoding="utf-8")
NUMBERS = (
    ("breathing", "999"),
    ("overdose", "999"),
    ("poisoning", "111"),
    ("suicidal", "116 123"),
    ("unsafe", "0808 2000 247"),
    ("fever_after", "111"),
    ("blisters", "+44"),
)


def test_every_event_has_words_a_response_and_first_aid() -> None:
    facts = clinic().facts()
    responses = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
    for name, event in load_default().events.items():
        assert "{" not in facts[f"urgency_{name}"] + facts[f"first_aid_{name}"]
        assert {event.response, event.question} <= set(responses), name


@pytest.mark.parametrize(("event", "number"), NUMBERS)
def test_the_number_to_call_is_that_of_the_kind(event: str, number: str) -> None:
    assert number in clinic().facts()[f"urgency_{event}"]


def test_what_must_be_now_names_the_emergency_number() -> None:
    table, number = load_default(), clinic().emergency_number
    for name, event in table.events.items():
        if event.level == "U1":
            assert number in clinic().facts()[f"urgency_{name}"], name


def test_a_burn_is_cooled_for_twenty_minutes_without_ice_or_cream() -> None:
    for name in ("burn", "burn_deep"):
        words = load_default().events[name].first_aid
        assert "cool running water for 20 minutes" in words
        assert "No ice, no cream" in words


def test_dying_poison_and_violence_are_grave_and_each_has_a_question_of_its_own() -> None:
    responses = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
    events = load_default().events
    grave = {name for name, event in events.items() if event.is_grave}
    assert {"suicidal", "overdose", "poisoning", "unsafe"} <= grave
    assert not {"breathing", "burn", "blisters"} & grave
    asked = {one.removeprefix("utter_ask_urgent_") for one in responses if "ask_urgent" in one}
    assert asked - {"u1", "u2"} == {events[name].who for name in grave} - {"emergency"}


def test_every_call_is_used() -> None:
    assert {event.who for event in load_default().events.values()} == set(CALLS)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "    level: U1",
            "    level: U9",
            "event 'breathing', key 'level' has value 'U9'; allowed: U1, U2",
        ),
        ("who: poisons", "who: nobody", "event 'poisoning', key 'who' has value 'nobody'; allowed"),
        (
            "soon: now",
            "soon: later",
            "event 'breathing', key 'soon' has value 'later'; allowed: now",
        ),
        ("[nhs_eye, nhs_red_eye]", "[nowhere]", "event 'sight', key 'source' has value 'nowhere'"),
        ("{poisons_line}", "{poison}", "key 'calls.poisons' uses {poison}; allowed"),
        ("  doctor: ", "  docter: ", "key 'calls' has"),
        ("unclear_now:", "unclear:", "event 'unclear_now' is missing"),
        ("    sign: a fit\n", "", "event 'fit' has keys"),
        ('version: "2026-11-25"', "version: 3", "key 'version' has value 3"),
        ("https://www.nhs.uk/conditions/stroke/", "somewhere", "source 'nhs_stroke' must have"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TABLE
    broken = tmp_path / "urgency.yml"
    broken.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UrgencyFileError, match=re.escape(says)):
        load(broken)


def test_a_file_that_is_not_there_or_holds_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(UrgencyFileError, match="cannot be read"):
        load(tmp_path / "none.yml")
    (tmp_path / "odd.yml").write_text("- a list")
    with pytest.raises(UrgencyFileError, match="must hold the keys"):
        load(tmp_path / "odd.yml")
