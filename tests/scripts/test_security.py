"""docs/security.md: every promise names a test that exists, or says why there is none."""

from __future__ import annotations

import ast
import re

import pytest

from assistant.writer import EVENTS, TURNS
from frontdesk.storage.tables import metadata
from scripts.train import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
HEAD = re.compile(r"^\| (row|point|chapter|article|what) \|.*\n\|[ |-]+\|\n((?:\|.*\n)+)", re.M)
TABLES = {head: rows.splitlines() for head, rows in HEAD.findall(PAGE)}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PROMISES = [line for head in ("row", "point", "chapter", "article") for line in TABLES[head]]
WANTED = {
    "row": ["5", "10", *map(str, range(12, 18)), *map(str, range(24, 34))],
    "point": [*map(str, range(1, 13))],
    "chapter": [f"V{number}" for number in range(1, 18)],
    "article": [
        "AI Act, art. 50",
        *[f"GDPR, art. {number}" for number in (9, 15, 17, 30)],
    ],
}


@pytest.mark.parametrize("line", PROMISES, ids=lambda line: line.split("|")[1].strip()[:30])
def test_a_promise_names_a_test_or_says_why_there_is_none(line: str) -> None:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert len(cells) == 3
    assert NAMED.search(cells[2]) or cells[2].startswith("Exception: ")


@pytest.mark.parametrize("head", WANTED)
def test_no_row_is_missing(head: str) -> None:
    first = [line.split("|")[1].strip() for line in TABLES[head]]
    found = [one.split()[0] if head == "chapter" else one for one in first]
    assert found == WANTED[head]


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(PAGE))))
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_the_record_names_every_table() -> None:
    told = {name for line in TABLES["what"] for name in re.findall(r"`(\w+)`", line.split("|")[2])}
    assert told == {*metadata.tables, EVENTS.name, TURNS.name}


def test_the_sbom_is_made_by_a_pinned_tool() -> None:
    made = re.search(r"^sbom:.*\n\t(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert made and re.search(r"cyclonedx-bom==\d+\.\d+\.\d+ cyclonedx-py environment", made[1])


def test_old_libraries_are_listed_as_they_are_locked() -> None:
    """Each number of SECURITY.md is that of the lock, so that the list cannot grow old unseen."""
    locked: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", (ROOT / "requirements.lock").read_text(), re.M
    ):
        locked.setdefault(name.lower(), set()).add(version)
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z][\w ,-]*) \| ([\w., ]+) \|", text, re.M)
    listed = 0
    for names, versions in rows:
        if names == "library":
            continue
        for number, name in enumerate(names.split(", ")):
            assert name in locked, name
            if versions != "as locked":
                assert versions.split(", ")[number] in locked[name], (name, locked[name])
            listed += 1
    assert listed > 30
