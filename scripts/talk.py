"""`make talk`: a conversation with the running front desk, in the terminal.

A choice is taken by typing its number. An empty line only looks whether there is something new.
"""

from __future__ import annotations

import sys
import time
from typing import Any
from uuid import uuid4

import httpx

from scripts.environment import SettingsError, prepare
from scripts.train import ROOT

PATIENCE_SECONDS = 8.0
QUIET_SECONDS = 0.6


class Talk:
    """One visitor at the website's door."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        token = client.post("/api/conversations", json={}).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        self._seen = 0
        self._choices: list[dict[str, str]] = []
        self._offered_in = 0

    def say(self, text: str) -> None:
        """Send a text, or the choice of which it is the number."""
        body: dict[str, Any] = {"id": uuid4().hex, "text": text}
        if text.isdigit() and 1 <= int(text) <= len(self._choices):
            chosen = self._choices[int(text) - 1]
            body = {"id": uuid4().hex, "button": {"seq": self._offered_in, "id": chosen["id"]}}
        self._client.post("/api/messages", json=body).raise_for_status()

    def listen(self, seconds: float) -> list[str]:
        """What is new, as lines; waits until something came and then until it is quiet."""
        lines: list[str] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            new = self._client.get("/api/messages", params={"after": self._seen}).json()["messages"]
            for message in new:
                self._seen = max(self._seen, message["seq"])
                if message["author"] != "visitor":
                    lines += self._shown(message)
                    until = min(until, time.monotonic() + QUIET_SECONDS)
            time.sleep(0.1)
        return lines

    def _shown(self, message: dict[str, Any]) -> list[str]:
        self._choices, self._offered_in = message.get("buttons") or [], message["seq"]
        titles = [f"   {n}. {one['title']}" for n, one in enumerate(self._choices, start=1)]
        return [f"{message['author']}: {message['text']}", *titles]


def main() -> int:
    """Talk until the end of input. Exit code 2 when there is no front desk."""
    try:
        address = prepare(ROOT)["PUBLIC_URL"]
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with httpx.Client(base_url=address, timeout=10) as client:
            talk = Talk(client)
            print("\n".join(talk.listen(PATIENCE_SECONDS)))
            for line in sys.stdin:
                if text := line.strip():
                    talk.say(text)
                print("\n".join(talk.listen(PATIENCE_SECONDS)), flush=True)
    except httpx.HTTPError as error:
        print(
            f"{address} does not answer as it should ({type(error).__name__}); is `make run` or `make dev` running?",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
