"""Whatever a visitor does, in whatever order: something is said, and nothing counts by accident."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as some

from eligibility import Outcome, assess
from tests.actions.prescreen_visit import Visit
from tests.eligibility.answers import TODAY, table

TEXTS = [
    "yes",
    "no",
    "45",
    "17",
    "not sure",
    "skip",
    "back",
    "why",
    "stop smoking",
    "roaccutane",
    "asdf",
    "none",
    "no, but I smoke",
    "can I change my age?",
    "1980",
    "my mum has diabetes",
    "",
    "?",
]
INTENTS = [
    "nlu_fallback",
    "affirm",
    "deny",
    "not_sure",
    "faq",
    "greet",
    "go_back",
    "start_over",
    "give_details",
    "start_prescreen",
]
ENTITIES = [
    ("age", 17, "asserted"), ("age", 50, "asserted"), ("condition", "lupus", "asserted"),
    ("condition", "diabetes", "asserted"), ("condition", "pregnancy", "denied"),
    ("medicine", "isotretinoin", "past"), ("body_area", "neck", "asserted"),
]  # fmt: skip
offered = some.tuples(some.just("offered"), some.integers(0, 30))
written = some.tuples(
    some.just("written"),
    some.sampled_from(TEXTS),
    some.sampled_from(INTENTS),
    some.lists(some.sampled_from(ENTITIES), max_size=2),
)
stale = some.tuples(
    some.just("stale"),
    some.sampled_from(["2", "now", "menu", "share", "read_back", "consent", "x"]),
    some.sampled_from(["yes", "no", "why", "ask"]),
)


@settings(max_examples=150, deadline=None)
@given(some.lists(some.one_of(offered, offered, written, stale), max_size=40))
def test_any_order_of_words_and_buttons(moves: list[tuple[object, ...]]) -> None:
    visit = Visit()
    visit.opens()
    visit.presses("consent", "yes")
    for move in moves:
        if not visit.active:
            break
        play(visit, move)
        assert visit.messages
        if visit.active:
            assert visit.asking
            assert set(visit.answers) <= set(table().rows)
            assert all(choice in table().rows[row].choices for row, choice in visit.answers.items())
            assert assess(table(), visit.answers, {}, TODAY).outcome in Outcome
        else:
            assert visit.state == {}
    steps = visit.payloads("question")
    assert all(1 <= step["step"] <= step["of"] for step in steps)


def play(visit: Visit, move: tuple[object, ...]) -> None:
    kind, *rest = move
    payloads = [b["payload"] for m in visit.messages for b in m.get("buttons") or []]
    if kind == "offered" and payloads:
        carried = json.loads(
            payloads[int(str(rest[0])) % len(payloads)].partition("answer_prescreen")[2]
        )
        visit.presses(carried["row"], carried["answer"])
    elif kind == "stale":
        visit.presses(str(rest[0]), str(rest[1]))
    elif kind == "written":
        text, intent, entities = rest
        assert isinstance(entities, list)
        found = [dict(zip(("entity", "value", "role"), e, strict=True)) for e in entities]
        visit.says(str(text), str(intent), entities=found)
