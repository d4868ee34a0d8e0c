"""The clinic as it is now: clinic.yml with what was changed since, read again when a file changes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from clinic import changes
from clinic.clinic import Clinic
from clinic.file import ClinicFileError, checked, content_of
from clinic.hours import Span, read_day
from clinic.watched import Watched

logger = logging.getLogger(__name__)

OWN_WORDS = "assistant.own_words"
NOT_IN_ENGLISH = "the English was changed, so it is said in English; keep these words anew, so that they are said"
NAMED = re.compile(r"(?:^|; |key |than )'([a-z_]+(?:\.\w+)*)'")
"""The keys that a mistake of clinic/file.py speaks of: that of the value, and that with which it does not go."""


@dataclass(frozen=True)
class Laid:
    """The clinic with what was changed laid over its file, and why a key is left out of what is said."""

    clinic: Clinic
    left_out: Mapping[str, str]


def load(path: Path, changed: Path | None) -> Clinic:
    """One clinic file with the file of what was changed laid over it. Raise ClinicFileError."""
    content = content_of(path)
    try:
        over = changes.read(changed) if changed else changes.Changes()
    except ValueError as error:
        raise ClinicFileError(str(error)) from error
    laid = lay(path, content, over.values)
    for key, why in laid.left_out.items():
        logger.warning("%s is left out of what the inbox changed: %s", key, why)
    return replace(laid.clinic, exceptions=_days(over.days))


def lay(path: Path, content: dict[str, object], values: Mapping[str, object]) -> Laid:
    """Changed values over a file's content. Raise ClinicFileError for a mistake of the file.

    A value that was allowed when it was kept, and is not any more, must keep no desk from starting:
    it is left out, and the file's holds until somebody changes it.
    """
    fitting, left_out = dict(values), dict[str, str]()
    while True:
        try:
            clinic = checked(path, changes.laid_over(content, fitting))
        except ClinicFileError as error:
            wrong = _wrong(str(error).replace(f"{path}: ", "").split("\n"), fitting)
            if not wrong:
                raise
            left_out |= wrong
            fitting = {key: value for key, value in fitting.items() if key not in wrong}
        else:
            break
    silent = _silent(clinic, path, content, fitting) if fitting else {}
    own = {
        code: {
            key: text for key, text in words.items() if f"{OWN_WORDS}.{code}.{key}" not in silent
        }
        for code, words in clinic.own_words.items()
    }
    return Laid(replace(clinic, own_words=own), {**left_out, **silent})


def _wrong(lines: Sequence[str], keys: Mapping[str, object]) -> dict[str, str]:
    """The keys of which the mistakes speak; those of a section where only the section is named."""
    named = [(line, name) for line in lines for name in NAMED.findall(line)]
    exact = {key: line for line, name in named for key in keys if f"{name}.".startswith(f"{key}.")}
    return exact or {
        key: line for line, name in named for key in keys if key.startswith(f"{name}.")
    }


def _silent(
    clinic: Clinic, path: Path, content: dict[str, object], values: Mapping[str, object]
) -> dict[str, str]:
    """The file's words of other languages whose English the inbox has changed since."""
    try:
        words = checked(path, content).words
    except ClinicFileError:
        return {}
    keys = [
        f"{OWN_WORDS}.{code}.{key}"
        for code, sentences in clinic.own_words.items()
        for key in sentences
        if clinic.words[key] != words[key]
    ]
    return {key: NOT_IN_ENGLISH for key in keys if key not in values}


def _days(days: Mapping[str, Sequence[str]]) -> dict[date, Sequence[Span]]:
    """The days with other hours; one that cannot be read keeps the usual week, with a line."""
    found: dict[date, Sequence[Span]] = {}
    for day, spans in days.items():
        try:
            found[date.fromisoformat(day)] = read_day(spans)
        except (ValueError, TypeError) as error:
            logger.warning("the hours of %s are left out: %s", day, error)
    return found


def clinic_file() -> Path:
    """The file that this process serves."""
    return Path(os.environ.get("CLINIC_FILE") or "clinic.yml")


def load_default() -> Clinic:
    """The clinic that this process serves, as it is now."""
    return _kept.get()


def forget() -> None:
    """Read the files anew at the next question, whatever was seen."""
    _kept.forget()


class LiveClinic(Clinic):
    """A Clinic whose every answer is that of ``read`` at that moment, for parts that keep one."""

    def __init__(self, read: Callable[[], Clinic]) -> None:
        object.__setattr__(self, "_read", read)

    def __getattribute__(self, name: str) -> Any:
        read = object.__getattribute__(self, "_read")
        return (
            object.__getattribute__(self, name) if name.startswith("__") else getattr(read(), name)
        )


def live() -> Clinic:
    """The default clinic as it is whenever it is asked."""
    return LiveClinic(load_default)


def with_days(clinic: Clinic, days: Mapping[date, Sequence[Span]]) -> Clinic:
    """The clinic, live or not, with the days on which its usual week does not hold."""
    if not isinstance(clinic, LiveClinic):
        return replace(clinic, exceptions=days)
    read = object.__getattribute__(clinic, "_read")
    last: list[Clinic] = [read(), replace(read(), exceptions=days)]

    def current() -> Clinic:
        if (now := read()) is not last[0]:
            last[:] = [now, replace(now, exceptions=days)]
        return last[1]

    return LiveClinic(current)


_kept = Watched(lambda: (clinic_file(), changes.where()), load, "The clinic's facts stay")
