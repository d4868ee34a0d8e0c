"""Rows 10, 23 and 24: commands in disguise, restarts in the middle of a pre-screen, and its table."""

from __future__ import annotations

import random
import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import httpx
import yaml

from benchmarks.storm.report import ROOT, Found
from benchmarks.storm.site import Site
from eligibility import assess, load_default, settings_for
from tests.e2e.conversation import Conversation

SLASHES = (
    "/{}", " /{}", "//{}", "\u200b/{}", "／{}", "⁄{}", "\ufeff/{}", "/ {}", "\t/{}", "∕{}", "\u00a0/{}",
    '/{}{{"a":"b"}}',
)  # fmt: skip
BUILT_IN = ("restart", "back", "session_start", "nlu_fallback", "out_of_scope", "action_listen")
TODAY = date(2026, 11, 23)


def commands(site: Site, share: float) -> Found:
    """Row 10: what is typed is read as words, never as a command of Rasa's."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    intents = [one if isinstance(one, str) else next(iter(one)) for one in domain["intents"]]
    typed = [form.format(name) for name in (*intents, *BUILT_IN) for form in SLASHES]
    typed = typed[: max(24, int(len(typed) * share))] if share < 1 else typed
    sure: list[str] = []
    with site.stack.assistant() as client:
        for text in typed:
            visitor = Conversation(client)
            visitor.say(text)
            understood = visitor.last["understood"]
            if (
                understood["button"]
                or understood["confidence"] == 1.0
                and understood["intent"] in text
            ):
                sure.append(text)
    query = "select count(*) from events where type_name = 'user' and data like '%\"text\": \"/%'"
    as_command = int(site.rows(query, file=site.tracker)[0][0])
    measured = f"{as_command + len(sure)} of {len(typed)} ({len(intents) + len(BUILT_IN)} names in {len(SLASHES)} disguises)"
    return Found(10, measured + (f": {sure[:5]}" if sure else ""), not sure and not as_command)


def restarts(site: Site, sheets: int) -> Found:
    """Row 23: each sheet twice, once with the assistant killed in between; the same words at the end."""
    rng = random.Random(23)
    seeds = [rng.random() for _ in range(sheets)]
    with site.stack.assistant() as client:
        whole = [_words_at_the_end(_filled(client, seed)) for seed in seeds]
        kept = [_filled(client, seed) for seed in seeds]
        begun = [_words_at_the_end(islice(sheet, rng.randrange(1, 12))) for sheet in kept]
        site.hit("assistant")
        _until_it_answers(client)
        rest = [_words_at_the_end(sheet) for sheet in kept]
    other = [after or before for before, after in zip(begun, rest, strict=True)]
    same = sum(bool(one) and one == two for one, two in zip(whole, other, strict=True))
    return Found(
        23,
        f"{same} of {sheets} sheets, killed once in the middle of all",
        same == sheets,
    )


def _filled(client: httpx.Client, seed: float) -> Iterator[str]:
    """Fill in a sheet at random, one turn a step; yields the words of each turn."""
    rng = random.Random(seed)
    visitor = Conversation(client)
    yield visitor.say("would it work for me?")
    for _ in range(40):
        titles = [t for t in visitor.buttons if not re.match(r"(?i)no, not|stop|something else", t)]
        begin = [t for t in titles if t.startswith(("Yes, begin", "Yes, that is right"))]
        is_question = bool(visitor.payloads) and visitor.payloads[-1].get("type") == "question"
        if not titles or not (begin or is_question):
            return
        yield visitor.press(begin[0] if begin else rng.choice(titles))


def _words_at_the_end(sheet: Iterator[str]) -> str:
    last = deque(sheet, maxlen=1)
    return last[0] if last else ""


def _until_it_answers(client: httpx.Client) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)


def table(sheets: int) -> Found:
    """Row 24: random sheets, their order shuffled, one answer made worse."""
    rules, rng = load_default(), random.Random(24)
    chosen = settings_for(rules, {})
    choices: dict[str, list[Any]] = {row.id: [None, *row.choices] for row in rules.rows.values()}
    raised = order = 0
    for _ in range(sheets):
        given = {row: rng.choice(some) for row, some in choices.items()}
        given = {row: choice for row, choice in given.items() if choice}
        try:
            result = assess(rules, given, {}, TODAY)
            pairs = list(given.items())
            rng.shuffle(pairs)
            order += assess(rules, dict(pairs), {}, TODAY) != result
        except Exception:  # noqa: BLE001 (that nothing raises is what is measured)
            raised += 1
    measured = f"{sheets} sheets: {raised} raised, {order} changed with the order"
    measured += "; worse answers: tests/eligibility/test_properties.py; mutation score not measured here (mutmut takes longer than a storm)"
    return Found(24, measured, None if not raised and not order and chosen else False)
