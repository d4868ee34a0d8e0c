"""What is wrong with a value of clinic.yml, in one sentence with what is allowed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from clinic.quantities import MONEY

SENTENCE = r"(?s)^[A-Z0-9].*[.!?]$"
PHRASE = r"(?s)^.*[^.!?,;:]$"
PRICE = rf"^(?:free|{MONEY.pattern})$"
PHONE = r"^(?=(?:[^0-9]*[0-9]){5})\+?[0-9 ()./-]{5,24}$"
SHORT_NUMBER = r"^(?=(?:[^0-9]*[0-9]){2})\+?[0-9 ()./-]{2,24}$"
EMERGENCY = r"^[0-9]{2,6}$"
WEB = r"^https?://\S+$"
EMAIL = r"^\S+@\S+\.\S+$"
COUNTRY = r"^[A-Z]{2}$"
LANGUAGE = r"^[a-z]{2,3}(_[A-Z]{2})?$"
TEMPLATE = r"^[A-Za-z0-9_]{1,512}$"
NUMBER = "a telephone number: digits, with blanks, brackets, hyphens, dots and strokes between them"
JOINERS = "\u200c\u200d"
"""Signs without a shape that some scripts and emoji are written with."""
WITH_BRACES = ("channels.whatsapp_templates",)
ALLOWED = {
    SENTENCE: "whole sentences: a capital letter first, a full stop last",
    PHRASE: "words for the middle of a sentence: no full stop last",
    PRICE: "'free' or an amount of money such as '£180'",
    PHONE: NUMBER,
    SHORT_NUMBER: NUMBER,
    EMERGENCY: "a number of two to six digits, without blanks, such as '999'",
    WEB: "an address that begins with https:// or http://, without blanks",
    EMAIL: "one e-mail address such as 'hello@clinic.example'",
    COUNTRY: "the two capital letters of a country, such as GB, US or ES",
    LANGUAGE: "a language such as 'en' or 'en_GB'",
    TEMPLATE: "letters, digits and _, 512 or fewer",
}


COUNTRIES = Path(__file__).with_name("countries.yml")


def foreign_numbers(country: str, numbers: Mapping[str, str]) -> Iterator[str]:
    """Public numbers that are not those of the clinic's country."""
    known = yaml.load(COUNTRIES.read_text(encoding="utf-8"), yaml.CSafeLoader).get(country, {})
    for key, value in numbers.items():
        allowed = known.get(key)
        if allowed and _digits(value) not in map(_digits, allowed):
            yield (
                f"key '{key}' has value {value!r}; allowed with key 'country' {country}: "
                f"{', '.join(allowed)}"
            )


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def in_words(path: Path, content: dict[str, Any], mistake: Mapping[str, Any]) -> str:
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
    if "permitted" in context:
        return f"allowed: {', '.join(map(str, context['permitted']))}"
    return (
        re.sub(r"^ensure this value", "the value must", str(mistake["msg"]))
        .replace("must is", "must be")
        .replace("must has", "must have")
    )


def hidden_sign(text: str) -> str | None:
    """A sign that nobody sees, or that turns the words around; None when there is none."""
    return next((sign for sign in text if _is_hidden(sign)), None)


def _is_hidden(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind in ("Cc", "Cf", "Cs") and sign not in "\n\t" + JOINERS


def odd_signs(content: object, key: str = "") -> Iterator[str]:
    """A sentence for each text of clinic.yml with a hidden sign, or with a brace: a fact draws no other fact."""
    if key in WITH_BRACES:
        return
    if isinstance(content, Mapping):
        for name, inner in content.items():
            yield from odd_signs(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(content, list):
        for inner in content:
            yield from odd_signs(inner, key)
    elif isinstance(content, str):
        if hidden := hidden_sign(content):
            name = unicodedata.name(hidden, f"U+{ord(hidden):04X}").lower()
            yield f"key '{key}' has a hidden sign ({name}); allowed are plain words"
        elif brace := re.search(r"[{}]", content):
            yield f"key '{key}' has a '{brace[0]}' in it; allowed are plain words"
