"""What the clinic changed in its inbox: laid over clinic.yml, read by every process within a second.

    CLINIC_CHANGES   the file; without this setting there are no changes
    values           {"prices.from": "£200"}: a key of clinic.yml with its sections, and its value
    days             {"2026-12-25": []}: days that do not keep the usual week, with their hours

clinic.yml is what one begins with; a value here wins until somebody goes back to the file's.
Only the front desk writes the file, whole, from its database.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SETTING = "CLINIC_CHANGES"


@dataclass(frozen=True)
class Changes:
    """Values by key, and days with the spans of that day ("10:00-14:00"; none is closed)."""

    values: Mapping[str, object] = field(default_factory=dict)
    days: Mapping[str, Sequence[str]] = field(default_factory=dict)


def where() -> Path | None:
    """The file that this process reads, if it reads one."""
    found = os.environ.get(SETTING)
    return Path(found) if found else None


def read(path: Path) -> Changes:
    """What the file holds; nothing when there is none. Raise ValueError when it is no such file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Changes()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: this is not YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return Changes()
    if not isinstance(content, dict) or not set(content) <= {"values", "days"}:
        raise ValueError(
            f"{path}: allowed are the keys values and days; remove the file to begin anew"
        )
    return Changes(content.get("values") or {}, content.get("days") or {})


def write(path: Path, changes: Changes) -> None:
    """Put the file in its place whole, for the owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    content = {
        "values": dict(changes.values),
        "days": {d: list(s) for d, s in changes.days.items()},
    }
    fresh.touch(0o600)
    fresh.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    fresh.replace(path)


def laid_over(content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The content of clinic.yml with the changed values in their places."""
    merged = copy.deepcopy(dict(content))
    for key, value in values.items():
        *sections, name = key.split(".")
        place = merged
        for section in sections:
            inner = place.get(section)
            place[section] = dict(inner) if isinstance(inner, dict) else {}
            place = place[section]
        place[name] = value
    return merged


def value_at(content: Mapping[str, object], key: str) -> Any:
    """The value of a key with its sections. Raise KeyError when there is none."""
    found: object = content
    for part in key.split("."):
        if not isinstance(found, Mapping):
            raise KeyError(key)
        found = found[part]
    return found
