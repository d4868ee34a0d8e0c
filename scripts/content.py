"""`make content`: checks every answer of data/faq/, and prints the table for whoever reviews it.

    python -m scripts.content                     the table, then every mistake; exit code 1 if any
    python -m scripts.content --quiet             mistakes only
    python -m scripts.content --report FILE       one HTML page that a clinician can read and sign
                    [--since 2026-11-01]          with what changed since that day
    python -m scripts.content --figures           what benchmarks/README.md counts
    python -m scripts.content --draw SEED         40 answers drawn at random, as visitors read them,
                                                  to be read by somebody who would rather say no

The rules are data in data/content_rules.yml; the shape of an entry is in docs/contracts.md.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from datetime import date
from pathlib import Path

from clinic import load_default as load_clinic
from clinic.sources import load_default as load_sources
from content.basis import strong_share
from content.checks import Mistake, check, load_rules
from content.entries import Entry, grade, load_entries
from content.polarity import both_ways
from content.settings import fill
from scripts.content_meaning import confusions, near_duplicates
from scripts.content_report import report
from scripts.train import MODEL, ROOT

DRAWN = 40


def table(entries: list[Entry]) -> str:
    """One line an entry: file, id, ways to ask, words, reading grade, sources, reviewed."""
    lines = [f"{'file':24} {'entry':34} asks words grade  reviewed    sources"]
    for entry in entries:
        lines.append(
            f"{entry.file:24.24} {entry.topic:34.34} {len(entry.asks):4} {len(entry.text.split()):5} "
            f"{grade(entry.text):5.1f}  {entry.reviewed:10}  {', '.join(entry.sources)}"
        )
    return "\n".join(lines)


def figures(entries: list[Entry]) -> str:
    """First words that clash, the basis of medical answers, and sources that open."""
    first_words = load_rules(ROOT)["first_words"]
    asked = [entry for entry in entries if both_ways(entry, first_words)]
    clashes = [entry for entry in asked if re.match(first_words["verdicts"], entry.text, re.I)]
    strong, medical = strong_share(entries, load_sources())
    cited = {code for entry in entries for code in entry.sources}
    sources = [source for code, source in load_sources().items() if code in cited]
    outside = [source for source in sources if source.kind not in ("clinic", "none")]
    return (
        f"{len(entries)} answers; {len(asked)} are asked both ways, {len(clashes)} of them begin "
        f"with a verdict\n"
        f"{strong} of {medical} medical answers rest on a guideline, review or trial "
        f"({100 * strong / medical:.1f} %)\n"
        f"{sum(bool(source.address) for source in outside)} of {len(outside)} cited sources have an "
        f"address or a whole citation; {sum(source.read != 'full' for source in outside)} say that "
        "only a summary was read"
    )


def drawn(entries: list[Entry], seed: int) -> str:
    """As many answers as a reader takes at once, the same for the same seed."""
    facts, sources = load_clinic().facts(), load_sources()
    lines: list[str] = []
    for entry in random.Random(seed).sample(entries, DRAWN):
        lines += [f"## {entry.topic}: {entry.question}", fill(entry.text, facts)]
        lines += [f"More: {fill(entry.more, facts)}", f"SMS: {fill(entry.sms, facts)}"]
        lines += [f"Sources: {'; '.join(sources[code].title for code in entry.sources)}", ""]
    return "\n".join(lines)


def print_mistakes(mistakes: list[Mistake]) -> None:
    """Warnings and errors, a line each, on standard error."""
    for mistake in mistakes:
        print(mistake, file=sys.stderr)


def main() -> int:
    """Return 0 when no answer breaks a rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--since", type=date.fromisoformat)
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--draw", type=int, metavar="SEED")
    options = parser.parse_args()
    rules = load_rules(ROOT)["meaning"]
    entries = load_entries(ROOT)[0]
    if options.figures:
        print(figures(entries))
        return 0
    if options.draw is not None:
        print(drawn(entries, options.draw))
        return 0
    mistakes = check(ROOT, date.today())
    mistakes += near_duplicates(entries, rules["near_duplicate"])
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(
            report(ROOT, entries, date.today(), options.since), encoding="utf-8"
        )
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
