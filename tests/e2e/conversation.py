"""A visitor at the assistant's private door: says things, presses buttons, reads what comes back."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

NOT_FINISHED, TRIES = 503, 3
"""A turn that takes too long, on a busy machine, is sent again under its id, as the front desk does."""


class Conversation:
    """One conversation with the real assistant, as the front desk would hold it."""

    def __init__(
        self, client: httpx.Client, channel: str = "website", staff_available: bool = True
    ) -> None:
        self.client = client
        self.channel = channel
        self.staff_available = staff_available
        self.after_staff = False
        self.id = f"c_{uuid.uuid4().hex}"
        self.last: dict[str, Any] = {}

    def send(self, message_id: str | None = None, **what: str | None) -> httpx.Response:
        body = {
            "conversation_id": self.id,
            "channel": self.channel,
            "message_id": message_id or f"m_{uuid.uuid4().hex}",
            "text": None,
            "button_id": None,
            "context": {
                "staff_available": self.staff_available,
                "after_staff": self.after_staff,
            },
            **what,
        }
        return self.client.post("/messages", json=body)

    def _turn(self, **what: str | None) -> str:
        message_id = f"m_{uuid.uuid4().hex}"
        for _ in range(TRIES):
            answer = self.send(message_id, **what)
            if answer.status_code != NOT_FINISHED:
                break
        assert answer.status_code == 200, answer.text
        self.last = answer.json()
        return self.words

    def say(self, text: str) -> str:
        """Write a message and return all words of the reply."""
        return self._turn(text=text)

    def press(self, title: str) -> str:
        """Press the offered button with that title and return all words of the reply."""
        return self._turn(button_id=self.buttons[title])

    def press_all(self, ids: list[str]) -> str:
        """Send what a card of checkboxes sends, and return all words of the reply."""
        return self._turn(button_id=" ".join(ids))

    @property
    def words(self) -> str:
        return "\n".join(m["text"] for m in self.last["messages"] if m["text"])

    @property
    def buttons(self) -> dict[str, str]:
        return {b["title"]: b["id"] for m in self.last["messages"] for b in m["buttons"]}

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [m["payload"] for m in self.last["messages"] if m["payload"]]

    @property
    def topics(self) -> list[str]:
        return [m["answer"]["topic"] for m in self.last["messages"] if m["answer"]]

    @property
    def intent(self) -> str:
        return str(self.last["understood"]["intent"])
