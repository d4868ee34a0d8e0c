"""What is asked about a device: data/devices.yml, aspect x kind of device, and what the clinic wrote there."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from actions.faq import FAQ_RESPONSE, FaqEntry, filled
from clinic import answers, load_default
from clinic import devices as table_of
from clinic.spoken import ENGLISH, laid_over, language, now_spoken
from clinic.spoken import spoken as spoken_in

DATA = Path(__file__).resolve().parent.parent / "data"
OTHER = "other"
OWN = "own"
"""In the place of an aspect: the answer is the same whatever was used."""
SIDE_BY_SIDE = 400
"""Characters of two answers in a comparison that are said whole."""
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[^\W\d_])")
FIGURE = re.compile(
    r"\d|\b(?:hours?|days?|weeks?|months?|years?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?)\b", re.I
)


@dataclass(frozen=True)
class Device:
    """A device that was asked about: its kind in the table and the name that was used."""

    kind: str
    name: str


@dataclass(frozen=True)
class Cell:
    """The answer about one aspect of one or two devices, in words."""

    topic: str
    text: str
    question: str
    sources: tuple[str, ...]
    reviewed: str
    clinical_review: str
    is_given: bool = True

    def metadata(self) -> dict[str, object]:
        """What staff and the visitor's card show about an answer (docs/contracts.md section 4)."""
        return {
            "question": self.question,
            "sources": list(self.sources),
            "reviewed": self.reviewed,
            "clinical_review": self.clinical_review,
        }


class DeviceTable:
    """The table with the clinic's own facts filled in."""

    def __init__(self, table: Mapping[str, Any], aspects: Mapping[str, Any]) -> None:
        self._table, self._aspects = table, aspects

    def aspect_of(self, topic: str | None) -> str | None:
        """The aspect of our own laser that an answer of data/faq/ is about."""
        aspects = self._aspects["aspects"].items()
        return next((name for name, a in aspects if topic in a["topics"]), None)

    def how_long(self, aspect: str) -> str:
        """What "how long does that last" asks after this aspect was told."""
        return aspect if aspect in ("downtime", "redness", "healing", "gap") else "lasts"

    def about(self, device: Device) -> str | None:
        """The FAQ that says what the device is."""
        kind = self._table["kinds"].get(device.kind)
        return kind["about"] if kind else None

    def offered(self, device: Device) -> bool:
        """Does the clinic use this kind?"""
        return device.kind in load_default().kinds

    def has(self, device: Device, aspect: str) -> bool:
        """Is there a text for it?"""
        return self._entry(device, aspect) is not None

    def speaks_of(self, devices: Sequence[Device], aspect: str) -> bool:
        """Is there something to say, be it that nothing is known?"""
        return len(devices) > 1 or self.has(devices[0], aspect) or aspect != "difference"

    def own_answer(self, devices: Sequence[Device], aspect: str, topic: str) -> str | None:
        """The answer of data/faq/ that says more about these devices than the table does.

        A question of its own has its own. Of a kind that we offer it is the answer
        about our own laser, where the table says only what holds for any device.
        """
        if aspect == OWN or topic in self._aspects["own"]["topics"]:
            return topic
        if len(devices) > 1 or aspect == "what" or not self.offered(devices[0]):
            return None
        known = self._table["kinds"][devices[0].kind]["answers"]
        if aspect in known and aspect not in self._aspects["ours"]["aspects"]:
            return None
        topics = self._aspects["aspects"].get(aspect, {}).get("topics", ())
        is_theirs = "instead" in self._aspects["aspects"].get(aspect, {})
        return None if is_theirs else topic if topic in topics else next(iter(topics), None)

    def told_as(self, devices: Sequence[Device], aspect: str) -> str:
        """The aspect whose answer these devices get for this one ("healing" is told with downtime)."""
        is_their_own = any(aspect in self._cells(one) for one in devices)
        return aspect if is_their_own else self._instead(aspect)

    def answer(self, devices: Sequence[Device], aspect: str, said: str = "") -> Cell:
        """The answer: with what the device is before it, or lines side by side.

        ``said`` is what this reply holds already: what a device is stands in it once.
        """
        entries = [self._entry(device, aspect) for device in devices]
        known = [table_of.reviewed(self._table, entry) for entry in entries if entry]
        reviews = {entry["clinical_review"] for entry in known} or {answers.PENDING}
        leads = {self.lead(one): f"{FAQ_RESPONSE}{self.about(one)}" for one in devices}
        told = said.split()
        unsaid = {
            lead for lead, about in leads.items() if lead.strip() not in said and about not in told
        }
        return Cell(
            topic="_".join([*dict.fromkeys(device.kind for device in devices), aspect]),
            text=self._compared(devices, entries, unsaid)
            if len(devices) > 1
            else self._single(devices[0], entries[0], unsaid),
            question=self.title(devices[0], aspect),
            sources=tuple(dict.fromkeys(code for entry in known for code in entry["sources"])),
            reviewed=min((entry["reviewed"] for entry in known), default=self._table["reviewed"]),
            clinical_review=answers.PENDING if answers.PENDING in reviews else min(reviews),
            is_given=all(entry.get("given", True) for entry in known),
        )

    def lead(self, device: Device) -> str:
        """What it is and whether we offer it, with a space after it; nothing for what we offer by its plain name."""
        if device.kind == OTHER:
            return ""
        words = table_of.lead(self._table, device.kind, device.name, self.offered(device))
        return f"{self.words(words, device)} " if words else ""

    def introduction(self, devices: Sequence[Device], entry: FaqEntry, said: str = "") -> str:
        """What stands before an answer: what a device is that it names otherwise, and of each that
        we do not offer that we do not; once in a reply.
        """
        leads = [self._introduced(device, entry) for device in devices]
        return " ".join(lead for lead in dict.fromkeys(leads) if lead and lead not in said)

    def _introduced(self, device: Device, entry: FaqEntry) -> str:
        if device.kind == OTHER:
            return not_offered([self.shown(device)])
        name = self.shown(device)
        known = name.startswith(table_of.ARTICLES) or name.lower() in entry.question.lower()
        needed = not known if entry.topic == self.about(device) else not self.offered(device)
        return self.lead(device).strip() if needed else ""

    def title(self, device: Device, aspect: str) -> str:
        """The question, as a button shows it."""
        details = self._aspects["aspects"].get(aspect) or self._aspects["what"]
        return str(details["title"]).replace("{device}", self.shown(device))

    def shown(self, device: Device) -> str:
        """Its name in the language spoken now; a brand has one name everywhere."""
        return str(self._table.get("names", {}).get(device.name, device.name))

    def titles(self, device: Device) -> dict[str, str]:
        """Every aspect that is known of the device, with its question."""
        known = self._table["kinds"].get(device.kind, {}).get("answers", {})
        return {aspect: self.title(device, aspect) for aspect in known}

    def words(self, text: str, device: Device) -> str:
        """A text of the table with the device's name and the clinic's facts."""
        named = filled(text.replace("{device}", self.shown(device)))
        return named[:1].upper() + named[1:]

    def unknown(self, device: Device) -> str:
        """That nothing is known."""
        key = "unknown_brand" if device.kind == OTHER else "unknown"
        return self.words(self._table[key], device)

    def _single(
        self, device: Device, entry: Mapping[str, Any] | None, unsaid: Container[str]
    ) -> str:
        if device.kind == OTHER:
            return self.unknown(device)
        text = self.words(entry["text"], device) if entry else self.unknown(device)
        lead = self.lead(device)
        return f"{lead if lead in unsaid else ''}{text}"

    def _compared(
        self,
        devices: Sequence[Device],
        entries: Sequence[Mapping[str, Any] | None],
        unsaid: Container[str],
    ) -> str:
        """First what those are that we do not offer, then a line for each kind."""
        away = dict.fromkeys(self.lead(one) for one in devices if not self.offered(one))
        lead = "".join(one for one in away if one in unsaid).strip()
        sides = list(zip(devices, entries, strict=True))
        if len({one.kind for one in devices} - {OTHER}) == 1 and devices[0].kind == devices[1].kind:
            kind = devices[0].kind  # one answer for both
            sides = [(Device(kind, table_of.name_of(self._table, kind)), entries[0])]
        texts = [self.words(e["text"], d) if e else self.unknown(d) for d, e in sides]
        return "\n".join([*([lead] if lead else []), *(f"• {text}" for text in shortened(texts))])

    def _entry(self, device: Device, aspect: str) -> Mapping[str, Any] | None:
        kind = self._cells(device)
        found: Mapping[str, object] | None = (
            kind.get(aspect)
            or kind.get(self._instead(aspect))
            or self._table["anything"].get(aspect)
        )
        return found

    def _cells(self, device: Device) -> Mapping[str, Any]:
        cells: Mapping[str, Any] = self._table["kinds"].get(device.kind, {}).get("answers", {})
        return cells

    def _instead(self, aspect: str) -> str:
        """The aspect with which this one is told, where a kind has no answer of its own; else itself."""
        instead: str = self._aspects["aspects"].get(aspect, {}).get("instead", aspect)
        return instead


def shortened(texts: Sequence[str]) -> list[str]:
    """Texts that stand side by side: whole while they are short, else up to the sentence with a figure."""
    if sum(map(len, texts)) <= SIDE_BY_SIDE:
        return list(texts)
    return [_with_figure(text) for text in texts]


def _with_figure(text: str) -> str:
    sentences = SENTENCE.split(text)
    told = next((n for n, one in enumerate(sentences, 1) if FIGURE.search(one)), 1)
    return " ".join(sentences[:told])


def not_offered(names: Sequence[str]) -> str:
    """That we do not offer these, in the language spoken now."""
    spoken = now_spoken()
    line, either = (
        (spoken.lines["not_offered"], spoken.lines["or"])
        if spoken
        else ("We do not offer {devices}.", " or ")
    )
    return str(line).format(devices=str(either).join(names))


def device_table() -> DeviceTable:
    """The project's own table, in the language spoken now."""
    return _table(language(), answers.current())


@lru_cache(maxsize=8)
def _table(code: str, changed: answers.Answers) -> DeviceTable:
    table, aspects = (
        yaml.load((DATA / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
        for name in ("devices.yml", "aspects.yml")
    )
    if code != ENGLISH:
        said = spoken_in(code).devices
        titles = said["titles"]
        aspects["what"]["title"] = titles["what"]
        for name, aspect in aspects["aspects"].items():
            aspect["title"] = titles.get(name, aspect["title"])
        table = laid_over(table, said)
    return DeviceTable(table_of.changed(table, changed.cells), aspects)
