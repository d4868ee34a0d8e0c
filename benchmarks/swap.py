"""A model is swapped under traffic: is a message lost, answered twice, or late?

    python -m benchmarks.swap [MESSAGES]     inside one process, with the trained model and the real actions

Half of the messages come before the swap begins; every tenth is sent a second time, as a front desk does that was
not sure. The figures are in benchmarks/README.md.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from assistant.__main__ import run_graphs_in_order
from assistant.channel import Inbound, _take_turn
from assistant.live_model import swap
from scripts.train import MODEL
from tests.assistant.loaded import CONTEXT, Ours

AT_ONCE = 4
CONVERSATIONS = 50
WORDS = ("does it hurt?", "how much is it", "are you open on saturday", "qwzx blah", "thank you")


@dataclass(frozen=True)
class Swapped:
    """What happened to the messages, and how long their replies took (milliseconds, 95th percentile)."""

    sent: int
    lost: int
    doubled: int
    idle: float
    during: float
    seconds: float
    is_new: bool


async def measure(count: int, folder: Path) -> Swapped:
    """Send ``count`` messages, with a swap beginning in the middle of them."""
    ours = Ours(f"sqlite:///{folder}/events.db")
    run_graphs_in_order()
    await _send(ours, 0, CONVERSATIONS // 5)  # warm
    before, idle = ours.agent.processor, await _send(ours, 1_000, count // 2)
    begun = time.monotonic()
    swapping = asyncio.create_task(
        swap(ours.agent, Path(shutil.copy(MODEL, folder / "new.tar.gz")))
    )
    during = await _send(ours, 2_000, count - count // 2)
    await swapping
    seconds = time.monotonic() - begun
    answered = [one for one in (*idle, *during) if one is not None]
    said = [
        event
        for number in range(CONVERSATIONS)
        for event in (await ours.agent.tracker_store.retrieve(_conversation(number))).events
        if event.type_name == "user"
    ]
    ids = [str(event.message_id) for event in said if int(str(event.message_id)[2:]) >= 1_000]
    return Swapped(
        count,
        count - len(answered),
        len(ids) - len(set(ids)),
        _p95(idle),
        _p95(during),
        seconds,
        ours.agent.processor is not before,
    )


def _conversation(number: int) -> str:
    return f"conversation_{number % CONVERSATIONS}"


async def _send(ours: Ours, first: int, count: int) -> list[float | None]:
    """How long each took; None where there was no answer."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> float | None:
        text, message_id = WORDS[number % len(WORDS)], f"m_{number}"
        inbound = Inbound(_conversation(number), "website", message_id, text, None, dict(CONTEXT))
        async with places:
            begun = time.monotonic()
            turn, duplicate = await _take_turn(ours.agent, inbound)
            took = time.monotonic() - begun
            if number % 10 == 0:
                _, duplicate = await _take_turn(ours.agent, inbound)
                assert duplicate
        return took * 1_000 if turn.bot else None

    found = await asyncio.gather(*(one(first + n) for n in range(count)), return_exceptions=True)
    return [one if isinstance(one, float) else None for one in found]


def _p95(times: list[float | None]) -> float:
    known = sorted(one for one in times if one is not None)
    return statistics.quantiles(known, n=20)[-1] if len(known) > 1 else 0.0


def main() -> int:
    """Exit code 1 when a message was lost or answered twice."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(count, Path(folder)))
    print(
        f"{found.sent} messages, {found.lost} lost, {found.doubled} answered twice; p95 {found.idle:.0f} ms "
        f"idle, {found.during:.0f} ms while a model was swapped ({found.seconds:.1f} s in all)"
    )
    return 1 if found.lost or found.doubled or not found.is_new else 0


if __name__ == "__main__":
    sys.exit(main())
