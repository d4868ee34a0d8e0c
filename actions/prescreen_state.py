"""Where a running pre-screen stands. It lives in one slot and is cleared when the pre-screen ends."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from eligibility import Finding

CONSENT = "consent"
ASKING = "asking"
READ_BACK = "read_back"
SHARE = "share"
STAGES = (CONSENT, ASKING, READ_BACK, SHARE)
LONGEST_TRAIL = 30
ABANDONED_AFTER = timedelta(hours=24)


def new_id() -> str:
    """The name of one pre-screen; consent and forgetting are about this one."""
    return f"p_{secrets.token_hex(8)}"


@dataclass
class Progress:
    """The answers so far and what is being asked. ``trail`` holds what each step replaced."""

    id: str = field(default_factory=new_id)
    stage: str = CONSENT
    consented: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    days_ago: dict[str, int] = field(default_factory=dict)
    focus: list[str] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    misses: int = 0
    again: bool = False
    asked_again: list[str] = field(default_factory=list)
    trail: list[dict[str, str | None]] = field(default_factory=list)
    touched: float = 0.0

    def to_slot(self, now: datetime) -> dict[str, object]:
        """As plain JSON, with the time of this message."""
        self.touched = now.timestamp()
        return asdict(self)

    def is_abandoned(self, now: datetime) -> bool:
        """Was the last message so long ago that the answers should be forgotten?"""
        return now.timestamp() - self.touched > ABANDONED_AFTER.total_seconds()

    @classmethod
    def from_slot(cls, value: object) -> Progress | None:
        """Read the slot; None when there is no pre-screen in it."""
        if not isinstance(value, dict) or value.get("stage") not in STAGES:
            return None
        known = {name: value[name] for name in cls.__dataclass_fields__ if name in value}
        known["noted"] = [Finding(**finding) for finding in value.get("noted") or []]
        return cls(**known)

    def answered(self, new: dict[str, str]) -> None:
        """Take over the answers after a step, and remember what they replaced."""
        changed = {row: self.answers.get(row) for row in new if new[row] != self.answers.get(row)}
        if changed:
            self.trail = [*self.trail, changed][-LONGEST_TRAIL:]
        self.answers = new
        self.focus = [row for row in self.focus if row not in new]

    def undo(self) -> bool:
        """Take the last step back. Return False when there is none."""
        if not self.trail:
            return False
        *self.trail, changed = self.trail
        for row, before in changed.items():
            self.days_ago.pop(row, None)
            if before is None:
                self.answers.pop(row, None)
            else:
                self.answers[row] = before
        self.asked = max(self.asked - 1, 0)
        self.focus = []
        return True

    def reopen(self, row: str) -> None:
        """Forget one answer and ask for it again by itself."""
        changed: dict[str, str | None] = {row: self.answers.pop(row)}
        self.trail = [*self.trail, changed][-LONGEST_TRAIL:]
        self.days_ago.pop(row, None)
        self.focus = [row, *self.focus]
        self.misses, self.again = 0, False

    def note(self, findings: list[Finding]) -> None:
        """Keep facts to be read back; what was said last of a row replaces what was noted of it."""
        fresh = {finding.row for finding in findings}
        self.noted = [f for f in self.noted if f.row not in fresh] + findings
