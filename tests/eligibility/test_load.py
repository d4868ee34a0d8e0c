"""rules.yml is read whole, and every mistake in it is one sentence naming row and field."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pytest
import textstat

from eligibility import TableError, load, question
from eligibility.load import DEFAULT_PATH
from tests.eligibility.answers import table

DATA = Path(__file__).parent / "data"
TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
SHEET = "1a 1b 2 3a 3b 3c 4a 4b 4c 5a 5b 5c 5d 5e 6a 6b 6c 7a 7b 7c 7d 7e 8 9a 9b 9c 10a 10b 10c 10d 10e 10f 11 12a 12b 13 13b"
REVIEW = "1c 1d 1e 3d 4d 4e 4g 5f 5g 5h 5i 6d 6e 7f 7g 7m 7v 8b 8c 9d 9e 10g 10h 10i 10j 10k 10l 10m 12c 12d"


@pytest.fixture()
def mistakes_of(tmp_path: Path) -> Callable[..., str]:
    """Change the table's text and say what loading it complains about."""

    def complain(*changes: tuple[str, str]) -> str:
        text = TEXT
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "rules.yml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(TableError) as caught:
            load(path)
        assert all(line.startswith(f"{path}: ") for line in str(caught.value).splitlines())
        return str(caught.value).replace(f"{path}: ", "")

    return complain


def test_every_row_of_the_sheet_and_of_the_clinical_review_is_there() -> None:
    assert set(table().rows) == {*SHEET.split(), *REVIEW.split()}


def test_every_row_has_wording_reasons_source_and_a_place_for_a_signature() -> None:
    for row in table().rows.values():
        assert row.question.endswith("?") or row.question.endswith(".")
        assert row.repeat != row.question
        assert row.why
        assert row.source
        assert row.strength
        assert row.sign_off == "pending"
        assert {"not_sure", "private"} <= set(row.choices)


def test_questions_are_short() -> None:
    texts = [t for row in table().rows.values() for t in (row.question, row.repeat, row.why)]
    texts += [t for asked in table().lists.values() for t in (asked.question, asked.repeat)]
    assert max(len(text.split()) for text in texts) <= 40


def test_the_words_suit_a_reading_age_of_eleven_to_twelve() -> None:
    texts = [t for row in table().rows.values() for t in (row.question, row.repeat, row.why)]
    texts += [t for a in table().lists.values() for t in (a.question, a.repeat, a.more, a.why)]
    texts += [c.reason for row in table().rows.values() for c in row.choices.values() if c.reason]
    grades = [textstat.flesch_kincaid_grade(text) for text in texts]
    assert sum(grades) / len(grades) <= 6
    assert max(grades) <= 12.5  # a question that must name illnesses


EVERYDAY = frozenset((DATA / "everyday_words.txt").read_text(encoding="utf-8").split("\n"))
KNOWN = 11_000
"""So many words of English, the most frequent first, need no gloss; the others are taken for medical."""


@lru_cache(maxsize=1)
def frequent_words() -> frozenset[str]:
    lists = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = lists.read_text(encoding="utf-8-sig").splitlines()
    return frozenset(line.split()[0] for line in lines[:KNOWN])


def rare_words(label: str) -> set[str]:
    """Words that neither everyday English nor our own short list knows."""
    words = re.findall(r"[a-z]+", re.sub(r"{\w+}|'s\b", " ", label.lower()))
    return {word for word in words if word not in frequent_words() | EVERYDAY}


def test_a_word_that_few_know_has_a_gloss() -> None:
    assert rare_words("Vitiligo, or a cold sore") == {"vitiligo"}
    boxes = [table().rows[name] for asked in table().lists.values() for name in asked.rows]
    glossed = [row.id for row in boxes if rare_words(row.label) and row.gloss]
    assert len(glossed) > 10
    without = {row.id: rare_words(row.label) for row in boxes if not row.gloss}
    assert {name: words for name, words in without.items() if words} == {}


def test_no_everyday_word_is_listed_in_vain() -> None:
    labels = " ".join(row.label for row in table().rows.values()).lower()
    listed = {word for word in EVERYDAY if word and not word.startswith("#")}
    assert {word for word in listed if word not in labels} == set()
    assert listed & frequent_words() == set()


def test_a_box_asks_one_thing_and_a_card_has_few() -> None:
    rows = [table().rows[name] for a in table().lists.values() for name in a.rows]
    assert max(len(row.label.split()) for row in rows) <= 16
    for area in table().rows["12a"].shown():
        for asked in table().lists.values():
            shown = question(table(), asked.id, {"12a": area.id}).rows
            assert len(shown) <= 11, (asked.id, area.id)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    outcome: U1\n",
            "    outcome: X1\n",
            "row '1a', answer 'yes': field 'outcome' has value 'X1'; allowed: U1, U2, N, R, A, S",
        ),
        (
            "    outcome: U1\n",
            "",
            "row '1a', answer 'yes': field 'outcome' is missing; allowed: U1, U2, N, R, A, S",
        ),
        (
            "  safety: true\n",
            "  safety: perhaps\n",
            "row '2': field 'safety' has value 'perhaps'; allowed: true, false",
        ),
        (
            "  safety: true\n",
            "  safty: true\n",
            "row '2': field 'safty' is not known; allowed: also_called, answers, ask_again",
        ),
        ('  source: "data/urgency.yml"\n', "", "row '1a': field 'source' is missing"),
        (
            "  label: Age\n",
            "  label: [Age]\n",
            "row '2': field 'label' has value ['Age']; allowed: a text",
        ),
        (
            "ask_when: {12a: [tummy, chest,",
            "ask_when: {12a: [belly, chest,",
            "row '3d': field 'ask_when' has answer 'belly' of row '12a'; allowed: face, eyelid",
        ),
        (
            "ask_when: {12a: [tummy, chest,",
            "ask_when: {5z: [tummy, chest,",
            "row '3d': field 'ask_when' has value '5z'; allowed: 2, 1a",
        ),
        (
            "come_back: {after: botox_wait,",
            "come_back: {after: cold_wait,",
            "row '9a', answer 'yes': field 'come_back' has after 'cold_wait'; allowed: isotretinoin_wait",
        ),
        (
            "come_back: {after: botox_wait, over: true,",
            "come_back: {after: botox_wait,",
            "row '9a', answer 'yes': field 'come_back' has after without 'over: true': no date before",
        ),
        (
            "    under: 6 months\n",
            "    under: some months\n",
            "row '3d', answer 'yes': field 'under or at_least' has span 'some months'; allowed: a setting",
        ),
        (
            "    event: breathing\n",
            "",
            "row '1a', answer 'yes': field 'event' is missing; needed with: U1, U2",
        ),
        (
            "    event: breathing\n    ends: true\n",
            "    event: breathing\n",
            "row '1a', answer 'yes': field 'ends' is missing; with 'U1' it must be true (told at once)",
        ),
        (
            "    outcome: U1\n    event: breathing\n",
            "    outcome: N\n    event: breathing\n",
            "row '1a', answer 'yes': field 'event' has value 'breathing'; allowed only with: U1, U2",
        ),
        (
            'come_back: {words: "after {tan_wait} without a tan',
            'come_back: {row: 5z, words: "after {tan_wait} without a tan',
            "combination 'dark_skin_and_tan': field 'come_back' has value '5z'",
        ),
        (
            "under: isotretinoin_wait}]",
            "under: soon}]",
            "row '5a', answer 'under_wait': field 'heard' has span 'soon'; allowed: a setting, or a span: '12 months'",
        ),
        (
            "{policy: breastfeeding_policy, wait: N",
            "{policy: nursing_policy, wait: N",
            "row '3b', answer 'yes': field 'outcome' names policy 'nursing_policy'; allowed: isotretinoin_policy: wait, review",
        ),
        (
            "{policy: breastfeeding_policy, wait: N",
            "{policy: breastfeeding_policy, stop: N",
            "names policy 'breastfeeding_policy'; allowed",
        ),
        (
            "wait: N, review: R}",
            "wait: N, review: Q}",
            "row '3b', answer 'yes', field 'outcome': field 'review' has value 'Q'",
        ),
        (
            "role: [asserted]}]\n  - id: maybe",
            "role: [sure]}]\n  - id: maybe",
            "row '3a', answer 'yes', heard 'number 1': field 'role' has value 'sure'; allowed: asserted, denied",
        ),
        (
            "    outcome: U2\n    event: unclear_soon",
            "    outcome: S\n    event: unclear_soon",
            "row '1a', answer 'not_sure': field 'outcome' has value 'S'; allowed: R, N, U2, U1 (never the best one)",
        ),
        (
            "    says: [rather not say,",
            "    sayings: [rather not say,",
            "field 'sayings' is not known",
        ),
        (
            "    outcome: N\n    ends: true\n    keep_nothing",
            "    outcome: R\n    ends: true\n    keep_nothing",
            "row '2', answer 'no': field 'ends' is true but the outcome is 'R'; allowed with: N, U2, U1",
        ),
        (
            '    reason: "The clinic treats people from {minimum_age}. So I ask you nothing about your health, and I keep nothing."\n',
            "",
            "row '2', answer 'no': field 'reason' is missing",
        ),
        (
            'order: ["2", now, 12a',
            "order: [now, 12a",
            "order: row '2' stands 0 times; allowed: 1",
        ),
        (
            'order: ["2", now,',
            'order: ["2", "2", now,',
            "order: row '2' stands 2 times; allowed: 1",
        ),
        (
            'order: ["2", now,',
            'order: ["2", 2z, now,',
            "order: has value '2z'; allowed: now, pregnancy",
        ),
        ("rows: [3a, 3b,", "rows: [3z, 3a, 3b,", "list 'pregnancy': field 'rows' has value '3z'"),
        (
            "  none: never\n",
            "  none: nope\n",
            "row '4c': field 'none' has value 'nope'; allowed: yes, never",
        ),
        (
            "  none: never\n",
            "  none: yes\n",
            "row '4c', answer 'yes': field 'outcome' has value 'R'; allowed: S",
        ),
        (
            "limit: minimum_age",
            "limit: tan_wait",
            "row '2': field 'number' has limit 'tan_wait'; allowed: a setting that is a number",
        ),
        (
            'below: "no"',
            "below: young",
            "row '2': field 'number' has answer 'young'; allowed: yes, no",
        ),
        (
            "least: 1, most: 115",
            "least: one, most: 115",
            "row '2', field 'number': field 'least' has value 'one'; allowed: a whole number",
        ),
        (
            "including: [5c,",
            "including: [5z,",
            "advice 'doctor_led': field 'including' has value '5z'",
        ),
        (
            "- outcomes: [N, A]",
            "- outcomes: [N, B]",
            "together 'number 1': field 'outcomes' has value 'B'; allowed: U1",
        ),
        (
            "    urgency: urgent\n",
            "    urgency: fast\n",
            "outcomes 'U1': field 'urgency' has value 'fast'; allowed: normal, soon, urgent",
        ),
        ("  U2:\n", "  U9:\n", "outcomes 'U9': is not known; allowed: U1, U2, N"),
        ("  U2:\n", "  U9:\n", "table: field 'outcomes' 'U2' is missing; needed: U1"),
        (
            "{default: 4 weeks,   least: 2 weeks,",
            "{default: a month,   least: 2 weeks,",
            "settings 'tan_wait': field 'default' has value 'a month'; allowed: a whole number, or a span",
        ),
        (
            "{default: 18,",
            "{default: 18 weeks,",
            "settings 'minimum_age': field 'default' default, least and most must all be spans or all whole numbers",
        ),
        (
            "{default: wait,      allowed: [wait, review]}",
            "{default: maybe,      allowed: [wait, review]}",
            "policies 'isotretinoin_policy': field 'default' has value 'maybe'; allowed: wait, review",
        ),
        (
            "  stop: [stop,",
            "  halt: [stop,",
            "commands: field 'stop' is missing; needed: why, back",
        ),
        (
            "  unanswered:\n    outcome: R",
            "  unanswered:\n    outcome: S",
            "defaults, field 'unanswered': field 'outcome' has value 'S'; allowed: R, N, U2, U1",
        ),
        (
            "- id: 3a\n  group: Pregnancy",
            "- 3a\n- id: 3y\n  group: Pregnancy",
            "row 'number 8': has value '3a'; allowed: keys with values",
        ),
        (
            'when: {"11": [rarely_burns, never_burns], "8"',
            'when: {"11": [rarely], "8"',
            "combination 'dark_skin_and_tan': field 'when' has answer 'rarely' of row '11'",
        ),
        (
            '  - {id: "no", title: "No", outcome: S}\n',
            '  - {id: "yes", title: "No", outcome: S}\n',
            "row '1a', answer 'yes': field 'id' stands twice in this row",
        ),
        (
            "negators: [",
            "negators: maybe # [",
            "table: field 'negators' has value 'maybe'; allowed: a list of words",
        ),
        ("lists: ", "listen: ", "table: field 'lists' has value None; allowed: a list"),
        (
            "settings: ",
            "setting: ",
            "table: field 'settings' has value None; allowed: names with values",
        ),
    ],
)
def test_a_mistake_is_named_with_row_field_value_and_what_is_allowed(
    mistakes_of: Callable[..., str], old: str, new: str, said: str
) -> None:
    assert said in mistakes_of((old, new))


def test_several_mistakes_are_all_named(mistakes_of: Callable[..., str]) -> None:
    said = mistakes_of(("    outcome: U1\n", "    outcome: X1\n"), ("  label: Age\n", ""))
    assert len(said.splitlines()) == 2


def test_a_row_may_name_an_outcome_for_rather_not_say(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    own = '  - {id: private, outcome: N, reason: "Please wait."}\n'
    path.write_text(
        TEXT.replace(
            '  source: "data/urgency.yml, nhs_moles"\n',
            f'{own}  source: "data/urgency.yml, nhs_moles"\n',
            1,
        ),
        encoding="utf-8",
    )
    assert load(path).rows["4a"].choices["private"].outcome.value == "N"  # type: ignore[union-attr]


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(
        TEXT.replace('id: "yes"', "id: yes").replace('id: "no"', "id: no"), encoding="utf-8"
    )
    assert load(path) == table()


def test_a_missing_or_broken_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="there is no such file"):
        load(tmp_path / "none.yml")
    broken = tmp_path / "rules.yml"
    broken.write_text("rows: [", encoding="utf-8")
    with pytest.raises(TableError, match="this is not YAML"):
        load(broken)
    broken.write_text("- just a list", encoding="utf-8")
    with pytest.raises(TableError, match="table: field 'version' is missing"):
        load(broken)
    broken.write_text("", encoding="utf-8")
    with pytest.raises(TableError, match="table: has value None; allowed: keys with values"):
        load(broken)


def test_a_label_that_is_a_number_is_its_digits(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(TEXT.replace("  label: Age\n", "  label: 18\n", 1), encoding="utf-8")
    assert load(path).rows["2"].label == "18"
