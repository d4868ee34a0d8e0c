"""Measures the danger check: who in danger is acted upon or asked, and which calm people are alarmed.

    python -m benchmarks.danger [SET.tsv …]      `make eval-danger`

A set has three columns: level (U1, U2, calm), category, message. Without arguments: our own held-out
set, two that were written apart from the training sentences, one of the other languages, and
../shared/domain/danger.tsv where it is there. Written into benchmarks/danger.md, by category. A
category that is an event of data/urgency.yml is also the sign that should be named.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import logging
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from assistant.clean_text import clean_text
from assistant.nlu.danger.examples import misspelt
from clinic.urgency import UNCLEAR
from clinic.urgency import load_default as urgency
from scripts.train import MODEL

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "benchmarks" / "danger.md"
OWN = ROOT / "tests" / "assistant" / "data"
SHARED = ROOT.parent / "shared" / "domain" / "danger.tsv"
ONE_IN = 10  # of so many words one is misspelt
LEVELS = ("U1", "U2", "calm")
EVENTS = urgency().events
SETS = (
    "danger_held_out.tsv",
    "danger_fresh.tsv",
    "danger_unseen.tsv",
    "danger_readers.tsv",
    "danger_languages.tsv",
)

Check = Callable[[str], dict[str, Any] | None]


@dataclass(frozen=True)
class Row:
    """One message of a set and what the check made of it."""

    level: str
    category: str
    text: str
    found: dict[str, Any] | None

    @property
    def acted(self) -> bool:
        """Was it acted upon at once?"""
        return bool(self.found) and self.found["decision"] == "act"  # type: ignore[index]

    @property
    def asked(self) -> bool:
        """Was one question asked first?"""
        return bool(self.found) and not self.acted

    @property
    def sign(self) -> str:
        """Was the sign named right, left general, or named wrong?"""
        named = (self.found or {}).get("sign")
        if named == self.category:
            return "right"
        return "general" if named in UNCLEAR.values() else "wrong"

    @property
    def sent_to_emergency(self) -> bool:
        """Was it told to call the emergency number now?"""
        return self.acted and self.found["level"] == "U1"  # type: ignore[index]


def run(path: Path, check: Check, change: Callable[[str], str] = str) -> list[Row]:
    """Every row of a set."""
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.reader(lines, delimiter="\t"))[1:]
    return [Row(row[0], row[1], row[2], check(change(row[2]))) for row in rows]


def share(rows: Sequence[Row], what: str) -> str:
    """A share in per cent."""
    return f"{100 * sum(getattr(row, what) for row in rows) / len(rows):.1f} %" if rows else "–"


def table(name: str, rows: Sequence[Row], slipped: Sequence[Row]) -> list[str]:
    """The figures of one set, then by category."""
    lines = [
        f"## {name}",
        "",
        "| | messages | acted | asked | acted or asked | told to call the emergency number now | "
        "misspelt: acted or asked |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for level in LEVELS:
        some = [row for row in rows if row.level == level]
        wrong = [row for row in slipped if row.level == level]
        heard = [row for row in some if row.found]
        heard_slipped = [row for row in wrong if row.found]
        lines.append(
            f"| {level} | {len(some)} | {share(some, 'acted')} | {share(some, 'asked')} | "
            f"{100 * len(heard) / max(1, len(some)):.1f} % | {share(some, 'sent_to_emergency')} | "
            f"{100 * len(heard_slipped) / max(1, len(wrong)):.1f} % |"
        )
    named = [row for row in rows if row.found and row.level != "calm" and row.category in EVENTS]
    if named:
        shares = {
            how: f"{100 * sum(row.sign == how for row in named) / len(named):.1f} %"
            for how in ("right", "general", "wrong")
        }
        lines += [
            "",
            f"Of {len(named)} that were heard the sign was named right in {shares['right']}, left "
            f"general in {shares['general']}, named wrong in {shares['wrong']}.",
        ]
    lines += [
        "",
        "| level | category | messages | acted | asked |",
        "| --- | --- | --- | --- | --- |",
    ]
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.level, row.category].append(row)
    for (level, category), some in sorted(groups.items()):
        acted, asked = sum(r.acted for r in some), sum(r.asked for r in some)
        lines.append(f"| {level} | {category} | {len(some)} | {acted} | {asked} |")
    return [*lines, ""]


def checker() -> tuple[Check, list[float]]:
    """The trained assistant's own check, and the milliseconds of each call of it."""
    from rasa.core.agent import Agent

    from assistant.nlu.safety import SafetyCheck

    times: list[float] = []
    decide = SafetyCheck._decide

    def timed(self: SafetyCheck, message: Any) -> Any:
        begin = time.thread_time()  # of a processor, so that other work beside it does not count
        found = decide(self, message)
        times.append((time.thread_time() - begin) * 1000)
        return found

    SafetyCheck._decide = timed  # type: ignore[method-assign]
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    agent = Agent.load(str(MODEL))

    def check(text: str) -> dict[str, Any] | None:
        parsed = asyncio.run(agent.parse_message(clean_text(text)))
        found: dict[str, Any] | None = parsed.get("safety")
        return found

    return check, times


def main() -> None:
    """Measure, print and write."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("sets", nargs="*", type=Path)
    reader.add_argument("--misses", action="store_true", help="print what was missed or alarmed")
    options = reader.parse_args()
    own = [*(OWN / name for name in SETS), SHARED]
    check, times = checker()
    lines = [
        "# Who in danger is heard",
        "",
        f"`make eval-danger`, {date.today().isoformat()}. Written by `benchmarks/danger.py`. Misspelt: "
        f"one word in {ONE_IN}.",
        "",
    ]
    for path in options.sets or [path for path in own if path.exists()]:
        rows = run(path, check)
        slipped = run(path, check, lambda text: misspelt(text, ONE_IN))
        lines += table(path.name, rows, slipped)
        for row in rows if options.misses else ():
            if row.level == "calm" and row.found or row.level != "calm" and not row.acted:
                print(row.level, row.category, row.text, row.found)
    lines.append(f"Processor time of the check: median {statistics.median(times):.1f} ms.")
    print("\n".join(lines))
    if not options.sets:
        OUTPUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
