"""One turn of a conversation at a time, in one process and among many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError
from rasa.utils.endpoints import EndpointConfig

from assistant import locks
from assistant.locks import ConversationLocks
from tests.standins.databases import redis_url


@pytest.fixture(params=["alone", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "alone":
        yield ""
    else:
        with redis_url(tmp_path) as address:
            yield address


@pytest.fixture()
async def assistants(url: str) -> AsyncIterator[list[ConversationLocks]]:
    """The locks of two assistants; of one where they share nothing."""
    made = [ConversationLocks(EndpointConfig(url)) for _ in range(2 if url else 1)]
    yield made
    for one in made:
        await one.close()


async def test_one_at_a_time_and_others_meanwhile(assistants: list[ConversationLocks]) -> None:
    inside = most = 0

    async def take(number: int) -> None:
        nonlocal inside, most
        async with assistants[number % len(assistants)].lock("a-conversation"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.002)
            inside -= 1

    await asyncio.gather(*(take(number) for number in range(40)))
    assert most == 1
    async with assistants[0].lock("one"), assistants[-1].lock("another"):
        pass
    assert all(not one._here and not one._waiting for one in assistants)


async def test_a_turn_that_fails_gives_the_lock_back(assistants: list[ConversationLocks]) -> None:
    one = assistants[0]
    with pytest.raises(ValueError):
        async with one.lock("a-conversation"):
            raise ValueError
    async with one.lock("a-conversation"):
        pass


@pytest.mark.parametrize("url", ["redis"], indirect=True)
async def test_only_the_holder_gives_it_back(
    assistants: list[ConversationLocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LIFETIME_SECONDS", 0.2)
    slow, quick = assistants
    async with slow.lock("a-conversation"):
        await asyncio.sleep(0.3)  # longer than the lock lives
        async with quick.lock("a-conversation"):
            pass
        monkeypatch.setattr(locks, "LIFETIME_SECONDS", 30)
        held = quick.lock("a-conversation")
        await held.__aenter__()
    with pytest.raises(LockError):  # the slow one's end did not free the quick one's lock
        monkeypatch.setattr(locks, "LIFETIME_SECONDS", 0.05)
        async with slow.lock("a-conversation"):
            pass
    await held.__aexit__(None, None, None)
