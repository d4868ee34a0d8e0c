"""An answer is written into its file, and everything else there stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content.entries import ROOT, load_entries
from content.files import written

FOLDER = ROOT / "data" / "faq"
PAIN = next(one for one in load_entries(ROOT)[0] if one.topic == "pain_feel")


def reread(text: str, tmp_path: Path, name: str = "pain.yml") -> dict[str, object]:
    (tmp_path / "data" / "faq").mkdir(parents=True)
    (tmp_path / "data" / "faq" / name).write_text(text, encoding="utf-8")
    entries, mistakes = load_entries(tmp_path)
    assert not mistakes
    return {one.topic: one for one in entries}


def test_a_way_to_ask_is_one_line_more_and_nothing_else() -> None:
    more = replace(PAIN, asks=(*PAIN.asks, "would i yelp"))
    old = (FOLDER / "pain.yml").read_text(encoding="utf-8").splitlines()
    new = written([more], FOLDER)["pain.yml"].splitlines()
    assert [line for line in new if line not in old] == ["    - would i yelp"]
    assert [line for line in old if line not in new] == []


def test_new_words_are_read_back_and_the_neighbours_are_as_they_were(tmp_path: Path) -> None:
    changed = replace(PAIN, text='It can "sting": a bit, 50 % of it # so.', more="", sms="A bit.")
    found = reread(written([changed], FOLDER)["pain.yml"], tmp_path)
    before = {one.topic: one for one in load_entries(ROOT)[0] if one.file == "pain.yml"}
    assert found == {**before, "pain_feel": changed}


def test_a_new_answer_begins_a_file_or_goes_to_its_end(tmp_path: Path) -> None:
    new = replace(PAIN, topic="own1_dogs", file="our_dogs.yml", staff_answer=True)
    assert reread(written([new], FOLDER)["our_dogs.yml"], tmp_path, "our_dogs.yml") == {
        "own1_dogs": new
    }


@pytest.mark.parametrize("file", ["../pain.yml", "pain", "PAIN.yml", "", "a/b.yml"])
def test_nothing_is_written_outside_the_folder(file: str) -> None:
    with pytest.raises(ValueError, match=r"is not the name of a file"):
        written([replace(PAIN, file=file)], FOLDER)
