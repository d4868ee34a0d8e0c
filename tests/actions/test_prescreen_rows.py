"""Every row and every answer of the table, reached through the conversation by its buttons."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from clinic import load_default as clinic
from clinic.saying import date_in_words
from eligibility import ASK, NONE, NOT_SURE, PRIVATE, Outcome, Result, assess, settings_for
from tests.actions.prescreen_visit import Visit
from tests.eligibility.answers import BEST, EVERY_ANSWER, best_answers, table

BEFORE = {
    row.id: {other: next(iter(sorted(allowed - {NOT_SURE, PRIVATE})))}
    for row in table().rows.values()
    for other, allowed in row.ask_when.items()
}
SPOKEN = [(row, choice) for row, choice in EVERY_ANSWER if table().rows[row].spoken]
ASKED = [pair for pair in EVERY_ANSWER if pair not in SPOKEN]


def begun() -> Visit:
    visit = Visit()
    visit.opens()
    visit.presses("consent", "yes")
    return visit


def answer_current(visit: Visit, wanted: dict[str, str]) -> None:
    """Answer the question at hand: as wanted where it is about that, else with nothing to flag."""
    asked = visit.asking
    if asked in table().rows:
        choice = wanted.get(asked) or BEST.get(asked, table().rows[asked].none)
        visit.presses(asked, choice)
        return
    for row in table().lists[asked].rows:
        choice = wanted.get(row, "")
        if row in visit.answers or choice in ("", table().rows[row].none):
            continue
        offered = ("ask", choice)
        if choice in (NOT_SURE, PRIVATE):
            visit.presses(asked, choice)
        else:
            direct = f'"row": "{row}", "answer": "{ASK}"' not in buttons(visit)
            visit.presses(row, offered[direct])
        return
    visit.presses(asked, NONE)


def buttons(visit: Visit) -> str:
    return "\n".join(b["payload"] for m in visit.messages for b in m.get("buttons") or [])


def walk(wanted: dict[str, str]) -> tuple[Visit, dict[str, str]]:
    """Go through the whole conversation. Return it with the last answers that it held."""
    visit = begun()
    known: dict[str, str] = {}
    for _ in range(40):
        if visit.asking in ("", "share"):
            return visit, visit.answers or known
        known = visit.answers
        answer_current(visit, wanted)
    raise AssertionError(f"still asking {visit.asking}")


def engine(answers: dict[str, str]) -> Result:
    today = clinic().today(datetime.now(timezone.utc))
    return assess(table(), answers, clinic().settings(), today)


@pytest.mark.parametrize(("row", "choice"), ASKED)
def test_each_answer_of_each_row_is_reached_and_has_its_outcome(row: str, choice: str) -> None:
    own = settings_for(table(), clinic().settings()).outcome(table().rows[row].choices[choice])
    visit, answers = walk({row: choice, **BEFORE.get(row, {})})
    answers.setdefault(row, choice)  # an early end forgets at once
    assert answers[row] == choice
    expected = engine(answers)
    assert expected.outcome.rank >= own.rank
    if choice not in (NOT_SURE, PRIVATE) and row not in BEFORE:
        assert expected.outcome is own or own is Outcome.S
    if own is Outcome.U1:
        assert "utter_urgent_emergency" in visit.responses
        assert visit.payloads("handoff")[0]["urgency"] == "urgent"
    else:
        assert visit.payloads("result")[0]["outcome"] == expected.outcome.value
        said = visit.words
        assert expected.headline in said
        assert all(flag.reason.rstrip(".") in said for flag in expected.reasons)
        assert expected.come_back is None or date_in_words(expected.come_back) in said
    assert visit.payloads("eligibility_result") == []
    if visit.asking == "share":
        visit.presses("share", "yes")
        sent = visit.payloads("eligibility_result")[0]
        assert sent["outcome"] == expected.outcome.value
        assert [flag["row"] for flag in sent["flags"]] == [flag.row for flag in expected.reasons]
    assert visit.state == {}


@pytest.mark.parametrize(("row", "choice"), [p for p in SPOKEN if p[1] == "yes"])
def test_what_is_only_ever_said_is_heard_at_any_time(row: str, choice: str) -> None:
    visit = begun()
    visit.says(f"I {table().rows[row].choices[choice].says[0]} you know")
    assert visit.asking == "read_back"
    visit.says("yes", "affirm")
    assert visit.answers == {row: choice}


def test_the_usual_run_takes_twelve_questions_and_says_so() -> None:
    visit, answers = walk({})
    assert answers == best_answers()
    steps = [(p["step"], p["of"]) for p in visit.payloads("question")]
    assert steps == [(step, 12) for step in range(1, 13)]
