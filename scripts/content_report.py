"""One HTML page that a clinician reads and signs: each answer at every allowed value, its sources by
title, the urgency that it draws, who signed it, and what changed since a day.
"""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from clinic import load
from clinic.sources import Source
from clinic.sources import load as load_sources
from clinic.urgency import Urgency
from clinic.urgency import load as load_urgency
from content.entries import Entry, fingerprint, load_entries
from content.settings import fill, renderings

e = html.escape
EVENT = re.compile(r"{urgency_(\w+)}")


def report(root: Path, entries: Sequence[Entry], today: date, since: date | None) -> str:
    """The page for the answers under ``root``; ``since``: show what was said before that day."""
    sources = load_sources(root / "data" / "sources.yml")
    urgency = load_urgency(root / "data" / "urgency.yml")
    facts = load(root / "clinic.yml").facts()
    before = _entries_before(root, since) if since else {}
    signed = sum(entry.clinical_review != "pending" for entry in entries)
    parts = [_HEAD, f"<p>{len(entries)} answers, {signed} signed. Printed on {today:%d %B %Y}.</p>"]
    file = ""
    for entry in entries:
        if entry.file != file:
            file = entry.file
            parts.append(f"<h2>{e(file.removesuffix('.yml').replace('_', ' '))}</h2>")
        parts += [
            f"<section id={e(entry.topic)}><h3>{e(entry.question)} <small>{e(entry.topic)}</small></h3>",
            *_words(entry, facts),
            *_sources(entry, sources),
            *_urgency(entry, urgency, facts),
            *(_changed(entry, before.get(entry.topic)) if since else ()),
            f"<details><summary>{len(entry.asks)} ways to ask</summary>{e('; '.join(entry.asks))}"
            f"</details>{_sign(entry)}</section>",
        ]
    return "\n".join([*parts, "</html>"])


def _words(entry: Entry, facts: Mapping[str, str]) -> Iterator[str]:
    """The texts as the clinic has them, and at the least and the most of each setting."""
    for name, text in (("", entry.text), ("More: ", entry.more), ("SMS: ", entry.sms)):
        if text:
            yield f"<p><b>{name}</b>{e(fill(text, facts))}</p>"
    values = [one for one in renderings(f"{entry.text} {entry.more}".strip(), facts) if one.setting]
    if values:
        rows = "".join(f"<li><b>{e(r.setting)} {e(r.value)}</b>: {e(r.text)}</li>" for r in values)
        yield f"<details><summary>At every allowed value</summary><ul>{rows}</ul></details>"


def _sources(entry: Entry, sources: Mapping[str, Source]) -> Iterator[str]:
    yield "<ul>"
    for code in entry.sources:
        source = sources[code]
        title = e(source.title)
        shown = f"<a href='{e(source.address)}'>{title}</a>" if source.address else title
        people = ", ".join(f"{number} {key}" for key, number in source.people.items())
        notes = "; ".join(
            filter(None, (source.kind, source.journal, f"read: {source.read}", people))
        )
        yield f"<li>{shown} <small>{e(notes)}</small></li>"
    yield "</ul>"


def _urgency(entry: Entry, urgency: Urgency, facts: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys(EVENT.findall(f"{entry.text} {entry.more}")):
        event = urgency.events[name]
        yield (
            f"<p class=urgency>{e(event.level)} {e(event.sign)}: {e(facts[f'urgency_{name}'])} "
            f"({e(event.soon)})</p>"
        )


def _changed(entry: Entry, before: Entry | None) -> Iterator[str]:
    if before is None:
        yield "<p class=changed>New.</p>"
    elif fingerprint(before) != fingerprint(entry):
        old = " · ".join(filter(None, (before.text, before.more)))
        yield f"<p class=changed>Changed. It said: {e(old)} [{e(', '.join(before.sources))}]</p>"


def _sign(entry: Entry) -> str:
    """Who signed, or the line that signs: only these words, by their fingerprint."""
    if entry.clinical_review != "pending":
        return f"<p class=sign>Last changed {e(entry.reviewed)}. Signed: {e(entry.clinical_review)}</p>"
    line = f"clinical_review: NAME YYYY-MM-DD {fingerprint(entry)}"
    return (
        f"<p class=sign>Last changed {e(entry.reviewed)}. Not signed. ☐ right ☐ change. "
        f"To sign, write: <code>{e(line)}</code></p>"
    )


def _entries_before(root: Path, since: date) -> dict[str, Entry]:
    """The answers as the last commit before a day had them; none when there is no such commit."""
    git = ["git", "-C", str(root)]
    commit = subprocess.run(
        [*git, "rev-list", "-1", f"--before={since}T00:00", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if not commit:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            [*git, "archive", commit, "data/faq"], check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        return {entry.topic: entry for entry in load_entries(Path(folder))[0]}


_HEAD = """<!doctype html><html lang=en><meta charset=utf-8><title>Answers for clinical review</title>
<style>body{font:16px/1.5 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid #ccc;break-inside:avoid}small{color:#555;font-weight:normal}
.sign{background:#f4f4f4;padding:.5rem}.urgency{border-left:4px solid #b00;padding-left:.5rem}
.changed{background:#fff6d6;padding:.5rem}</style>
<h1>Answers for clinical review</h1>"""
