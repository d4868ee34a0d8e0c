"""Everything that the clinic changed, as the YAML files that git holds: out in one zip, and in again.

The zip: manifest.yml (which form it has, and which answers are not to be given), clinic.yml whole, each
file of data/faq/ that differs, data/devices.yml where a cell of it does, days.yml with the days that have other
hours, and replies.yml with the ready-made replies. A signature in it is somebody's word until an admin counts it.
"""

from __future__ import annotations

import io
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from clinic.answers import PENDING
from clinic.changes import laid_over
from clinic.current import clinic_file
from clinic.file import content_of
from content.checks import SIGNED
from content.devices import load_cells
from content.devices import written as cells_written
from content.entries import ROOT, Entry, fingerprint, load_entries
from content.files import NAME, written
from frontdesk.knowledge.answer import REVIEW_EVERY, Answer
from frontdesk.knowledge.answers import seeds

FORM = 1
MANIFEST, CLINIC, FAQ, CELLS = "manifest.yml", "clinic.yml", "data/faq/", "data/devices.yml"
DAYS, REPLIES = "days.yml", "replies.yml"
ROWS = {DAYS: ("day", "word", "hours"), REPLIES: ("title", "text")}
"""Files with one list each, which the name of the file says: what a row of it holds, all words."""
MOST_ROWS = 1_000
NOT_GIVEN = "not_given"
LARGEST = 5_000_000
DEEPEST = 12
MOST_FILES = 200
LONGEST_SIGNATURE = 130
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)
"""What zipfile raises for bytes that are no zip."""
COPIED = ("domain.yml", "config.yml", "clinic.yml", "docs/intended-purpose.md")


class BadZip(ValueError):
    """The file cannot be taken in; the text says why."""


@dataclass(frozen=True)
class TakenIn:
    """What a zip holds: answers, values of clinic.yml by key, and the answers that are not to be given.

    rows: those of days.yml and replies.yml by the name of the file; none in a zip of an older desk.
    """

    entries: tuple[Entry, ...]
    content: Mapping[str, object]
    not_given: tuple[str, ...] = ()
    rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """A signature that stands in a zip: who signed, and when. ``why_not``: why it is left out."""

    signed_as: str
    day: date
    why_not: str = ""


def changed_entries(answers: Mapping[str, Answer]) -> list[Entry]:
    """The newest words of every answer that is not as data/faq/ has it."""
    return [one.newest for one in answers.values() if one.newest != one.seed]


class _WrittenOut(yaml.SafeDumper):
    """YAML without aliases, also of a clinic.yml that has them: ``read_zip`` takes none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def as_zip(
    answers: Mapping[str, Answer],
    values: Mapping[str, object],
    rows: Mapping[str, Sequence[Mapping[str, str]]],
    made: str,
) -> bytes:
    """The zip of everything changed. rows: see TakenIn. made: the day, for whoever finds the file later."""
    changed = changed_entries(answers)
    files = written([one for one in changed if not one.is_of_device], ROOT / "data" / "faq")
    cells = [one for one in changed if one.is_of_device]
    clinic = laid_over(content_of(clinic_file()), values)
    stopped = [topic for topic, one in answers.items() if one.is_withdrawn]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, yaml.safe_dump({"form": FORM, "made": made, NOT_GIVEN: stopped}))
        archive.writestr(
            CLINIC, yaml.dump(clinic, None, _WrittenOut, allow_unicode=True, sort_keys=False)
        )
        for name, text in files.items():
            archive.writestr(FAQ + name, text)
        if cells:
            archive.writestr(CELLS, cells_written(cells, (ROOT / CELLS).read_text("utf-8")))
        for name, some in rows.items():
            listed = {name.removesuffix(".yml"): [dict(one) for one in some]}
            archive.writestr(name, yaml.safe_dump(listed, allow_unicode=True, sort_keys=False))
    return packed.getvalue()


def read_zip(packed: bytes, folder: Path) -> TakenIn:
    """What a zip holds, read through ``folder``, which is empty. Raise BadZip, with the file and what is wrong."""
    files = _files(packed)
    manifest = _content(files, MANIFEST)
    if not manifest:
        raise BadZip(f"There is no {MANIFEST} in it: it was not made by this page.")
    if (form := manifest.get("form")) != FORM:
        raise BadZip(
            f"It has form {form}; this desk reads form {FORM}. Make it anew with a desk like this one."
        )
    for name, text in files.items():
        _plain(name, text)
    (folder / "data" / "faq").mkdir(parents=True)
    for name, text in files.items():
        if name.startswith(FAQ) or name == CELLS:
            (folder / name).write_bytes(text)
    entries, mistakes = load_entries(folder)
    if CELLS in files:
        cells, wrong = load_cells(folder)
        entries, mistakes = [*entries, *cells], [*mistakes, *wrong]
    if mistakes:
        raise BadZip(str(mistakes[0]).partition(": ")[2])
    rows = {name: _rows(files, name) for name in ROWS}
    return TakenIn(tuple(entries), _content(files, CLINIC), _not_given(manifest), rows)


def _files(packed: bytes) -> dict[str, bytes]:
    """The files of a zip by name; only those that such a zip has."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES or sum(one.file_size for one in infos) > LARGEST:
                raise BadZip("It is too large for what it should hold.")
            found = {one.filename: archive.read(one) for one in infos if not one.is_dir()}
    except BadZip:
        raise
    except BROKEN as error:
        raise BadZip("This is no zip, or it is broken.") from error
    for name in found:
        is_answer = name.startswith(FAQ) and NAME.fullmatch(name.removeprefix(FAQ))
        if name not in (MANIFEST, CLINIC, CELLS, *ROWS) and not is_answer:
            allowed = f"{MANIFEST}, {CLINIC}, {CELLS}, {DAYS}, {REPLIES} and {FAQ}….yml"
            raise BadZip(f"It holds {name[:80]!r}; allowed are {allowed}")
    return found


def _plain(name: str, text: bytes) -> None:
    """YAML of a few levels that says each thing where it stands. Raise BadZip with what is wrong.

    An alias can make gigabytes of a line, and brackets in brackets cost more than they say; no file of ours has them.
    """
    depth = 0
    try:
        for event in yaml.parse(text.decode("utf-8"), yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise BadZip(
                    f"{name}: it has an alias (*{event.anchor!s:.20}); write the value out"
                )
            if depth > DEEPEST:
                raise BadZip(f"{name}: brackets in brackets, deeper than {DEEPEST}")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadZip(f"{name}: this is not YAML: {' '.join(str(error).split())}") from error


def _content(files: Mapping[str, bytes], name: str) -> Mapping[str, Any]:
    """The keys of one file; none where it is not in the zip or empty. Raise BadZip."""
    _plain(name, files.get(name, b""))
    try:
        content = yaml.load(files.get(name, b""), yaml.CSafeLoader) or {}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that is none
        raise BadZip(f"{name}: this is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise BadZip(f"{name}: it was not made by this page; allowed are keys with their values")
    return content


def _rows(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    """The rows of days.yml or replies.yml; a word that is left out is "". Raise BadZip."""
    what, keys = name.removesuffix(".yml"), ROWS[name]
    content = _content(files, name)
    rows = content.get(what) or []
    if not set(content) <= {what} or not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise BadZip(f"{name}: allowed is the key {what} with a list of {MOST_ROWS} or fewer")
    found = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not set(row) <= set(keys):
            raise BadZip(f"{name}, number {number}: allowed are {', '.join(keys)}")
        words = {key: row.get(key, "") for key in keys}
        if odd := [key for key, word in words.items() if not _is_text(word)]:
            raise BadZip(f"{name}, number {number}: {odd[0]} is no text; write it in quotes")
        found.append({key: str(word).strip() for key, word in words.items()})
    return found


def _is_text(word: object) -> bool:
    """A word, or a day that YAML reads as one; without NUL, which PostgreSQL does not keep."""
    return isinstance(word, (str, date)) and "\0" not in str(word)


def _not_given(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    found = manifest.get(NOT_GIVEN) or ()
    if not isinstance(found, (list, tuple)):
        raise BadZip(f"{MANIFEST}: {NOT_GIVEN} is a list of answers")
    return tuple(map(str, found))


def in_project(entry: Entry) -> str:
    """The file that an answer stands in."""
    return CELLS if entry.is_of_device else FAQ + entry.file


def differs(entry: Entry, answers: Mapping[str, Answer]) -> bool:
    """Are its words, ways to ask or follow-ups not as they are here?"""
    here = answers.get(entry.topic)
    now = here.written if here else None
    return not now or fingerprint(now) != fingerprint(entry) or _beside(now) != _beside(entry)


def signed_elsewhere(entry: Entry, answers: Mapping[str, Answer], today: date) -> Elsewhere | None:
    """The signature that an entry of a zip bears, where these words are not signed here."""
    here = answers.get(entry.topic)
    if entry.clinical_review == PENDING:
        return None
    if here and here.signed and fingerprint(here.signed) == fingerprint(entry):
        return None
    found = SIGNED.fullmatch(entry.clinical_review)
    if not found:
        return Elsewhere(entry.clinical_review, today, "it has no name, day and fingerprint")
    signed_as = entry.clinical_review[: -len(f" {found[1]} {found[2]}")]
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return Elsewhere(signed_as, today, f"{found[1]} is no day")
    why = ""
    if found[2] != fingerprint(entry):
        why = "the words were changed after it"
    elif not today - REVIEW_EVERY < day <= today:
        why = "it is older than a year, or lies ahead"
    elif len(signed_as) > LONGEST_SIGNATURE:
        why = "the name is too long"
    return Elsewhere(signed_as, day, why)


def _beside(entry: Entry) -> tuple[object, ...]:
    return set(entry.asks), entry.related, entry.staff_answer


def added_to_seed(entry: Entry) -> tuple[str, ...]:
    """The ways to ask of an entry that the file here does not have."""
    seed = seeds().get(entry.topic)
    known = set(seed.asks) if seed else set()
    return tuple(ask for ask in entry.asks if ask not in known)


def staged(answers: Mapping[str, Answer], folder: Path, fewest: int) -> dict[str, list[str]]:
    """Copy what a model is trained from to ``folder``, with the clinic's answers in it.

    Return the ways to ask that are new, by answer. A new answer with fewer than ``fewest`` stays out.
    """
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "data", folder / "data")
    left_out = {
        one.topic for one in answers.values() if not one.seed and len(one.written.asks) < fewest
    }
    taught = {
        topic: replace(one.written, related=_known(one.written.related, left_out))
        for topic, one in answers.items()
        if topic not in left_out and one.written != one.seed and not one.written.is_of_device
    }
    for name, text in written(taught.values(), ROOT / "data" / "faq").items():
        (folder / "data" / "faq" / name).write_text(text, encoding="utf-8")
    return {topic: list(answers[topic].added) for topic in taught if answers[topic].added}


def _known(related: tuple[str, ...], left_out: set[str]) -> tuple[str, ...]:
    return tuple(topic for topic in related if topic not in left_out)
