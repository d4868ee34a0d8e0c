"""What is understood and said in languages other than English: data/languages/<code>.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from clinic import urgency

FOLDER = Path(__file__).resolve().parent.parent / "data" / "languages"
KEYS = {"name", "clinical_review", "danger", "person", "call_back", "now", "soon", "not_spoken"}


class LanguageFileError(ValueError):
    """A file of data/languages/ holds something that is not allowed."""


@dataclass(frozen=True)
class Language:
    """One language: phrases by event of data/urgency.yml, other wishes, and what is said back."""

    code: str
    name: str
    danger: Mapping[str, tuple[str, ...]]
    person: tuple[str, ...]
    call_back: tuple[str, ...]
    now: str
    soon: str
    not_spoken: str

    def urgent(self, level: str) -> str:
        """What is said to somebody in danger, with placeholders."""
        return self.now if level == "U1" else self.soon


@lru_cache(maxsize=1)
def load_languages(folder: Path = FOLDER) -> Mapping[str, Language]:
    """Every language by its code. Raise LanguageFileError that names file, key and what is allowed."""
    return {path.stem: _language(path) for path in sorted(folder.glob("*.yml"))}


def _language(path: Path) -> Language:
    content: object = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    if not isinstance(content, dict) or set(content) != KEYS:
        raise LanguageFileError(f"{path}: the keys must be {', '.join(sorted(KEYS))}")
    events = urgency.load_default().events
    for sign in content["danger"]:
        if sign not in events:
            raise LanguageFileError(f"{path}: 'danger.{sign}' is no event of data/urgency.yml")
    for key in ("now", "soon", "not_spoken"):
        if "{emergency_number}" not in content[key]:
            raise LanguageFileError(f"{path}: '{key}' must name {{emergency_number}}")
    return Language(
        code=path.stem,
        name=content["name"],
        danger={sign: tuple(phrases) for sign, phrases in content["danger"].items()},
        person=tuple(content["person"]),
        call_back=tuple(content["call_back"]),
        now=content["now"],
        soon=content["soon"],
        not_spoken=content["not_spoken"],
    )
