"""The content check names file, entry, field and what is allowed."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from clinic import load as load_clinic
from clinic.sources import load as load_sources
from clinic.spoken import spoken
from clinic.urgency import load_default as load_urgency
from content.basis import basis, figures, source_mistakes
from content.checks import check, load_rules
from content.entries import Entry, fingerprint, keys_twice, load_entries
from content.polarity import both_ways, first_words, nameless, polarity
from content.settings import bounds, broken
from content.urgency import contradictions, unknown_events
from scripts.content_meaning import near_duplicates
from scripts.content_report import report
from scripts.train import ROOT

TODAY = date(2026, 12, 1)
COPIED = (
    "clinic.yml",
    "domain.yml",
    "data/sources.yml",
    "data/urgency.yml",
    "data/content_rules.yml",
    "data/devices.yml",
    "docs/intended-purpose.md",
)
RULES = load_rules(ROOT)


@pytest.fixture()
def project(tmp_path: Path) -> Path:
    """A copy of the clinic's facts, the rules, the sources and one file of answers."""
    (tmp_path / "data" / "faq").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "data/faq/pain.yml", tmp_path / "data/faq/pain.yml")
    text = (tmp_path / "data/faq/pain.yml").read_text(encoding="utf-8")
    allowed = "related: [snapping_feel, numbing_cream]"
    text = re.sub(r"related: \[.*\]", allowed, text)
    text = text.replace(allowed, "related: [pain_feel]").replace("related: [pain_feel]", allowed, 1)
    (tmp_path / "data/faq/pain.yml").write_text(text, encoding="utf-8")
    return tmp_path


def mistakes(project: Path, old: str = "", new: str = "") -> list[str]:
    path = project / "data" / "faq" / "pain.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(m) for m in check(project, TODAY) if not m.is_warning]


def test_the_answers_we_ship_have_no_mistake() -> None:
    assert [str(m) for m in check(ROOT, TODAY) if not m.is_warning] == []


def test_there_are_at_least_130_answers_with_12_ways_to_ask_each() -> None:
    entries, _ = load_entries(ROOT)
    assert len(entries) >= 130
    assert [e.topic for e in entries if len(set(e.asks)) < 12] == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('question: "Does it hurt?"', "", "'pain_feel': metadata.question: is missing"),
        ("sources: [", "sources: [S999, ", "'S999' is not in data/sources.yml"),
        ('reviewed: "2026-11-27"', "reviewed: 2026-11-27", "reviewed: must be quoted"),
        ('reviewed: "2026-11-27"', 'reviewed: "last week"', "is not a date like"),
        ("clinical_review: pending", "clinical_review: yes-of-course", "a fingerprint"),
        (
            "clinical_review: pending",
            "clinical_review: Dr Rao 2026-11-30 00000000",
            "was changed since it was signed",
        ),
        ("sources: [", "sources: [ultherapy] # [", "rests on maker alone"),
        ("sources: [", "sources: [clinic] # [", "rests on our own word alone"),
        ("sources: [", "sources: [none, clinic, ", "prints no fact of clinic.yml"),
        (
            "sources: [",
            "sources: [gold_review, ",
            "cites 'gold_review', but speaks of nothing like",
        ),
        (
            "  - channel: sms\n    text: >-\n",
            '  - channel: sms\n    text: ""\n    old: >-\n',
            "is empty",
        ),
        (
            "It should be brief.",
            "90% of people feel it. It should be brief.",
            "without how many took part",
        ),
        ("It can hurt a little", "It hurts, the NHS says. It can", "draw it from clinic.yml"),
        ("It can hurt a little", "Our doctors have checked it. It can", "is pending until"),
        (
            "If it is too hot, say so at once.",
            "For a blister, call {emergency_number}.",
            "sends blisters to emergency; data/urgency.yml says clinic",
        ),
        ("It can hurt a little", "{numbing_wait} after after", "a word stands twice"),
        ("  utter_faq/snapping_feel:", "  utter_faq/pain_feel:", "stands twice"),
        ("It can hurt a little", "We guarantee no pain", "promises nothing"),
        ("It can hurt a little", "It softens lines. It can", "say may or can"),
        ("It can hurt a little", "Both firm skin. It can", "say may or can"),
        ("It can hurt a little", "If anything goes wrong, call. It can", "say whom to call then"),
        ("It can hurt a little", "Folds need surgery. It can", "that they need an operation"),
        ("It can hurt a little", "We offer neither here. It can", "draw {other_treatments} or"),
        ("It can hurt a little", "No harm was found. It can", "not the same as safe"),
        ("It can hurt a little", "The clinic tells you. It can", "so it says we"),
        (
            "It can hurt a little",
            "We ask for {isotretinoin_wait}. It can",
            "when we ask for a wait",
        ),
        ("It can hurt a little", "Other lasers can burn. It can", "as if ours could not"),
        ("It can hurt a little", "The safest laser. It can", "no superlatives"),
        (
            "It can hurt a little",
            "Dents are mainly reported with ultrasound. It can",
            "the risk is not nil",
        ),
        (
            "It can hurt a little",
            "It differs. You feel it. It can",
            "does not name what: 'It differs'",
        ),
        ("It can hurt a little", "Hurts {nothing}", "{nothing} is not a fact of clinic.yml"),
        ("It can hurt a little", "word " * 60, "60 or fewer"),
        ("  examples: |", "  nothing: |", "0 ways to ask; 12 or more"),
    ],
    ids=lambda value: value[:24],
)
def test_a_mistake_names_file_entry_and_what_is_allowed(
    project: Path, old: str, new: str, wanted: str
) -> None:
    found = mistakes(project, old, new)
    assert any(wanted in line and "data/faq/pain.yml" in line for line in found), found


def test_a_review_older_than_a_year_is_a_warning(project: Path) -> None:
    found = [m for m in check(project, date(2028, 1, 1)) if m.field == "metadata.reviewed"]
    assert found
    assert all(m.is_warning for m in found)


def test_ways_to_ask_that_mean_the_same_under_two_answers_are_found(project: Path) -> None:
    mistakes(
        project,
        "- intent: faq/snapping_feel\n  examples: |\n",
        "- intent: faq/snapping_feel\n  examples: |\n    - is it going to hurt me\n",
    )
    mistakes(
        project,
        "- intent: faq/pain_feel\n  examples: |\n",
        "- intent: faq/pain_feel\n  examples: |\n    - Is it going to hurt me\n",
    )
    entries, _ = load_entries(project)
    found = [str(m) for m in near_duplicates(entries, 0.98)]
    assert any("snapping_feel" in line and "pain_feel" in line for line in found)


def entry(**changed: object) -> Entry:
    values = {
        "file": "pain.yml",
        "topic": "steroids",
        "asks": ("can i have laser on steroids", "is it dangerous on steroids"),
        "text": "Steroids need a check first.",
        "sms": "Steroids need a check first.",
        "question": "Do steroids matter?",
        "more": "",
        "sources": ("mayo",),
        "reviewed": "2026-11-25",
        "clinical_review": "pending",
        "related": ("pain_feel",),
        **changed,
    }
    return Entry(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ask", "wanted"),
    [
        ("can i have laser on steroid tablets", "for"),
        ("is it safe near the eyes", "for"),
        ("will you stop if it hurts", "for"),
        ("is it silly to have this done", "against"),
        ("does pregnancy rule me out", "against"),
        ("do i have to stop my tablets", "against"),
        ("can't i have laser on steroids", "against"),
        ("steroids and laser", None),
        ("how much is it", None),
    ],
)
def test_a_question_is_asked_one_way_or_the_other(ask: str, wanted: str | None) -> None:
    assert polarity(ask, RULES["first_words"]) == wanted


@pytest.mark.parametrize(
    "begins",
    ["Yes, tell us first.", "No, not now.", "Never over it.", "Maybe.", "It might, so ask."],
)
def test_no_verdict_comes_first_where_it_can_be_asked_both_ways(begins: str) -> None:
    both = entry(text=begins)
    [found] = first_words(both, RULES["first_words"])
    assert "can i have laser on steroids" in found.what
    assert "is it dangerous on steroids" in found.what
    one = entry(text=begins, asks=("can i have laser on steroids",))
    assert not list(first_words(one, RULES["first_words"]))
    assert not list(first_words(entry(text="No treatment is free of risk."), RULES["first_words"]))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It can happen. Steroids slow healing.", False),
        ("They do, mostly.", False),
        ("That depends on the dose of your steroids.", True),
        ("It works less well with a laser like this.", True),
        ("It is natural to ask, and you have done nothing wrong.", True),
        ("Items on your list need a check.", True),
    ],
)
def test_the_first_sentence_names_what_it_speaks_of(text: str, named: bool) -> None:
    found = list(nameless(entry(text=text, sms=text), RULES["first_words"]))
    assert [mistake.field for mistake in found] == ([] if named else ["text", "sms"])


def test_a_line_that_leans_on_nothing_is_refused(project: Path) -> None:
    path, line = project / "domain.yml", "If this is happening now, it should"
    text = path.read_text(encoding="utf-8")
    assert line in text
    path.write_text(text.replace(line, "If it gets worse, it should", 1), encoding="utf-8")
    assert any(
        "'utter_ask_urgent_u2': text: begins with 'If it' and does not name what" in one
        for one in mistakes(project)
    )


def test_many_answers_are_asked_both_ways_and_none_begins_with_a_verdict() -> None:
    entries = load_entries(ROOT)[0]
    assert sum(both_ways(one, RULES["first_words"]) is not None for one in entries) > 30
    assert [str(m) for one in entries for m in first_words(one, RULES["first_words"])] == []


SOURCE_MISTAKES = [
    ("url: https://site.example", "kind: trial", "of a page, not of a whole site"),
    ("url: realself.com", "kind: press", "of a page, not of a whole site"),
    ("doi: doi 10.1", "kind: trial", "is not a DOI"),
    ("journal: J Derm, year: 2010", "kind: review", "is missing; allowed instead: authors"),
    ("url: https://a.example/b", "kind: textbook", "allowed: guideline, review"),
    ("url: https://a.example/b, read: some", "kind: trial", "allowed: full, abstract, summary"),
    ("file: nowhere.md", "kind: clinic", "is not a file of the project"),
    ("doi: 10.1097/DSS.0000000000001912, authors: A", "kind: trial", "is the same source as"),
]


@pytest.mark.parametrize(("keys", "kind", "wanted"), SOURCE_MISTAKES)
def test_a_source_opens_and_has_a_kind(project: Path, keys: str, kind: str, wanted: str) -> None:
    path = project / "data" / "sources.yml"
    row = f"  odd: {{{kind}, title: Some paper on lasers, {keys}}}\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    found = [str(m) for m in source_mistakes(load_sources(path), project)]
    assert [line for line in found if "'odd'" in line and wanted in line], found


@pytest.mark.parametrize(
    ("file", "row", "name"),
    [
        ("urgency.yml", "  breathing:\n    level: U2\n", "'breathing' stands twice"),
        ("sources.yml", "  mayo: {kind: press, title: Another page}\n", "'mayo' stands twice"),
    ],
)
def test_an_event_or_a_source_stands_once(project: Path, file: str, row: str, name: str) -> None:
    path = project / "data" / file
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    found = [str(m) for m in keys_twice(project)]
    assert [line for line in found if name in line and file in line], found


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("sources.yml", 'title: "NHS: Moles"', "name: Moles", "'nhs_moles', key 'name' is unknown"),
        (
            "urgency.yml",
            "    level: U1",
            "    level: U3",
            "key 'level' has value 'U3'; allowed: U1, U2",
        ),
        (
            "urgency.yml",
            "    level: U2",
            "    level: [U1, U2]",
            "key 'level' has value ['U1', 'U2']",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_a_mistake_and_no_crash(
    project: Path, file: str, old: str, new: str, says: str
) -> None:
    path = project / "data" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    found = [str(m) for m in check(project, TODAY)]
    assert [line for line in found if says in line and file in line], found


def test_a_medical_answer_has_a_basis_or_says_that_there_is_none() -> None:
    sources = load_sources(ROOT / "data/sources.yml")

    def wrong(**changed: object) -> list[str]:
        found = basis(entry(**changed), sources, RULES["basis"], frozenset({"tan_wait"}))
        return [m.what for m in found]

    assert wrong() == []
    assert wrong(sources=("none",), text="We found no study of it.") == []
    assert "does not say that no study" in wrong(sources=("none",))[0]
    assert "must cite 'clinic'" in wrong(text="Wait {tan_wait}.")[0]


def test_a_figure_names_who_took_part_and_who_dropped_out() -> None:
    sources = load_sources(ROOT / "data/sources.yml")

    def wrong(text: str) -> list[str]:
        one = entry(text=text, sources=("ndyag_2003",))
        return [m.what for m in figures(one, sources, RULES["basis"])]

    assert wrong("Skin was 17% less loose in 34 of 51 people.") == []
    assert "without how many took part" in wrong("Skin was 17% less loose.")[0]
    assert "only 34 were counted" in wrong("In a study of 51 people, none had harm.")[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Have a session every {session_gap} or so.", ""),
        ("In the last {isotretinoin_wait}, or {isotretinoin_wait} to 12 months ago?", "impossible"),
        ("Go back to work in {work_light}.", "two words that do not follow"),
        ("Call it {consultation_price}", ""),
        ("At our clinic {course_price}", "whole sentence {course_price}"),
        ("Wait {creams_wait}, then about a week more.", "types 'about a week' by hand"),
        ("Wait {creams_wait}; a study used three weeks.", ""),
        ("wait {creams_wait}.", "small letter"),
        ("We ask for a {session_gap} gap.", "many before a single thing"),
        ("Have {sessions} session.", "many are not one"),
        ("Wait {tan_wait} days.", "two units"),
        ("After {makeup_wait} you can.", "two words that do not follow"),
        ("Wait for {exercise_wait}s.", "letters straight at a fact"),
        ("Leave it for {creams_wait}, or until skin is calm.", "whichever is longer"),
        ("Leave it for {creams_wait} or until skin is calm, whichever is longer.", ""),
        ("It is {tan_wait}..", "marks that do not follow"),
    ],
)
def test_a_text_bears_every_allowed_value(text: str, wanted: str) -> None:
    facts = load_clinic(ROOT / "clinic.yml").facts()
    found = list(broken(text, facts, RULES["settings"]))
    assert (any(wanted in what for what in found)) if wanted else not found, found


def test_every_length_of_time_has_a_least_and_a_most() -> None:
    facts = load_clinic(ROOT / "clinic.yml")
    assert [name for name in facts.practice if len(bounds(name)) != 2] == []


def test_a_text_names_the_caller_of_the_table() -> None:
    table = load_urgency()
    assert unknown_events(RULES["events"], table) == []
    right = "For a blister, please {urgency_blisters}. If an eye hurts, {urgency_sight}."
    assert list(contradictions(right, table, RULES["events"])) == []
    for wrong in (
        "For a fever, call {emergency_number}.",
        "If your sight changes, ring us on {phone}.",
        "For a blister, please {urgency_sight}.",
        "Please {urgency_nothing}.",
    ):
        assert list(contradictions(wrong, table, RULES["events"])), wrong


def test_a_signature_holds_for_the_words_that_were_signed(project: Path) -> None:
    pain = next(e for e in load_entries(project)[0] if e.topic == "pain_feel")
    path = project / "data/faq/pain.yml"
    text = path.read_text(encoding="utf-8")
    signed = f"clinical_review: Dr Rao 2026-11-30 {fingerprint(pain)}"
    path.write_text(text.replace("clinical_review: pending", signed, 1), encoding="utf-8")
    assert not [m for m in check(project, TODAY) if m.field == "metadata.clinical_review"]
    assert [m for m in check(project, date(2026, 11, 29)) if m.field == "metadata.clinical_review"]
    again = path.read_text(encoding="utf-8").replace("It can hurt a little", "It can hurt a lot", 1)
    path.write_text(again, encoding="utf-8")
    [found] = [m for m in check(project, TODAY) if m.field == "metadata.clinical_review"]
    assert "was changed since it was signed" in found.what


def test_the_report_shows_values_titles_urgency_and_who_signed() -> None:
    entries = [e for e in load_entries(ROOT)[0] if e.topic in ("redness_time", "worry_burns")]
    page = report(ROOT, entries, TODAY, None)
    assert "redness_light 1 hour" in page
    assert "redness_light 7 days" in page
    assert "Mayo Clinic: Laser resurfacing" in page
    assert "U1 a deep or large burn" in page
    assert "2 answers, 0 signed" in page
    assert "Not signed." in page
    assert fingerprint(entries[0]) in page


def test_the_report_shows_what_changed_since_a_day(project: Path) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@clinic.example"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Answers"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    path = project / "data/faq/pain.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("It can hurt a little", "It may sting", 1), encoding="utf-8")
    entries = load_entries(project)[0]
    page = report(project, entries, TODAY, date.today() + timedelta(days=1))
    assert page.count("Changed. It said: It can hurt a little") == 1
    assert page.count("class=changed") == 1


OFFERED = {
    "devices",
    "other_treatments",
}  # long: an SMS says at least one of them where the text does


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_sms_prints_every_fact_that_the_answer_prints(language: str) -> None:
    said = (
        {entry.topic: (entry.text, entry.sms) for entry in load_entries(ROOT)[0]}
        if language == "en"
        else {topic: (one.text, one.sms) for topic, one in spoken(language).answers.items()}
    )
    dropped = {
        topic: missing
        for topic, (text, sms) in said.items()
        if (missing := left_out(facts_of(text), facts_of(sms)))
    }
    assert len(said) > 200
    assert dropped == {}


def left_out(said: set[str], kept: set[str]) -> set[str]:
    return said - kept - (OFFERED if kept & OFFERED else set())


def facts_of(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))
