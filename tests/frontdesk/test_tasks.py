from __future__ import annotations

import asyncio
import itertools

import structlog

from frontdesk.logs import about
from frontdesk.tasks import CROWD, Rounds
from tests.frontdesk.conftest import until


async def test_whoever_has_many_conversations_has_one_step_under_way_and_is_served_to_the_end() -> (
    None
):
    begun: list[str] = []
    gate = asyncio.Event()

    async def step(conversation_id: str) -> float | None:
        begun.append(conversation_id)
        await gate.wait()
        return None

    async def three_begun() -> bool:
        return len(begun) >= 3

    async def all_begun() -> bool:
        return len(begun) == 8

    rounds = Rounds("turn", step, 4)
    for number in range(6):
        rounds.wake(f"flood {number}", "10.9.9.9")
    rounds.wake("somebody")
    rounds.wake("somebody else")
    await until(three_begun)
    assert begun == ["flood 0", "somebody", "somebody else"]
    gate.set()
    await until(all_begun)
    await rounds.stop()
    assert begun[3:] == [f"flood {number}" for number in range(1, 6)]
    assert rounds._whose == {}


async def test_whoever_has_a_crowd_in_line_pauses_between_steps_until_it_is_none() -> None:
    times: dict[str, float] = {}

    async def step(conversation_id: str) -> float | None:
        times[conversation_id] = asyncio.get_running_loop().time()
        await asyncio.sleep(0.04)
        return None

    async def all_served() -> bool:
        return len(times) == CROWD + 3

    rounds = Rounds("turn", step, 4)
    for number in range(CROWD + 2):
        rounds.wake(f"flood {number}", "10.9.9.9")
    await asyncio.sleep(0.1)
    rounds.wake("somebody")
    await until(all_served)
    await rounds.stop()
    assert list(times)[:2] == ["flood 0", "somebody"], "a flood leaves room for others"
    flood = [times[f"flood {number}"] for number in range(CROWD + 2)]
    waits = [after - before for before, after in itertools.pairwise(flood)]
    assert min(waits[:2]) > 0.3 > max(waits[2:]), "and is served as anybody once it is no crowd"


async def test_who_is_served_carries_nothing_of_whoever_woke_it() -> None:
    seen: dict[str, object] = {}

    async def step(conversation_id: str) -> float | None:
        seen[conversation_id] = structlog.contextvars.get_contextvars().get("trace")
        return None

    async def is_served() -> bool:
        return bool(seen)

    rounds = Rounds("turn", step, 4)
    with about(trace="somebody else's"):
        rounds.wake("mine")
    await until(is_served)
    await rounds.stop()
    assert seen == {"mine": None}
