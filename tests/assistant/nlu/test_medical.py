"""Facts about a person, one rule of reading at a time; whole sentences are in test_clinical.py."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.nlu.danger.parts import load_parts
from assistant.nlu.medical.folding import fold
from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.numbers import number
from assistant.nlu.medical.rules import DATA, RulesError, load_rules, read_yaml
from benchmarks.clinical_entities import make_reader


def read(text: str) -> list[tuple[str, str, str]]:
    return [(one.entity, one.value, one.role) for one in make_reader().read(text)]


@pytest.mark.parametrize(
    ("words", "value"),
    [("45", 45), ("1.5", 1.5), ("forty - five", 45), ("a couple of", 2), ("an", 1), ("ten", 10)],
)
def test_a_number_is_read_as_people_write_it(words: str, value: float) -> None:
    assert number(words) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("botox a year and a half ago", "P18M"),
        ("accutane two and a half months ago", "P10W"),
        ("accutane 1.5 years ago", "P18M"),
        ("a peel 3 weeks ago", "P3W"),
    ],
)
def test_a_half_is_counted_in_the_next_smaller_unit(text: str, value: str) -> None:
    assert [found[1] for found in read(text) if found[0] == "duration"] == [value]


def test_what_began_in_the_past_and_is_not_denied_goes_on() -> None:
    assert ("condition", "rosacea", "asserted") in read("i have had rosacea since last year")
    assert ("treatment", "botox", "past") in read("no botox since last summer")


def test_a_weekday_is_nobodys_name() -> None:
    assert [one for one in read("This is Tuesday") if one[0] == "person_name"] == []
    assert ("person_name", "Anna", "asserted") in read("This is Anna")
    assert [one for one in read("THIS IS IMPORTANT") if one[0] == "person_name"] == []


def test_apostrophes_and_control_characters_leave_nothing_behind() -> None:
    assert fold("I’m ‘fine’\x07").text == "im fine"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I have a peacemaker fitted", "pacemaker"),
        ("I have a low platelet count", "bleeding_disorder"),
        ("I take two aspirins a day", "aspirin"),
        ("two skin cancers cut off my nose", "skin_cancer"),
        ("my kidney was transplanted", "transplant"),
        ("I had micro blading on my brows", "permanent_makeup"),
        ("I take hydroxy chloroquine", "hydroxychloroquine"),
        ("I had a hernia operation ten days ago", "recent_illness"),
        ("nearly 18 with bad acne", "17"),
        ("I will be 18 on Friday", "17"),
        ("i have an underactive thyroid", "thyroid_illness"),
    ],
)
def test_what_is_told_in_words_near_to_ours_is_heard(text: str, value: str) -> None:
    assert value in [found[1] for found in read(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I had Ultherapy in Manchester two years ago", "chest"),
        ("it cost me nearly three grand", "2"),
        ("can laser lift my lids or is it an operation", "recent_illness"),
    ],
)
def test_what_nobody_told_is_not_heard(text: str, value: str) -> None:
    assert value not in [found[1] for found in read(text)]


def test_words_written_together_are_cut_only_where_it_is_clear() -> None:
    lexicon = Lexicon(["skin", "burning", "a", "on"], [])
    assert lexicon.split("skinburning") == ["skin", "burning"]
    assert lexicon.split("aburning") == ["aburning"]
    assert lexicon.split("zzzzzzzz") == ["zzzzzzzz"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("thsi", "this"),
        ("lasr", "laser"),  # a letter was left out; "last" would be another letter
        ("drrag", "drag"),
        ("oze", "ooze"),
        ("teh", "the"),
        ("swolen", "swollen"),  # rather than "stolen": another letter
        ("eys", "eyes"),  # its beginning is right, as that of "yes" is not
        ("dnt", "dont"),  # rather than "dent", which hardly anybody writes to us
        ("hert", "hert"),  # "heart" or "hurt"
        ("hart", "hart"),  # a word of its own
        ("weds", "weds"),  # so is this, short of a letter
        ("hifu", "hifu"),
        ("ab", "ab"),
    ],
)
def test_short_words_are_put_right_where_it_is_clear_what_is_meant(
    written: str, meant: str
) -> None:
    often = {"dont": 90, "dent": 2, "heart": 40, "hurt": 50, "eyes": 9, "yes": 1, "stolen": 9}
    words = [*often, *["this", "the", "laser", "last", "drag", "ooze", "swollen", "abs", "wed"]]
    english = {*words, "hart", "weds"}
    assert Lexicon(words, [], english, often).read(written) == meant


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("i dnt have any swelling where you treated me", set()),
        ("my skin hert a lot today and i feel pain in it", set()),
        ("i dnt want to live", {"suicidal"}),
        ("i have made a noose", set()),
    ],
)
def test_a_word_put_right_brings_no_sign_that_nobody_wrote(text: str, signs: set[str]) -> None:
    told = load_parts().read(text)
    assert {sign for one in told for sign in one.signs} == signs
    assert "noise" not in {word for one in told for word in one.words}


def test_a_file_that_is_missing_or_no_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="vocabulary.yml: cannot be read"):
        load_rules(tmp_path)
    (tmp_path / "list.yml").write_text("- one", encoding="utf-8")
    with pytest.raises(RulesError, match="list.yml: must be a mapping"):
        read_yaml(tmp_path / "list.yml")
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    assert load_rules(tmp_path).wordings


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("I'm 8 weeks gone, can I still use retinol?", "asserted"),
        ("twenty two weeks along and my skin is loose", "asserted"),
        ("bun in the oven here, is my glycolic ok?", "asserted"),
        ("I'm due on the 4th of April and use retin a", "asserted"),
        ("my baby is due in June, how long does it last", "asserted"),
        ("expecting our first, does it hurt", "asserted"),
        ("due in March, when do I stop my retinol", "unsure"),
        ("pregnant last year, can I use retinol", "past"),
        ("I wasn't expecting a baby", "denied"),
        ("I look awful and I'm pregnant, does it hurt", "asserted"),
        ("my due date is the 4th of May", "asserted"),
        ("I lost my pregnancy in March, can I have laser", "past"),
        ("stretch marks from pregnancy, do you treat them", "past"),
        ("melasma since I was pregnant, would it get darker", "past"),
    ],
)
def test_a_pregnancy_is_heard_in_peoples_own_words(text: str, role: str) -> None:
    assert [one[2] for one in read(text) if one[1] == "pregnancy"] == [role]


@pytest.mark.parametrize(
    "text",
    [
        "my next session is due in March, can I use retinol before it",
        "I'm due in March for my next session",
        "my botox is due in March",
        "rent is due in May",
        "I was expecting more after 2 sessions",
        "not expecting miracles",
        "you are expecting me at ten, can I wear make-up",
        "the swelling is 3 weeks gone, when can I fly",
        "6 months gone by and no change",
        "8 months gone and nothing to see",
        "my face was red for 2 weeks, gone now",
        "filler from last month's gone hard",
        "I look 6 months pregnant, does it work on the belly",
        "expecting guests on Friday, how long am I red",
        "I'm expecting my period, does it hurt more",
        "the due date for my payment",
        "I am due back in March, can you see me",
        "knocked up my elbow, does it work there",
        "twenty two weeks gone and still red",
        "could it stop me getting pregnant later",
    ],
)
def test_what_sounds_like_a_pregnancy_and_is_none(text: str) -> None:
    assert "pregnancy" not in [one[1] for one in read(text)]


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("when can i 1) swim 2) fly", []),
        ("(he is 3) can he come", ["3"]),
        ("(im 34) can i", ["34"]),
    ],
)
def test_the_mark_of_a_list_is_nobodys_age(text: str, ages: list[str]) -> None:
    found = make_reader().read(text)
    assert [one.value for one in found if one.entity == "age"] == ages
