"""The front desk's own words, from copy.yml, with the clinic's facts in them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import yaml

from clinic import Clinic

FILE = Path(__file__).parent / "copy.yml"


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    lines: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return lines


def words(line: str, clinic: Clinic, now: datetime, **more: str) -> str:
    """One line of copy.yml. Raise KeyError when there is no such line or placeholder."""
    return _lines()[line].format(**{**clinic.facts(now), **more})
