"""What a visitor's words answer: exact words first, then facts that understanding found.

Pure: text and mentions in, findings out. The words themselves are data of rules.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from eligibility.matching import (
    contains_word,
    is_about_others,
    own_sentences,
    plain,
    spoken_phrases,
    starts_with,
)
from eligibility.model import NOT_SURE, PRIVATE, Choice, Heard, Row, Table
from eligibility.numbers import age_in, birth_year_in, day_in, days_ago_in
from eligibility.questions import ASK, NONE, Question
from eligibility.said import Finding, Mention, Said
from eligibility.settings import Settings
from eligibility.span import days_of_iso, read_span

NEAR = 60
FOR = re.compile(r"\bfor (the last |the past )?$")
SINCE = re.compile(r"\bsince (?:about |around |nearly |almost )?$")  # before a length: for so long
ENDED = ("stopped", "stop", "finished", "ended", "quit", "off", "last")
BACK_IN_TIME = ("ago", "last", "until", "till", "stopped", "finished", "since", "ended")


def command_in(table: Table, said: Said) -> str | None:
    """The steering word that the whole message is, such as "back"."""
    texts = _ways_to_read(table, said)
    found = (name for name, words in table.commands.items() if texts.intersection(words))
    return next(found, None)


def _ways_to_read(table: Table, said: Said) -> set[str]:
    """The message as it stands, and without the fillers in front."""
    f = table.words.fillers
    whole = (plain(text, fillers) for text in (said.text, said.written) for fillers in ((), f))
    return {*whole} - {""}


def yes_or_no(table: Table, said: Said) -> bool | None:
    """Whether the message is, or begins with, a yes or a no."""
    texts = _ways_to_read(table, said)
    for words, answer in ((table.words.yes, True), (table.words.no, False)):
        if texts.intersection(words) or any(starts_with(text, words) for text in texts):
            return answer
    return None


def row_to_change(table: Table, said: Said, answers: Mapping[str, str]) -> str | None:
    """The answered row that the message asks to change ("can I change my age?")."""
    text = plain(said.text, ())
    if not any(contains_word(text, word) for word in table.words.changes):
        return None
    for row in table.rows.values():
        called = (row.label.lower(), *row.names, *row.also_called)
        if row.id in answers and any(contains_word(text, name) for name in called):
            return row.id
    return None


def exact_answer(table: Table, question: Question, said: Said) -> Finding | None:
    """The answer that the whole message is: a button's words, a synonym, yes, no, an age."""
    texts = _ways_to_read(table, said)
    for option in question.options:
        if plain(option.title, ()) in texts:
            return Finding(option.row, option.answer)
    if question.is_list:
        return _exact_in_list(table, question, texts)
    return _exact_in_row(table, table.rows[question.id], texts)


def _exact_in_row(table: Table, row: Row, texts: set[str]) -> Finding | None:
    ages = [age_in(text) for text in texts] if row.number else []
    for age in ages:
        if row.number and age and row.number.least <= age[0] <= row.number.most:
            return Finding(row.id, _number(*age))
    for choice in row.choices.values():
        if texts.intersection(choice.says):
            return Finding(row.id, choice.id)
    for words, answer in ((table.words.yes, "yes"), (table.words.no, row.none)):
        if texts.intersection(words) and answer in row.choices:
            return Finding(row.id, answer)
    return None


NUMBER = "number:"


def _number(least: int, most: int) -> str:
    return f"{NUMBER}{least}:{most}"


def _exact_in_list(table: Table, question: Question, texts: set[str]) -> Finding | None:
    asked = table.lists[question.id]
    if texts.intersection(asked.none_says + table.words.no):
        return Finding(asked.id, NONE)
    first = table.rows[asked.rows[0]]
    for answer in (PRIVATE, NOT_SURE):
        if texts.intersection(first.choices[answer].says):
            return Finding(asked.id, answer)
    return None


def settled(table: Table, settings: Settings, finding: Finding) -> Finding | None:
    """The finding with a number turned into the answer that it means; None when it may mean both."""
    if not finding.answer.startswith(NUMBER):
        return finding
    rule = table.rows[finding.row].number
    assert rule is not None  # noqa: S101  only rows with a number rule give numbers
    least, most = (int(part) for part in finding.answer.removeprefix(NUMBER).split(":"))
    limit = settings.numbers[rule.limit]
    if least < limit <= most:
        return None
    return Finding(finding.row, rule.below if most < limit else rule.otherwise)


def facts_in(
    table: Table, settings: Settings, said: Said, question: Question | None = None
) -> tuple[Finding, ...]:
    """Everything that the message tells about the visitor; to be read back before it counts.

    With a question, its own synonyms anywhere in the message count too.
    """
    found = list(_mentioned_facts(table, settings, said))
    found += _spoken_facts(table, said)
    if question:
        heard_rows = {finding.row for finding in found} | _not_own_rows(table, said)
        worded = _worded_facts(table, settings, question, said)
        found += [f for f in worded if f.row not in heard_rows]
        found += _birth_year(table, settings, question, said)
        found += _by_time(table, settings, question, said)
    known = {finding.row for finding in found} | _not_own_rows(table, said)
    found += [f for f in _named_facts(table, settings, said) if f.row not in known]
    return _most_careful(table, settings, found)


def _mentioned_facts(table: Table, settings: Settings, said: Said) -> Iterator[Finding]:
    for mention in said.mentions:
        days = _days_ago(said, mention)
        for row in table.rows.values():
            finding = _number_fact(row, settings, mention) or _row_fact(
                row, settings, mention, days
            )
            if finding:
                yield finding


def _number_fact(row: Row, settings: Settings, mention: Mention) -> Finding | None:
    rule = row.number
    if rule is None or mention.entity != rule.entity or mention.role not in ("asserted", "unsure"):
        return None
    try:
        number = int(float(mention.value))
    except (ValueError, OverflowError):
        return None
    if not rule.least <= number <= rule.most:
        return None
    below = number < settings.numbers[rule.limit]
    return Finding(row.id, rule.below if below else rule.otherwise)


def _row_fact(row: Row, settings: Settings, mention: Mention, days: int | None) -> Finding | None:
    unbounded: Finding | None = None
    for choice in row.choices.values():
        for hook in choice.heard:
            if not _fits(hook, mention):
                continue
            if hook.under is None and hook.at_least is None:
                unbounded = unbounded or Finding(row.id, choice.id, days)
            elif days is not None and _within(hook, settings, days):
                return Finding(row.id, choice.id, days)
    if unbounded:
        return unbounded
    if any(_fits(hook, mention) for hook in row.mentioned):
        return Finding(row.id, ASK, days)
    return None


def _fits(hook: Heard, mention: Mention) -> bool:
    return (
        mention.entity == hook.entity
        and mention.value in hook.values
        and mention.role in hook.roles
    )


def _within(bounds: Heard | Choice, settings: Settings, days: int) -> bool:
    if bounds.under is not None and days >= _bound(bounds.under, settings):
        return False
    return bounds.at_least is None or days >= _bound(bounds.at_least, settings)


def _bound(words: str, settings: Settings) -> int:
    span = settings.spans.get(words) or read_span(words)
    return span.days if span else 0


def _days_ago(said: Said, mention: Mention) -> int | None:
    """How long ago the mentioned thing was, from the nearest duration that looks back."""
    durations = [m for m in said.mentions if m.entity == "duration"]
    for duration in sorted(durations, key=lambda m: abs(m.start - mention.start)):
        days = days_of_iso(duration.value)
        if days is None or abs(duration.start - mention.start) > NEAR:
            continue
        text = said.text.lower()
        around = text[max(0, duration.start - 12) : duration.end + 8]
        if FOR.search(text[: duration.start]) or _is_taken_since(mention, text, duration.start):
            continue
        if mention.role == "past" or any(contains_word(around, word) for word in BACK_IN_TIME):
            return days
    return None if durations else days_ago_in(said.text.lower())


def _is_taken_since(mention: Mention, text: str, place: int) -> bool:
    """ "I take it since 8 months": for so long, unless it has ended."""
    is_since = mention.entity == "medicine" and SINCE.search(text[:place])
    return bool(is_since) and not any(contains_word(text, word) for word in ENDED)


def _spoken_facts(table: Table, said: Said) -> Iterator[Finding]:
    text = plain(said.text, ())
    for row in table.rows.values():
        for choice in row.choices.values() if row.spoken else ():
            own = choice.says if choice.id not in (NOT_SURE, PRIVATE) else ()
            if spoken_phrases(text, own, frozenset()):
                yield Finding(row.id, choice.id)


def _not_own_rows(table: Table, said: Said) -> set[str]:
    """Rows whose things were mentioned, but as denied, of somebody else's, or as a thought."""
    found = set()
    for mention in said.mentions:
        for row in table.rows.values():
            hooks = [hook for choice in row.choices.values() for hook in choice.heard]
            hooks += row.mentioned
            if any(h.entity == mention.entity and mention.value in h.values for h in hooks):
                found.add(row.id)
    return found


def _worded_facts(
    table: Table, settings: Settings, question: Question, said: Said
) -> Iterator[Finding]:
    text = plain(said.text, table.words.fillers)
    if is_about_others(text, table.words.others):
        return
    for name in question.rows:
        row = table.rows[name]
        named = _is_named(table, row, text)
        if question.is_list and row.names and not named:
            continue
        answers = list(_told(table, settings, row, text, _when(said), named))
        yield from answers
        if question.is_list and row.names and not answers:
            yield Finding(row.id, ASK)
    yield from _leading_word(table, question, text)


def _named_facts(table: Table, settings: Settings, said: Said) -> Iterator[Finding]:
    """Rows that the visitor names of themselves at any time: "I have Ehlers-Danlos"."""
    for text in own_sentences(said.text, table.words.fillers):
        if is_about_others(text, table.words.others):
            continue
        for row in table.rows.values():
            if row.spoken or not _is_named(table, row, text):
                continue
            told = list(_told(table, settings, row, text, _when(said), True))
            yield from told or [_named(row)]


def _is_named(table: Table, row: Row, text: str) -> bool:
    return bool(spoken_phrases(text, row.names, table.words.negators))


def _named(row: Row) -> Finding:
    """A row that was only named: true, or to be asked when it may be true in several ways."""
    real = row.real()
    plainly = len(real) == 1 and real[0].under is None
    return Finding(row.id, real[0].id if plainly else ASK)


def _told(
    table: Table, settings: Settings, row: Row, text: str, days: int | None, named: bool
) -> Iterator[Finding]:
    """The answers that the words choose; a time that does not fit one rules it out.

    Of a row that is named the time alone may choose, when it fits one answer.
    """
    worded = [row.choices[answer] for answer in _worded_answers(table, row, text)]
    if days is None:
        yield from (Finding(row.id, choice.id) for choice in worded)
        return
    fitting = [choice for choice in worded if _within(choice, settings, days)]
    if named and not fitting:
        timed = _timed(row, settings, days)
        fitting = timed if len(timed) == 1 and not (worded and timed[0].under) else []
    yield from (Finding(row.id, choice.id, days) for choice in fitting)


def _timed(row: Row, settings: Settings, days: int) -> list[Choice]:
    """The answers that hold for something so many days ago."""
    bounded = (choice for choice in row.shown() if choice.under or choice.at_least)
    return [choice for choice in bounded if _within(choice, settings, days)]


def _worded_answers(table: Table, row: Row, text: str) -> list[str]:
    phrases = {
        phrase: choice.id
        for choice in row.shown()
        for phrase in choice.says
        if phrase not in table.words.yes and phrase not in table.words.no
    }
    said = spoken_phrases(text, phrases, table.words.negators)
    return list(dict.fromkeys(phrases[phrase] for phrase in said))


def _leading_word(table: Table, question: Question, text: str) -> Iterator[Finding]:
    """ "no, I don't" or "yes, every day": the first word answers when nothing is excepted."""
    if any(contains_word(text, word) for word in table.words.exceptions):
        return
    if question.is_list:
        if starts_with(text, table.words.no):
            yield Finding(question.id, NONE)
        return
    row = table.rows[question.id]
    for words, answer in ((table.words.yes, "yes"), (table.words.no, row.none)):
        if starts_with(text, words) and answer in row.choices:
            yield Finding(row.id, answer)


def _by_time(table: Table, settings: Settings, question: Question, said: Said) -> Iterator[Finding]:
    """A day or a time ago answers a question that asks when: "3 June", "two months ago"."""
    days = _when(said)
    if question.is_list or days is None:
        return
    timed = _timed(table.rows[question.id], settings, days)
    if len(timed) == 1:
        yield Finding(question.id, timed[0].id, days)


def _when(said: Said) -> int | None:
    """How many days ago the message says that it was."""
    text = said.text.lower()
    day = day_in(text, said.today)
    if day:
        return (said.today - day).days
    for mention in said.mentions:
        if mention.entity == "duration" and not FOR.search(text[: mention.start]):
            return days_of_iso(mention.value)
    return days_ago_in(text)


def _birth_year(
    table: Table, settings: Settings, question: Question, said: Said
) -> Iterator[Finding]:
    row = table.rows.get(question.id)
    if row is None or row.number is None:
        return
    year = birth_year_in(plain(said.text, table.words.fillers), said.today.year)
    if year is not None:
        # one year less: the birthday of this year may still be to come
        age = said.today.year - year - 1
        found = settled(table, settings, Finding(row.id, _number(age, age)))
        assert found is not None  # noqa: S101  one age is on one side of a limit
        yield found


def _most_careful(
    table: Table, settings: Settings, found: Iterable[Finding]
) -> tuple[Finding, ...]:
    """One finding a row: the most careful; a mere mention beats an answer without a flag."""
    best: dict[str, Finding] = {}
    for finding in found:
        held = best.get(finding.row)
        if held is None or care(table, settings, finding) > care(table, settings, held):
            best[finding.row] = finding
    rows = [name for name in best if name in table.rows]
    lists = {name for name in best if name in table.lists}
    told = {row for name in lists for row in table.lists[name].rows if row in rows}
    kept: Mapping[str, Finding] = {
        name: finding
        for name, finding in best.items()
        if name in rows or not told.intersection(table.lists[name].rows)
    }
    return tuple(kept.values())


def care(table: Table, settings: Settings, finding: Finding) -> float:
    """How careful a finding is; a mere mention stands just above "nothing flagged"."""
    choices = table.rows[finding.row].choices if finding.row in table.rows else {}
    if finding.answer not in choices:
        return 0.5
    return float(settings.outcome(choices[finding.answer]).rank)
