"""What the rest of the program may ask the clinic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import cached_property

from clinic import saying
from clinic.hours import OpeningHours, Span
from clinic.quantities import Duration, Quantity
from clinic.spoken import ENGLISH, now_spoken

PART_PRICE = re.compile(r"([A-Z]{3} |[^\w\s.,-]{1,3})(\d{1,4}(?:\.\d{1,4})?)", re.ASCII)


@dataclass(frozen=True)
class Handover:
    """How long each stage of a hand-over may last, in minutes."""

    claim_minutes: int
    silent_minutes: int
    idle_minutes: int
    alert_again_minutes: int
    on_duty_means: str


@dataclass(frozen=True)
class Prescreen:
    """The clinic's policy switches for the health questions."""

    minimum_age: int
    isotretinoin_policy: str
    breastfeeding_policy: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Retention:
    """After how many days words are deleted, counted from each message."""

    abandoned: int
    finished: int
    handed_over: int
    audit: int

    @property
    def longest(self) -> int:
        """What visitors are told: no word of theirs is kept longer."""
        return max(self.abandoned, self.finished, self.handed_over)


@dataclass(frozen=True)
class Template:
    """A message that WhatsApp has approved beforehand; ``text`` is what it says, with {1}, {2} for values."""

    name: str
    language: str
    text: str

    @property
    def values(self) -> int:
        """How many values staff fill in."""
        return len(set(re.findall(r"\{(\d)\}", self.text)))

    def filled(self, values: Sequence[str]) -> str:
        """The words with the values in their places."""
        return re.sub(r"\{(\d)\}", lambda place: values[int(place[1]) - 1], self.text)


@dataclass(frozen=True)
class Price:
    """What the provider takes for one part of a message."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, words: str) -> Price:
        """The price in words such as "£0.04". Raise ValueError with what is allowed."""
        found = PART_PRICE.fullmatch(words)
        if not found:
            raise ValueError("allowed is an amount with its sign first, such as £0.04")
        return cls(Decimal(found[2]), found[1])

    def of(self, parts: int) -> str:
        """What so many parts cost: "£1.20"."""
        return f"{self.currency}{self.amount * parts:,.2f}"

    def each(self, parts: int, messages: int) -> str:
        """What one of so many messages cost: "£0.062"."""
        return f"{self.currency}{self.amount * parts / max(1, messages):,.3f}"


@dataclass(frozen=True)
class Channels:
    """The clinic's switches for messaging channels."""

    media: bool
    whatsapp_templates: tuple[Template, ...]
    attachments: bool = False
    prices: Mapping[str, Price] = field(default_factory=dict)


@dataclass(frozen=True)
class Clinic:
    """One validated clinic.yml. ``words`` are the placeholders of docs/contracts.md section 5.

    ``kinds`` are the kinds of device in data/devices.yml that the clinic offers.
    ``signed_only``: may the assistant give only medical answers that a clinician has signed?
    ``spoken`` are the languages that the assistant speaks here; ``own_words`` are the clinic's own
    sentences in each.
    ``exceptions`` are days that differ from the usual week; whoever keeps them gives them.
    """

    name: str
    phone: str
    emergency_number: str
    country: str
    is_sample: bool
    retention: Retention
    hours: OpeningHours
    handover: Handover
    prescreen: Prescreen
    channels: Channels
    chat_questions: tuple[str, ...]
    kinds: frozenset[str]
    words: Mapping[str, str]
    practice: Mapping[str, Quantity]
    signed_only: bool = False
    spoken: tuple[str, ...] = (ENGLISH,)
    own_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    exceptions: Mapping[date, Sequence[Span]] = field(default_factory=dict)

    @property
    def others_spoken(self) -> tuple[str, ...]:
        """The languages besides English that the assistant learns and speaks here."""
        return tuple(code for code in self.spoken if code != ENGLISH)

    def is_open(self, at: datetime) -> bool:
        """Say whether the clinic is open at ``at``, by its usual week and its exceptions."""
        return self.hours.is_open(at, self.exceptions)

    def open_until(self, at: datetime) -> datetime | None:
        """Until when the clinic is open today, or None while it is closed."""
        return self.hours.closing(at, self.exceptions)

    def shuts_at(self, at: datetime) -> datetime | None:
        """The same, but None where the doors stay open past midnight: they do not shut then."""
        until = self.open_until(at)
        return None if until is None or self.is_open(until) else until

    def opens_at(self, at: datetime) -> datetime | None:
        """The next moment at which the clinic opens, if there is one in sight."""
        return self.hours.next_opening(at, self.exceptions)

    def next_opening(self, at: datetime) -> str:
        """Words for when the clinic opens next, for example "tomorrow at 09:00"."""
        return saying.opening(self.opens_at(at), at)

    @cached_property
    def _in_english(self) -> dict[str, str]:
        """Words and quantities in English, put together once: every line that is said asks for them."""
        return {**self.words, **{key: str(value) for key, value in self.practice.items()}}

    def facts(self, at: datetime | None = None) -> dict[str, str]:
        """Every placeholder that a response may use, in words of the language spoken now.

        ``at`` is the moment that it is true of (default: now, UTC).
        """
        moment = at or datetime.now(timezone.utc)
        told, spoken = self._in_english, now_spoken()
        if spoken:
            own = self.own_words.get(spoken.code, {})
            told = saying.facts(spoken, self.words, self.practice, own)
        hours = saying.hours(self.hours) or self.words["hours"]
        return {**told, "hours": hours, "next_opening": self.next_opening(moment)}

    def settings(self) -> dict[str, int | str]:
        """The pre-screen's numbers and switches: ``tan_wait_weeks`` from "tan_wait: 4 weeks"."""
        numbers: dict[str, int | str] = {}
        for key, quantity in self.practice.items():
            if key.endswith(("_wait", "_pause", "_stop")) and isinstance(quantity, Duration):
                numbers[f"{key}_{quantity.unit}s"] = quantity.number
        return {
            **numbers,
            "minimum_age": self.prescreen.minimum_age,
            "isotretinoin_policy": self.prescreen.isotretinoin_policy,
            "breastfeeding_policy": self.prescreen.breastfeeding_policy,
        }

    def today(self, at: datetime) -> date:
        """The clinic's local date at ``at``."""
        return at.astimezone(self.hours.zone).date()
