"""Provider error codes in words, with what staff can do. The codes are problems.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from frontdesk.outgoing.carrier import Stops

CODES = Path(__file__).with_name("problems.yml")


def explained(provider: str, code: object, status: int | None = None) -> str:
    """What happened and what to do; of an unknown code, its number. ``status``: HTTP's, where known."""
    known = _codes().get(provider, {}).get(str(code))
    if known is None:
        answered = f"{provider} answered {status}" if status else provider
        return f"{answered}{f', error {str(code)[:20]}' if code else ''}. Send it again, or call."
    return f"{known['says']} {known['do']} ({provider} {code})"


def stops(provider: str, code: object) -> Stops | None:
    """Does a code say that the person wants nothing of ours, and until when?"""
    known = _codes().get(provider, {}).get(str(code), {})
    return Stops(known["stops"]) if "stops" in known else None


@lru_cache(maxsize=1)
def _codes() -> dict[str, dict[str, dict[str, object]]]:
    raw = yaml.safe_load(CODES.read_text(encoding="utf-8"))
    return {name: {str(code): row for code, row in rows.items()} for name, rows in raw.items()}
