"""The shapes of the pre-screen's table: what rules.yml holds once it has been read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from eligibility.span import Span

NOT_SURE = "not_sure"
PRIVATE = "private"
UNANSWERED = "unanswered"


class Outcome(str, Enum):
    """The six outcomes, in falling order of precedence."""

    U1 = "U1"
    U2 = "U2"
    N = "N"
    R = "R"
    A = "A"
    S = "S"

    @property
    def rank(self) -> int:
        """How careful this outcome is: 5 for U1 down to 0 for S."""
        return RANKS[self]


RANKS = {outcome: 5 - place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class ByPolicy:
    """An outcome that one of the clinic's switches decides."""

    policy: str
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class ComeBack:
    """When to come back: words, and where it can be reckoned the setting that gives a date.

    ``over`` says that what it waits after is over: before that no clock runs, and there is no date.
    ``row`` names the row whose date counts ("how long ago"), by default the row itself.
    """

    words: str
    after: str | None = None
    over: bool = False
    row: str | None = None


@dataclass(frozen=True)
class Heard:
    """What understanding may find in free text; ``under``/``at_least`` say how long ago."""

    entity: str
    values: frozenset[str]
    roles: frozenset[str]
    under: str | None = None
    at_least: str | None = None


@dataclass(frozen=True)
class Choice:
    """One answer of a row.

    ``event``: what of the table of urgency it is. ``under``/``at_least``: how long ago it holds for.
    """

    id: str
    title: str
    outcome: Outcome | ByPolicy
    gloss: str = ""
    event: str = ""
    reason: str = ""
    come_back: ComeBack | None = None
    note: str = ""
    staff_note: str = ""
    says: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    under: str | None = None
    at_least: str | None = None
    ends: bool = False
    keep_nothing: bool = False


@dataclass(frozen=True)
class NumberRule:
    """A row that a number answers: under the limit is ``below``, else ``otherwise``."""

    entity: str
    limit: str
    least: int
    most: int
    below: str
    otherwise: str


@dataclass(frozen=True)
class Row:
    """One row of the clinical sheet."""

    id: str
    group: str
    label: str
    question: str
    repeat: str
    why: str
    choices: Mapping[str, Choice]
    source: str
    strength: str
    sign_off: str
    none: str = "no"
    safety: bool = False
    ask_again: bool = False
    spoken: bool = False
    by_date: str | None = None
    gloss: str = ""
    ask_when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    also_called: tuple[str, ...] = ()
    mentioned: tuple[Heard, ...] = ()
    number: NumberRule | None = None

    def shown(self) -> tuple[Choice, ...]:
        """The answers with a button of their own."""
        return tuple(c for c in self.choices.values() if c.id not in (NOT_SURE, PRIVATE))

    def real(self) -> tuple[Choice, ...]:
        """The answers that say that the row is true of the visitor in some way."""
        return tuple(choice for choice in self.shown() if choice.id != self.none)


@dataclass(frozen=True)
class QuestionList:
    """Several rows in one message: "any of these?"."""

    id: str
    question: str
    repeat: str
    more: str
    why: str
    none_title: str
    none_says: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeText:
    """The words that go with an outcome."""

    name: str
    headline: str
    next: str
    urgency: str


@dataclass(frozen=True)
class ResultWords:
    """The words around the reasons of a result; ``come_back`` takes {date}."""

    reasons: str
    come_back: str
    more: str
    safety_net: str


@dataclass(frozen=True)
class Setting:
    """A number of the clinic's, with what is allowed. Whole years for an age, else a span."""

    default: Span | int
    least: Span | int
    most: Span | int


@dataclass(frozen=True)
class Policy:
    """A switch of the clinic's."""

    default: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Combination:
    """Answers that mean more together than each alone."""

    id: str
    when: Mapping[str, frozenset[str]]
    outcome: Outcome
    reason: str
    come_back: ComeBack | None
    source: str


@dataclass(frozen=True)
class Together:
    """What is said when these outcomes meet."""

    outcomes: frozenset[Outcome]
    say: str


@dataclass(frozen=True)
class Advice:
    """What is said when many flags of one outcome meet, one of them among ``including``."""

    id: str
    outcome: Outcome
    at_least: int
    including: frozenset[str]
    say: str
    staff: str


@dataclass(frozen=True)
class Words:
    """Everyday words that the table's answers are matched with."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    fillers: tuple[str, ...]
    negators: frozenset[str]
    exceptions: frozenset[str]
    changes: tuple[str, ...]
    others: frozenset[str]


@dataclass(frozen=True)
class Table:
    """The whole table, read and checked."""

    version: str
    settings: Mapping[str, Setting]
    policies: Mapping[str, Policy]
    outcomes: Mapping[Outcome, OutcomeText]
    unanswered_outcome: Outcome
    unanswered_reason: str
    words: Words
    why_title: str
    back_title: str
    stop_title: str
    done_title: str
    change_title: str
    told_no: str
    told: str
    options: str
    result_words: ResultWords
    commands: Mapping[str, tuple[str, ...]]
    combinations: tuple[Combination, ...]
    together: tuple[Together, ...]
    advice: tuple[Advice, ...]
    order: tuple[str, ...]
    lists: Mapping[str, QuestionList]
    rows: Mapping[str, Row]

    def asked_rows(self) -> tuple[Row, ...]:
        """Every row that is asked, in the order of the conversation."""
        found: list[Row] = []
        for item in self.order:
            members = self.lists[item].rows if item in self.lists else (item,)
            found += [self.rows[row] for row in members]
        return tuple(found)
