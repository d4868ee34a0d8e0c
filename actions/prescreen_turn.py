"""One message of a visitor during the pre-screen: what it answers, and what happens then.

The order is fixed: safety, buttons, steering words, the exact answer, a person, facts in free
text, a question in between, small talk; only then "not understood", twice, then staff.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_questions
from actions.handover import REASONS, WORDS_BEFORE, hand_over
from actions.long_form import tell_more
from actions.message import intent_of, last_words, mentions, safety_of, text_of
from actions.prescreen_facts import confirm, meant_answer, new_facts, note, reject
from actions.prescreen_result import forget, keep_private, result_of, share, tell_result
from actions.prescreen_state import ASKING, CONSENT, READ_BACK, SHARE, Progress
from actions.prescreen_words import (
    ANSWER_OF_INTENT,
    ASIDES,
    COMMAND_OF_INTENT,
    current_question,
)
from actions.urgent import ask_urgent, tell_urgent
from actions.young import ending, young_facts
from clinic import load_default as clinic
from eligibility import (
    ASK,
    NOT_SURE,
    REST,
    Finding,
    Question,
    Said,
    Table,
    command_in,
    ended_by,
    exact_answer,
    record,
    row_to_change,
    settings_for,
    settled,
    yes_or_no,
)

log = logging.getLogger(__name__)
Events = list[EventType]
MOST_MISSES = 2
STRICT = 0.7


@dataclass
class Turn:
    """The message, the table, where we are, and where to speak."""

    dispatcher: CollectingDispatcher
    tracker: Tracker
    table: Table
    state: Progress

    def __post_init__(self) -> None:
        message = self.tracker.latest_message
        found = message.get("intent") or {}
        self.intent = intent_of(self.tracker)
        self.sure: bool = float(found.get("confidence") or 0) >= STRICT
        self.settings = settings_for(self.table, clinic().settings())
        today = clinic().today(datetime.now(timezone.utc))
        self.said = Said(text_of(message), mentions(message), today, str(message.get("text") or ""))
        self.question: Question | None = None
        if self.state.stage == ASKING:
            self.question = current_question(self.table, self.state)

    def open(self) -> Events:
        """Begin: keep the facts of the opening message, or of the one before a button, to be read back.

        Whoever told that they are too young is asked about that alone, and about no health.
        """
        self.said = self._opening()
        young = self._too_young() or young_facts(self.tracker)
        self.state.note(young or self._new_facts())
        if young:
            self.state.stage = READ_BACK
        return self._stay()

    def _opening(self) -> Said:
        """What the visitor said last in words of their own."""
        before = last_words(self.tracker)
        return Said(
            text_of(before), mentions(before), self.said.today, str(before.get("text") or "")
        )

    def _too_young(self) -> list[Finding]:
        """The fact, if the message tells it, after which nothing may be asked or kept."""
        last = ending(self.table)
        return [found for found in self._new_facts() if (found.row, found.answer) in last]

    def run(self) -> Events:
        """Handle the message. The events end the pre-screen or keep where we are."""
        safety = safety_of(self.tracker)
        if safety and safety.is_certain:
            return [*tell_urgent(self.dispatcher, self.tracker, safety), *self._forget()]
        if safety:
            ask_urgent(self.dispatcher, safety)
            return self._stay()
        steps: tuple[Callable[[], Events | None], ...] = (
            self._button,
            self._command,
            self._exact,
            self._intent_command,
            self._needs_person,
            self._facts,
            self._intent_answer,
            self._digression,
        )
        for step in steps:
            events = step()
            if events is not None:
                return events
        return self._missed()

    # --- what a message can be ---

    def _button(self) -> Events | None:
        if self.intent != "answer_prescreen":
            return None
        rows, answers = (_entities(self.tracker, name) for name in ("row", "answer"))
        if len(rows) != 1:
            return self._ticked(rows, answers)
        row, answer = rows[0], answers[0] if answers else ""
        if row == "menu":
            return self._do(answer)
        if row == "change":
            return self._change(answer)
        if row == self.state.stage and answer in ("yes", "no"):
            return self._yes_no(answer == "yes")
        if self.question and row == self.question.id and answer == "why":
            return self._do("why")
        return self._ticked(rows, answers)

    def _ticked(self, rows: list[str], answers: list[str]) -> Events:
        """What a card of checkboxes sends: each row that was ticked, then what holds for the rest."""
        pairs = list(zip(rows, answers, strict=False))
        if not pairs or not set(pairs) <= self._offered():
            return self._again("utter_button_expired")
        return self._take([Finding(row, answer) for row, answer in pairs])

    def _offered(self) -> set[tuple[str, str]]:
        """Every answer that the question at hand takes by a button."""
        if self.question is None:
            return set()
        offered = {(option.row, option.answer) for option in self.question.options}
        return offered | {(self.question.id, REST)} if self.question.is_list else offered

    def _change(self, row: str) -> Events:
        """Ask about one fact that was read back; the others are still to be confirmed."""
        state = self.state
        wrong = [finding for finding in state.noted if finding.row == row]
        if state.stage != READ_BACK or not wrong:
            return self._again("utter_button_expired")
        state.noted = [finding for finding in state.noted if finding.row != row]
        if row in state.held:
            state.answers[row] = state.held.pop(row)
        if row in state.answers:
            state.reopen(row)
        else:
            state.focus = [row, *state.focus]
        return self._next()

    def _command(self) -> Events | None:
        row = row_to_change(self.table, self.said, self.state.answers)
        if row and not self._new_facts():
            self.state.reopen(row)
            return self._next()
        return self._do(command_in(self.table, self.said))

    def _intent_command(self) -> Events | None:
        if self.intent == "erase_conversation":
            self._say("utter_erase_ask")
            return self._forget()
        if self.intent == "ask_for_human" or self.sure:
            return self._do(COMMAND_OF_INTENT.get(self.intent))
        return None

    def _do(self, command: str | None) -> Events | None:
        commands: dict[str, Callable[[], Events]] = {
            "why": self._why,
            "back": self._back,
            "stop": self._stop,
            "restart": self._restart,
            "person": self._person,
            "other": self._other,
        }
        return commands[command]() if command in commands else None

    def _exact(self) -> Events | None:
        if self.question:
            found = exact_answer(self.table, self.question, self.said)
            meant = settled(self.table, self.settings, found) if found else None
            return self._take([meant]) if meant else None
        said = yes_or_no(self.table, self.said)
        if said is None and self.sure:
            said = {"affirm": True, "deny": False}.get(self.intent)
        return None if said is None or self._new_facts() else self._yes_no(said)

    def _needs_person(self) -> Events | None:
        if self.intent == "request_callback":
            return [*self._forget(), FollowupAction("callback_form")]
        if self.intent not in WORDS_BEFORE:
            return None
        self._say(WORDS_BEFORE[self.intent])
        return [*hand_over(self.dispatcher, self.tracker, *REASONS[self.intent]), *self._forget()]

    def _facts(self) -> Events | None:
        young = self._too_young()
        found = young or self._new_facts()
        if not found:
            return None
        if self._is_question():
            answer_questions(self.dispatcher, self.tracker)
        note(self.table, self.settings, found, self.state)
        if self.state.stage == CONSENT and not young:
            agreed = yes_or_no(self.table, self.said) or self.intent == "affirm"
            return self._yes_no(True) if agreed else self._again(None)
        self.state.stage = READ_BACK
        return self._stay()

    def _intent_answer(self) -> Events | None:
        if self.question is None:
            return None
        if self.intent in ANSWER_OF_INTENT:
            return self._take([Finding(self.question.id, ANSWER_OF_INTENT[self.intent])])
        found = meant_answer(self.table, self.question, self.intent) if self.sure else None
        if found is None:
            return None
        note(self.table, self.settings, [found], self.state)
        self.state.stage = READ_BACK
        return self._stay()

    def _digression(self) -> Events | None:
        if self.intent == "start_prescreen":
            return self._restart() if self.state.stage == SHARE else self._again(None)
        if self.intent == "tell_more":
            tell_more(self.dispatcher, self.tracker)
            return self._again(None)
        if self._is_question() and answer_questions(self.dispatcher, self.tracker):
            return self._again(None)
        return self._again(ASIDES[self.intent]) if self.intent in ASIDES else None

    def _is_question(self) -> bool:
        return self.intent in ("faq", "ask_topic", "ask_how_long")

    def _missed(self) -> Events:
        self.state.misses += 1
        if self.state.misses > MOST_MISSES:
            self._say("utter_prescreen_to_staff")
            reason = "not_understood"
            return [*hand_over(self.dispatcher, self.tracker, reason, "normal"), *self._forget()]
        row = self.table.rows.get(self.question.id) if self.question else None
        unclear = "age_unclear" if row and row.number else "not_understood"
        return self._again(f"utter_prescreen_{unclear}")

    # --- what happens then ---

    def _take(self, findings: list[Finding]) -> Events:
        """Answers to the question asked: they count at once; what was only ticked is asked next."""
        state = self.state
        state.misses, state.again = 0, False
        new = state.answers
        for finding in findings:
            new = record(self.table, new, finding.row, finding.answer)
        unsure = [row for finding in findings for row in self._to_ask_again(finding)]
        asked = [finding.row for finding in findings if finding.answer == ASK]
        open_rows = {*unsure, *asked} - set(state.answers)
        state.answered({row: answer for row, answer in new.items() if row not in open_rows})
        state.asked_again += unsure
        state.focus = [*dict.fromkeys([*unsure, *asked, *state.focus])]
        if not open_rows:
            state.asked += 1
        state.again = bool(unsure)
        return self._next()

    def _to_ask_again(self, finding: Finding) -> list[str]:
        """Rows that must be asked once more in plain words before "not sure" counts."""
        if finding.answer != NOT_SURE:
            return []
        lists = self.table.lists
        members = lists[finding.row].rows if finding.row in lists else (finding.row,)
        return [
            row
            for row in members
            if self.table.rows[row].ask_again
            and row not in self.state.answers
            and row not in self.state.asked_again
        ]

    def _next(self) -> Events:
        state = self.state
        if state.noted:
            state.stage = READ_BACK
            return self._stay()
        if not state.consented and not ended_by(self.table, state.answers):
            state.stage = CONSENT
            return self._stay()
        state.stage = ASKING
        if current_question(self.table, state):
            return self._stay()
        result = result_of(self.table, state)
        log.info("prescreen finished: outcome %s, table %s", result.outcome.value, result.version)
        state.stage, state.again = SHARE, False
        events = tell_result(self.dispatcher, self.tracker, self.table, state, result)
        return self._stay() if events is None else events

    def _yes_no(self, yes: bool) -> Events:
        state = self.state
        state.misses, state.again = 0, False
        if state.stage == CONSENT and yes:
            state.consented = True
            return self._next()
        if state.stage == CONSENT:
            self._say("utter_prescreen_declined")
            return self._forget()
        if state.stage == READ_BACK:
            return self._confirm() if yes else self._reject()
        ending = share if yes else keep_private
        return ending(self.dispatcher, self.tracker, self.table, state)

    def _new_facts(self) -> list[Finding]:
        return new_facts(self.table, self.settings, self.said, self.question, self.state)

    def _reject(self) -> Events:
        reject(self.table, self.state)
        self._say("utter_prescreen_read_back_wrong")
        return self._next()

    def _confirm(self) -> Events:
        confirm(self.table, self.state)
        return self._next()

    def _why(self) -> Events:
        if self.question:
            self.dispatcher.utter_message(text=self.question.why)
        else:
            self._say("utter_prescreen_why")
        return self._again(None)

    def _back(self) -> Events:
        state = self.state
        state.noted, state.held, state.misses = [], {}, 0
        if not state.consented or not state.undo():
            return self._again("utter_prescreen_nothing_before")
        state.stage, state.again = ASKING, False
        return self._stay()

    def _stop(self) -> Events:
        self._say("utter_prescreen_stopped")
        return self._forget()

    def _other(self) -> Events:
        self._say("utter_prescreen_anything_else")
        return self._forget()

    def _restart(self) -> Events:
        self._say("utter_prescreen_restarted")
        self._forget()
        self.state = Progress(stage=CONSENT, consented=self.state.consented)
        if self.state.consented:
            self.state.stage = ASKING
        return self._stay()

    def _person(self) -> Events:
        urgency = "normal"
        if self.state.stage == SHARE:
            urgency = result_of(self.table, self.state).urgency
        return [*hand_over(self.dispatcher, self.tracker, "asked", urgency), *self._forget()]

    def _again(self, response: str | None) -> Events:
        """Say a short word, if any, and let the question come back in other words."""
        if response:
            self._say(response)
        self.state.again = True
        return self._stay()

    def _forget(self) -> Events:
        return forget(self.dispatcher, self.state)

    def _say(self, response: str) -> None:
        self.dispatcher.utter_message(response=response)

    def _stay(self) -> Events:
        return [SlotSet("prescreen", self.state.to_slot(datetime.now(timezone.utc)))]


def _entities(tracker: Tracker, name: str) -> list[str]:
    return [str(value) for value in tracker.get_latest_entity_values(name)]
