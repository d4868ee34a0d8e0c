"""Real questions, asked of the whole assistant, and judged: `make eval-asked ASKED=file.yml`.

    python -m benchmarks.asked FILE [--page var/asked.html] [--write]

A line of FILE says what counts as handled well (its own head explains the fields). A reply is
handled well when all of this holds; readers judge better, so the page shows every reply:
  * right: one of ``good`` was done. An answer's id is literal; a text about a device counts as the
    answer of that aspect. ``answer: new`` counts when it is what that has become (asked_new.yml) or
    when the reply's words are near what ``about`` says. A route is read from what the reply does (urgent card, hand-over, form, buttons).
  * ``must``: half or more of the lines are said: the words of a line stand in one stretch of the
    reply (half of them, by stem), or a sentence means nearly the same (cosine above NEAR).
  * ``must_not``: no sentence says nearly the line itself (cosine above SAME, no "not" between them).
"""

from __future__ import annotations

import argparse
import html
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.utils.log_utils import configure_structlog

from assistant.nlu.devices import devices
from assistant.nlu.encoder import load_encoder
from benchmarks.in_process import Conversation, Reply
from scripts.train import MODEL, ROOT

NEAR, SAME = 0.5, 0.8
STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the is are be to of in on for and or not no it its with as at by that this you your we our"
        " from can may do does will has have had",
    )
)
NOT = re.compile(r"\b(?:not?|never|n't|nor|without)\b|n['’]t\b")
REPORT = Path(__file__).with_name("asked.md")
NEW = Path(__file__).with_name("asked_new.yml")


@dataclass(frozen=True)
class Judged:
    """One message, the reply, and what the judge found."""

    case: dict[str, Any]
    reply: Reply
    right: bool
    said: tuple[bool, ...]
    wrong: tuple[str, ...]

    @property
    def offered(self) -> bool:
        """Asked back with the right answer among the choices."""
        wanted: set[str] = set()
        for good in self.case["good"]:
            wanted |= became(good["about"]) if "about" in good else {good.get("answer", "")}
        return "utter_ask_nearest" in self.reply.uttered and any(
            f'"{topic}"' in payload for topic in wanted for payload in self.reply.payloads
        )

    @property
    def well(self) -> bool:
        """Handled well by the rule at the head of this file."""
        enough = not self.said or sum(self.said) * 2 >= len(self.said)
        return self.right and enough and not self.wrong


class Judge:
    """Judges replies by ids, routes, words and meaning, which are those of ``english``."""

    def __init__(self, english: Callable[[str], str] = str) -> None:
        self._encode, self._english = load_encoder().encode, english

    def judge(self, case: dict[str, Any], reply: Reply) -> Judged:
        sentences = [
            self._english(s) for t in reply.texts for s in re.split(r"(?<=[.!?:;])\s+|\n", t) if s
        ]
        sentences += [f"{a} {b}" for a, b in zip(sentences, sentences[1:], strict=False)]
        vectors = np.asarray(self._encode(sentences)) if sentences else np.zeros((1, 384))
        return Judged(
            case,
            reply,
            any(self._good(good, reply, sentences, vectors) for good in case["good"]),
            tuple(self._says(line, sentences, vectors) for line in case.get("must") or ()),
            tuple(
                line
                for line in case.get("must_not") or ()
                if self._says_wrong(line, sentences, vectors)
            ),
        )

    def _good(self, good: dict[str, Any], reply: Reply, sentences: list[str], vectors: Any) -> bool:
        if "route" in good:
            return good["route"] in routes(reply)
        if "ask_back" in good:
            return any(f'"{topic}"' in p for topic in good["ask_back"] for p in reply.payloads)
        done = answered(reply) | set(reply.uttered)
        if good["answer"] != "new":
            return good["answer"] in done
        if became(good["about"]) & done:
            return True
        return bool(reply.topics) and self._says(good["about"], sentences, vectors)

    def _says(self, line: str, sentences: list[str], vectors: Any) -> bool:
        line = self._english(line)
        wanted = stems(line)
        if any(len(wanted & stems(s)) * 2 >= len(wanted) for s in sentences):
            return True
        return bool((vectors @ np.asarray(self._encode([line]))[0]).max() >= NEAR)

    def _says_wrong(self, line: str, sentences: list[str], vectors: Any) -> bool:
        line = self._english(line)
        cosines = vectors @ np.asarray(self._encode([line]))[0]
        return any(
            cosine >= SAME and bool(NOT.search(s.lower())) == bool(NOT.search(line.lower()))
            for s, cosine in zip(sentences, cosines.tolist(), strict=False)
        )


def read_cases(file: Path) -> list[dict[str, Any]]:
    """A list of cases, or kinds of one-line cases as in tests/assistant/data/asked.yml."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if isinstance(content, list):
        return content
    cases = []
    for kind, lines in content.items():
        for place, line in enumerate(lines, 1):
            ((say, ways),) = line.items()
            good = [{"route": w[1:]} if w[0] == "@" else {"answer": w} for w in ways.split()]
            cases.append({"id": f"{kind}{place}", "kind": kind, "say": str(say), "good": good})
    return cases


@lru_cache(maxsize=1)
def _new() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(NEW.read_text(encoding="utf-8"))
    return content


def became(about: str) -> set[str]:
    """The answers that a wish for a new one has become; those of an aspect for one about a device."""
    subject = about.partition(":")[0].split(" (needs")[0]
    if not subject.startswith("device table"):
        return set(_new()["answers"].get(subject, ()))
    aspect = _new()["aspects"].get(subject.rpartition(", ")[2])
    return {topic for topic, other in devices().aspect_of_topic.items() if other == aspect}


def stems(text: str) -> set[str]:
    """The words that carry meaning, cut to six letters."""
    return {w[:6] for w in re.findall(r"[a-z0-9£]+", text.lower()) if w not in STOP}


def answered(reply: Reply) -> set[str]:
    """The answers given; a text about a device stands for every answer of its aspect."""
    found = set(reply.topics)
    for question in reply.understood.get("questions") or []:
        if reply.topics and question.get("aspect"):
            aspects = devices().aspect_of_topic.items()
            found |= {topic for topic, aspect in aspects if aspect == question["aspect"]}
    return found


def routes(reply: Reply) -> set[str]:
    """Where the reply sends the visitor."""
    found = set()
    for payload in reply.custom:
        if payload.get("type") == "urgent":
            found.add("urgent_now" if payload["level"] == "U1" else "urgent_today")
        if payload.get("type") == "handoff":
            found.add("staff")
            if payload["urgency"] == "soon":
                found.add("urgent_today")
    if reply.form == "prescreen_form" or any("start_prescreen" in p for p in reply.payloads):
        found.add("prescreen")
    if reply.form == "callback_form":
        found.add("callback")
    said = " ".join(reply.uttered)
    if "utter_open_question" in said or "utter_ask_about_device" in said:
        found.add("open")
    found |= {
        route
        for route, mark in (
            ("decline", "utter_oos_"),
            ("book", "utter_booking"),
            ("erase", "erase"),
        )
        if mark in said
    }
    return found


def run(conversation: Conversation, judge: Judge, cases: list[dict[str, Any]]) -> list[Judged]:
    """Say every message, each in a conversation of its own unless ``after`` names one before."""
    judged = []
    for case in cases:
        for place, text in enumerate(case.get("before") or ()):
            conversation.say(text, f"v_{case['id']}") if place >= 0 else None
        judged.append(judge.judge(case, conversation.say(case["say"], f"v_{case['id']}")))
    return judged


def page(judged: list[Judged]) -> str:
    """One HTML page: what fails first."""
    e = html.escape
    rows = []
    for one in sorted(judged, key=lambda j: (j.well, j.right)):
        mark = "well" if one.well else "right, words missing" if one.right else "wrong"
        reply = "".join(f"<p>{e(text)}</p>" for text in one.reply.texts)
        buttons = "".join(f"<span>{e(b)}</span> " for b in one.reply.buttons)
        good = "; ".join(str(list(g.values())) for g in one.case["good"])
        must = "; ".join(
            ("✓ " if said else "✗ ") + line
            for line, said in zip(one.case.get("must") or (), one.said, strict=True)
        )
        wrong = f"<p class=bad>says: {e('; '.join(one.wrong))}</p>" if one.wrong else ""
        rows.append(
            f"<section class={'ok' if one.well else 'no'}><b>{e(one.case['id'])} · {mark} · {e(one.reply.intent)}"
            f" {e(', '.join(one.reply.uttered))}</b><h3>{e(one.case['say'])}</h3>{reply}<p>{buttons}</p>"
            f"<small>{e(good)}<br>{e(must)}</small>{wrong}</section>"
        )
    return _HEAD + "".join(rows)


_HEAD = """<!doctype html><html lang=en><meta charset=utf-8><title>What people ask</title>
<style>body{font:15px/1.4 system-ui;max-width:50rem;margin:1rem auto}section{border-left:4px solid #3a3;padding:.3rem .8rem;margin:1rem 0}
.no{border-color:#c33}span{border:1px solid #888;border-radius:1rem;padding:0 .5rem}.bad{color:#c00}small{color:#555}</style>"""


def summary(judged: list[Judged]) -> str:
    """Shares in all and by kind (the first part of ``kind``, or all in one)."""
    kinds = Counter(j.case.get("kind", "all") for j in judged)
    lines = [
        "| kind | messages | right answer or route | that, or offered as a choice | handled well |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in ["", *sorted(kinds)] if len(kinds) > 1 else [""]:
        own = [j for j in judged if not kind or j.case.get("kind", "all") == kind]
        counted = ([j.right, j.right or j.offered, j.well] for j in own)
        shares = [sum(column) / len(own) for column in zip(*counted, strict=True)]
        figures = " | ".join(f"{share:.3f}" for share in shares)
        lines.append(f"| {kind or 'all'} | {len(own)} | {figures} |")
    return "\n".join(lines)


def main() -> int:
    """Ask, judge, write the page, print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--page", type=Path, default=ROOT / "var" / "asked.html")
    parser.add_argument("--write", action="store_true", help="also into benchmarks/asked.md")
    options = parser.parse_args()
    configure_structlog(logging.ERROR)
    logging.disable(logging.WARNING)
    judged = run(Conversation(str(MODEL)), Judge(), read_cases(options.file))
    options.page.parent.mkdir(exist_ok=True)
    options.page.write_text(page(judged), encoding="utf-8")
    print(summary(judged))
    for one in judged:
        if not one.right:
            done = ", ".join([*one.reply.uttered, *sorted(routes(one.reply))])
            print(f"{one.case['id']}: {one.case['say'][:90]!r} -> {done}", file=sys.stderr)
    if options.write:
        text = f"# What people ask\n\n`python -m benchmarks.asked {options.file.name}`, {date.today()}\n\n"
        REPORT.write_text(text + summary(judged) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
