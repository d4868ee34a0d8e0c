"""May a newly trained model take the place of the running one? What is counted, and where the line is.

Two trainings that differ by one sentence differ by chance in a few messages that lie on the line. So a set is
compared in pairs, message by message: of those that only one of the two models reads right, how likely is it
that chance alone gives the new one so few? What may never be lost is not left to chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

URGENT, SOON, CALM, FLAG = "U1", "U2", "calm", "flag"
OUT_OF_SCOPE = "out_of_scope"
ACT = "act"


@dataclass(frozen=True)
class Case:
    """A message and what it is: an intent, ``faq/<topic>``, out of scope, or a kind of danger."""

    text: str
    wanted: str


@dataclass(frozen=True)
class Reading:
    """What a model makes of a message: its answer or intent; whether it acts, asks, or hears no danger.

    by_rule: a phrase or a sign built from parts spoke of danger, and not the model alone.
    """

    understood: str
    danger: str = ""
    by_rule: bool = False


@dataclass(frozen=True)
class Figures:
    """How many of a set are right: now, and by the new model; which are lost, and how many were gained."""

    name: str
    now: int
    new: int
    of: int
    lost: Sequence[str]

    @property
    def gained(self) -> int:
        """Right by the new model only."""
        return self.new - self.now + len(self.lost)

    @property
    def chance(self) -> float:
        """How likely chance alone loses so many of those in which the models differ."""
        differ = len(self.lost) + self.gained
        return (
            float(binomtest(len(self.lost), differ, alternative="greater").pvalue)
            if differ
            else 1.0
        )


@dataclass(frozen=True)
class Line:
    """Where a set refuses a model.

    chance: refused when chance gives such a loss less often than this; 1.0 refuses any loss.
    least: the share that a model may not fall below, nor further below where it is below today.
    """

    says: str
    chance: float
    least: float = 0.0


KNOWN, HELD_OUT, OWN = "known signs of danger", "held-out messages", "your own ways to ask"
HEARD_NOW, HEARD_SOON = "signs of danger now, heard", "reactions for today, heard"
ACTED, PEACE = "signs of danger acted upon at once", "calm messages left in peace"
LINES: Mapping[str, Line] = {
    KNOWN: Line("of the signs that a rule or a phrase names", 1.0),
    HEARD_NOW: Line("of the signs of danger that it never saw", 0.2, 0.99),
    HEARD_SOON: Line("of the bad reactions that it never saw", 0.2, 0.97),
    ACTED: Line("of the signs of danger to act upon at once", 0.05),
    PEACE: Line("of the calm messages that are no alarm", 0.05),
    HELD_OUT: Line("of the messages that it never saw", 0.05),
    OWN: Line("of your own ways to ask", 0.05, 0.8),
}
"""The shares of danger are those of docs/clinical-safety-case.md; chance is stricter there, for one that is
wrongly refused costs a clinic a try, and one wrongly let through could cost a visitor an alarm."""
HINTS = {HELD_OUT: " A new way to ask probably belongs to another answer."}


def compared(
    cases: Sequence[Case], own: Sequence[Case], now: Sequence[Reading], new: Sequence[Reading]
) -> list[Figures]:
    """Every set of LINES. now, new: what both models read of ``cases`` and then of ``own``."""
    rows = list(zip((*cases, *own), now, new, strict=True))
    project, theirs = rows[: len(cases)], rows[len(cases) :]
    danger = [row for row in project if row[0].wanted in (URGENT, SOON, FLAG)]
    known = [row for row in danger if row[0].wanted == FLAG or row[1].by_rule]
    others = [row for row in project if row[0].wanted not in (URGENT, SOON, FLAG, CALM)]

    def of(level: str) -> list[tuple[Case, Reading, Reading]]:
        return [row for row in project if row[0].wanted == level]

    return [
        _counted(KNOWN, [(case.text, bool(a.danger), bool(b.danger)) for case, a, b in known]),
        _counted(
            HEARD_NOW, [(case.text, bool(a.danger), bool(b.danger)) for case, a, b in of(URGENT)]
        ),
        _counted(
            HEARD_SOON, [(case.text, bool(a.danger), bool(b.danger)) for case, a, b in of(SOON)]
        ),
        _counted(ACTED, [(case.text, a.danger == ACT, b.danger == ACT) for case, a, b in danger]),
        _counted(PEACE, [(case.text, not a.danger, not b.danger) for case, a, b in of(CALM)]),
        _counted(
            HELD_OUT, [(case.text, _is_right(a, case), _is_right(b, case)) for case, a, b in others]
        ),
        _counted(
            OWN, [(case.text, _is_right(a, case), _is_right(b, case)) for case, a, b in theirs]
        ),
    ]


def _is_right(reading: Reading, case: Case) -> bool:
    return reading.understood == case.wanted


def _counted(name: str, rows: Sequence[tuple[str, bool, bool]]) -> Figures:
    lost = [text for text, now, new in rows if now and not new]
    return Figures(
        name, sum(now for _, now, _ in rows), sum(new for _, _, new in rows), len(rows), lost
    )


def worse(figures: Sequence[Figures]) -> str:
    """Why the new model may not take over; "" when it may."""
    if any(not one.of for one in figures if one.name != OWN):
        return "The project's held-out messages are not here, so the new model cannot be measured."
    return next((why for one in figures if (why := _objection(one))), "")


def _objection(one: Figures) -> str:
    line = LINES[one.name]
    told = f"{line.says[:1].upper()}{line.says[1:]} ({one.of}) it reads {one.new} right; today it is {one.now}."
    if one.lost and line.chance >= 1:
        return f"It no longer hears “{one.lost[0]}”, which a rule or a phrase names."
    falls = one.new < one.now or one.name == OWN
    if falls and one.new < line.least * one.of:
        return f"{told} At least {line.least * 100:.0f} in 100 are needed."
    if one.chance < line.chance and one.new < one.now:
        return f"{told} That is more than chance.{HINTS.get(one.name, '')}"
    return ""
