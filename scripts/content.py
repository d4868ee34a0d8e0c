"""`make content`: checks every answer of data/faq/, and prints the table for whoever reviews it.

    python -m scripts.content                     the table, then every mistake; exit code 1 if any
    python -m scripts.content --quiet             mistakes only
    python -m scripts.content --report FILE       one HTML page that a clinician can read and sign

The rules are data in data/content_rules.yml; the shape of an entry is in docs/contracts.md.
"""

from __future__ import annotations

import argparse
import html
import sys
from datetime import date
from pathlib import Path

from scripts.content_checks import Mistake, check, load_rules
from scripts.content_entries import Entry, grade, load_entries
from scripts.content_meaning import confusions, near_duplicates
from scripts.train import MODEL, ROOT


def table(entries: list[Entry]) -> str:
    """One line an entry: file, id, ways to ask, words, reading grade, sources, reviewed."""
    lines = [f"{'file':24} {'entry':34} asks words grade  reviewed    sources"]
    for entry in entries:
        lines.append(
            f"{entry.file:24.24} {entry.topic:34.34} {len(entry.asks):4} {len(entry.text.split()):5} "
            f"{grade(entry.text):5.1f}  {entry.reviewed:10}  {', '.join(entry.sources)}"
        )
    return "\n".join(lines)


def report(entries: list[Entry]) -> str:
    """One HTML page with every question, answer, source and date, and a place to sign."""
    sources = load_sources(ROOT)
    parts = [_HEAD, f"<p>{len(entries)} answers, printed on {date.today():%d %B %Y}.</p>"]
    file = ""
    for entry in entries:
        if entry.file != file:
            file = entry.file
            parts.append(f"<h2>{html.escape(file.removesuffix('.yml').replace('_', ' '))}</h2>")
        parts.append(_report_entry(entry, sources))
    parts.append("</html>")
    return "\n".join(parts)


def _report_entry(entry: Entry, sources: dict[str, dict[str, str]]) -> str:
    e = html.escape
    cited = "".join(
        f"<li>{e(code)}: {e(str(sources.get(code, {}).get('title', '')))}</li>"
        for code in entry.sources
    )
    more = f"<p><b>More:</b> {e(entry.more)}</p>" if entry.more else ""
    return (
        f"<section><h3>{e(entry.question)} <small>{e(entry.topic)}</small></h3>"
        f"<p>{e(entry.text)}</p>{more}<p><b>SMS:</b> {e(entry.sms)}</p><ul>{cited}</ul>"
        f"<details><summary>{len(entry.asks)} ways to ask</summary>{e('; '.join(entry.asks))}</details>"
        f"<p class=sign>Last changed {e(entry.reviewed)} · clinical review: {e(entry.clinical_review)}"
        " · ☐ right ☐ change &nbsp; name, date: ____________________</p></section>"
    )


_HEAD = """<!doctype html><html lang=en><meta charset=utf-8><title>Answers for clinical review</title>
<style>body{font:16px/1.5 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid #ccc;break-inside:avoid}small{color:#555;font-weight:normal}
.sign{background:#f4f4f4;padding:.5rem}</style>
<h1>Answers for clinical review</h1>"""


def print_mistakes(mistakes: list[Mistake]) -> None:
    """Warnings and errors, a line each, on standard error."""
    for mistake in mistakes:
        print(mistake, file=sys.stderr)


def main() -> int:
    """Return 0 when no answer breaks a rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    rules = load_rules(ROOT)["meaning"]
    entries = load_entries(ROOT)[0]
    mistakes = check(ROOT, date.today())
    mistakes += near_duplicates(entries, rules["near_duplicate"])
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(report(entries), encoding="utf-8")
        print(f"Written: {options.report}")
    elif not options.quiet:
        print(table(entries))
        print("\nTaken for something else when cross-validated, the worst first:")
        for pair in confusions(MODEL)[: rules["confusions_shown"]]:
            print(f"  {pair.count:3} times {pair.wanted} was taken for {pair.got}")
    print_mistakes(mistakes)
    wrong = [mistake for mistake in mistakes if not mistake.is_warning]
    if not options.quiet or wrong:
        print(
            f"{len(entries)} answers, {len(wrong)} mistakes, {len(mistakes) - len(wrong)} warnings"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
