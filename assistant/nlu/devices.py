"""Which device a message is about, and which aspect of it is asked.

The names of devices are data/devices.yml, the aspects data/aspects.yml. The question is read with the
device's name replaced by "laser": what would be asked about our laser is asked about that device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.nlu.spelling import Spelling, real_words, word_counts

DATA = Path(__file__).resolve().parents[2] / "data"
FILES = (DATA / "devices.yml", DATA / "aspects.yml")
PLAIN = "laser"
OTHER = "other"
COMPARING = re.compile(
    r"\b(?:or|v|vs|versus|against|than|compared?|instead of|rather than|differ\w*|same as|as \w+ as|equals?|better"
    r"|which|(?<!in )between(?! (?:the |my |your |two |laser )*(?:sessions|treatments|visits|appointments)))\b",
    re.I,
)
_YOURS = (
    r"(?:this(?: one| treatment)?|yours|urs|what (?:you|u)(?: guys| lot)? (?:do|have|use|offer))"
)
OURS = re.compile(
    r"\b(?:(?:your|ure|ur|our|the|a|or|vs|versus|than|to|with|against|and)\s+la[sz]er\w*"
    r"|la[sz]er\s+(?:or|vs|versus|and|against|compared|better)"
    rf"|(?:between|than|to|from|with|as|and|or|vs|versus|against)\s+{_YOURS}"
    r"|(?:is|are|does|do|would|will|how)\s+(?:does\s+)?(?:it|this|that)\b[^?.!,]{0,30}\b(?:than|vs|versus|compared?)\b"
    rf"|{_YOURS}\s+(?:or|and|vs|versus|against|compared?|(?:any )?better|different|(?:the )?same))\b",
    re.I,
)
AND_THE = r"(?:,|\b(?:and|n|plus)\b|&)\s*(?:also |what about |how about )*(?=(?:on|for|my|the|your)\b)(?:on |for )?"
AS_WELL = r"(?:\W+(?:too|as well|also|please|pls))*\W*$"
OUR_KIND = "gentle_laser"
PLAINLY = ("a ", "an ")  # begin the names of kinds, not of brands
FORMS = ("s", "y", "r", "er", "ing", "ful", "ment", "ments", "ive")  # of a word that a pattern cuts
RISK = "risk"
BY_NAME = ("filler",)  # aspects that only their words ask


@dataclass(frozen=True)
class Mention:
    """A device's name in a text: its kind in devices.yml, the name to print, where it stands."""

    kind: str
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Devices:
    """Finds names of devices and aspects in a text."""

    pattern: re.Pattern[str]
    known: Mapping[str, tuple[str, str]]
    abouts: Mapping[str, str]
    aspect_of_topic: Mapping[str, str]
    words: Mapping[str, re.Pattern[str]]
    topic_of_pair: Mapping[frozenset[str], str]
    what_topics: frozenset[str]
    what: re.Pattern[str]
    person: tuple[str, ...]
    area_topics: frozenset[str]
    area: re.Pattern[str]
    asked_of_areas: frozenset[str]
    by_words: tuple[str, ...]
    areas: Mapping[str, re.Pattern[str]]
    purposes: Mapping[str, re.Pattern[str]]
    made_for: Mapping[str, frozenset[str]]
    brings: re.Pattern[str]
    heard: frozenset[str]
    own: frozenset[str]
    asking: frozenset[str]
    shortened: tuple[str, ...]

    def mentions(self, text: str) -> list[Mention]:
        """Every device that is named, in order."""
        found = []
        for match in self.pattern.finditer(text):
            kind, name = self.known[_folded(match[0])]
            found.append(Mention(kind, name, match.start(), match.end()))
        return found

    def masked(self, text: str) -> str:
        """The text with every device's name replaced by "laser"."""
        return re.sub(rf"\b(?:{PLAIN}\s+)+{PLAIN}\b", PLAIN, self.pattern.sub(PLAIN, text))

    def put_right(self, text: str) -> str:
        """The text with misspelt words of aspects put right."""
        right = self._spelling.correct(text)
        return real_words(re.sub(r"\b[a-z]{3,5}\b", self._with_vowels, right, flags=re.I))

    def _with_vowels(self, found: re.Match[str]) -> str:
        return self._skeletons.get(found[0].lower(), found[0])

    @cached_property
    def _spelling(self) -> Spelling:
        counts = word_counts()
        return Spelling({word: counts.get(word, 1) for word in self.asking})

    @cached_property
    def _skeletons(self) -> dict[str, str]:
        """Words as they are written without vowels ("mny")."""
        return {re.sub("[aeiou]", "", word): word for word in self.shortened}

    def area_of(self, text: str) -> str | None:
        """The answer about the first part of the body that is named."""
        found = ((words.search(text), topic) for topic, words in self.areas.items())
        return min(((m.start(), topic) for m, topic in found if m), default=(0, None))[1]

    def purpose_of(self, text: str) -> tuple[str | None, str]:
        """The answer about what is to be treated, and the text without it."""
        for topic, words in self.purposes.items():
            if words.search(text) and not self.brings.search(text):
                return topic, words.sub("it", text)
        return None, text

    def told_of(self, kinds: Iterable[str], text: str) -> set[str]:
        """The purposes of which the table says itself what these kinds do there; all where harm is asked about."""
        made_for = {topic for kind in kinds for topic in self.made_for.get(kind, ())}
        return set(self.purposes) if self.is_brought(text) else made_for

    def is_brought(self, text: str) -> bool:
        """Is what is mostly a purpose asked about as a harm ("can it cause dark marks")?"""
        named = any(words.search(text) for words in self.purposes.values())
        return named and bool(self.brings.search(text))

    def is_about_devices(self, topic: str) -> bool:
        """Is it the answer about a device, what lasers are, or an aspect?"""
        return (
            topic in self.aspect_of_topic
            or topic in self.what_topics
            or topic in self.abouts.values()
        )

    def is_of_its_own(self, topic: str) -> bool:
        """Is it answered alike whatever was used?"""
        return topic in self.own or not self.is_about_devices(topic)

    def brands_first(self, mentions: Sequence[Mention]) -> list[Mention]:
        """A brand says more than its kind does ("is the strong one the same as Fraxel")."""
        twice = self._twice(mentions)
        return sorted(mentions, key=lambda one: one.kind in twice and one.name.startswith(PLAINLY))

    def is_one_twice(self, text: str, mentions: Sequence[Mention]) -> bool:
        """Is a brand set beside the kind that it is?"""
        return bool(COMPARING.search(text) and self._twice(mentions))

    def _twice(self, mentions: Sequence[Mention]) -> set[str]:
        plain = {one.kind for one in mentions if one.name.startswith(PLAINLY)}
        return plain & {one.kind for one in mentions if not one.name.startswith(PLAINLY)}

    def aspect(self, text: str, topic: str | None) -> str | None:
        """The aspect of the answer that the masked question would get, else of the words."""
        if found := self.by_topic(topic, None):
            return found
        named = next((name for name, words in self.words.items() if words.search(text)), None)
        return RISK if named in (None, "result") and self.is_brought(text) else named

    def said_by_words(self, text: str) -> list[str]:
        """The aspects that a question names, of those whose words alone say what is asked."""
        return [name for name in self.by_words if self.words[name].search(text)]

    def by_topic(self, topic: str | None, instead: str | None) -> str | None:
        """The aspect of an answer, where it need not be named in words."""
        aspect = self.aspect_of_topic.get(topic or "")
        return instead if aspect in (None, *BY_NAME) else aspect

    def without_area(self, text: str) -> str | None:
        """The question without the part of the body, where it asks more than "does it help there"."""
        question, areas = self.area.subn("it", text)
        is_asked = areas and self.aspect(question, None) in self.asked_of_areas
        return question if is_asked else None

    def is_about_person(self, topic: str) -> bool:
        """Is it an answer about a medicine, a condition or a circumstance of the visitor?"""
        return topic.startswith(self.person) and topic not in self.aspect_of_topic

    def asked_by_words(self, text: str) -> bool:
        """Do the words name an aspect other than what it is?"""
        return self.aspect(text, None) not in (None, "difference", "result")

    @cached_property
    def topic_of_aspect(self) -> dict[str, str]:
        """The first answer of each aspect."""
        first: dict[str, str] = {}
        for topic, aspect in self.aspect_of_topic.items():
            first.setdefault(aspect, topic)
        return first

    def compared(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """One mention a kind when a text compares kinds, our own laser among them; else nothing."""
        twice = self._twice(mentions)
        by_name = {
            one.name: one
            for one in mentions
            if one.kind not in twice or not one.name.startswith(PLAINLY)
        }
        kinds = {one.kind: one for one in by_name.values() if one.kind != OTHER}
        if not kinds or not COMPARING.search(text):
            return []
        both = list(by_name.values() if len(kinds) < 2 <= len(by_name) else kinds.values())
        if len(both) == 1 and OURS.search(text) and OUR_KIND not in kinds:
            both.append(Mention(OUR_KIND, "a gentle laser", 0, 0))
        return both[:2] if len(both) > 1 else []

    def last_area(self, text: str) -> str | None:
        """The answer for the one part of the body that a text names, behind its question ("... and my neck")."""
        found = re.search(rf"{AND_THE}(?P<area>{self.area.pattern}){AS_WELL}", text, re.I)
        if not found or self.area.search(text[: found.start()]):
            return None
        return self.area_of(found["area"])

    def vocabulary(self) -> set[str]:
        """Single words of names, towards which misspelt words are put right."""
        names = {w for name in self.known for w in name.split() if w.isalpha() and len(w) > 4}
        return names | self.heard


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", str(name).lower().replace("’", "'"))


def read_devices(devices: dict[str, Any], aspects: dict[str, Any]) -> Devices:
    """Read both files' content. Raise ValueError that names a name which stands under two kinds."""
    known: dict[str, tuple[str, str]] = {}
    kinds = {**devices["kinds"], OTHER: {"names": devices["other_brands"]}}
    for kind, details in kinds.items():
        for name, ways in details["names"].items():
            for way in ways:
                if known.setdefault(_folded(way), (kind, name)) != (kind, name):
                    raise ValueError(f"data/devices.yml: {way!r} stands twice: allowed is one name")
    ways = "|".join(
        _spaced(way) for way in sorted(known, key=lambda way: len(str(way)), reverse=True)
    )
    return Devices(
        pattern=re.compile(rf"(?<![\w-])(?:{ways})(?![\w])", re.I),
        known=known,
        abouts={kind: d["about"] for kind, d in devices["kinds"].items()},
        aspect_of_topic={
            topic: name for name, a in aspects["aspects"].items() for topic in a["topics"]
        },
        words={
            name: re.compile(rf"\b(?:{a['words']})", re.I) for name, a in aspects["aspects"].items()
        },
        topic_of_pair={
            frozenset(pair.split()): topic
            for topic, pairs in aspects["aspects"]["difference"]["pairs"].items()
            for pair in pairs
        },
        what_topics=frozenset(aspects["what"]["topics"]),
        what=re.compile(rf"\b(?:{aspects['what']['words']})", re.I),
        person=tuple(aspects["person"]["begins"]),
        area_topics=frozenset(aspects["areas"]["topics"]),
        area=re.compile(rf"\b{aspects['areas']['words']}\b", re.I),
        asked_of_areas=frozenset(aspects["areas"]["asks"]),
        by_words=tuple(aspects["by_words"]),
        areas=_by_topic(aspects["areas"].get("named", {})),
        purposes=_by_topic(aspects.get("purposes", {})),
        made_for={kind: frozenset(told) for kind, told in aspects.get("made_for", {}).items()},
        brings=re.compile(rf"\b(?:{aspects['brings']})\b", re.I),
        heard=frozenset(aspects.get("heard", ())),
        own=frozenset(aspects.get("own", {}).get("topics", ())),
        asking=_asking(aspects),
        shortened=tuple(aspects.get("asking", ())),
    )


def _by_topic(words: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {topic: re.compile(rf"\b(?:{one})\b", re.I) for topic, one in words.items()}


def _asking(aspects: Mapping[str, Any]) -> frozenset[str]:
    """The words of aspects, each in every form that the dictionary has."""
    patterns = [a["words"] for a in aspects["aspects"].values()]
    plain = {
        word for one in patterns for word in re.findall(r"(?<![\w\\])[a-z]{4,}(?![\w\\])", one)
    }
    stems = {stem for one in patterns for stem in re.findall(r"(?<![\w\\])([a-z]{4,})\\w\*", one)}
    forms = {stem + form for stem in stems for form in FORMS}
    return frozenset({*plain, *stems, *forms, *aspects.get("asking", ())} & word_counts().keys())


def _spaced(way: str) -> str:
    return re.escape(str(way)).replace(r"\ ", r"\s+")


@lru_cache(maxsize=1)
def devices() -> Devices:
    """The project's own devices and aspects, read once."""
    return read_devices(
        *(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) for file in FILES)
    )
