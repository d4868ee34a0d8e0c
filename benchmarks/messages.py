"""Time from a visitor's text to the first reply, through the front desk, on the real processes.

    python -m benchmarks.messages            prints a table; needs a trained model (`make train`)

Three things are measured: one visitor alone; the 300th message of a conversation against the 3rd;
memory and start time of each process. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from scripts.run import stop
from tests.e2e.conftest import Stack, start_stack

QUESTIONS = [
    "does it hurt?",
    "how many sessions do i need",
    "is it safe for dark skin",
    "what does it cost",
    "when will i see results",
    "blah zork",
]
WARM_UP = 6
LONG = 300


class Visitor:
    """A visitor at the visitor API who waits for each reply."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        opened = http.post("/api/conversations", json={}).json()
        self.headers = {"Authorization": f"Bearer {opened['token']}"}
        self.stream = http.stream("GET", "/api/events", headers=self.headers)
        self.lines = self.stream.__enter__().iter_lines()
        self._until(lambda message: message["author"] == "assistant")

    def ask(self, text: str) -> float:
        """Milliseconds from sending a message to reading the first reply."""
        began = time.perf_counter()
        body = {"id": uuid.uuid4().hex, "text": text}
        answer = self.http.post("/api/messages", json=body, headers=self.headers)
        if answer.status_code == 429:
            time.sleep(float(answer.headers["retry-after"]))
            return self.ask(text)
        seq = answer.json()["seq"]
        self._until(lambda message: message["seq"] > seq and message["author"] != "visitor")
        return (time.perf_counter() - began) * 1000

    def _until(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        for line in self.lines:
            if line.startswith("data:") and '"seq"' in line and wanted(json.loads(line[5:])):
                return

    def close(self) -> None:
        """End the stream."""
        self.stream.__exit__(None, None, None)


def alone(stack: Stack, count: int = 60) -> list[float]:
    """One visitor at a time, six questions each."""
    times: list[float] = []
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        while len(times) < count:
            visitor = Visitor(http)
            times += [visitor.ask(question) for question in QUESTIONS]
            visitor.close()
    return times


def long_conversation(stack: Stack) -> list[float]:
    """Milliseconds of each of 300 messages of one conversation, at the assistant's private door."""
    from tests.e2e.conversation import Conversation

    with stack.assistant() as client:
        conversation = Conversation(client)
        times = []
        for number in range(LONG):
            began = time.perf_counter()
            conversation.say(QUESTIONS[number % len(QUESTIONS)])
            times.append((time.perf_counter() - began) * 1000)
    return times


def memory_mb(stack: Stack, program: str) -> float:
    """Resident memory of one process."""
    status = Path(f"/proc/{stack.pid(program)}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(0.95 * (len(times) - 1))]


def main() -> int:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        began = time.perf_counter()
        stack = start_stack(Path(directory), is_open=True)
        started = time.perf_counter() - began
        try:
            alone(stack, WARM_UP)
            times = alone(stack)
            turns = long_conversation(stack)
            early, late = statistics.median(turns[2:14]), statistics.median(turns[-12:])
            print(f"machine: {os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}")
            print(f"start of all three processes: {started:.1f} s")
            print(
                f"alone, text to first reply: p50 {statistics.median(times):.0f} ms, p95 {p95(times):.0f} ms"
            )
            print(
                f"one conversation: messages 3-14 {early:.1f} ms, 289-300 {late:.1f} ms, ratio {late / early:.2f}"
            )
            for program in ("frontdesk", "assistant", "actions"):
                print(f"memory of {program}: {memory_mb(stack, program):.0f} MB")
        finally:
            stop(stack.supervisor)
    return 0


if __name__ == "__main__":
    sys.exit(main())
