"""What one visitor does under load, for Locust: writes, waits for the first reply, thinks, writes again.

locust -f benchmarks/locustfile.py OurVisitor    through the front desk, replies over the event stream
locust -f benchmarks/locustfile.py StockVisitor  stock Rasa's REST channel, replies in the answer
locust -f benchmarks/locustfile.py Watcher       a chat window that is open and says nothing
"""

from __future__ import annotations

import json
import os
import time
import uuid
from itertools import cycle
from random import randrange
from typing import Any

from gevent import Timeout
from locust import FastHttpUser, constant, task

QUESTIONS = ("does it hurt?", "how many sessions do i need", "what does it cost", "blah zork")
SMALL_TALK = ("hello", "i am sad", "are you a bot?", "goodbye")
PAUSE_SECONDS = float(os.environ.get("LOAD_PAUSE_SECONDS") or 0)
PATIENCE_SECONDS = 20
MESSAGES_A_VISITOR = 24


class Watcher(FastHttpUser):
    """Opens a conversation and keeps its stream open."""

    wait_time = constant(5)

    def on_start(self) -> None:
        from_there = {"X-Forwarded-For": f"10.{'.'.join(str(randrange(256)) for _ in range(3))}"}
        opened = self.client.post(
            "/api/conversations", json={}, headers=from_there, name="open"
        ).json()
        self.headers = {"Authorization": f"Bearer {opened['token']}"}
        self.stream = self.client.get(
            "/api/events", headers=self.headers, stream=True, name="stream"
        ).stream

    def on_stop(self) -> None:
        self.stream.release()

    @task
    def watch(self) -> None:
        """Nothing to do but to be there."""


class OurVisitor(Watcher):
    """Writes and waits for the first words of the assistant."""

    wait_time = constant(PAUSE_SECONDS)

    def on_start(self) -> None:
        super().on_start()
        self.questions, self.said = cycle(QUESTIONS), 0
        self._reply(0)

    def _next_visitor(self) -> None:
        """Nobody may write more than thirty messages a minute."""
        self.stream.release()
        self.on_start()

    @task
    def watch(self) -> None:
        """One message."""
        if self.said == MESSAGES_A_VISITOR:
            self._next_visitor()
        self.said += 1
        body = {"id": uuid.uuid4().hex, "text": next(self.questions)}
        began = time.perf_counter()
        answer = self.client.post("/api/messages", json=body, headers=self.headers, name="post")
        problem = None
        try:
            self._reply(answer.json()["seq"])
        except Exception as error:  # noqa: BLE001  (any failure is a figure here)
            problem = error
        self.environment.events.request.fire(
            request_type="TALK",
            name="reply",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=problem,
            context={},
        )

    def _reply(self, after: int) -> dict[str, Any]:
        with Timeout(PATIENCE_SECONDS, TimeoutError("no reply")):
            while True:
                line = self.stream.readline(b"\r\n")
                if line.startswith(b"data:") and b'"seq"' in line:
                    message: dict[str, Any] = json.loads(line[5:])
                    if message["seq"] > after and message["author"] != "visitor":
                        return message


class StockVisitor(FastHttpUser):
    """The same at stock Rasa's REST channel."""

    wait_time = constant(PAUSE_SECONDS)

    def on_start(self) -> None:
        self.sender, self.texts = uuid.uuid4().hex, cycle(SMALL_TALK)

    @task
    def say(self) -> None:
        """One message."""
        body = {"sender": self.sender, "message": next(self.texts)}
        self.client.post("/webhooks/rest/webhook", json=body, name="reply")
