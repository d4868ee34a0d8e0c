"""A sentence bears every allowed value: each text is rendered with the least, the clinic's own and the
most allowed value of each setting that it draws, and read for what a value would break.

No grammar library that is kept up runs offline in Python; what a value can break is a short list, and
stands in data/content_rules.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.quantities import MINUTES, PRACTICE, read_duration
from eligibility import load_default as load_table

PLACEHOLDER = re.compile(r"{(\w+)}")
GLUED = re.compile(r"\w{(\w+)}|{(\w+)}\w")
SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z{“\"])")
UNIT = "|".join(MINUTES)
FROM_TO = re.compile(rf"(\d+)(?: ({UNIT})s?)? (?:to|and|–|-) (\d+) ({UNIT})s?")


@dataclass(frozen=True)
class Rendering:
    """One text with one setting at one of its values."""

    setting: str
    value: str
    text: str


def bounds(name: str) -> tuple[str, ...]:
    """The least and the most that a setting may be, in words; the pre-screen's table knows some."""
    setting = PRACTICE.get(name)
    if setting and setting.least:
        return setting.least, setting.most
    table = load_table().settings.get(name)
    return (str(table.least), str(table.most)) if table else ()


def renderings(text: str, facts: Mapping[str, str]) -> Iterator[Rendering]:
    """The text as the clinic has it, then with each of its settings at the least and at the most."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    yield Rendering("", "", fill(text, facts))
    for name in names:
        for value in bounds(name):
            shown = str(PRACTICE[name].parse(value)) if name in PRACTICE else value
            yield Rendering(name, shown, fill(text, {**facts, name: shown}))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with its facts in place of the braces."""
    return PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), text)


def broken(text: str, facts: Mapping[str, str], rules: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an answer at some allowed value, each once."""
    yield from broken_words(text, facts, [*rules["grammar"], *rules["whole_sentences"]])
    yield from _misplaced(text, facts)
    yield from _literal(text, rules)


def broken_words(
    text: str, facts: Mapping[str, str], grammar: Sequence[Mapping[str, str]]
) -> Iterator[str]:
    """The same for any words that draw a setting, also parts of a sentence."""
    said: set[str] = set()
    for rendering in renderings(text, facts):
        at = f" with {rendering.setting} {rendering.value!r}" if rendering.setting else ""
        for what in (*_grammar(rendering.text, grammar), *_orders(rendering.text)):
            if what not in said:
                said.add(what)
                yield what + at


def _grammar(text: str, grammar: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for rule in grammar:
        found = re.search(rule["pattern"], text)
        if found:
            yield f"{rule['why']}: {_around(text, found)!r}"


def _orders(text: str) -> Iterator[str]:
    for found in FROM_TO.finditer(text):
        first = read_duration(f"{found[1]} {found[2] or found[4]}s")
        last = read_duration(f"{found[3]} {found[4]}s")
        if first and last and first.size >= last.size:
            yield f"is an impossible order: {found[0]!r}"


def _misplaced(text: str, facts: Mapping[str, str]) -> Iterator[str]:
    """A fact that is a whole sentence stands where a sentence can stand, and no fact has letters at it."""
    if glued := GLUED.search(text):
        yield f"puts letters straight at a fact: {glued[0]!r}"
    for found in PLACEHOLDER.finditer(text):
        value = facts.get(found[1], "")
        if not value.endswith((".", "!", "?")):
            continue
        before, after = text[: found.start()].rstrip(" "), text[found.end() :]
        if (before and before[-1] not in ".!?}") or re.match(r" ?[a-z,;:.]", after):
            yield f"puts the whole sentence {{{found[1]}}} into another one"


def _literal(text: str, rules: Mapping[str, Any]) -> Iterator[str]:
    """A length of time typed by hand beside settings, unless a source is named for it."""
    if not any(name in PRACTICE for name in PLACEHOLDER.findall(text)):
        return
    for sentence in SENTENCE.split(text):
        found = re.search(rules["literal"], PLACEHOLDER.sub("…", sentence), re.IGNORECASE)
        if found and not re.search(rules["attributed"], sentence, re.IGNORECASE):
            yield f"types {found[0]!r} by hand beside a setting: {sentence!r}"


def _around(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - 25) : found.end() + 25]
