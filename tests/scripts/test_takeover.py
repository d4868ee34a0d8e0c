"""Chance refuses no model, a worse one is refused: what is never lost, what may differ, and by how much."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from scripts.takeover import (
    ACTED,
    FLAG,
    HEARD_NOW,
    HEARD_SOON,
    HELD_OUT,
    KNOWN,
    LINES,
    OWN,
    PEACE,
    SOON,
    URGENT,
    Case,
    Figures,
    Reading,
    compared,
    worse,
)

SIZES = {KNOWN: 400, HEARD_NOW: 124, HEARD_SOON: 63, ACTED: 187, PEACE: 105, HELD_OUT: 1_000}
ALL = {name: Figures(name, of, of, of, []) for name, of in {**SIZES, OWN: 20}.items()}


def changed(name: str, lost: int, gained: int = 0, today: int = 0) -> list[Figures]:
    """Every set as it was, but one; ``today``: how many of it the running model reads wrong."""
    of = ALL[name].of
    now = of - max(today, gained)
    gone = [f"message {number}" for number in range(lost)]
    return list({**ALL, name: Figures(name, now, now - lost + gained, of, gone)}.values())


def refuses(name: str, lost: int, gained: int) -> bool:
    return bool(worse(changed(name, lost, gained)))


def test_the_same_model_may_take_over() -> None:
    assert worse(list(ALL.values())) == ""


@pytest.mark.parametrize(
    ("name", "lost", "gained", "why"),
    [
        (KNOWN, 1, 9, "no longer hears “message 0”"),
        (HEARD_NOW, 2, 0, "reads 122 right; today it is 124. At least 99 in 100"),
        (HEARD_SOON, 2, 0, "At least 97 in 100"),
        (ACTED, 12, 3, "more than chance"),
        (PEACE, 6, 0, "more than chance"),
        (HELD_OUT, 20, 6, "more than chance. A new way to ask"),
        (OWN, 5, 0, "At least 80 in 100"),
    ],
)
def test_worse_is_refused_with_the_reason(name: str, lost: int, gained: int, why: str) -> None:
    assert why in worse(changed(name, lost, gained))


@pytest.mark.parametrize(
    ("name", "lost", "gained"),
    [
        (HEARD_NOW, 1, 0),
        (HEARD_SOON, 1, 0),
        (ACTED, 4, 1),
        (PEACE, 3, 1),
        (HELD_OUT, 12, 7),
        (OWN, 1, 0),
    ],
)
def test_what_chance_brings_is_let_through(name: str, lost: int, gained: int) -> None:
    assert worse(changed(name, lost, gained)) == ""


def test_a_set_that_is_below_its_share_today_may_stay_there_but_not_fall() -> None:
    assert worse(changed(HEARD_NOW, 0, today=6)) == ""
    assert worse(changed(HEARD_NOW, 1, gained=1, today=6)) == ""
    assert "At least 99" in worse(changed(HEARD_NOW, 1, today=6))


@pytest.mark.parametrize("name", [HEARD_NOW, HEARD_SOON, ACTED, PEACE, HELD_OUT, OWN])
@pytest.mark.parametrize("differ", [1, 2, 5, 10, 20, 40])
def test_chance_alone_is_refused_no_more_often_than_the_line_says(name: str, differ: int) -> None:
    """Two equal models differ in ``differ`` messages, each lost or gained like a coin that is thrown."""
    of = 100_000  # so large that the share that a model may not fall below plays no part
    refused = 0.0
    for lost in range(differ + 1):
        gone = [str(number) for number in range(lost)]
        one = Figures(name, of - differ, of - 2 * lost, of, gone)
        refused += binom.pmf(lost, differ, 0.5) * bool(worse(list({**ALL, name: one}.values())))
    assert refused <= LINES[name].chance


@pytest.mark.parametrize(("name", "points"), [(HEARD_NOW, 4), (HEARD_SOON, 8), (HELD_OUT, 2.5)])
def test_a_model_that_is_really_worse_is_refused_nine_times_in_ten(
    name: str, points: float
) -> None:
    """It loses ``points`` of a hundred for good, and one more in a hundred is lost or gained by chance."""
    of, flips = ALL[name].of, ALL[name].of // 100
    refused = sum(
        binom.pmf(lost, of, points / 100) * binom.pmf(by_chance, flips, 0.5)
        for lost in range(of + 1)
        for by_chance in range(flips + 1)
        if binom.pmf(lost, of, points / 100) > 1e-9
        and refuses(name, lost + by_chance, flips - by_chance)
    )
    assert refused >= 0.9


def test_a_lost_sign_that_is_still_asked_about_is_heard() -> None:
    case, heard, asked = Case("help", URGENT), Reading("x", "act"), Reading("x", "ask")
    found = {one.name: one for one in compared([case], [], [heard], [asked])}
    assert found[HEARD_NOW].lost == []
    assert found[ACTED].lost == ["help"]


def test_what_a_rule_names_is_known_wherever_it_stands() -> None:
    cases = [Case("flag", FLAG), Case("by rule", SOON), Case("by the model", SOON)]
    now = [Reading("x", "act"), Reading("x", "ask", by_rule=True), Reading("x", "ask")]
    found = compared(cases, [], now, [Reading("x")] * 3)[0]
    assert (found.name, found.lost) == (KNOWN, ["flag", "by rule"])


def test_without_the_held_out_messages_nothing_is_let_through() -> None:
    assert "cannot be measured" in worse(compared([], [], [], []))
