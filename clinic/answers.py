"""What the clinic wrote in its inbox in place of answers of data/faq/, or beside them.

    ANSWER_CHANGES   the file, read by every process within a second; without this setting there is none
    en:              the language, then each answer by its id:
      pain_feel:
        file: pain.yml          the file of data/faq/ that it belongs to
        asks: [does it smart]   ways to ask that the clinic added and the model has learned
        variations:             as under responses in data/faq/
        given: true             false: the assistant says that staff will answer
      gentle_laser_pain:        a kind of device and what is asked about it
        file: ../devices.yml    its words stand in data/devices.yml

data/faq/ is what one begins with; an answer here wins until somebody goes back to the file's.
Only the front desk writes the file, whole, from its database.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clinic.current import load_default
from clinic.sources import is_medical
from clinic.watched import Watched

SETTING = "ANSWER_CHANGES"
RESPONSE = "utter_faq/"
ENGLISH = "en"
PENDING = "pending"
DEVICES = "../devices.yml"
"""The file, from data/faq/, of an answer about a device, which is none of those."""
KEYS = {"file", "asks", "variations", "given"}


@dataclass(frozen=True)
class Changed:
    """One answer as the clinic has it. Without variations its words are still those of data/faq/."""

    file: str
    variations: tuple[Mapping[str, Any], ...] = ()
    asks: tuple[str, ...] = ()
    is_given: bool = True

    def as_yaml(self) -> dict[str, object]:
        """As it stands in the file."""
        return {
            "file": self.file,
            "asks": list(self.asks),
            "variations": [dict(one) for one in self.variations],
            "given": self.is_given,
        }

    def as_cell(self) -> dict[str, object]:
        """What data/devices.yml has of it, where that is changed."""
        cell: dict[str, object] = {"given": self.is_given}
        for one in self.variations[:1]:
            cell["text"] = one["text"]
            cell |= {
                key: one["metadata"][key] for key in ("sources", "reviewed", "clinical_review")
            }
        return cell


@dataclass(frozen=True, eq=False)
class Answers:
    """Every answer that the clinic changed, by its id."""

    changed: Mapping[str, Changed]

    @property
    def faq(self) -> dict[str, Changed]:
        """Those of data/faq/, and the clinic's own beside them."""
        return {topic: one for topic, one in self.changed.items() if one.file != DEVICES}

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        """Those about a device, by kind and aspect, as a cell of data/devices.yml."""
        return {topic: one.as_cell() for topic, one in self.changed.items() if one.file == DEVICES}

    @property
    def responses(self) -> dict[str, list[dict[str, object]]]:
        """The changed words, as Rasa's domain holds responses."""
        return {
            RESPONSE + topic: [dict(variation) for variation in one.variations]
            for topic, one in self.faq.items()
            if one.variations
        }

    def words_of(self, topic: str) -> bool:
        """Did the clinic write the words of this answer?"""
        return topic in self.changed and bool(self.changed[topic].variations)

    def withholds(self, topic: str) -> bool:
        """Did the clinic say that this answer is not to be given?"""
        return topic in self.changed and not self.changed[topic].is_given


def may_be_said(clinical_review: str, sources: Iterable[str]) -> bool:
    """By the clinic's switch: anything, or of what is medical only what is signed."""
    return not load_default().signed_only or clinical_review != PENDING or not is_medical(sources)


def where() -> Path | None:
    """The file that this process reads, if it reads one."""
    found = os.environ.get(SETTING)
    return Path(found) if found else None


def read(path: Path | None, language: str = ENGLISH) -> Answers:
    """What the file holds of a language. Raise ValueError when it is no such file."""
    try:
        text = path.read_text(encoding="utf-8") if path else ""
        content = yaml.load(text, yaml.CSafeLoader) or {}
    except FileNotFoundError:
        return Answers({})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: this is not YAML: {' '.join(str(error).split())}") from error
    try:
        return Answers({str(k): _changed(v) for k, v in (content.get(language) or {}).items()})
    except (AttributeError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: allowed are answers by id, each with {', '.join(sorted(KEYS))}"
        ) from error


def _changed(row: Mapping[str, Any]) -> Changed:
    if not set(row) <= KEYS:
        raise KeyError(sorted(set(row) - KEYS)[0])
    variations = tuple(dict(one) for one in row.get("variations") or ())
    asks = tuple(map(str, row.get("asks") or ()))
    return Changed(str(row["file"]), variations, asks, row.get("given", True) is not False)


def write(path: Path, answers: Mapping[str, Mapping[str, Changed]]) -> None:
    """Put the file in its place whole: by language, then by id. Raise OSError; then it is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    content = {
        language: {topic: one.as_yaml() for topic, one in sorted(changed.items())}
        for language, changed in answers.items()
    }
    fresh.touch(0o600)
    fresh.write_text(
        yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False),
        encoding="utf-8",
    )
    fresh.replace(path)


_kept = Watched(lambda: (where(),), read, "The answers stay")


def current() -> Answers:
    """What the clinic has changed, as of now."""
    return _kept.get()


def forget() -> None:
    """Read the file anew at the next question."""
    _kept.forget()
