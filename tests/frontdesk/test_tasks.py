from __future__ import annotations

import asyncio

from frontdesk.tasks import Rounds
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
