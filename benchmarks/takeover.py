"""A clinic teaches its assistant from the inbox, for real: how long, how late are replies meanwhile, is any lost?

    python -m benchmarks.takeover [MESSAGES_A_SECOND]     `make run` in a folder of its own, a training and its swap

Visitors write through the website's API all the time. Idle is the minute before the training; swap is from the
verdict until a minute after it. Exit code 1 when the model is refused or a message is lost or answered twice.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from scripts import run
from scripts.run import stop
from tests.e2e.conftest import Stack, start_stack

WORDS = ("does it hurt?", "how much is it", "are you open on saturday", "how long does it last?")
VISITORS = 12
IDLE_SECONDS = 60
PATIENCE = 60.0
LOOK_SECONDS = 0.1
START_SECONDS = 900
"""On a machine that works on other things, too."""
TAUGHT = {
    "pain_feel": ("would i yelp in the chair", "is it an ouch thing or more of a tickle"),
    "numbing_cream": ("can you freeze my cheeks first",),
    "results_duration": ("do i get a decade out of it",),
}


@dataclass
class Traffic:
    """What was sent, and how long each reply took, by what went on."""

    phase: str = "idle"
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0
    doubled: int = 0


async def visitor(http: httpx.AsyncClient, traffic: Traffic, number: int, pause: float) -> None:
    """Ask one question after the other, each sent twice as by a widget that was not sure that it arrived."""
    await asyncio.sleep(pause * number / VISITORS)
    key = (await http.post("/api/conversations", json={})).json()["token"]
    headers, asked = {"Authorization": f"Bearer {key}"}, 0
    try:
        while True:
            begun, phase, asked = time.monotonic(), traffic.phase, asked + 1
            body = {"id": f"m_{asked}", "text": WORDS[(number + asked) % len(WORDS)]}
            for _ in range(2):
                answer = await http.post("/api/messages", json=body, headers=headers)
                answer.raise_for_status()
            seq = answer.json()["seq"]
            while (  # noqa: ASYNC110 (another process answers)
                not await _said(http, headers, seq) and time.monotonic() - begun < PATIENCE
            ):
                await asyncio.sleep(LOOK_SECONDS)
            took = time.monotonic() - begun
            traffic.lost += took >= PATIENCE
            traffic.took[phase].append(took * 1_000)
            await asyncio.sleep(max(0.0, pause - took))
    finally:
        said = await asyncio.shield(_said(http, headers, 0, all_of_it=True))
        traffic.doubled += sum(one["author"] == "visitor" for one in said) - asked
        traffic.doubled += _repeated(said)


async def _said(
    http: httpx.AsyncClient, headers: dict[str, str], after: int, all_of_it: bool = False
) -> list[dict[str, Any]]:
    path = f"/api/messages?after={after}"
    found = (await http.get(path, headers=headers)).json()["messages"]
    return [one for one in found if all_of_it or one["author"] == "assistant"]


def _repeated(said: list[dict[str, Any]]) -> int:
    """How many answers stand twice under one question."""
    replies: list[list[str]] = [[]]
    for one in said:
        if one["author"] == "visitor":
            replies.append([])
        else:
            replies[-1].append(one["text"])
    return sum(len(texts) - len(set(texts)) for texts in replies)


async def teach(stack: Stack, traffic: Traffic) -> tuple[str, float, float]:
    """Write the new ways to ask, press the button, wait for what comes of it. Return it, with minutes."""
    async with httpx.AsyncClient(
        base_url=stack.url, headers={"Origin": stack.url}, timeout=60
    ) as http:
        who = {"user_name": "reception", "password": stack.staff_password}
        assert (await http.post("/inbox/sign-in", data=who)).status_code == 303
        for topic, asks in TAUGHT.items():
            await _write(http, topic, asks)
        token = _token((await http.get("/inbox/training")).text)
        await asyncio.sleep(IDLE_SECONDS)
        traffic.phase, begun = "training", time.monotonic()
        assert (await http.post("/inbox/training", data={"csrf_token": token})).status_code == 303
        while "every 2s" in (  # noqa: ASYNC110 (another process trains)
            page := (await http.get("/inbox/training")).text
        ):
            await asyncio.sleep(2)
        traffic.phase, took = "swap", time.monotonic() - begun
        print(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("Trainings") :]))[:900])
        await asyncio.sleep(IDLE_SECONDS)
        traffic.phase = "after"
        state = next(one for one in ("In use", "Refused", "Failed") if one in page)
        return state, took / 60, await _live_after(stack)


async def _write(http: httpx.AsyncClient, topic: str, asks: tuple[str, ...]) -> None:
    from tests.frontdesk.inbox.studio import form_of

    form = form_of((await http.get(f"/inbox/answers/{topic}")).text)
    answer = await http.post(f"/inbox/answers/{topic}", data={**form, "asks": "\n".join(asks)})
    assert answer.status_code == 303, re.findall(r'class="problem">([^<]*)', answer.text)


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


async def _live_after(stack: Stack) -> float:
    """How many of the taught ways to ask get their answer from the running assistant."""
    got = 0
    with stack.assistant() as http:
        for topic, asks in TAUGHT.items():
            for ask in asks:
                got += http.post("/check", json={"text": ask}).json().get("answered_with") == topic
    return got / sum(map(len, TAUGHT.values()))


async def measure(stack: Stack, a_second: float) -> int:
    """Traffic, a training, and what came of both."""
    traffic, pause = Traffic(), VISITORS / a_second
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as http:
        tasks = [
            asyncio.create_task(visitor(http, traffic, number, pause)) for number in range(VISITORS)
        ]
        try:
            state, minutes, share = await teach(stack, traffic)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
    for problem in ended:
        if not isinstance(problem, asyncio.CancelledError):
            print(f"a visitor ended early: {problem!r}")
    sent = sum(map(len, traffic.took.values()))
    print(
        f"{state} after {minutes:.1f} min; {sent} messages, {traffic.lost} lost, {traffic.doubled} answered "
        f"twice; {share:.0%} of what was taught gets its answer"
    )
    for phase, times in traffic.took.items():
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"  {phase}: {len(times)} messages, p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    return 1 if traffic.lost or traffic.doubled or state != "In use" else 0


def main() -> int:
    """Start everything in a folder of its own, and take it down again."""
    a_second = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    run.WAIT_SECONDS = START_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        stack = start_stack(Path(folder), is_open=True)
        try:
            return asyncio.run(measure(stack, a_second))
        finally:
            stop(stack.supervisor)


if __name__ == "__main__":
    sys.exit(main())
