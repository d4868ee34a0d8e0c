"""One answer and all that happened to it: what is written, what is said now, what is signed.

Every step is kept for good, with its words, with who and when. Nothing else says what state an answer is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum

from clinic.answers import PENDING
from clinic.sources import is_medical
from content.entries import Entry, fingerprint

REVIEW_EVERY = timedelta(days=365)


class Kind(str, Enum):
    """What was done."""

    KEPT = "kept"
    ASKED = "asked"
    SENT_BACK = "sent back"
    SIGNED = "signed"
    ELSEWHERE = "elsewhere"
    WITHDRAWN = "withdrawn"
    GIVEN = "given"


LONGEST_REVIEW = 3
"""How many calendar years ahead a clinician may set it."""
REVIEWED = (Kind.KEPT, Kind.ASKED, Kind.SENT_BACK, Kind.SIGNED, Kind.ELSEWHERE)
"""What decides where the review of an answer stands."""


class State(str, Enum):
    """Where an answer stands, as the list says it."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    ELSEWHERE = "signed elsewhere"
    SIGNED = "signed"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Step:
    """One thing that was done, with the words that it was done to.

    added: ways to ask that the clinic added. note: who signed, or why it was sent back.
    signed_on: the day of a signature that was given at another desk.
    """

    number: int
    kind: Kind
    entry: Entry
    added: tuple[str, ...]
    note: str
    review_again: date | None
    staff_id: int
    who: str
    at: datetime
    signed_on: date | None = None


@dataclass(frozen=True)
class Answer:
    """An answer of data/faq/ (``seed``), of the clinic, or both."""

    topic: str
    seed: Entry | None
    steps: tuple[Step, ...] = ()

    @property
    def number(self) -> int:
        """That of the last step; what somebody has seen who opened the answer now."""
        return self.steps[-1].number if self.steps else 0

    @property
    def last(self) -> Step | None:
        """The last step that has words of its own."""
        return self._last(Kind.KEPT, Kind.SIGNED)

    @property
    def written(self) -> Entry:
        """The newest words, whether visitors read them or not."""
        last = self.last
        if last:
            return self._current(last.entry)
        assert self.seed, self.topic
        return self.seed

    @property
    def added(self) -> tuple[str, ...]:
        """Ways to ask that the clinic added."""
        kept = self._last(Kind.KEPT)
        return kept.added if kept else ()

    @property
    def signature(self) -> Step | None:
        """The last time that somebody signed."""
        return self._last(Kind.SIGNED)

    @property
    def signed(self) -> Entry | None:
        """The words that were signed last, with their signature."""
        signature = self.signature
        if signature:
            day = signature.signed_on or signature.at
            review = f"{signature.note} {day:%Y-%m-%d} {fingerprint(signature.entry)}"
            return self._current(replace(signature.entry, clinical_review=review))
        return self.seed if self.seed and self.seed.clinical_review != PENDING else None

    @property
    def elsewhere(self) -> Step | None:
        """A signature of another desk that nobody has counted yet."""
        last = self._last(*REVIEWED)
        return last if last and last.kind is Kind.ELSEWHERE else None

    @property
    def is_withdrawn(self) -> bool:
        """Did somebody say that the assistant is not to give it?"""
        last = self._last(Kind.WITHDRAWN, Kind.GIVEN)
        return bool(last and last.kind is Kind.WITHDRAWN)

    @property
    def is_signed(self) -> bool:
        """Are the newest words signed?"""
        return bool(self.signed and fingerprint(self.signed) == fingerprint(self.written))

    @property
    def newest(self) -> Entry:
        """The newest words, with the signature where they have one."""
        return self.signed if self.is_signed and self.signed else self.written

    @property
    def writers(self) -> frozenset[int]:
        """Who changed words since the last signature, or ever wrote those that stand now; none of them may sign.

        Who only added ways to ask wrote nothing that is signed for.
        """
        since = self.signature.number if self.signature else 0
        now, before = fingerprint(self.written), fingerprint(self.seed) if self.seed else ""
        found = set()
        for one in self.steps:
            words = fingerprint(one.entry)
            if one.kind is Kind.KEPT and words != before and (one.number > since or words == now):
                found.add(one.staff_id)
            before = words if one.kind in (Kind.KEPT, Kind.SIGNED) else before
        return frozenset(found)

    @property
    def review_again(self) -> date:
        """The day by which somebody reads it again: what was signed is live, whatever was written since."""
        if self.signature and self.signature.review_again:
            return self.signature.review_again
        return date.fromisoformat(self.written.reviewed) + REVIEW_EVERY

    def live(self, signed_only: bool) -> Entry | None:
        """What visitors read: what is signed, else the newest where the clinic lets it."""
        if self.signed:
            return self.signed
        if signed_only and is_medical(self.written.sources):
            return self.seed
        return self.written

    def state(self, today: date) -> State:
        """Where it stands on a day."""
        last = self._last(*REVIEWED)
        if last and last.kind is Kind.ASKED:
            return State.IN_REVIEW
        if self.elsewhere:
            return State.ELSEWHERE
        if self.review_again < today:
            return State.OVERDUE
        return State.SIGNED if self.is_signed else State.DRAFT

    def _current(self, words: Entry) -> Entry:
        """These words with the newest ways to ask and follow-ups, which nobody signs for."""
        kept = self._last(Kind.KEPT)
        asks = (*(self.seed.asks if self.seed else ()), *self.added)
        if not kept:
            return replace(words, asks=asks)
        return replace(
            words, asks=asks, related=kept.entry.related, staff_answer=kept.entry.staff_answer
        )

    def _last(self, *kinds: Kind) -> Step | None:
        return last_of(self.steps, *kinds)


def is_day_to_read_again(again: date, today: date) -> bool:
    """Does it lie after today, and not too far ahead?"""
    return today < again <= date(today.year + LONGEST_REVIEW, 12, 31)


def last_of(steps: Sequence[Step], *kinds: Kind) -> Step | None:
    """The last step of one of these kinds."""
    return next((one for one in reversed(steps) if one.kind in kinds), None)
