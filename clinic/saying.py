"""Quantities, hours and dates in the language that is spoken now (data/languages/<code>/forms.yml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from clinic import urgency
from clinic.hours import DAYS, OpeningHours, Span, day_runs, moment_in_words
from clinic.quantities import Count, Day, Duration, Quantity, Range, Sunscreen
from clinic.spoken import Spoken, now_spoken

MONEY = re.compile(r"([^\w\s]{1,3}|[A-Z]{3} ?)(\d[\d,. ]*)")
AMOUNTS = ("consultation_price", "price_from", "reply_time", "retention_days")
"""Facts that are an amount of money or a length of time, and no more."""
ABOUT = re.compile(r"(?:about )?(\d+) (minute|hour|day|week|month|year)s?")


def quantity(value: Quantity, forms: Mapping[str, Any]) -> str:
    """A quantity of clinic.yml: "de 3 a 6 meses"."""
    if isinstance(value, Duration):
        return _duration(value, forms)
    if isinstance(value, Range):
        same = value.least.unit == value.most.unit
        least = str(value.least.number) if same else _duration(value.least, forms)
        return _filled(forms["range"], least=least, most=_duration(value.most, forms))
    if isinstance(value, Count):
        if value.least == value.most:
            return str(value.least)
        return _filled(forms["range"], least=value.least, most=value.most)
    if isinstance(value, Sunscreen):
        return _filled(forms["sunscreen"], number=value.number)
    assert isinstance(value, Day)  # noqa: S101  the last kind of quantity
    key = {0: "same_day", 1: "next_day"}.get(value.number, "after_days")
    return _filled(forms[key], number=value.number)


def facts(
    spoken: Spoken,
    words: Mapping[str, str],
    practice: Mapping[str, Quantity],
    own: Mapping[str, str],
) -> dict[str, str]:
    """The clinic's facts in a language other than English; ``own`` are its sentences in that language.

    What nobody wrote in it stays as it is in clinic.yml.
    """
    forms = spoken.forms
    numbers = {key: quantity(value, forms) for key, value in practice.items()}
    said = {key: _value(words[key], forms) for key in AMOUNTS}
    calls = {who: text.format_map(words) for who, text in spoken.urgency["calls"].items()}
    first_aid = spoken.urgency["first_aid"]
    urgent = {
        **{f"urgency_{name}": calls[e.who] for name, e in urgency.load_default().events.items()},
        **{f"first_aid_{name}": text for name, text in first_aid.items()},
    }
    return {**words, **said, **numbers, **urgent, **own}


def hours(opening: OpeningHours) -> str | None:
    """The week in the language spoken now; None for English."""
    spoken = now_spoken()
    if spoken is None:
        return None
    forms = spoken.forms
    parts = []
    for days, spans in day_runs(opening):
        named = _days([forms["days"][day] for day in days], forms)
        told = spans_in_words(spans)
        parts.append(_filled(forms["open" if spans else "closed"], days=named, spans=told))
    return "; ".join(parts)


def spans_in_words(spans: Sequence[Span]) -> str:
    """The open stretches of a day."""
    spoken = now_spoken()
    if spoken is None:
        return " and ".join(str(span) for span in spans)
    forms = spoken.forms
    return str(forms["and"]).join(
        _filled(forms["span"], opens=opens, closes=closes)
        for opens, closes in (span.clocks for span in spans)
    )


def day_named(day: str) -> str:
    """A weekday's name."""
    spoken = now_spoken()
    return str(spoken.forms["days"][day]) if spoken else day.title()


def opening(moment: datetime | None, now: datetime) -> str:
    """When the clinic opens next: "mañana a las 09:00"."""
    spoken = now_spoken()
    if spoken is None:
        return moment_in_words(moment, now) if moment else "soon"
    forms = spoken.forms
    if moment is None:
        return str(forms["soon"])
    ahead = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    key = {0: "today", 1: "tomorrow"}.get(ahead, "weekday" if ahead < 7 else "far")
    return _filled(
        forms[key],
        clock=f"{moment:%H:%M}",
        day=forms["days"][DAYS[moment.weekday()]],
        number=moment.day,
        month=forms["months"][moment.month - 1],
    )


def date_in_words(day: date) -> str:
    """A date as people say it: "1 March 2027", "1 de marzo de 2027"."""
    spoken = now_spoken()
    if spoken is None:
        return f"{day.day} {day:%B %Y}"
    month = spoken.forms["months"][day.month - 1]
    return _filled(spoken.forms["date"], number=day.day, month=month, year=day.year)


def length(number: int, unit: str) -> str:
    """So many of a unit: "2 weeks", "2 semanas"."""
    spoken = now_spoken()
    value = Duration(number, unit)
    return _duration(value, spoken.forms) if spoken else str(value)


def _value(words: str, forms: Mapping[str, Any]) -> str:
    """A value of clinic.yml that is an amount or a length of time; anything else stays."""
    if words == "free":
        return str(forms["free"])
    found = MONEY.fullmatch(words)
    if found:
        return _filled(forms["money"], amount=found[2].strip(), sign=found[1].strip())
    about = ABOUT.fullmatch(words)
    if about:
        told = _duration(Duration(int(about[1]), about[2]), forms)
        return f"{forms['about']['about']} {told}" if words.startswith("about") else told
    return words


def _duration(value: Duration, forms: Mapping[str, Any]) -> str:
    one, many = forms["units"][value.unit]
    return f"{value.number} {one if value.number == 1 else many}"


def _days(names: Sequence[str], forms: Mapping[str, Any]) -> str:
    if len(names) == 1:
        return names[0]
    key = "days_and" if len(names) == 2 else "days_to"
    return _filled(forms[key], first=names[0], last=names[-1])


def _filled(form: str, **values: object) -> str:
    return form.format(**values)


def title(english: str) -> str:
    """A button's words in the language spoken now; in English where nobody wrote them."""
    spoken = now_spoken()
    return str(spoken.lines["titles"].get(english, english)) if spoken else english
