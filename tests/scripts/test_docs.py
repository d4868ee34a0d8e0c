"""What the pages about the code name is there, and their picture is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import picture
from scripts.train import ROOT

PAGES = [
    ROOT / "CONTRIBUTING.md",
    *[ROOT / "docs" / name for name in ("architecture.md", "where.md", "contracts.md")],
    *sorted((ROOT / "docs" / "journeys").glob("*.md")),
]
OURS = r"actions|assistant|benchmarks|clinic|data|docs|eligibility|frontdesk|scripts|tests|widget"
PLACE = re.compile(rf"`((?:{OURS})/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
COMMAND = re.compile(r"`make ([a-z-]+)")
ROW = re.compile(r"^\| (.+) \| (.+) \| `(.+)` \| `(.+)` \|$", re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_place_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [place for place in PLACE.findall(text) if not (ROOT / place).exists()] == []
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []


def test_every_command_that_a_page_names_exists() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {one for page in PAGES for one in COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert named - known == set()


def test_twenty_changes_land_in_the_room_that_a_stranger_names() -> None:
    rows = ROW.findall((ROOT / "docs" / "where.md").read_text(encoding="utf-8"))
    assert len(rows) == 20
    for change, room, place, there in rows:
        named = room.partition(",")[0].removeprefix("the ").split("'")[0].split()[0]
        assert (ROOT / place).exists(), change
        assert named in place, f"{change}: {room} is not in {place}"
        assert there in (ROOT / place).read_text(encoding="utf-8"), f"{change}: {there} moved"


def test_the_picture_of_the_rooms_is_true() -> None:
    assert picture.FILE.read_text(encoding="utf-8") == picture.draw(), "run `make picture`"
