"""Reads rules.yml into a Table, or says in one sentence each what is wrong and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from eligibility.check import mistakes_in
from eligibility.model import (
    NOT_SURE,
    PRIVATE,
    UNANSWERED,
    Advice,
    ByPolicy,
    Choice,
    Combination,
    ComeBack,
    Heard,
    NumberRule,
    Outcome,
    OutcomeText,
    Policy,
    QuestionList,
    ResultWords,
    Row,
    Setting,
    Table,
    Together,
    Words,
)
from eligibility.read import Node, Problems
from eligibility.span import Span
from eligibility.text import PlainWords, in_other_words

DEFAULT_PATH = Path(__file__).parent / "rules.yml"
OUTCOMES = tuple(outcome.value for outcome in Outcome)
URGENCIES = ("normal", "soon", "urgent")
ROLES = ("asserted", "denied", "past", "family", "hypothetical", "unsure")


class TableError(ValueError):
    """rules.yml is missing, is not YAML, or holds something that is not allowed."""


def load(path: Path, translated: Mapping[str, str] | None = None) -> Table:
    """Read and check one table. Raise TableError with every mistake, a line each.

    ``translated`` has what visitors read in another language, each text by the English one; what is
    matched with their words stays English (assistant/nlu/gloss.py).
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=PlainWords)  # noqa: S506
    except FileNotFoundError as error:
        raise TableError(f"{path}: there is no such file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        raise TableError(f"{path}: this is not YAML: {detail}") from error
    if translated:
        content = in_other_words(content, translated)
    problems = Problems(str(path))
    table = _table(Node("table", content, problems))
    if not problems.lines:
        for where, sentence in mistakes_in(table):
            problems.add(where, sentence)
    if problems.lines:
        raise TableError("\n".join(problems.lines))
    return table


@lru_cache(maxsize=1)
def load_default() -> Table:
    """The project's own table, read once."""
    return load(DEFAULT_PATH)


def _table(node: Node) -> Table:
    defaults = node.child("defaults")
    unanswered = defaults.child(UNANSWERED)
    table = Table(
        version=node.text("version"),
        settings={n.name: _setting(n) for n in node.children("settings")},
        policies={n.name: _policy(n) for n in node.children("policies")},
        outcomes={Outcome(n.name): _outcome_text(n) for n in _known_outcomes(node)},
        unanswered_outcome=_outcome(unanswered),
        unanswered_reason=unanswered.text("reason"),
        words=_words(node),
        why_title=node.text("why_title"),
        back_title=node.text("back_title"),
        stop_title=node.text("stop_title"),
        done_title=node.text("done_title"),
        change_title=node.text("change_title"),
        told_no=node.text("told_no"),
        told=node.text("told"),
        options=node.text("options"),
        result_words=_result_words(node.child("result_words")),
        commands={n.name: n.own_texts() for n in node.children("commands")},
        combinations=tuple(_combination(n) for n in node.items("combinations")),
        together=tuple(_together(n) for n in node.items("together")),
        advice=tuple(_advice(n) for n in node.items("advice")),
        order=node.texts("order"),
        lists={n.name: _list(n) for n in node.items("lists")},
        rows={n.name: _row(n, defaults) for n in node.items("rows")},
    )
    node.done(ignore=("defaults",))
    return table


def _result_words(node: Node) -> ResultWords:
    words = ResultWords(
        node.text("reasons"), node.text("come_back"), node.text("more"), node.text("safety_net")
    )
    node.done()
    return words


def _words(node: Node) -> Words:
    return Words(
        yes=node.texts("yes_words"),
        no=node.texts("no_words"),
        fillers=node.texts("fillers"),
        negators=frozenset(node.texts("negators")),
        exceptions=frozenset(node.texts("exceptions")),
        changes=node.texts("changes"),
        others=frozenset(node.texts("others")),
    )


def _known_outcomes(node: Node) -> list[Node]:
    found = node.children("outcomes")
    for missing in set(OUTCOMES) - {n.name for n in found}:
        node.wrong("outcomes", f"'{missing}' is missing; needed: {', '.join(OUTCOMES)}")
    return [n for n in found if n.name in OUTCOMES or n.refuse(OUTCOMES)]


def _setting(node: Node) -> Setting:
    default, least, most = (node.number_or_span(key) for key in ("default", "least", "most"))
    node.done()
    kinds = {isinstance(part, Span) for part in (default, least, most)}
    if len(kinds) > 1:
        node.wrong("default", "default, least and most must all be spans or all whole numbers")
    return Setting(default, least, most)


def _policy(node: Node) -> Policy:
    allowed = node.texts("allowed")
    policy = Policy(node.one_of("default", allowed), allowed)
    node.done()
    return policy


def _outcome_text(node: Node) -> OutcomeText:
    urgency = node.one_of("urgency", URGENCIES)
    text = OutcomeText(node.text("name"), node.text("headline"), node.text("next"), urgency)
    node.done()
    return text


def _outcome(node: Node) -> Outcome:
    return Outcome(node.one_of("outcome", OUTCOMES))


def _outcome_or_policy(node: Node) -> Outcome | ByPolicy:
    if not isinstance(node.raw("outcome"), Mapping):
        return _outcome(node)
    choice = node.child("outcome")
    policy = choice.text("policy")
    outcomes = {
        key: Outcome(choice.one_of(key, OUTCOMES)) for key in choice.names() if key != "policy"
    }
    return ByPolicy(policy, outcomes)


def _come_back(node: Node) -> ComeBack | None:
    if node.raw("come_back") is None:
        return None
    child = node.child("come_back")
    come_back = ComeBack(
        child.text("words"), child.maybe("after"), child.flag("over"), child.maybe("row")
    )
    child.done()
    return come_back


def _heard(node: Node) -> Heard:
    roles = node.texts("role")
    for role in roles:
        if role not in ROLES:
            node.wrong("role", f"has value {role!r}; allowed: {', '.join(ROLES)}")
    heard = Heard(
        node.text("entity"),
        frozenset(node.texts("value")),
        frozenset(roles),
        node.maybe("under"),
        node.maybe("at_least"),
    )
    node.done()
    return heard


def _choice(node: Node) -> Choice:
    choice = Choice(
        id=node.text("id"),
        title=node.text("title"),
        outcome=_outcome_or_policy(node),
        gloss=node.maybe("gloss") or "",
        event=node.maybe("event") or "",
        reason=node.maybe("reason") or "",
        come_back=_come_back(node),
        note=node.maybe("note") or "",
        staff_note=node.maybe("staff_note") or "",
        says=node.texts("says", needed=False),
        heard=tuple(_heard(n) for n in node.items("heard", needed=False)),
        ends=node.flag("ends"),
        keep_nothing=node.flag("keep_nothing"),
        under=node.maybe("under"),
        at_least=node.maybe("at_least"),
    )
    node.done()
    return choice


def _choices(node: Node, label: str, defaults: Node) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for item in node.items("answers"):
        if item.name in found:
            item.wrong("id", "stands twice in this row")
        default = defaults.raw(item.name) if item.name in (NOT_SURE, PRIVATE) else None
        found[item.name] = _choice(item.over(_with_label(default, label)))
    for name in (NOT_SURE, PRIVATE):
        if name not in found:
            default = {"id": name, **_with_label(defaults.raw(name), label)}
            found[name] = _choice(Node(f"defaults, answer '{name}'", default, node.problems))
    return found


def _with_label(default: object, label: str) -> dict[str, object]:
    if not isinstance(default, Mapping):
        return {}
    reason = str(default.get("reason", "")).replace("{label}", label)
    return {**default, "reason": reason}


def _number(node: Node) -> NumberRule | None:
    if node.raw("number") is None:
        return None
    child = node.child("number")
    rule = NumberRule(
        child.text("entity"),
        child.text("limit"),
        child.whole("least"),
        child.whole("most"),
        child.text("below"),
        child.text("otherwise"),
    )
    child.done()
    return rule


def _row(node: Node, defaults: Node) -> Row:
    label = node.text("label")
    row = Row(
        id=node.text("id"),
        group=node.text("group"),
        label=label,
        question=node.text("question"),
        repeat=node.text("repeat"),
        why=node.text("why"),
        choices=_choices(node, label, defaults),
        source=node.text("source"),
        strength=node.text("strength"),
        sign_off=node.text("sign_off"),
        none=node.maybe("none") or "no",
        safety=node.flag("safety"),
        ask_again=node.flag("ask_again"),
        spoken=node.flag("spoken"),
        by_date=node.maybe("by_date"),
        gloss=node.maybe("gloss") or "",
        ask_when=_conditions(node, "ask_when"),
        names=node.texts("names", needed=False),
        also_called=node.texts("also_called", needed=False),
        mentioned=tuple(_heard(n) for n in node.items("mentioned", needed=False)),
        number=_number(node),
    )
    node.done()
    return row


def _conditions(node: Node, key: str) -> dict[str, frozenset[str]]:
    if node.raw(key) is None:
        return {}
    child = node.child(key)
    return {row: frozenset(child.texts(row)) for row in child.names()}


def _list(node: Node) -> QuestionList:
    none = node.child("none")
    found = QuestionList(
        node.text("id"),
        node.text("question"),
        node.text("repeat"),
        node.text("more"),
        node.text("why"),
        none.text("title"),
        none.texts("says", needed=False),
        node.texts("rows"),
    )
    none.done()
    node.done()
    return found


def _combination(node: Node) -> Combination:
    combination = Combination(
        node.text("id"),
        _conditions(node, "when"),
        _outcome(node),
        node.text("reason"),
        _come_back(node),
        node.text("source"),
    )
    node.done()
    return combination


def _together(node: Node) -> Together:
    together = Together(_outcomes(node, node.texts("outcomes")), node.text("say"))
    node.done()
    return together


def _outcomes(node: Node, names: Sequence[str]) -> frozenset[Outcome]:
    for name in names:
        if name not in OUTCOMES:
            node.wrong("outcomes", f"has value {name!r}; allowed: {', '.join(OUTCOMES)}")
    return frozenset(Outcome(name) for name in names if name in OUTCOMES)


def _advice(node: Node) -> Advice:
    advice = Advice(
        node.text("id"),
        _outcome(node),
        node.whole("at_least"),
        frozenset(node.texts("including")),
        node.text("say"),
        node.text("staff"),
    )
    node.done()
    return advice
