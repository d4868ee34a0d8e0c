"""Every hazard of docs/hazard-log.md names tests, and every test that it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from scripts.train import ROOT

ROWS = [
    line
    for line in (ROOT / "docs" / "hazard-log.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_hazard_has_a_control_and_a_test() -> None:
    assert len(ROWS) >= 20
    assert [row for row in ROWS if len(row.split(" | ")) != 5 or not NAMED.search(row)] == []


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall("\n".join(ROWS)))))
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}
