"""A visitor in a pre-screen, at the level of actions: what rasa's form does around them, no more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.prescreen import ActionAskPrescreenOutcome, ValidatePrescreenForm

PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")


@dataclass
class Visit:
    """One conversation. ``said`` and ``payloads`` hold the last turn only.

    ``understand`` is the real model's parsing; without it a message means what the test says.
    """

    channel: str = "website"
    staff_available: bool = True
    understand: Callable[[str], dict[str, Any]] | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    active: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    followed_by: str | None = None
    earlier: list[dict[str, Any]] = field(default_factory=list)

    def said_before(self, text: str, entities: list[dict[str, Any]]) -> None:
        """A message from before the pre-screen, which the tracker still has."""
        parsed = {"text": text, "entities": [_entity(text, entity) for entity in entities]}
        self.earlier.append({"event": "user", "text": text, "parse_data": parsed})

    def says(self, text: str, intent: str = "nlu_fallback", **parsed: Any) -> None:
        """The visitor writes; ``parsed`` is what NLU adds (entities, safety, questions…)."""
        if self.understand:
            understood = self.understand(text)
            if intent == "start_prescreen":
                understood["intent"] = {"name": intent, "confidence": 0.9}
            self._turn(understood)
            return
        entities = [_entity(text, entity) for entity in parsed.pop("entities", [])]
        self._turn(
            {
                "text": text,
                "intent": {"name": intent, "confidence": 0.9},
                "entities": entities,
                **parsed,
            }
        )

    def opens(
        self, text: str = "could it be for me?", entities: list[dict[str, Any]] | None = None
    ) -> None:
        """The visitor asks for the pre-screen."""
        self.says(text, "start_prescreen", entities=entities or [])

    def presses(self, row: str, answer: str) -> None:
        """The visitor presses a button, offered or not."""
        entities = [{"entity": "row", "value": row}, {"entity": "answer", "value": answer}]
        self._turn(
            {
                "text": "/answer_prescreen",
                "intent": {"name": "answer_prescreen", "confidence": 1.0},
                "entities": entities,
            }
        )

    def ticks(self, *pairs: tuple[str, str]) -> None:
        """The visitor sends a card of checkboxes: each row with its answer, and what ends it."""
        entities = [{"entity": "row", "value": row} for row, _ in pairs]
        entities += [{"entity": "answer", "value": answer} for _, answer in pairs]
        self._turn(
            {
                "text": "/answer_prescreen",
                "intent": {"name": "answer_prescreen", "confidence": 1.0},
                "entities": entities,
            }
        )

    def presses_title(self, title: str) -> None:
        """The visitor presses the button with these words, which must be on offer."""
        payloads = {b["title"]: b["payload"] for m in self.messages for b in m.get("buttons") or []}
        found = PAYLOAD.fullmatch(payloads[title])
        assert found, payloads
        carried = json.loads(found[2] or "{}")
        self.presses(carried["row"], carried["answer"])

    @property
    def state(self) -> dict[str, Any]:
        """What the slot holds; empty when the pre-screen is over."""
        return self.slots.get("prescreen") or {}

    @property
    def answers(self) -> dict[str, str]:
        return dict(self.state.get("answers") or {})

    @property
    def responses(self) -> list[str]:
        return [m["response"] for m in self.messages if m.get("response")]

    @property
    def words(self) -> str:
        """Everything said in the last turn, response values included."""
        return "\n".join(
            json.dumps({k: v for k, v in m.items() if k != "buttons"}, ensure_ascii=False)
            for m in self.messages
        )

    @property
    def titles(self) -> list[str]:
        return [b["title"] for m in self.messages for b in m.get("buttons") or []]

    @property
    def asking(self) -> str:
        """What is being asked: the stage, or the id of the question. Empty when it is over."""
        if not self.active:
            return ""
        if self.state["stage"] != "asking":
            return str(self.state["stage"])
        why = [
            b["payload"]
            for m in self.messages
            for b in m.get("buttons") or []
            if '"why"' in b["payload"]
        ]
        return str(json.loads(why[-1].partition("{")[1] + why[-1].partition("{")[2])["row"])

    def payloads(self, kind: str) -> list[dict[str, Any]]:
        """The custom payloads of one type, of the whole conversation."""
        return [m["custom"] for m in self.sent if m.get("custom") and m["custom"]["type"] == kind]

    def act(self, action: Action, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Run one action outside the form. Return what it said."""
        dispatcher = CollectingDispatcher()
        self._apply(action.run(dispatcher, self._tracker(message), {}))
        return list(dispatcher.messages)

    def _turn(self, message: dict[str, Any]) -> None:
        dispatcher = CollectingDispatcher()
        if not self.active:
            self.slots["requested_slot"] = None
        events = ValidatePrescreenForm().run(dispatcher, self._tracker(message), {})
        over = self._apply(events)
        self.active = not over
        if self.active:
            self.slots["requested_slot"] = "prescreen_outcome"
            ActionAskPrescreenOutcome().run(dispatcher, self._tracker(message), {})
        self.messages = dispatcher.messages
        self.sent += dispatcher.messages

    def _apply(self, events: list[dict[str, Any]]) -> bool:
        over = False
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = json.loads(json.dumps(event["value"]))
                over = over or (event["name"] == "requested_slot" and event["value"] is None)
            if event["event"] == "followup":
                self.followed_by = event["name"]
        return over

    def _tracker(self, message: dict[str, Any]) -> Tracker:
        event = {
            "event": "user",
            "text": message["text"],
            "parse_data": message,
            "input_channel": self.channel,
            "metadata": {"staff_available": self.staff_available},
        }
        loop = {"name": "prescreen_form"} if self.active else {}
        return Tracker(
            "c_test",
            dict(self.slots),
            dict(message),
            [*self.earlier, event],
            False,
            None,
            loop,
            "action_listen",
        )


def _entity(text: str, entity: dict[str, Any]) -> dict[str, Any]:
    """A full entity from a short one: its words in the text give start and end."""
    words = str(entity.get("text", ""))
    start = max(text.lower().find(words.lower()), 0)
    return {"role": "asserted", "start": start, "end": start + len(words), **entity}
