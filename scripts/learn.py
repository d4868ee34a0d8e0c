"""`make learn`: what staff attached in the inbox becomes new ways to ask in data/faq/*.yml.

It shows the change, asks, writes, and marks the lessons as learned; comments and order stay as they
are. A line that should not stand in a file (too long, with a number, an address or a name, there
already) is left out, and named.

    python -m scripts.learn [--yes]     --yes: write without asking
"""

from __future__ import annotations

import asyncio
import difflib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import yaml

from clinic import load_default
from frontdesk.knowledge import faq
from frontdesk.knowledge.personal import GAP, masked
from frontdesk.knowledge.unanswered import NewWording, UnansweredQuestions
from frontdesk.settings import Settings, SettingsError
from frontdesk.storage import connections

LONGEST = 150
MARKUP = re.compile(r"[\[\]{}|]")
"""Signs that mean something in Rasa's training data."""


@dataclass
class Change:
    """What would be written: by file the text before and after, what was left out and why."""

    before: dict[Path, str] = field(default_factory=dict)
    after: dict[Path, str] = field(default_factory=dict)
    learned: list[int] = field(default_factory=list)
    left_out: list[tuple[NewWording, str]] = field(default_factory=list)

    def diff(self) -> Iterator[str]:
        """The change as a unified diff."""
        for path, text in self.after.items():
            old = self.before[path].splitlines(keepends=True)
            new = text.splitlines(keepends=True)
            yield from difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")


def plan(lessons: Sequence[NewWording], folder: Path) -> Change:
    """Work out the change; write nothing."""
    topics = faq.in_files.__wrapped__(folder)
    known = {line.casefold(): topic.id for topic in topics.values() for line in topic.examples}
    change = Change()
    for lesson in lessons:
        line = " ".join(MARKUP.sub(" ", lesson.text).split()).lstrip("-–• ")
        there = known.get(line.casefold())
        if there == lesson.topic:
            change.learned.append(lesson.message_id)
        elif why := _objection(line, lesson.topic in topics, there):
            change.left_out.append((lesson, why))
        else:
            path = folder / topics[lesson.topic].file
            text = change.after.get(path) or path.read_text(encoding="utf-8")
            change.before.setdefault(path, text)
            change.after[path] = with_example(text, lesson.topic, line)
            change.learned.append(lesson.message_id)
            known[line.casefold()] = lesson.topic
    return change


def _objection(line: str, is_topic: bool, there: str | None) -> str | None:
    if not is_topic:
        return "there is no such answer any more"
    if there:
        return f"it is a way to ask for {there} already"
    if not line or len(line) > LONGEST:
        return f"it has no words, or more than {LONGEST} characters"
    if GAP in line or masked(line) != line:
        return "it may say who somebody is"
    return None


def with_example(text: str, topic: str, line: str) -> str:
    """A file's text with one more example under an intent, and nothing else changed.

    Raise ValueError when the file is not laid out as docs/contracts.md section 4 says.
    """
    lines = text.splitlines(keepends=True)
    heads = [
        n for n, one in enumerate(lines) if one.split("#")[0].strip() == f"- intent: faq/{topic}"
    ]
    if len(heads) != 1 or lines[heads[0] + 1].strip() != "examples: |":
        raise ValueError(f"faq/{topic}: '- intent:' and 'examples: |' were not found")
    end = heads[0] + 2
    while end < len(lines) and lines[end].startswith("    - "):
        end += 1
    lines.insert(end, f"    - {line}\n")
    new = "".join(lines)
    if _examples(new) != _with(_examples(text), topic, line):
        raise ValueError(f"faq/{topic}: the example cannot be added")
    return new


def _examples(text: str) -> dict[str, tuple[str, ...]]:
    items = yaml.safe_load(text)["nlu"]
    return {one["intent"].removeprefix(faq.INTENT): faq.examples(one["examples"]) for one in items}


def _with(
    examples: dict[str, tuple[str, ...]], topic: str, line: str
) -> dict[str, tuple[str, ...]]:
    return {**examples, topic: (*examples[topic], line)}


def learn(lessons: Sequence[NewWording], folder: Path, agree: Callable[[], bool]) -> list[int]:
    """Show the change and write it when ``agree`` says so. Return the messages that are learned."""
    change = plan(lessons, folder)
    sys.stdout.writelines(change.diff())
    for lesson, why in change.left_out:
        print(f"left out, {why}: message {lesson.message_id} for {lesson.topic}")
    if not change.after:
        print("There is nothing to write.")
    elif not agree():
        print("Nothing was written.")
        return []
    for path, text in change.after.items():
        path.write_text(text, encoding="utf-8")
    return change.learned


async def _run(settings: Settings, agree: Callable[[], bool]) -> None:
    engine = connections.connect(settings.database_url)
    country = load_default().country
    lessons = UnansweredQuestions(engine, lambda: datetime.now(timezone.utc), country)
    try:
        learned = learn(await lessons.accepted(), faq.FOLDER, agree)
        await lessons.mark_learned(learned)
    finally:
        await engine.dispose()
    if learned:
        print(f"{len(learned)} learned. Read the change, then `make test` and commit it.")


def _ask() -> bool:
    return input("Write this? [y/N] ").strip().lower() in ("y", "yes")


def main() -> int:
    """Exit code 2 and one sentence when a setting or a file is wrong."""
    from dotenv import load_dotenv

    load_dotenv(".env")
    try:
        settings = Settings.read(os.environ)
        connections.migrate(settings.database_url)
        asyncio.run(_run(settings, (lambda: True) if "--yes" in sys.argv[1:] else _ask))
    except (SettingsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
