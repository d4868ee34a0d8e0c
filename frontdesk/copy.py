"""The front desk's own words, from copy.yml, with the clinic's facts in them.

In another language they are data/languages/<code>/desk.yml, line by line.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import yaml

from clinic import Clinic
from clinic.spoken import now_spoken, say_in

FILE = Path(__file__).parent / "copy.yml"
NOBODY = "{nobody}"
"""Where a line says that nobody is here, and, while the clinic is closed, when it opens again."""


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    lines: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return lines


def words(
    line: str, clinic: Clinic, now: datetime, language: str | None = None, **more: str
) -> str:
    """One line of copy.yml, in a language that the clinic speaks.

    Raise KeyError when there is no such line or placeholder.
    """
    with say_in(language if language in clinic.spoken else None):
        spoken = now_spoken()
        said = spoken.desk.get(line, _lines()[line]) if spoken else _lines()[line]
        if NOBODY in said:
            why = "nobody_open" if clinic.is_open(now) else "nobody_closed"
            more["nobody"] = words(why, clinic, now, language)
        return said.format(**{**clinic.facts(now), **more})
