"""What a message may have asked besides what is answered: the next guesses of its reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BESIDES = 0.15  # how sure a guess is from which on it is worth a button


def ranked(message: Mapping[str, Any]) -> dict[str, float]:
    """The entries nearest to a message with how sure each is, 0 to 1, the likeliest first."""
    selector = (message.get("response_selector") or {}).get("faq") or {}
    return {
        row["intent_response_key"].partition("/")[2]: float(row["confidence"])
        for row in selector.get("ranking") or []
    }


def asked_besides(message: Mapping[str, Any]) -> list[str]:
    """The entries that are likely enough to be offered first beside an answer."""
    return [topic for topic, sure in ranked(message).items() if sure >= BESIDES]
