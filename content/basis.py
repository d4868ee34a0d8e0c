"""Sources that open and say it: a kind and an address each, a basis for every medical answer, and how
many people stand behind a figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clinic.sources import OUR_OWN, Source
from content.entries import Entry, Mistake

KINDS = ("guideline", "review", "trial", "maker", "press", "clinic", "none")
STRONG = frozenset({"guideline", "review", "trial"})
SHORTEST_TITLE = 8
READ = ("full", "abstract", "summary")
PAGE = re.compile(r"https?://[\w.-]+\.\w+/(?!search\b)\S+")
DOI = re.compile(r"10\.\d{4,9}/\S+")
PLACEHOLDER = re.compile(r"{(\w+)}")


def source_mistakes(sources: Mapping[str, Source], root: Path) -> Iterator[Mistake]:
    """What is wrong with data/sources.yml, by code and key."""
    seen: dict[object, str] = {}
    for code, source in sources.items():
        yield from (_wrong(code, *wrong) for wrong in _one_source(source, root))
        for mark in filter(None, (source.doi.lower(), source.pmid, source.url, source.title)):
            if mark in seen:
                yield _wrong(code, "title", f"is the same source as {seen[mark]!r}: {mark}")
            seen.setdefault(mark, code)


def _one_source(source: Source, root: Path) -> Iterator[tuple[str, str]]:
    if source.kind not in KINDS:
        yield "kind", f"{source.kind!r}; allowed: {', '.join(KINDS)}"
    if len(source.title) < SHORTEST_TITLE:
        yield "title", f"{source.title!r} says nothing to a visitor"
    if source.read not in READ:
        yield "read", f"{source.read!r}; allowed: {', '.join(READ)}"
    if source.url and not PAGE.fullmatch(source.url):
        yield "url", f"{source.url!r}; allowed is the address of a page, not of a whole site"
    if source.doi and not DOI.fullmatch(source.doi):
        yield "doi", f"{source.doi!r} is not a DOI such as 10.1001/jamadermatol.2013.7117"
    cites = source.authors and source.journal and source.year and (source.doi or source.pmid)
    if source.kind == OUR_OWN:
        if not (root / source.file).is_file():
            yield "file", f"{source.file!r} is not a file of the project"
    elif source.kind != "none" and not (source.url or cites):
        yield "url", "is missing; allowed instead: authors, journal, year, and doi or pmid"


def _wrong(code: str, field: str, what: str) -> Mistake:
    return Mistake("../sources.yml", code, field, what)


def basis(
    entry: Entry, sources: Mapping[str, Source], rules: Mapping[str, Any], own: frozenset[str]
) -> Iterator[Mistake]:
    """A medical answer rests on a guideline, review or trial, or says that none was found; ``clinic``
    stands where, and only where, one of our ``own`` facts is printed.
    """
    cited = [sources[code] for code in entry.sources if code in sources]
    kinds = {source.kind for source in cited}
    spoken_of = f"{entry.question} {entry.text} {entry.more}"
    for source in cited:
        if source.about and not re.search(source.about, spoken_of, re.IGNORECASE):
            yield _field(
                entry, f"cites {source.code!r}, but speaks of nothing like {source.about!r}"
            )
    says = f"{entry.text} {entry.more}"
    none_said = re.search(rules["none_found"], says, re.IGNORECASE)
    practical = entry.file in rules["practical"] or entry.topic in rules["practical"]
    if kinds == {OUR_OWN} and not practical:
        yield _field(entry, "rests on our own word alone; add a guideline, review or trial")
    if kinds - {OUR_OWN} and not kinds & {*STRONG, "none"}:
        yield _field(entry, f"rests on {', '.join(sorted(kinds))} alone; allowed: {sorted(STRONG)}")
    if "none" in kinds and not none_said:
        yield _field(entry, "cites 'none', but the text does not say that no study was found")
    printed = sorted(own & set(PLACEHOLDER.findall(f"{says} {entry.sms}")))
    if printed and "clinic" not in entry.sources:
        yield _field(entry, f"prints {{{printed[0]}}}, so it must cite 'clinic'")
    if not printed and "clinic" in entry.sources:
        yield _field(entry, "cites 'clinic', but prints no fact of clinic.yml")


def figures(
    entry: Entry, sources: Mapping[str, Source], rules: Mapping[str, Any]
) -> Iterator[Mistake]:
    """A figure names how many took part, and how many were counted when some dropped out."""
    studies = [sources[code] for code in entry.sources if code in sources]
    for name, text in (("text", entry.text), ("more", entry.more), ("sms", entry.sms)):
        for what in wrong_figures(text, studies, rules):
            yield Mistake(entry.file, entry.topic, name, what)


def wrong_figures(text: str, studies: Sequence[Source], rules: Mapping[str, Any]) -> Iterator[str]:
    """What a text with figures of these studies leaves out: people, drop-outs, the study beside it."""
    heads = {str(number) for source in studies for number in source.people.values()}
    numbers = _numbers(text.replace(",", ""))
    figure = re.search(rules["figure"], text, re.IGNORECASE)
    if figure and not numbers & heads:
        yield f"gives {figure[0]!r} without how many took part; its sources know {_list(heads)}"
    for source in studies:
        enrolled, counted = (str(source.people.get(key, "")) for key in ("enrolled", "counted"))
        if counted and enrolled in numbers and counted not in numbers:
            yield f"says {enrolled}, but only {counted} were counted ({source.code})"
        told = {one.code for one in studies if _shares_are_of(one) in numbers}
        untold = [code for code in source.beside if code not in told]
        if figure and source.code in told and untold:
            yield f"gives {figure[0]!r} of {source.code!r} alone; {untold[0]!r} found otherwise"


def strong_share(entries: Sequence[Entry], sources: Mapping[str, Source]) -> tuple[int, int]:
    """How many medical answers rest on a guideline, review or trial, and how many there are."""
    medical = [
        {sources[code].kind for code in entry.sources}
        for entry in entries
        if any(sources[code].kind != OUR_OWN for code in entry.sources)
    ]
    return sum(bool(kinds & STRONG) for kinds in medical), len(medical)


def _shares_are_of(source: Source) -> str:
    """The last number of a study: those counted, or the sessions."""
    return str(list(source.people.values())[-1]) if source.people else ""


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def _list(numbers: set[str]) -> str:
    return ", ".join(sorted(numbers)) or "of none"


def _field(entry: Entry, what: str) -> Mistake:
    return Mistake(entry.file, entry.topic, "metadata.sources", what)
