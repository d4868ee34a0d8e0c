from __future__ import annotations

from dataclasses import asdict

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.medical.reader import ClinicalReader, clinical_pipeline
from assistant.nlu.situation import FILE, KEEP, WORRY, WorryReader, situations
from tests.assistant.nlu.component_contract import ComponentContract

IN_ORDER = (
    "featurizer.SentenceEncoderFeaturizer",
    "classifier.FaqIntentClassifier",
    "clinical.ClinicalEntityExtractor",
    "situation.WorryReader",
    "safety.SafetyCheck",
)


class TestWorryReader(ComponentContract):
    component = WorryReader

    @pytest.mark.parametrize("name", ["faq", sorted(KEEP)[0]])
    def test_a_worry_overrules_what_was_understood_but_nothing_more_pressing(
        self, trained: WorryReader, name: str
    ) -> None:
        asked = [{"name": name, "confidence": 0.9}, {"name": WORRY, "confidence": 0.1}]
        data = {"text": "since my laser my skin itches", "intent": asked[0]}
        (message,) = trained.process([Message(data={**data, "intent_ranking": asked})])
        assert message.get("worry") == "itch_after"
        assert message.get("intent")["name"] == (WORRY if name == "faq" else name)
        assert [row["name"] for row in message.get("intent_ranking")].count(WORRY) == 1

    @pytest.mark.parametrize(
        ("text", "length", "understood", "intent", "asked"),
        [
            (
                "had a laser peel in january, brown marks on my cheeks",
                "P10M",
                WORRY,
                "faq",
                ["marks_fading"],
            ),
            ("had a laser peel in january, brown marks, laser when?", "P10M", "faq", "faq", []),
            (
                "had a laser peel in january, brown marks since",
                "P10M",
                "ask_for_human",
                "ask_for_human",
                [],
            ),
            ("had a laser peel in january, brown marks getting worse", "P10M", "faq", WORRY, []),
            ("had laser three days ago, brown marks", "P3D", "faq", WORRY, []),
        ],
    )
    def test_what_is_known_for_months_is_asked_about_like_anything(
        self,
        trained: WorryReader,
        text: str,
        length: str,
        understood: str,
        intent: str,
        asked: list[str],
    ) -> None:
        told = {"entity": "duration", "value": length, "role": "asserted"}
        name = {"name": understood, "confidence": 0.9}
        (message,) = trained.process(
            [Message(data={"text": text, "intent": name, "entities": [told]})]
        )
        assert message.get("intent")["name"] == intent
        assert [one["topic"] for one in message.get("questions") or []] == asked
        assert (message.get("worry") is None) == (intent != WORRY)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("had a session on friday and my cheeks are scarlet", "redness_time"),
        ("four days after fraxel, my face is so puffy", "swelling_time"),
        ("since my laser my skin itches", "itch_after"),
        ("a hollow in my temple two months after thermage", "fat_loss_lasts"),
        ("dark patches three weeks after ipl", "marks_fading"),
        ("six weeks since co2 and red, is that for good", "can_redness_stay"),
        ("STILL SORE, TREATMENT WAS ON TUESDAY", "soreness_time"),
        ("all good until last night, now puffy after the laser", "swelling_time"),
        ("had laser on monday, is it all fine to be this red", "redness_time"),
        ("hope all is well! i had laser on monday and my cheek is red", "redness_time"),
        ("hope you are doing well. laser was on tuesday, i am still sore", "soreness_time"),
        ("had laser on monday and my cheek is red and not healing well", "redness_time"),
        ("had laser on monday, healing well on the left, but the right is red", "redness_time"),
        ("i can't see the nurse until friday, laser was on monday, my face is red", "redness_time"),
    ],
)
def test_whoever_was_treated_and_worries_is_noticed(text: str, answer: str) -> None:
    assert situations().worry(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "how long is skin red after co2",
        "does laser leave dark marks",
        "had botox two weeks ago, can i have laser",
        "i have dark skin, is laser safe",
        "my neck is loose and red from the sun",
        "five weeks since my session and i see no change",
        "day 2 after laser, all good, a touch pink, when is retinol fine",
        "ten weeks after my laser and i cannot see a difference, normal?",
        "melasma since my first baby, heat makes it worse: is the treatment hot?",
    ],
)
def test_a_question_or_a_plan_is_no_worry(text: str) -> None:
    assert situations().worry(text) is None


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("I have had a white patch since the laser in march", True),
        ("my cheek has been numb for 11 months since the laser", True),
        ("had thermage 6 months ago and it left a dent", True),
        ("I have had brown patches for ten years, can laser help", True),
        ("had laser 5 months ago and since monday my cheek is numb", False),
        ("had laser 5 months ago, my cheek has been numb for two hours", False),
        ("had laser 5 months ago, my cheek has been numb all week", False),
        ("had laser in june, woke up with a numb cheek", False),
        ("had laser in june, my skin is turning grey", False),
        ("lately there is a white patch, had laser 8 months ago", False),
        ("I've been a client for two years, my cheek is numb after the laser", False),
        ("I quit smoking 6 months ago, my cheek is numb since the laser", False),
        ("I've been on roaccutane for 4 months and my cheek is numb after the laser", False),
        ("I'm 5 months pregnant and there is a dark patch after laser", False),
        ("I waited 6 months for this appointment and the laser left a dent", False),
        ("my third session in six months left a dent", False),
    ],
)
def test_what_is_of_today_is_not_taken_for_known_for_long(text: str, is_known: bool) -> None:
    facts = [asdict(one) for one in ClinicalReader(clinical_pipeline(), "GB").read(text)]
    message = Message(data={"text": text, "entities": facts})
    assert situations().long_known.fits(message) == is_known


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("my concealer has gone patchy since the session, tips?", "since the session, tips?"),
        ("the serum smells odd, may i swap it?", ", may i swap it?"),
        ("my powder won’t blend and it has gone streaky", "and"),
        ("caught the sun and my arms are peeling, do i rebook?", "and , do i rebook?"),
        ("oops, retinol last night, still come in?", "last night, still come in?"),
        (
            "2 months since laser and my jaw looks the same, another?",
            "2 months since laser , another?",
        ),
        ("6 weeks since laser, the patch looks the same", "6 weeks since laser, the patch"),
        ("five sessions and no change at all", "five sessions and"),
        ("had my third session, still no change", "had my third session, still"),
        ("the serum smells odd, can i still use it?", ", can i still use it?"),
        ("used scrub by mistake, is my session still on?", "used , is my session still on?"),
    ],
)
def test_words_that_only_sound_like_a_reaction_are_struck(text: str, left: str) -> None:
    rest = situations().ordinary.without(text)
    assert rest is not None and " ".join(rest.split()) == left


@pytest.mark.parametrize(
    "text",
    [
        "does it hurt",
        "since the cream my cheek has gone brown",  # of the skin
        "the serum smells odd and my face has come up in welts",
        "my concealer goes cakey over the wet patch that weeps",
        "my neck looks the same, red and sore",
        "no change, the pain is the same",
        "two weeks since laser and the crater looks the same",  # a mark is no face
        "caught the sun and my arms are peeling",  # no session to come
        "caught the sun, now i shiver and am sick, do i rebook?",
        "sunburnt with fat blisters, do i rebook?",
        "oops, retinol last night and my face is on fire, still come in?",
        "oops, toner in my eye, still come in?",
        "accidentally drank toner, do i cancel?",
        "my toddler got sunburnt, do i rebook?",
        "the serum smells odd and so does my chin",  # it goes on
        "used scrub by mistake, took the top off my cheek, still come in?",
        "my concealer goes cakey, still red a week on",  # a session that has been
        "my nose is pink from the sun, treated last week, next session monday",
        "oops, retinol the night of my session, next one is due",
    ],
)
def test_what_a_body_tells_of_stays_as_it_is_said(text: str) -> None:
    assert situations().ordinary.without(text) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("she'll kill me if I pick the wrong one", "if I pick the wrong one"),
        ("My mate nearly killed me when I said where", "when I said where"),
        ("had a heart attack at the price, is it per go?", "at the price, is it per go?"),
        (
            "I'm a burns unit HCA so blisters and raw skin are a normal tuesday. how deep?",
            ". how deep?",
        ),
        ("she bruises if you look at her, is it ok", ", is it ok"),
        ("Swelled like a football last year, all gone by day three. Same again?", "Same again?"),
        ("does it cost an arm and a leg", "does it"),
        ("hit me up when you have a slot", "have a slot"),
        ("Last year the rash cleared up in two days, my throat is closing", "my throat is closing"),
        ("my face blew up and last year it went within an hour", "my face blew up and"),
    ],
)
def test_figures_trades_traits_and_what_went_away_are_not_read_for_danger(
    text: str, left: str
) -> None:
    assert " ".join(situations().struck.left_of(text).split()) == left


@pytest.mark.parametrize(
    "text",
    [
        "he'll kill me if I leave",
        "he will kill me if i miss his call",
        "she'll kill me if i am late, she hits me",  # fear beside it
        "I'm a nurse so i know this isn't normal, blisters everywhere",
        "I'm a nurse and my face is blistering",
        "my mole bleeds easily",
        "Swelled up last year, gone by day two, but now it is worse",
        "Swelled up on monday, gone by wednesday",  # not long past
        "had a heart attack after the laser",
        "my neck is killing me",
        "my husband nearly killed me when he found out",  # violence, whoever it comes from
        "my mother nearly killed me when i told her i was pregnant",
        "MY WIFE NEARLY KILLED ME WHEN I SAID WHERE I HAD BEEN",
        "they'll kill me if i miss a payment",
        "they will kill me if i cancel the wedding",
        "my mum will kill me if i pick the wrong man",
        "my mum will kill me if i pick the wrong one she flogs me",
        "she'll kill me if i spend this much, she keeps my bank card",
        "my carer hit me with the phone",
        "the staff pinch me till im black and blue",
        "I could murder one of them",
        "the numbing cream nearly killed me when i had it an hour ago",  # a body that tells of itself
        "my feet are killing me on insulin and theyve gone black",
        "he cannot move an arm and a leg",
        "i have a pain in the bum and fever since the injection",
        "coughing up for two days its all blood",
        "my dad had two different strokes",
        "my love is blind in one eye since the filler",
        "i nearly choked on my tea when i was swallowing, my tongue is fat",
        "my dad had a heart attack over the bills last night",
        "I'm a nurse so crushing chest pain all day has me thinking",  # whose work it is
        "I am a GP and suicidal thoughts are routine for me",
        "being a carer and bruises are nothing new, mrs p hits out",
        "my throat is closing like last year when it settled within an hour",  # old and new in one
        "Had hives and throat swelling last year, gone by day two. It's happening again.",
        "CHEST PAIN LAST YEAR WENT WITHIN AN HOUR THIS ONE WONT SHIFT",
        "i took an overdose last year and was fine in a day, got the tablets out",
        "my husband swelled last year gone by day two wont wake up",
        "suddenly i bruise easily and my gums bleed",  # no trait
        "my skin burns if anyone touches it since the laser",
    ],
)
def test_what_may_be_danger_is_read_as_it_is_said(text: str) -> None:
    assert situations().struck.left_of(text) == text


def test_every_component_of_ours_stands_in_the_pipeline_and_what_one_reads_before_it() -> None:
    config = yaml.safe_load((FILE.parents[1] / "config.yml").read_text(encoding="utf-8"))
    names = [step["name"] for step in config["pipeline"]]
    places = [names.index(f"assistant.nlu.{one}") for one in IN_ORDER]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "text",
    [
        "had my lids done surgically in march, scars still pink, when could I have the area lasered",
        "i had lip filler 2 wks ago am i too soon, and does the laser do the lines above",
        "melasma since i was pregnant comes back dark every summer. Would the laser make it darker",
        "had a peel last month and it left me brown, which of your two would be kinder",
        "botox two weeks ago, brow a bit pink, is it too early for a session",
    ],
)
def test_a_question_about_a_treatment_to_come_is_no_worry_after_one(text: str) -> None:
    assert situations().worry(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "had my session last week and the cheek is brown, would the laser have left that",
        "3 days after my laser it is weeping and dark, when can i start makeup",
        "day 2 after laser and it is hot and red, which of your creams do i use",
        "had your laser on monday, my face is bright red, when can i get back to work",
        "had a session last week and my cheek went brown, is it happening again",
    ],
)
def test_who_asks_ahead_with_something_new_on_the_skin_is_still_heard(text: str) -> None:
    assert situations().worry(text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I'm so nervous", "is_it_frightening"),
        ("dreading it", "is_it_frightening"),
        ("I'm terrified of needles", "is_it_frightening"),
        ("gutted about my jowls", "area_jawline"),
        ("I hate my jowls so much", "area_jawline"),
        ("I can't stand my neck", "area_neck"),
        ("I hate myself", None),
        ("I hate my face and cry every day", None),
        ("so nervous I can't sleep", None),
        ("I am so scared and alone", None),
        ("terrified that my face is ruined", None),
        ("feeling hopeless, nothing helps", None),
        ("I'm so scared of him", None),
        ("afraid of what I might do", None),
        ("I'm scared to go home", None),
        ("so anxious I cut", None),
        ("I hate my belly so I starve", None),
        ("can't stand my neck, can't stand being here", None),
        ("hate my neck since you lasered it", None),
    ],
)
def test_ordinary_nerves_are_no_distress(text: str, topic: str | None) -> None:
    assert situations().nerves.answer(text) == topic
