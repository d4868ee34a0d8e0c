"""The clinic's file and the pre-screen's table allow the same for every number that both know."""

from __future__ import annotations

import pytest

from clinic.quantities import PRACTICE
from eligibility import load_default

SHARED = {name: one for name, one in load_default().settings.items() if name in PRACTICE}


@pytest.mark.parametrize("name", SHARED)
def test_both_allow_the_same(name: str) -> None:
    table, practice = SHARED[name], PRACTICE[name]
    for edge in ("least", "most"):
        span = getattr(table, edge)
        number, _, unit = getattr(practice, edge).partition(" ")
        assert (int(number), unit.rstrip("s")) == (span.count, span.unit), (name, edge)
