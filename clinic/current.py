"""The clinic as it is now: clinic.yml with what was changed since, read again when a file changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from clinic import changes
from clinic.clinic import Clinic
from clinic.file import ClinicFileError, checked, content_of
from clinic.hours import Span, read_day
from clinic.watched import Watched


def load(path: Path, changed: Path | None) -> Clinic:
    """One clinic file with the file of what was changed laid over it. Raise ClinicFileError."""
    content = content_of(path)
    try:
        over = changes.read(changed) if changed else changes.Changes()
        days = {date.fromisoformat(d): read_day(s) for d, s in over.days.items()}
    except (ValueError, TypeError) as error:
        raise ClinicFileError(str(error)) from error
    return replace(checked(path, changes.laid_over(content, over.values)), exceptions=days)


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
