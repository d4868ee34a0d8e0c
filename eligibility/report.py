"""The table as one HTML page, for the clinician who signs it: `make prescreen-report`.

python -m eligibility.report var/prescreen-report.html
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from eligibility.assess import filled
from eligibility.load import TableError, load_default
from eligibility.model import ByPolicy, Choice, Row, Table
from eligibility.settings import settings_for

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pre-screen table {version}</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1a1a1a}}
table{{border-collapse:collapse;width:100%;margin:0 0 2rem}}
th,td{{border:1px solid #8a8a8a;padding:.4rem .6rem;text-align:left;vertical-align:top}}
th{{background:#eef2f5}} caption{{text-align:left;font-weight:600;padding:.4rem 0}}
.U1,.U2{{background:#fbdcd6}} .N{{background:#fdeccf}} .R{{background:#e3ecfa}} .A{{background:#eee6f7}}
@media print{{tr{{break-inside:avoid}}}}
</style></head><body><main>
<h1>Pre-screen table, version {version}</h1>
<p>Each row needs a clinician's signature before use. Outcomes, most careful first: {outcomes}.</p>
{body}
</main></body></html>
"""


def report(table: Table) -> str:
    """The whole table as one page: questions, answers, outcomes, reasons, sources, sign-off."""
    words = settings_for(table, {}).words()
    groups = dict.fromkeys(row.group for row in table.rows.values())
    body = [_group(table, group, words) for group in groups]
    body += [_lists(table), _combinations(table, words), _settings(table)]
    outcomes = "; ".join(f"{o.value} {text.name}" for o, text in table.outcomes.items())
    return PAGE.format(
        version=escape(table.version), outcomes=escape(outcomes), body="\n".join(body)
    )


def _group(table: Table, group: str, words: dict[str, str]) -> str:
    rows = [row for row in table.rows.values() if row.group == group]
    lines = [line for row in rows for line in _row(table, row, words)]
    heads = (
        "#",
        "Question",
        "Answer",
        "Outcome",
        "Reason, note",
        "Come back",
        "Source",
        "Sign-off",
    )
    return f"<h2>{escape(group)}</h2>{_table(heads, lines)}"


def _row(table: Table, row: Row, words: dict[str, str]) -> Iterable[str]:
    choices = list(row.choices.values())
    span = f' rowspan="{len(choices)}"'
    gloss = f" ({row.gloss})" if row.gloss else ""
    label = f"<strong>{escape(filled(row.label, words) + gloss)}</strong><br>"
    question = f"{label}{escape(filled(row.question, words))}<br><em>Why: {escape(row.why)}</em>"
    when = "; ".join(f"{name}: {', '.join(sorted(c))}" for name, c in row.ask_when.items())
    if when:
        question += f"<br>Asked only when {escape(when)}"
    if row.spoken:
        question += "<br>Never asked; heard when a visitor says so."
    source = f"{escape(row.source)}; {escape(row.strength)}"
    for place, choice in enumerate(choices):
        head = f"<th{span}>{escape(row.id)}</th><td{span}>{question}</td>" if place == 0 else ""
        tail = f"<td{span}>{source}</td><td{span}>{escape(row.sign_off)}</td>" if place == 0 else ""
        yield f"<tr>{head}{_choice(table, choice, words)}{tail}</tr>"


def _choice(table: Table, choice: Choice, words: dict[str, str]) -> str:
    outcome = settings_for(table, {}).outcome(choice).value
    shown = escape(outcome + (" (ends the questions)" if choice.ends else ""))
    if isinstance(choice.outcome, ByPolicy):
        switches = ", ".join(f"{k}: {v.value}" for k, v in choice.outcome.outcomes.items())
        shown += f"<br>{escape(choice.outcome.policy)} ({escape(switches)})"
    event = f"As the table of urgency says: {choice.event}." if choice.event else ""
    parts = (choice.reason, event, choice.note, choice.staff_note)
    reason = "<br>".join(escape(filled(part, words)) for part in parts if part)
    back = escape(filled(choice.come_back.words, words)) if choice.come_back else ""
    title = escape(filled(choice.title, words))
    return f'<td>{title}</td><td class="{outcome}">{shown}</td><td>{reason}</td><td>{back}</td>'


def _lists(table: Table) -> str:
    lines = [
        _line(item.id, item.question, item.why, ", ".join(item.rows))
        for item in table.lists.values()
    ]
    heads = ("List", "Question", "Why", "Rows")
    return f"<h2>Questions that ask several rows at once</h2>{_table(heads, lines)}"


def _combinations(table: Table, words: dict[str, str]) -> str:
    lines = [
        _line(
            rule.id,
            "; ".join(f"{row}: {' or '.join(sorted(c))}" for row, c in rule.when.items()),
            rule.outcome.value,
            filled(rule.reason, words),
            rule.source,
        )
        for rule in table.combinations
    ]
    heads = ("Combination", "When", "Outcome", "Reason", "Source")
    return f"<h2>Answers that mean more together</h2>{_table(heads, lines)}"


def _settings(table: Table) -> str:
    lines = [
        _line(name, str(one.default), f"{one.least} to {one.most}")
        for name, one in table.settings.items()
    ]
    lines += [
        _line(name, policy.default, ", ".join(policy.allowed))
        for name, policy in table.policies.items()
    ]
    return f"<h2>The clinic's numbers and switches</h2>{_table(('Setting', 'Default', 'Allowed'), lines)}"


def _line(first: str, *rest: str) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f"<tr><th>{escape(first)}</th>{cells}</tr>"


def _table(heads: Iterable[str], lines: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def main(arguments: list[str]) -> int:
    """Write the page to the file named, or say what is wrong with the table."""
    target = Path(arguments[0] if arguments else "prescreen-report.html")
    try:
        page = report(load_default())
    except TableError as error:
        print(error, file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
