"""Reads data/faq/*.yml into entries, and says what is wrong with their shape."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import textstat
import yaml

from clinic.answers import DEVICES

FAQ = "utter_faq/"
ROOT = Path(__file__).resolve().parents[1]
"""The project's own folder."""


@dataclass(frozen=True)
class Entry:
    """One question with its answer."""

    file: str
    topic: str
    asks: tuple[str, ...]
    text: str
    sms: str
    question: str
    more: str
    sources: tuple[str, ...]
    reviewed: str
    clinical_review: str
    related: tuple[str, ...]
    staff_answer: bool = False

    @property
    def is_of_device(self) -> bool:
        """A cell of data/devices.yml: one short text about an aspect of a kind, asked by the table's rules."""
        return self.file == DEVICES

    def variations(self) -> list[dict[str, Any]]:
        """The answer as it stands under responses in data/faq/."""
        details: dict[str, Any] = {"question": self.question}
        if self.more:
            details["more"] = self.more
        details |= {
            "sources": list(self.sources),
            "reviewed": self.reviewed,
            "clinical_review": self.clinical_review,
            "related": list(self.related),
        }
        if self.staff_answer:
            details["staff_answer"] = True
        main = {"text": self.text, "metadata": details}
        return [main] if self.is_of_device else [main, {"channel": "sms", "text": self.sms}]


@dataclass(frozen=True)
class Mistake:
    """Where something is wrong, what, and what is allowed."""

    file: str
    entry: str
    field: str
    what: str
    is_warning: bool = False

    def __str__(self) -> str:
        kind = "warning" if self.is_warning else "mistake"
        return f"{kind}: data/faq/{self.file}: entry '{self.entry}': {self.field}: {self.what}"


def load_lines(root: Path) -> list[tuple[str, str]]:
    """The texts of domain.yml, with the names of their responses."""
    content = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    return [
        (str(name), str(variation.get("text") or ""))
        for name, variations in content["responses"].items()
        for variation in variations
    ]


def keys_twice(root: Path) -> Iterator[Mistake]:
    """A source, an event or a rule that stands twice; YAML itself would keep the last in silence."""
    for name in ("sources.yml", "urgency.yml", "content_rules.yml"):
        try:
            yaml.load((root / "data" / name).read_text(encoding="utf-8"), _EachKeyOnce)
        except yaml.YAMLError as error:
            yield Mistake(f"../{name}", "-", "file", " ".join(str(error).split()))


def fingerprint(entry: Entry) -> str:
    """Eight characters that change with every word that somebody signs for."""
    words = [entry.question, entry.text, entry.more, entry.sms, *entry.sources]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def load_entries(root: Path) -> tuple[list[Entry], list[Mistake]]:
    """All entries in file order, and what is wrong with the shape of those that could not be read."""
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for path in sorted((root / "data" / "faq").glob("*.yml")):
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce) or {}
        except (
            yaml.YAMLError,
            ValueError,
        ) as error:  # ValueError: not UTF-8, or a day that is none
            mistakes.append(Mistake(path.name, "-", "file", " ".join(str(error).split())))
            continue
        if wrong := _shape(content):
            mistakes.append(Mistake(path.name, "-", "file", wrong))
            continue
        asks = {
            str(item.get("intent", "")).partition("/")[2]: _examples(item.get("examples"))
            for item in content.get("nlu") or []
        }
        responses = content.get("responses") or {}
        for name, variations in responses.items():
            topic = str(name).removeprefix(FAQ)
            read = _read(path.name, topic, asks.get(topic, ()), variations)
            mistakes += [item for item in read if isinstance(item, Mistake)]
            entries += [item for item in read if isinstance(item, Entry)]
        for topic in asks.keys() - {str(name).removeprefix(FAQ) for name in responses}:
            mistakes.append(Mistake(path.name, topic, "responses", f"there is no {FAQ}{topic}"))
    return entries, mistakes


def _shape(content: Any) -> str | None:
    """What is no list or no mapping where the files of data/faq/ have one."""
    if not isinstance(content, dict):
        return "allowed are the keys nlu and responses"
    asked, responses = content.get("nlu") or [], content.get("responses") or {}
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        return "nlu is a list of intents, each with its examples"
    if not isinstance(responses, dict):
        return f"responses are names such as {FAQ}pain_feel, each with its texts"
    for name, texts in responses.items():
        for one in texts if isinstance(texts, list) else [None]:
            if not isinstance(one, dict) or not isinstance(one.get("metadata") or {}, dict):
                return f"{name} is a list of texts, each with its keys"
            for key, value in {**one, **(one.get("metadata") or {})}.items():
                is_list = key in ("sources", "related")
                if key != "metadata" and isinstance(value, (list, dict)) != is_list:
                    return f"{name}: {key} is {'a list' if is_list else 'one text'}"
    return None


class _EachKeyOnce(yaml.CSafeLoader):
    """YAML in which a key may stand only once; YAML itself would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Raise ConstructorError for the second of two equal keys."""
        keys = [self.construct_object(key) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"{twice!r} stands twice; each name is allowed once", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _examples(block: Any) -> tuple[str, ...]:
    lines = str(block or "").splitlines()
    return tuple(line.strip()[2:].strip() for line in lines if line.strip().startswith("- "))


def _read(file: str, topic: str, asks: tuple[str, ...], variations: Any) -> list[Entry | Mistake]:
    found = {item.get("channel") or "": item for item in variations if isinstance(item, dict)}
    main, sms = found.get(""), found.get("sms")
    wrong: list[Entry | Mistake] = []
    if main is None or sms is None:
        return [Mistake(file, topic, "responses", "needs a text, and one with 'channel: sms'")]
    details = main.get("metadata") or {}
    for field in ("question", "sources", "reviewed", "clinical_review", "related"):
        if not details.get(field):
            wrong.append(Mistake(file, topic, f"metadata.{field}", "is missing"))
    if not isinstance(details.get("reviewed", ""), str):
        wrong.append(Mistake(file, topic, "metadata.reviewed", 'must be quoted: "2026-11-23"'))
    unknown = set(details) - _FIELDS
    if unknown:
        wrong.append(Mistake(file, topic, "metadata", f"unknown field {sorted(unknown)[0]!r}"))
    if wrong:
        return wrong
    return [
        Entry(
            file,
            topic,
            asks,
            str(main.get("text") or ""),
            str(sms.get("text") or ""),
            str(details["question"]),
            str(details.get("more") or ""),
            tuple(map(str, details["sources"])),
            details["reviewed"],
            str(details["clinical_review"]),
            tuple(map(str, details["related"])),
            bool(details.get("staff_answer")),
        )
    ]


_FIELDS = {
    "question",
    "more",
    "sources",
    "reviewed",
    "clinical_review",
    "related",
    "staff_answer",
}


@cache
def grade(text: str) -> float:
    """Flesch-Kincaid grade: the school year in which a text is easily read."""
    plain = re.sub(r"{\w+}", "some time", text)
    return float(textstat.flesch_kincaid_grade(plain))
