"""What is wrong with a value of clinic.yml, in one sentence with what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clinic.quantities import MONEY

SENTENCE = r"(?s)^[A-Z0-9].*[.!?]$"
PHRASE = r"(?s)^.*[^.!?,;:]$"
PRICE = rf"^(?:free|{MONEY.pattern})$"
ALLOWED = {
    SENTENCE: "whole sentences: a capital letter first, a full stop last",
    PHRASE: "words for the middle of a sentence: no full stop last",
    PRICE: "'free' or an amount of money such as '£180'",
}


def mistake_in_words(path: Path, content: dict[str, Any], mistake: Mapping[str, Any]) -> str:
    """One mistake that pydantic found: file, key, value, allowed."""
    where = [key for key in mistake["loc"] if key != "__root__"]
    if mistake["loc"][-1] == "__root__":
        return f"{path}: {mistake['msg']}"
    if where[-1] == "__key__":
        return f"{path}: '{where[0]}' has a key that is not known; {_allowed(mistake)}"
    key = ".".join(str(part).rstrip("_") for part in where)
    kind = mistake["type"]
    if kind == "value_error.missing":
        return f"{path}: key '{key}' is missing"
    if kind == "value_error.extra":
        return f"{path}: key '{key}' is not known; check its spelling and its section"
    value: Any = content
    for part in where:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
    return f"{path}: key '{key}' has value {value!r}; {_allowed(mistake)}"


def _allowed(mistake: Mapping[str, Any]) -> str:
    context = mistake.get("ctx", {})
    if context.get("pattern") in ALLOWED:
        return f"allowed is {ALLOWED[context['pattern']]}"
    if "pattern" in context:
        return f"allowed is what matches {context['pattern']}"
    if "permitted" in context:
        return f"allowed: {', '.join(map(str, context['permitted']))}"
    return (
        re.sub(r"^ensure this value", "the value must", str(mistake["msg"]))
        .replace("must is", "must be")
        .replace("must has", "must have")
    )
