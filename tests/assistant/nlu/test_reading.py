"""What a message is about, with a model that guesses what the test says it guesses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from actions.faq import faq_entry
from assistant.nlu.device_reading import offers
from assistant.nlu.devices import devices
from assistant.nlu.intent_model import Guess
from assistant.nlu.questions import Limits, Part
from assistant.nlu.reading import Reading, read_message
from assistant.nlu.subjects import read_subjects, subjects

LIMITS = Limits(0.3, "faq/", frozenset({"greet"}), frozenset({"ask_for_human"}))


class Guesses:
    """Of each text the label that the test names for it, else one that is unsure."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def __call__(self, texts: Sequence[str]) -> list[list[Guess]]:
        return [
            [Guess(self.known[text], 0.9)] if text in self.known else [Guess("oos", 0.1)]
            for text in texts
        ]


def read(text: str, **known: str) -> Reading:
    """Underscores in a name of ``known`` are spaces; ``text`` itself may be named "whole"."""
    guesses = {name.replace("_", " "): label for name, label in known.items()}
    guesses[text] = guesses.pop("whole", "oos")
    return read_message(text, Guesses(guesses), LIMITS)


def only(reading: Reading) -> Part:
    (part,) = reading.questions
    return part


@pytest.mark.parametrize(
    ("beside", "label"),
    [("faq/sessions_number", "faq/sessions_number"), ("greet", "faq/area_arms")],
)
def test_what_is_asked_about_a_part_of_the_body_is_answered_and_not_the_part(
    beside: str, label: str
) -> None:
    found = read(
        "how many sessions for my arms", whole="faq/area_arms", how_many_sessions_for_it=beside
    )
    assert only(found).label == label


def test_a_part_of_the_body_alone_asks_whether_it_is_treated_there() -> None:
    assert only(read("my arms", whole="faq/area_arms")).label == "faq/area_arms"


def test_a_question_of_its_own_stays_so_beside_a_device() -> None:
    found = read("is my pacemaker a problem with hifu", whole="faq/circ_pacemaker")
    assert (only(found).label, only(found).devices) == ("faq/circ_pacemaker", ())


def test_two_devices_are_compared_in_what_the_question_asks() -> None:
    found = read("thermage or ultherapy", whole="faq/device_choice", laser_or_laser="faq/pain_feel")
    assert only(found).aspect == "pain"
    assert [device.name for device in only(found).devices] == ["Thermage", "Ultherapy"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("thermage or ultherapy", "faq/rf_or_ultrasound"),
        ("is hifu better than laser for a neck", "faq/laser_or_ultrasound"),
        ("thermage compared with your laser", "faq/laser_or_radiofrequency"),
    ],
)
def test_two_kinds_side_by_side_get_the_answer_about_both(text: str, label: str) -> None:
    assert only(read(text, whole="oos_other_treatment")).label == label


def test_two_kinds_without_such_an_answer_are_compared_by_what_they_do() -> None:
    found = only(read("morpheus8 or thermage", whole="oos_other_treatment"))
    assert (found.aspect, len(found.devices)) == ("result", 2)


def test_what_is_told_of_the_person_decides_beside_a_device() -> None:
    words = "is ten weeks off roaccutane enough for"
    masked = {f"{words.replace(' ', '_')}_laser": "faq/med_isotretinoin_gap"}
    found = only(read(f"{words} nd yag", whole="oos_other_treatment", **masked))
    assert (found.label, found.devices) == ("faq/med_isotretinoin_gap", ())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tell me of hifu", "tell_me_of_laser"),
        ("is it the same as hifu", "is_it_the_same_as_laser"),
    ],
)
def test_a_device_that_is_asked_for_itself_is_explained(text: str, masked: str) -> None:
    found = read(text, whole="faq/brand_ultherapy", **{masked: "faq/treatment_intro"})
    assert (only(found).label, only(found).aspect) == ("faq/brand_ultherapy", "what")


def test_a_question_that_names_no_device_is_about_the_one_before() -> None:
    first, second = "What does hifu cost?", "Is the money well spent?"
    known = {"What does laser cost?": "faq/price_general", second: "faq/is_it_worth_it"}
    found = read(f"{first} {second}", **known)
    assert [(one.aspect, one.devices[0].kind) for one in found.questions] == [
        ("price", "ultrasound"),
        ("worth", "ultrasound"),
    ]


TOLD, ASKED = "My aunt had hers done abroad.", "Would that be too soon?"
SOON, PRICE = "faq/circ_recent_surgery", "faq/price_general"


class Sure:
    """Of each text the guesses that the test names."""

    def __init__(self, known: dict[str, list[Guess]]) -> None:
        self.known, self.read = known, []

    def __call__(self, texts: Sequence[str]) -> list[list[Guess]]:
        self.read += texts
        return [self.known.get(text, [Guess("oos", 0.05)]) for text in texts]


def test_the_question_of_a_story_is_read_with_the_story() -> None:
    story = f"{TOLD} {ASKED}"
    model = Sure({story: [Guess(SOON, 0.5)], ASKED: [Guess(PRICE, 0.4), Guess(SOON, 0.3)]})
    found = read_message(story, model, LIMITS)
    assert only(found).label == SOON
    assert found.guesses[0].label == SOON, "what is offered comes from the story too"
    assert len(model.read) == len(set(model.read)), "each text once"


def test_another_question_of_a_story_counts_where_it_is_clear_by_itself() -> None:
    story = f"{TOLD} {ASKED} What does it cost?"
    known = {f"{TOLD} {ASKED}": [Guess(SOON, 0.5)], ASKED: [Guess(SOON, 0.5)]}
    known[story] = [Guess(SOON, 0.5)]
    sure = read_message(story, Sure(known | {"What does it cost?": [Guess(PRICE, 0.8)]}), LIMITS)
    assert [one.label for one in sure.questions] == [SOON, PRICE]
    clear = read_message(story, Sure(known | {"What does it cost?": [Guess(PRICE, 0.4)]}), LIMITS)
    assert [one.label for one in clear.questions] == [SOON, PRICE]
    other = story.replace("What does it cost?", "Do you keep any?")
    known[other] = known.pop(story)
    unclear = read_message(other, Sure(known | {"Do you keep any?": [Guess(PRICE, 0.2)]}), LIMITS)
    assert [one.label for one in unclear.questions] == [SOON]


@pytest.mark.parametrize(
    ("second", "label"),
    [
        ("how many times", "faq/sessions_number"),
        ("is it cheaper", PRICE),
        ("what does a top up cost", "faq/results_upkeep"),
        ("what are the days off work like", "faq/downtime_days"),
    ],
)
def test_beside_another_question_words_say_what_is_asked_where_the_model_does_not(
    second: str, label: str
) -> None:
    found = read(f"is it safe and {second}?", **{"is_it_safe": "faq/is_it_safe"})
    assert [one.label for one in found.questions] == ["faq/is_it_safe", label]
    assert not found.missed


def test_what_is_none_of_our_subjects_is_not_taken_by_a_word_of_it() -> None:
    safe, tyre = "is it safe", "how much is a new tyre?"
    known = {safe: [Guess("faq/is_it_safe", 0.9)], tyre: [Guess("oos_chitchat", 0.2)]}
    found = read_message(f"{safe} and {tyre}", Sure(known), LIMITS)
    assert [one.label for one in found.questions] == ["faq/is_it_safe"]


@pytest.mark.parametrize(
    ("told", "is_asked"),
    [
        ("my face was zapped and did hurt", False),
        ("my face was zapped, which was painful", False),
        ("my face was zapped and does it hurt", True),
        ("is it safe and is painful", True),
    ],
)
def test_a_clause_that_goes_on_telling_is_not_understood_by_its_words(
    told: str, is_asked: bool
) -> None:
    found = read(f"{told}, and where are you?", **{"where_are_you?": "faq/address"})
    assert ("faq/pain_feel" in [one.label for one in found.questions]) == is_asked
    assert not found.missed


def test_two_things_that_are_asked_of_by_one_beginning_are_two_questions() -> None:
    swim, wine = "can I swim tomorrow", "can I have a glass of wine"
    known = {swim: "faq/water_and_heat_after", wine: "faq/alcohol_after"}
    found = read(f"{swim} and have a glass of wine", **known)
    assert [one.label for one in found.questions] == list(known.values())


@pytest.mark.parametrize(
    ("told", "asked", "both"),
    [
        ("I am 43", "which laser and how many times", True),
        ("I saw a man", "who has a clinic and any views", False),
    ],
)
def test_which_and_who_begin_a_question_or_tell_on(told: str, asked: str, both: bool) -> None:
    first, second = asked.split(" and ")
    found = read(
        f"{told}, {asked}", **{told: "give_details", first: "faq/our_devices", second: PRICE}
    )
    assert (len(found.questions) == 2) == both


def test_a_sentence_that_asks_twice_asks_two_things() -> None:
    first, second = "Could my aunt still come with that", "what would it cost?"
    story, rest = f"{TOLD} {first}, and {second}", f"{TOLD} {first}"
    known = {story: [Guess(PRICE, 0.7)], second: [Guess(PRICE, 0.9)], rest: [Guess(SOON, 0.5)]}
    found = read_message(story, Sure(known), LIMITS)
    assert [one.label for one in found.questions] == [SOON, PRICE]


def test_a_question_that_is_not_understood_beside_one_that_is_is_missed() -> None:
    cost, goitre = "What does it cost", "is it all right with a goitre"
    known = {f"{cost}, and {goitre}?": [Guess(PRICE, 0.6)], cost: [Guess(PRICE, 0.9)]}
    found = read_message(f"{cost}, and {goitre}?", Sure(known), LIMITS)
    assert (only(found).label, found.missed) == (PRICE, True)
    known[f"{goitre}?"] = [Guess(SOON, 0.6)]
    both = read_message(f"{cost}, and {goitre}?", Sure(known), LIMITS)
    assert ([one.label for one in both.questions], both.missed) == ([PRICE, SOON], False)


def test_what_is_told_before_a_question_is_no_question_that_was_missed() -> None:
    told, asked = "I have a mole under my chin", "do you laser round it?"
    known = {told: [Guess(SOON, 0.6)], f"{told}, {asked}": [Guess(SOON, 0.7)]}
    assert not read_message(f"{told}, {asked}", Sure(known), LIMITS).missed


@pytest.mark.parametrize("beside", ["express_distress", "start_prescreen", "oos_other_treatment"])
def test_whoever_asks_in_a_story_gets_an_answer_whatever_else_it_looks_like(beside: str) -> None:
    story = f"{TOLD} {ASKED}"
    both = [Guess(beside, 0.5), Guess(SOON, 0.2)]
    found = read_message(story, Sure({story: both, ASKED: both}), LIMITS)
    assert only(found).label == SOON
    assert only(found).confidence == LIMITS.gate, "likely, and no more"


def test_a_story_may_be_one_sentence_whose_last_words_ask() -> None:
    story = "My aunt had hers done abroad, is that too soon"
    assert only(read_message(story, Sure({story: [Guess(SOON, 0.5)]}), LIMITS)).label == SOON


def test_a_story_that_is_like_nothing_known_is_not_answered() -> None:
    story = f"{TOLD} {ASKED}"
    assert not read_message(story, Sure({story: [Guess(SOON, 0.1)]}), LIMITS).questions


def test_a_feeling_that_is_told_stays_heard_beside_the_question() -> None:
    story = f"{TOLD} {ASKED}"
    known = {TOLD: [Guess("express_anger", 0.6)], story: [Guess("oos", 0.1)]}
    assert read_message(story, Sure(known), LIMITS).intent == "express_anger"


def test_after_our_laser_was_named_what_is_asked_is_about_it() -> None:
    told, ours, cost = (
        "My sister had Thermage.",
        "Could I have laser with you",
        "what would it cost?",
    )
    story = f"{told} {ours}, and {cost}"
    known = {ours: [Guess("faq/who_suits", 0.6)], cost: [Guess(PRICE, 0.9)]}
    found = read_message(story, Sure(known), LIMITS)
    assert [one.devices for one in found.questions if one.label == PRICE] == [()]


def test_a_question_of_a_story_is_about_the_device_told_of() -> None:
    story = "I had hifu in May. When will I see it?"
    known = {story: [Guess("faq/results_when", 0.6)]}
    known["When will I see it?"] = known[story]
    found = only(read_message(story, Sure(known), LIMITS))
    assert (found.aspect, found.devices[0].kind) == ("when", "ultrasound")


class Ranked:
    """The same guesses for every text."""

    def __init__(self, *guesses: Guess) -> None:
        self.guesses = list(guesses)

    def __call__(self, texts: Sequence[str]) -> list[list[Guess]]:
        return [self.guesses for _ in texts]


STOP, THINNERS = Guess("faq/pain_too_much", 0.33), Guess("faq/med_blood_thinners", 0.2)


def test_a_doubtful_guess_gives_way_to_one_about_the_medicine_that_is_named() -> None:
    found = read_message("on apixaban, do I stop it before?", Ranked(STOP, THINNERS), LIMITS)
    assert only(found).label == THINNERS.label
    assert only(found).confidence == LIMITS.gate
    assert only(read_message("do I stop it?", Ranked(STOP, THINNERS), LIMITS)).label == STOP.label


def test_a_sure_guess_stays_beside_a_medicine() -> None:
    sure = Guess("faq/price_general", 0.8)
    found = read_message("I take apixaban. Cost?", Ranked(sure, THINNERS), LIMITS)
    assert only(found).label == sure.label


def test_a_subject_without_words_is_named() -> None:
    content = {"subjects": {"thinners": {"values": ["warfarn"], "topics": ["a"]}}}
    with pytest.raises(ValueError, match="thinners: values: 'warfarn' is not in vocabulary.yml"):
        read_subjects(content, {"warfarin": ["warfarin"]})


def test_every_answer_of_a_subject_exists() -> None:
    topics = {topic for one in subjects() for topic in one.topics}
    assert [topic for topic in sorted(topics) if not faq_entry(topic)] == []


@pytest.mark.parametrize(("sure", "intent"), [(0.33, "nlu_fallback"), (0.4, "erase_conversation")])
def test_what_does_something_wants_a_surer_guess_than_an_answer(sure: float, intent: str) -> None:
    guesses = [Guess("erase_conversation", sure), Guess("faq/alt_threads", 0.2)]
    found = read_message("tidy up what is left of it", lambda texts: [guesses] * len(texts), LIMITS)
    assert found.intent == intent


def test_a_story_whose_only_question_is_a_way_of_telling_is_read() -> None:
    found = read("My skin is thin. I had a lift, which hurt me", which_hurt_me="faq/pain_feel")
    assert found.guesses


@pytest.mark.parametrize(
    ("text", "masked", "label"),
    [
        ("can i swim after hifu", "can_i_swim_after_laser", "faq/water_and_heat_after"),
        ("do i shave before ipl", "do_i_shave_before_laser", "faq/prepare_shaving"),
        ("make-up after the strong laser", "make-up_after_laser", "faq/make_up_after"),
    ],
)
def test_what_is_the_same_whatever_was_used_has_its_own_answer(
    text: str, masked: str, label: str
) -> None:
    found = only(read(text, whole="oos_other_treatment", **{masked: label}))
    assert (found.label, found.aspect, len(found.devices)) == (label, None, 1)


def test_whether_a_device_is_offered_is_not_asked_twice() -> None:
    text = "does thermage hurt and do you offer it"
    known = {"does thermage hurt": "faq/pain_feel", "does laser hurt": "faq/pain_feel"}
    found = read(text, **known, do_you_offer_it="faq/price_discounts")
    assert [one.aspect for one in found.questions] == ["pain"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("dose hifu hrt", "does_laser_hurt"),
        ("is thermage panful", "is_laser_painful"),
        ("how mny sesions of ipl", "how_many_sessions_of_laser"),
    ],
)
def test_a_slip_in_an_aspect_is_put_right_beside_a_device(text: str, masked: str) -> None:
    label = "faq/sessions_number" if "sessions" in masked else "faq/pain_feel"
    found = only(read(text, whole="oos_other_treatment", **{masked: label}))
    assert found.label == label and found.devices


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("do u do co2 4 eye bags", "area_eyelids"),
        ("hifu on the knees", "area_legs"),
        ("is needling better than laser on a neck", "area_neck"),
        ("thermage vs ultherapy for jowls", "area_jawline"),
    ],
)
def test_a_part_of_the_body_is_offered_beside_a_device(text: str, area: str) -> None:
    found = only(read(text, whole="oos_other_treatment"))
    assert found.devices and found.beside == area


def test_a_difference_between_two_is_one_question() -> None:
    text = "What is the difference between the gentle laser and the fractional one?"
    assert only(read(text, whole="oos_other_treatment")).label == "faq/gentle_or_strong"


def test_a_brand_beside_its_own_kind_is_explained() -> None:
    found = only(read("Is the strong laser the same thing as Fraxel?", whole="oos_other_treatment"))
    assert (found.label, found.devices[0].name) == ("faq/brand_fraxel", "Fraxel")


@pytest.mark.parametrize("text", ["fraxel or co2 for acne scars", "hifu for acne scars"])
def test_what_a_device_is_wanted_for_is_answered(text: str) -> None:
    found = only(read(text, whole="oos_other_treatment"))
    assert found.label == "faq/acne_scars" and found.devices


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("does ipl help brown spots", "result"),
        ("does needling help acne scars", "result"),
        ("is ipl any good for redness", "worth"),
        ("is pico good for pigmentation", "result"),
        ("can fraxel cause hyperpigmentation", "risk"),
        ("will co2 leave me with dark marks", "risk"),
    ],
)
def test_what_a_kind_is_made_for_or_may_bring_is_said_of_that_kind(text: str, aspect: str) -> None:
    topic = next(t for t, words in devices().purposes.items() if words.search(text))
    masked = devices().put_right(devices().masked(text))
    found = only(read(text, whole=f"faq/{topic}", **{masked: f"faq/{topic}"}))
    assert (found.aspect, len(found.devices)) == (aspect, 1)


def test_a_combination_of_skin_is_no_combination_of_treatments() -> None:
    assert devices().purpose_of("is it ok for combination skin")[0] is None
    assert devices().purpose_of("can I combine it with botox")[0] == "alt_combining"


@pytest.mark.parametrize(
    "text", ["can i have it with shingles", "my cysts", "how long do scabs last", "i bruise"]
)
def test_a_word_that_is_right_is_not_put_right_beside_a_device(text: str) -> None:
    assert devices().put_right(text) == text


def test_a_clause_that_tells_is_not_left_out() -> None:
    red, meeting = "How red will I be the next day", "I've got a meeting at 9?"
    known = {red: "faq/redness_time"}
    assert not read(f"{red}, {meeting}", whole="faq/redness_time", **known).missed
    assert read(f"{red} and who will look after my dog?", **known).missed


def test_a_device_had_long_ago_is_not_what_a_story_asks_about() -> None:
    told = "I had thermage once. How much would my neck be?"
    price = "faq/price_general"
    model = Sure({"How much would my neck be?": [Guess(price, 0.9)], told: [Guess(price, 0.5)]})
    found = only(read_message(told, model, LIMITS))
    assert (found.label, found.devices) == (price, ())


def test_whether_it_is_offered_is_told_from_whether_one_may_have_it() -> None:
    assert offers("and do you offer that?") and offers("do u do it here")
    assert not offers("can you have both?") and not offers("does it work")


@pytest.mark.parametrize(
    ("sure", "beyond", "intent"),
    [
        (0.5, 0.1, "faq"),
        (0.5, 0.4, "nlu_fallback"),
        (0.25, 0.1, "faq"),
        (0.25, 0.15, "nlu_fallback"),
        (0.2, 0.0, "nlu_fallback"),
    ],
)
def test_an_answer_is_weighed_against_the_message_being_none_of_our_subjects(
    sure: float, beyond: float, intent: str
) -> None:
    guesses = [Guess("faq/price_general", sure), Guess("oos_chitchat", beyond)]
    found = read_message("what about it", lambda texts: [guesses for _ in texts], LIMITS)
    assert found.intent == intent
    assert found.nearest()["faq/price_general"] > 0


@pytest.mark.parametrize(
    ("text", "sure", "intent", "topics"),
    [
        ("i'm so nervous", 0.6, "faq", ["faq/is_it_frightening"]),
        ("i'm so nervous", 0.7, "express_distress", []),
        ("i hate my jowls", 0.5, "faq", ["faq/area_jawline"]),
        ("i cannot cope, i am so scared", 0.5, "express_distress", []),
    ],
)
def test_a_guess_of_distress_gives_way_to_ordinary_nerves(
    text: str, sure: float, intent: str, topics: list[str]
) -> None:
    found = read_message(
        text, lambda texts: [[Guess("express_distress", sure)]] * len(texts), LIMITS
    )
    assert (found.intent, [one.label for one in found.questions]) == (intent, topics)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("how many sessions and my arms?", ["faq/sessions_number", "faq/area_arms"]),
        ("how many sessions for my face and my arms?", ["faq/sessions_number"]),
    ],
)
def test_a_part_of_the_body_behind_a_question_is_answered_too(text: str, labels: list[str]) -> None:
    found = read(text, whole="faq/sessions_number")
    assert [one.label for one in found.questions] == labels
