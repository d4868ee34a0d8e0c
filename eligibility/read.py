"""One node of a YAML file, read with care: every mistake becomes a sentence, and reading goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eligibility.span import Span, read_span


@dataclass
class Problems:
    """The mistakes found so far, each naming file, row, field, value and what is allowed."""

    file: str
    lines: list[str] = field(default_factory=list)

    def add(self, where: str, sentence: str) -> None:
        """Note one mistake."""
        self.lines.append(f"{self.file}: {where}: {sentence}")


class Node:
    """A mapping of the file, with the words that say where it stands."""

    def __init__(self, where: str, content: object, problems: Problems) -> None:
        self.where = where
        self.problems = problems
        self.used: set[str] = set()
        self.content: Any = content
        if not isinstance(content, (Mapping, list)):
            problems.add(where, f"has value {content!r}; allowed: keys with values")
            self.content = {}

    @property
    def name(self) -> str:
        """What the file calls this node: its id, or the key it stands under."""
        own = self.content.get("id") if isinstance(self.content, Mapping) else None
        return str(own) if own is not None else self.where.rpartition("'")[0].rpartition("'")[2]

    def wrong(self, key: str, sentence: str) -> None:
        """Note a mistake in one field."""
        self.problems.add(self.where, f"field '{key}' {sentence}")

    def refuse(self, allowed: Sequence[str]) -> bool:
        """Note that this key is not known; always False."""
        self.problems.add(self.where, f"is not known; allowed: {', '.join(allowed)}")
        return False

    def over(self, defaults: Mapping[str, object]) -> Node:
        """This node with ``defaults`` where it says nothing."""
        return Node(self.where, {**defaults, **self.content}, self.problems)

    def raw(self, key: str) -> Any:
        """The value as it stands in the file, or None."""
        self.used.add(key)
        return self.content.get(key) if isinstance(self.content, Mapping) else None

    def names(self) -> list[str]:
        """Every key, as text."""
        return [str(key) for key in self.content]

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.raw(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.wrong(key, "is missing" if value is None else f"has value {value!r}; allowed: a text")
        return ""

    def maybe(self, key: str) -> str | None:
        """A text that may be left out."""
        return None if self.raw(key) is None else self.text(key)

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of a few words; the first of them after a mistake."""
        value = self.raw(key)
        if isinstance(value, str) and value in allowed:
            return value
        said = "is missing" if value is None else f"has value {value!r}"
        self.wrong(key, f"{said}; allowed: {', '.join(allowed)}")
        return allowed[0] if allowed else ""

    def flag(self, key: str) -> bool:
        """true, or false when left out."""
        value = self.raw(key)
        if value not in (None, "true", "false"):
            self.wrong(key, f"has value {value!r}; allowed: true, false")
        return bool(value == "true")

    def whole(self, key: str) -> int:
        """A whole number that must be there."""
        value = self.raw(key)
        if isinstance(value, int):
            return value
        self.wrong(key, f"has value {value!r}; allowed: a whole number")
        return 0

    def number_or_span(self, key: str) -> int | Span:
        """A whole number, or a span such as "6 months"."""
        value = self.raw(key)
        span = read_span(value)
        if span or isinstance(value, int):
            return span or value
        self.wrong(key, f"has value {value!r}; allowed: a whole number, or a span: '6 months'")
        return 0

    def texts(self, key: str, needed: bool = True) -> tuple[str, ...]:
        """A list of texts."""
        value = self.raw(key)
        if value is None and not needed:
            return ()
        plain = isinstance(value, list) and all(isinstance(v, (str, int)) for v in value)
        if not plain or (needed and not value):
            self.wrong(key, f"has value {value!r}; allowed: a list of words")
            return ()
        return tuple(str(v) for v in value)

    def own_texts(self) -> tuple[str, ...]:
        """This node itself as a list of texts."""
        return Node(self.where, {"words": self.content}, self.problems).texts("words")

    def child(self, key: str) -> Node:
        """The mapping under a key."""
        return Node(f"{self.where}, field '{key}'", self.raw(key), self.problems)

    def children(self, key: str) -> list[Node]:
        """Every named entry of the mapping under a key."""
        value = self.raw(key)
        if not isinstance(value, Mapping):
            self.wrong(key, f"has value {value!r}; allowed: names with values")
            return []
        return [Node(f"{key} '{name}'", entry, self.problems) for name, entry in value.items()]

    def items(self, key: str, needed: bool = True) -> list[Node]:
        """Every entry of the list under a key, named by its id where it has one."""
        value = self.raw(key)
        if value is None and not needed:
            return []
        if not isinstance(value, list):
            self.wrong(key, f"has value {value!r}; allowed: a list")
            return []
        own = "" if self.where == "table" else f"{self.where}, "
        return [
            Node(f"{own}{_singular(key)} '{_id(entry, place)}'", entry, self.problems)
            for place, entry in enumerate(value, 1)
        ]

    def done(self, ignore: Sequence[str] = ()) -> None:
        """Note every key that nobody asked for: a misspelt one, most likely."""
        for key in self.names():
            if key not in self.used and key not in ignore:
                allowed = ", ".join(sorted(self.used))
                self.problems.add(self.where, f"field '{key}' is not known; allowed: {allowed}")


def _singular(key: str) -> str:
    return key[:-1] if key.endswith("s") else key


def _id(entry: object, place: int) -> str:
    own = entry.get("id") if isinstance(entry, Mapping) else None
    return str(own) if own is not None else f"number {place}"
