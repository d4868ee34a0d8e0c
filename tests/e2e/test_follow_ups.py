"""Short messages that lean on the answer before them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conversation import Conversation

PAIRS = [
    ("does it hurt?", "how long does that last?", "soreness_time"),
    ("is numbing cream used", "how long does that last", "soreness_time"),
    ("when will i see results", "how long does that last?", "results_duration"),
    ("how much difference will it make", "and how long does that last", "results_duration"),
    ("will i be red after", "how long for?", "redness_time"),
    ("how will i look straight after the session", "how long does that last", "redness_time"),
    ("will my face swell up", "does that go away", "swelling_time"),
    ("will i bruise", "how long does that last?", "bruise_chance"),
    ("will it make my brown skin go darker", "is that permanent", "marks_fading"),
    ("will my skin peel", "for how long", "peeling_and_dryness"),
    ("what happens in a session", "how long does that last?", "session_duration"),
    ("how do you protect my eyes", "how long is that for", "session_duration"),
    ("what do you store about me", "how long for", "chat_kept_how_long"),
    ("can i have laser on roaccutane", "how long for?", "med_isotretinoin_gap"),
    ("what are the side effects", "how long does that last", "redness_time"),
    ("how do i look after my skin afterwards", "how long for?", "aftercare_by_day"),
    ("what is thermage", "how long does that last", "results_duration"),
    ("does it hurt?", "and on the neck?", "pain_by_area"),
    ("does it hurt?", "what about my tummy?", "pain_by_area"),
    ("how much does it cost", "and for the neck?", "price_general"),
    ("does it work on the face", "and on the neck?", "area_neck"),
    ("does it work on the face", "what about arms?", "area_arms"),
    ("does it help a loose neck", "and thighs?", "area_legs"),
    ("is it safe", "what about men?", "suits_males"),
    ("does it work on women in their 40s", "what about men?", "suits_males"),
    ("is it safe", "and for dark skin?", "dark_skin_safety"),
    ("what are the side effects", "and on dark skin?", "skin_going_dark"),
    ("when can i exercise again", "and make-up?", "make_up_after"),
    ("how do i prepare", "what about make-up?", "prepare_products"),
    ("when can i go to the gym again", "and swimming?", "water_and_heat_after"),
    ("how do i prepare", "and the sun?", "prepare_sun"),
    ("when can i wear make-up again", "and the sun?", "sun_after_care"),
    ("how do i prepare", "what about retinol?", "prepare_strong_creams"),
    ("how do i prepare", "and shaving?", "prepare_shaving"),
    ("when can i exercise again", "and shaving?", "shaving_after"),
    ("what is ultherapy", "and thermage?", "brand_thermage"),
]
MORE = [
    ("does it hurt?", "tell me more", "Each pulse lasts"),
    ("does it hurt?", "why?", "Each pulse lasts"),
    ("is it safe for dark skin", "more please", "soaks up laser light"),
    ("is it safe for dark skin", "how come?", "soaks up laser light"),
]


@pytest.mark.parametrize(("first", "then", "wanted"), PAIRS)
def test_a_follow_up_means_what_the_answer_before_it_makes_it_mean(
    say: Callable[[], Conversation], first: str, then: str, wanted: str
) -> None:
    visitor = say()
    visitor.say(first)
    words = visitor.say(then)
    assert visitor.topics == [wanted], (visitor.intent, words)


@pytest.mark.parametrize(("first", "then", "wanted"), MORE)
def test_more_is_more_of_the_answer_before(
    say: Callable[[], Conversation], first: str, then: str, wanted: str
) -> None:
    visitor = say()
    visitor.say(first)
    assert wanted in visitor.say(then)


def test_there_are_at_least_thirty_pairs() -> None:
    assert len(set(PAIRS)) >= 30


def test_after_people_have_spoken_the_subject_is_a_new_one(
    say: Callable[[], Conversation],
) -> None:
    visitor = say()
    visitor.say("does it hurt?")
    visitor.after_staff = True
    visitor.say("how long does that last?")
    assert "soreness_time" not in visitor.topics
