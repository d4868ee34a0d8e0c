"""The texts of rules.yml that visitors read, and the same in another language's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

SHOWN = frozenset(
    [
        "headline",
        "next",
        "reason",
        "title",
        "gloss",
        "question",
        "repeat",
        "why",
        "more",
        "label",
        "words",
        "note",
        "say",
        "by_date",
        "why_title",
        "back_title",
        "stop_title",
        "done_title",
        "change_title",
        "told",
        "options",
        "reasons",
        "come_back",
        "safety_net",
    ]
)
"""Keys of rules.yml whose texts visitors read."""
MATCHED = frozenset(
    ("settings", "policies", "commands", "heard", "names", "says", "also_called", "mentioned")
)


class PlainWords(yaml.CSafeLoader):
    """YAML in which yes, no, on and off are words, as a clinician would expect."""


PlainWords.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def shown_texts(content: object, key: str = "") -> Iterator[str]:
    """Every text of a table's content that visitors read."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if name not in MATCHED:
                yield from shown_texts(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from shown_texts(value, key)
    elif key in SHOWN:
        yield str(content)


def in_other_words(content: Any, translated: Mapping[str, str], key: str = "") -> Any:
    """The content with each such text as ``translated`` has it."""
    if isinstance(content, Mapping):
        return {
            name: value if name in MATCHED else in_other_words(value, translated, name)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [in_other_words(one, translated, key) for one in content]
    return translated.get(content, content) if key in SHOWN else content
