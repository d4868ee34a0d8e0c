"""The clinic's own numbers and switches: checked at start, total afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eligibility.model import Choice, Outcome, Setting, Table
from eligibility.span import UNITS, Span


class SettingsError(ValueError):
    """A number or switch of the clinic's that the table does not allow."""


@dataclass(frozen=True)
class Settings:
    """What the clinic chose, or the table's defaults."""

    spans: Mapping[str, Span]
    numbers: Mapping[str, int]
    policies: Mapping[str, str]

    def words(self) -> dict[str, str]:
        """Every number in words, for the braces of the table's sentences."""
        spans = {name: str(span) for name, span in self.spans.items()}
        return {**spans, **{name: str(number) for name, number in self.numbers.items()}}

    def outcome(self, choice: Choice) -> Outcome:
        """The outcome of an answer at this clinic."""
        if isinstance(choice.outcome, Outcome):
            return choice.outcome
        return choice.outcome.outcomes[self.policies[choice.outcome.policy]]


def settings_for(table: Table, chosen: Mapping[str, int | str]) -> Settings:
    """The clinic's choices where they are allowed, the table's defaults elsewhere. Never raises."""
    return _read(table, chosen)[0]


def check_settings(table: Table, chosen: Mapping[str, int | str]) -> None:
    """Raise SettingsError, a line for each number or switch that the table does not allow."""
    mistakes = _read(table, chosen)[1]
    if mistakes:
        raise SettingsError("\n".join(mistakes))


def _read(table: Table, chosen: Mapping[str, int | str]) -> tuple[Settings, list[str]]:
    mistakes: list[str] = []
    spans: dict[str, Span] = {}
    numbers: dict[str, int] = {}
    for name, setting in table.settings.items():
        value, key = _chosen(name, setting, chosen)
        if value is None or not _within(value, setting):
            allowed = f"{setting.least} to {setting.most}"
            mistakes.append(f"clinic setting '{key}' has value {chosen[key]!r}; allowed: {allowed}")
            value = setting.default
        if isinstance(value, Span):
            spans[name] = value
        else:
            numbers[name] = value
    policies = {}
    for name, policy in table.policies.items():
        switch = str(chosen.get(name, policy.default))
        if switch not in policy.allowed:
            allowed = ", ".join(policy.allowed)
            mistakes.append(f"clinic setting '{name}' has value {switch!r}; allowed: {allowed}")
            switch = policy.default
        policies[name] = switch
    return Settings(spans, numbers, policies), mistakes


def _chosen(
    name: str, setting: Setting, chosen: Mapping[str, int | str]
) -> tuple[Span | int | None, str]:
    if isinstance(setting.default, int):
        if name not in chosen:
            return setting.default, name
        value = chosen[name]
        return (value if isinstance(value, int) else None), name
    for unit in UNITS:
        key = f"{name}_{unit}s"
        if key in chosen:
            count = chosen[key]
            whole = isinstance(count, int) and 0 <= count <= 9999
            return (Span(int(count), unit) if whole else None), key
    return setting.default, name


def _within(value: Span | int, setting: Setting) -> bool:
    return _size(setting.least) <= _size(value) <= _size(setting.most)


def _size(value: Span | int) -> int:
    return value.days if isinstance(value, Span) else value
