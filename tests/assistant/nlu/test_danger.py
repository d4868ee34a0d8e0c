"""Danger as the trained assistant hears it: our own held-out sentences, kinds, languages, bad input."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import yaml

from assistant.nlu.danger import facts
from assistant.nlu.danger.decide import Bound, DangerCheck, Reader
from assistant.nlu.danger.examples import misspelt, read_examples
from assistant.nlu.danger.facts import load_facts, read_all
from assistant.nlu.danger.languages import fold, languages
from assistant.nlu.danger.model import DangerModel, Likely
from assistant.nlu.danger.parts import Parts, load_parts
from assistant.nlu.encoder import DEFAULT_FOLDER, Vectors, load_encoder
from assistant.nlu.medical.rules import RulesError, load_red_flags
from assistant.nlu.medical.signs import safety_rules
from assistant.nlu.safety import typed_answer
from clinic.languages import load_languages
from clinic.urgency import UNCLEAR
from clinic.urgency import load_default as urgency

DATA = Path(__file__).parent.parent / "data"
FOLDER = Path("assistant/nlu/data/danger")
Check = Callable[[str], dict[str, Any] | None]


def rows(name: str, level: str) -> list[str]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return [row[2] for row in csv.reader(lines, delimiter="\t") if row[0] == level]


@pytest.fixture(scope="module")
def check() -> Check:
    from rasa.core.agent import Agent

    from scripts.train import MODEL, train

    train()
    agent = Agent.load(str(MODEL))
    component = next(
        node
        for name, node in agent.processor.graph_runner._instantiated_nodes.items()
        if "SafetyCheck" in name
    )._component
    from dataclasses import asdict

    def found(text: str) -> dict[str, Any] | None:
        finding = component._check.find(text)
        return asdict(finding) if finding else None

    return found


@pytest.mark.parametrize(("level", "least"), [("U1", 0.97), ("U2", 0.97)])
def test_whoever_is_in_danger_is_heard(check: Check, level: str, least: float) -> None:
    texts = rows("danger_held_out.tsv", level)
    missed = [text for text in texts if not check(text)]
    assert len(missed) <= (1 - least) * len(texts), missed


def test_an_emergency_is_mostly_acted_upon(check: Check) -> None:
    texts = rows("danger_held_out.tsv", "U1")
    waited = [text for text in texts if (check(text) or {}).get("decision") != "act"]
    assert len(waited) <= 0.06 * len(texts), waited  # measured 5.6 %, wanted 5 %


def test_calm_people_are_seldom_alarmed(check: Check) -> None:
    texts = rows("danger_held_out.tsv", "calm")
    alarmed = [
        text
        for text in texts
        if (found := check(text)) and (found["decision"], found["level"]) == ("act", "U1")
    ]
    assert len(alarmed) <= 0.08 * len(texts), alarmed


def test_misspelt_emergencies_are_still_heard(check: Check) -> None:
    texts = rows("danger_held_out.tsv", "U1")
    missed = [text for text in texts if check(text) and not check(misspelt(text, 10))]
    assert len(missed) <= 0.03 * len(texts), missed


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("my nephew has swallowed a blob of the numbing cream", "poisoning"),
        ("i swallowed seventeen paracetamol", "overdose"),
        ("i came off my warfarin by myself for the laser", "medicine_stopped"),
        ("my boyfriend hits me", "unsafe"),
        ("the mole on my arm has grown and bleeds", "mole_change"),
    ],
)
def test_a_sign_is_found_in_words_of_its_own(check: Check, text: str, sign: str) -> None:
    found = check(text)
    assert found and found["sign"] == sign


@pytest.mark.parametrize(
    "text",
    [
        "my sister wants to kill herself",
        "my friend took all her pills",
        "my mum is scared of her husband, he hits her and hits me",
        "everyone would be better off without me",
    ],
)
def test_what_is_never_excused_is_at_least_asked_about(check: Check, text: str) -> None:
    assert check(text)


@pytest.mark.parametrize("code", sorted(load_languages()))
def test_danger_is_heard_in_every_language(check: Check, code: str) -> None:
    """Each phrase of two words or more, or of letters that English does not have."""
    for sign, phrases in load_languages()[code].danger.items():
        for phrase in phrases:
            told = phrase.replace(" .. ", " ")
            if len(told) < 8 or (" " not in told and fold(told).isascii()):
                continue
            found = languages().danger(told)
            assert found, (code, sign, phrase)
            level = urgency().events[found.means].level
            assert level == "U1" or urgency().events[sign].level == "U2", (phrase, found)


def test_sentences_of_other_languages_are_heard_and_calm_ones_are_not() -> None:
    urgent = [*rows("danger_languages.tsv", "U1"), *rows("danger_languages.tsv", "U2")]
    missed = [text for text in urgent if not languages().danger(text)]
    assert len(missed) <= 0.03 * len(urgent), missed
    calm = rows("danger_languages.tsv", "calm")
    assert [text for text in calm if languages().danger(text)] == []


def test_a_sign_is_named_right_or_left_general(check: Check) -> None:
    with (DATA / "danger_unseen.tsv").open(encoding="utf-8") as lines:
        told = [row for row in csv.reader(lines, delimiter="\t") if row[1] in urgency().events]
    found = [(check(text), sign, text) for _, sign, text in told]
    wrong = [
        (text, named["sign"])
        for named, sign, text in found
        if named and named["sign"] not in (sign, *UNCLEAR.values())
    ]
    assert len(wrong) <= 0.1 * len(told), wrong


def test_other_languages_raise_no_alarm_in_english() -> None:
    calm = [*rows("danger_held_out.tsv", "calm"), *rows("danger_held_out.tsv", "U1")]
    assert [text for text in calm if languages().danger(text)] == []


@pytest.mark.parametrize("text", ["dying to look younger", "these prices take my breath away"])
def test_a_joke_is_no_alarm(check: Check, text: str) -> None:
    found = check(text)
    assert not found or found["decision"] == "ask"


@pytest.mark.parametrize("text", ["", " ", "🙂", "🙂🙂🙂🙂", "👍🏽", "?!", "a" * 2000])
def test_nothing_to_read_is_no_danger(check: Check, text: str) -> None:
    assert check(text) is None


def test_danger_in_the_middle_of_a_long_message_is_found(check: Check) -> None:
    chat = "we had a nice walk by the river and then some cake with tea at home. "
    text = chat * 13 + "since an hour ago i cannot breathe. " + chat * 14
    found = check(text[:2000])
    assert found and found["level"] == "U1"


def test_the_check_is_fast(check: Check) -> None:
    times = []
    for text in rows("danger_held_out.tsv", "calm"):
        begin = time.perf_counter()
        check(text)
        times.append(time.perf_counter() - begin)
    assert statistics.median(times) < 0.1  # the figure is in benchmarks/danger.md


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", True),
        ("Yes, now", True),
        ("yeah it is", True),
        ("no", False),
        ("No, I am only asking", False),
        ("just asking", False),
        ("no i cant breathe", None),
        ("how much is it", None),
    ],
)
def test_a_typed_answer_is_understood(text: str, answer: bool | None) -> None:
    assert typed_answer(text) is answer


class Sure:
    """A model that is sure of an emergency, whatever it reads."""

    act, ask, suspect = 0.5, 0.1, 0.05

    def judge(self, evidence: list[Any], *_: Any) -> list[Likely]:
        return [Likely(0.9, 0.05, np.ones(1)) for _ in evidence]

    def named(self, *_: Any) -> dict[str, float]:
        return {UNCLEAR["U1"]: 1.0}


def test_what_the_model_alone_says_of_another_language_is_asked_about() -> None:
    reader = Reader(cast(DangerModel, Sure()), load_encoder(DEFAULT_FOLDER).encode)
    check = DangerCheck(load_facts(), reader, reader, urgency())
    known = check.find("the weather is rather nice in the city today")
    foreign = check.find("das Wetter in der Stadt ist heute wirklich sehr angenehm")
    assert known and foreign
    assert (known.decision, foreign.decision) == ("act", "ask")


WEATHER = "the weather is nice in the city today"


class Calm(Sure):
    """A model that finds nothing in anything."""

    def judge(self, evidence: list[Any], *_: Any) -> list[Likely]:
        return [Likely(0.01, 0.01, np.ones(1)) for _ in evidence]


@pytest.mark.parametrize(
    ("models", "asked"), [([Sure, Sure], 2), ([Sure, Calm], 2), ([Calm, Sure], 1)]
)
def test_the_thorough_model_reads_and_decides_what_the_quick_one_suspects(
    models: list[type[Sure]], asked: int
) -> None:
    read = []

    def encode(texts: Sequence[str]) -> Vectors:
        read.append(texts)
        return np.zeros((len(texts), 1), np.float32)

    quick, thorough = (Reader(cast(DangerModel, model()), encode) for model in models)
    found = DangerCheck(load_facts(), quick, thorough, urgency()).find(WEATHER)
    assert len(read) == asked
    assert bool(found) is (Calm not in models)


LOOKS_LIKE_A_SIGN = (
    ("could you fit him in at noon", "he had a fit at noon", "fit"),
    ("i keep fit and run", "she keeps having a fit", "fit"),
    ("mum will have a fit when she sees the bill", "mum is having a fit", "fit"),
    ("i could kill myself laughing", "i could kill myself", "suicidal"),
    ("did you get my last message about friday", "this is my last message", "suicidal"),
    ("it is a short walk from the train to you", "i will jump in front of the train", "suicidal"),
    ("i wrote a letter to your manager", "i wrote a letter to each of my girls", "suicidal"),
    ("i can't breathe in these jeans", "i can't breathe in here", "breathing"),
    (
        "i laughed until i couldn't breathe",
        "i laughed and then couldn't get air, can't breathe",
        "breathing",
    ),
    ("my neck melted like a candle", "i fell onto the candle and it burnt me", "burn_deep"),
    ("no blisters, no pus and no fever", "no fever but there are blisters", "blisters"),
    ("all well, without any pus or oozing", "no fever, but pus on my chin", "pus"),
    ("not burnt, not blistered, just pink", "not burnt but blistered since the laser", "blisters"),
    ("no wheezing, no breathlessness", "no fever but breathless and gasping", "breathing"),
    ("dying of curiosity about the machine", "i am dying", "unclear_now"),
    ("two cords in my neck and hollow cheeks", "hollow cheeks since the laser", "dents"),
    ("i have a cold sore and am booked in june", "a cold sore since the laser", "cold_sore_after"),
    ("it is itchy where you lasered me", "itchy all over since the laser", "rash"),
    ("your rooms smell of lavender", "the wound smells since the laser", "pus"),
    ("my belly slaps my knees when i jog", "he slaps me in the face", "unsafe"),
    ("there is a faint line on my chin", "i feel faint", "faint"),
    (
        "i bang my head against a wall with this bot",
        "i banged my head against a door",
        "head_injury",
    ),
)


@pytest.mark.parametrize(("harmless", "real", "sign"), LOOKS_LIKE_A_SIGN)
def test_what_looks_like_a_sign_is_none_and_the_sign_itself_still_is(
    harmless: str, real: str, sign: str
) -> None:
    assert not _signs(harmless) and not safety_rules().find(harmless)
    assert sign in _signs(real)


@pytest.mark.parametrize(
    ("visit", "collapse"),
    [
        ("i can't get her to come to your clinic", "i can't get her to come to"),
        ("my husband won't come to the consultation", "my husband won't come to"),
        ("can't bring him round the houses with me", "can't bring him round"),
        ("my mum won't come round to yours", "my mum won't come round when i shake her"),
        ("she isn't coming round tomorrow", "she hasn't come round and it is five minutes"),
        ("he is not coming to your talk", "he has not come to with water on his face"),
        ("unable to get him to come to a session", "unable to get him to come to, he is limp"),
    ],
)
def test_who_does_not_come_along_has_not_collapsed(visit: str, collapse: str) -> None:
    assert not safety_rules().find(visit)
    found = safety_rules().find(collapse)
    assert found and found.sign == "collapse"


def test_words_are_read_as_what_they_are_texted_for() -> None:
    (told,) = load_parts().read("cnt breth propaly coz my tung is swolen")
    assert told.words == tuple(
        ["cant", "breathe", "properly", "because", "my", "tongue", "is", "swollen"]
    )
    (plain,) = load_parts().read("i have just had a cup of tea")
    assert plain.words == tuple(["i", "have", "just", "had", "a", "cup", "of", "tea"])


def _signs(text: str) -> set[str]:
    return {sign for sentence in load_parts().read(text) for sign in sentence.signs}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("sat on the edge of the viaduct and nobody knows", "suicidal"),
        ("i'm stood on the roof of my block", "suicidal"),
        ("i can't phone because he is watching me", "unsafe"),
        ("please don't ring, he's listening", "unsafe"),
    ],
)
def test_places_and_being_overheard_are_signs(text: str, sign: str) -> None:
    assert sign in _signs(text)


@pytest.mark.parametrize(
    ("imagined", "real"),
    [
        ("What if it went wrong and I couldn't breathe?", "It went wrong and I couldn't breathe"),
        (
            "worried my lips will swell so much I can't breathe",
            "my lips swell so much I can't breathe",
        ),
        ("I can't see a link to pay", "I can't see"),
        ("I can't see any difference", "I can't see anything on the left"),
        ("my wife can't see it, but I do", "my wife can't see, it went grey"),
        (
            "eight weeks since my second and I can't see a thing",
            "since the laser I can't see a thing",
        ),
    ],
)
def test_what_is_only_imagined_or_not_found_is_no_alarm(imagined: str, real: str) -> None:
    assert not safety_rules().find(imagined)
    assert safety_rules().find(real)


def test_a_sign_that_names_no_part_is_refused(tmp_path: Path) -> None:
    parts = yaml.safe_load((FOLDER / "parts.yml").read_text(encoding="utf-8"))
    parts["signs"]["burn"].append(["no_such_part"])
    (tmp_path / "parts.yml").write_text(yaml.safe_dump(parts), encoding="utf-8")
    with pytest.raises(RulesError, match="sign 'burn' names the part 'no_such_part'"):
        Parts(tmp_path, load_red_flags())


CALM_STORIES = (
    "We are off to Crete on the 3rd and I refuse to hide in the room all day. When should I come?",
    "I had a brow lift in 2014, it has come down again and I do not want to go under once more. "
    "I'm 66, walk a lot and sleep well. Would laser keep it up a little longer?",
    "Nine weeks on and there is nothing to be seen. Did it not take?",
    "I'm 31 weeks along, bloated and saggy round the chin. When after the birth may I come?",
    "My kid bumped my chin on day four and a flake came off, no blood. Anything to do?",
    "He licks my face every morning and I cannot stop him. Is that an infection risk for a dog owner?",
    "He's on a blood thinner for his heartbeat and bruises if you look at him. He wants his jowls seen "
    "to, as he has met a lady. Is there any harm in him coming for a look?",
    "Treated by you in spring, one cheek sits a bit lower than the other and I'm cross. Who do I see?",
)


@pytest.mark.parametrize("story", CALM_STORIES)
def test_a_part_of_a_calm_story_calls_no_ambulance(check: Check, story: str) -> None:
    found = check(story)
    assert not found or found["decision"] == "ask" or found["level"] == "U2"


def test_a_sentence_that_is_no_text_is_named(tmp_path: Path) -> None:
    for name in ("now.yml", "soon.yml", "calm.yml"):
        (tmp_path / name).write_text("other:\n- fine\n", encoding="utf-8")
    (tmp_path / "calm.yml").write_text("other:\n- true\n", encoding="utf-8")
    with pytest.raises(RulesError, match=r"calm\.yml: other: True is not a text"):
        read_examples(tmp_path)
    assert all(isinstance(example.text, str) for example in read_examples())


def test_of_two_bounds_the_stricter_holds() -> None:
    assert Bound(0.3, 0.2) | Bound(0.5, 0.1) == Bound(0.5, 0.2)


def test_many_texts_are_read_by_several_processes_as_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[object] = []

    class Counted(ProcessPoolExecutor):
        def __init__(self, *given: Any, **more: Any) -> None:
            begun.append(given)
            super().__init__(*given, **more)

    monkeypatch.setattr(facts, "ProcessPoolExecutor", Counted)
    monkeypatch.setattr(facts.os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    texts = ["my throat is closing", "how much is it? my lip is huge", "what a day"]
    alone = list(read_all(texts))
    assert not begun
    monkeypatch.setattr(facts, "PIECE", 1)
    assert list(read_all(texts)) == alone
    assert [given[0] for given in begun] == [2]  # type: ignore[index]
    assert [len(parts) for _, parts in alone] == [0, 2, 0]
