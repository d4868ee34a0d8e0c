from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.knowledge import faq
from frontdesk.knowledge.unanswered import NewWording
from scripts.learn import learn, plan, with_example

FILE = """# Pain: written by hand.
version: "3.1"

nlu:
- intent: faq/pain  # what it feels like
  examples: |
    - does it hurt
    - is it sore

# the second
- intent: faq/cream
  examples: |
    - numbing cream

responses:
  utter_faq/pain:
  - text: "A little."
  utter_faq/cream:
  - text: "Yes."   # short
"""


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pain.yml").write_text(FILE, encoding="utf-8")
    return tmp_path


def test_one_line_is_added_under_its_intent_and_nothing_else_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons = [
        NewWording(1, "pain", "will it\n  sting?"),
        NewWording(2, "cream", "- a gel: for [numbing]"),
    ]
    assert learn(lessons, folder, lambda: True) == [1, 2]
    text = (folder / "pain.yml").read_text(encoding="utf-8")
    assert text == FILE.replace(
        "    - is it sore\n", "    - is it sore\n    - will it sting?\n"
    ).replace("    - numbing cream\n", "    - numbing cream\n    - a gel: for numbing\n")
    shown = capsys.readouterr().out
    assert "+    - will it sting?" in shown and "+    - a gel: for numbing" in shown


def test_nothing_is_written_or_marked_without_a_yes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn([NewWording(1, "pain", "will it sting")], folder, lambda: False) == []
    assert (folder / "pain.yml").read_text(encoding="utf-8") == FILE
    assert "+    - will it sting" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("topic", "text", "why"),
    [
        ("gone", "will it sting", "no such answer"),
        ("pain", "numbing cream", "way to ask for cream"),
        ("pain", "x" * 151, "more than 150"),
        ("pain", "[]", "no words"),
        ("pain", "call me on 07700 900123", "who somebody is"),
        ("pain", "ana@example.org asks", "who somebody is"),
    ],
)
def test_a_line_that_should_not_stand_in_a_file_is_left_out_and_named_without_its_words(
    folder: Path, capsys: pytest.CaptureFixture[str], topic: str, text: str, why: str
) -> None:
    assert learn([NewWording(7, topic, text)], folder, lambda: True) == []
    shown = capsys.readouterr().out
    assert why in shown and "message 7" in shown and text not in shown
    assert (folder / "pain.yml").read_text(encoding="utf-8") == FILE


def test_what_is_there_already_counts_as_learned_and_is_not_added_twice(folder: Path) -> None:
    known = NewWording(1, "pain", "Does it HURT")
    assert learn([known], folder, lambda: False) == [1]
    twice = [NewWording(2, "pain", "will it sting"), NewWording(3, "pain", "Will it sting")]
    change = plan(twice, folder)
    assert change.learned == [2, 3]
    assert change.after[folder / "pain.yml"].count("ill it sting") == 1


def test_a_file_laid_out_otherwise_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match="faq/pain"):
        with_example(FILE.replace("examples: |", "examples: >"), "pain", "will it sting")


def test_every_real_file_takes_a_line_under_every_topic() -> None:
    for topic in faq.topics().values():
        text = (faq.FOLDER / topic.file).read_text(encoding="utf-8")
        assert len(with_example(text, topic.id, "zz top")) == len(text) + len("    - zz top\n")
