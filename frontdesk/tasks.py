"""Background work that somebody looks after: chores that come again, and conversations served in turn.

Whatever goes wrong in one of them is logged by its kind, counted, and tried again. Nothing here ends
silently, and nothing here is remembered: what waits is in the database, and the sweep finds it.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import TimerHandle
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import Any

from frontdesk import metrics

logger = logging.getLogger(__name__)

Step = Callable[[str], Awaitable[float | None]]

AFTER_FAILURE_SECONDS = (1.0, 2.0, 4.0, 8.0)
GRACE_SECONDS = 2.0
CROWD, PAUSE, LONGEST_PAUSE_SECONDS = 10, 40, 2.0
"""From so many conversations in line on, whoever is behind them pauses after each step: so many times as
long as the step took. A neighbour's step meets one of theirs in two of 41 then, which is fewer than the
twentieth that a 95th percentile looks at."""


class Chores:
    """What is done again and again for as long as the front desk is open."""

    def __init__(self) -> None:
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, chore: Callable[[], Awaitable[object]], name: str) -> None:
        """Do a chore now, and again ``seconds`` after it is done."""
        self._tasks.append(asyncio.create_task(self._keep_on(seconds, chore, name), name=name))

    async def _keep_on(
        self, seconds: float, chore: Callable[[], Awaitable[object]], name: str
    ) -> None:
        while not self._ending.is_set():
            try:
                await chore()
            except Exception as error:  # noqa: BLE001 (whatever it is, the chore goes on)
                failed(name, error)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)

    async def stop(self) -> None:
        """Let every chore finish what it is at."""
        self._ending.set()
        await end_tasks(self._tasks)


class Rounds:
    """Serves conversations: one step of each at a time, so many at once, each in its turn.

    A conversation stands in line once, however much it has to say, and goes to the end after each
    step: who writes much keeps nobody waiting. Whoever is known to be behind several conversations (an
    address) has one step under way at a time, and pauses between them while a CROWD of them waits. A
    step does one thing and returns None when nothing is left to do, else after how many seconds to come
    back. A conversation that waits holds up nobody.
    """

    def __init__(self, name: str, step: Step, at_once: int) -> None:
        self._name, self._step, self._at_once = name, step, at_once
        self._queue: dict[str, None] = {}
        self._whose: dict[str, str] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._pausing: set[str] = set()
        self._again: set[str] = set()
        self._later: dict[str, TimerHandle] = {}
        self._failures: Counter[str] = Counter()
        self._ending = False

    def wake(self, conversation_id: str, whose: str | None = None) -> None:
        """See to it that a conversation is served; one that is to come back later, later."""
        if whose:
            self._whose[conversation_id] = whose
        if conversation_id in self._running:
            self._again.add(conversation_id)
        elif conversation_id not in self._later and not self._ending:
            self._queue[conversation_id] = None
            self._fill()

    def is_serving(self, conversation_id: str) -> bool:
        """Is a step of this conversation under way?"""
        return conversation_id in self._running

    def is_pausing(self, whose: str) -> bool:
        """Has somebody such a crowd in line that they are served slowly? Then more would only wait longer.

        Not while a step takes long: whoever waits for a slow assistant is not to blame."""
        return whose in self._pausing

    @property
    def waiting(self) -> int:
        """How many conversations wait for their turn."""
        return len(self._queue) + len(self._later)

    async def stop(self) -> None:
        """Let go of everybody; what was not finished is found in the database."""
        self._ending = True
        self._queue.clear()
        for handle in self._later.values():
            handle.cancel()
        await end_tasks(list(self._running.values()))

    def _fill(self) -> None:
        while len(self._running) < self._at_once:
            busy = {*map(self._behind, self._running), *self._pausing}
            free = (one for one in self._queue if self._behind(one) not in busy)
            chosen = next(free, None)
            if chosen is None:
                return
            del self._queue[chosen]
            serving = self._serve(chosen)
            self._running[chosen] = (
                Context().run(  # nothing of whoever woke it: neither ids nor claims
                    asyncio.create_task, serving, name=f"{self._name} {chosen}"
                )
            )

    def _behind(self, conversation_id: str) -> str:
        return self._whose.get(conversation_id, conversation_id)

    async def _serve(self, conversation_id: str) -> None:
        seconds: float | None = None
        began = asyncio.get_running_loop().time()
        try:
            seconds = await self._step(conversation_id)
            self._failures.pop(conversation_id, None)
        except Exception as error:  # noqa: BLE001 (one conversation must not stop the others)
            failed(self._name, error)
            number = self._failures[conversation_id]
            self._failures[conversation_id] += 1
            seconds = AFTER_FAILURE_SECONDS[min(number, len(AFTER_FAILURE_SECONDS) - 1)]
        finally:
            del self._running[conversation_id]
            whose = self._behind(conversation_id)
            self._come_back(conversation_id, seconds)
            if sum(self._behind(one) == whose for one in self._queue) >= CROWD:
                took = asyncio.get_running_loop().time() - began
                self._pausing.add(whose)
                later(min(PAUSE * took, LONGEST_PAUSE_SECONDS), self._go_on, whose)
            self._fill()

    def _go_on(self, whose: str) -> None:
        self._pausing.discard(whose)
        self._fill()

    def _come_back(self, conversation_id: str, seconds: float | None) -> None:
        again = conversation_id in self._again
        self._again.discard(conversation_id)
        if self._ending or (seconds is None and not again):
            self._whose.pop(conversation_id, None)
            return
        if seconds:
            self._later[conversation_id] = later(seconds, self._is_time, conversation_id)
        else:
            self._queue[conversation_id] = None

    def _is_time(self, conversation_id: str) -> None:
        self._later.pop(conversation_id, None)
        self.wake(conversation_id)


def later(seconds: float, call: Callable[[str], None], whom: str) -> TimerHandle:
    """Call for a conversation, or for whoever is behind it, after some seconds."""
    return asyncio.get_running_loop().call_later(seconds, call, whom)


def failed(name: str, error: Exception) -> None:
    """Say that background work failed, without anything that somebody wrote."""
    logger.warning("%s failed: %s", name, type(error).__name__)
    metrics.FAILURES.labels(name, type(error).__name__).inc()


@contextmanager
def on_its_own(name: str) -> Iterator[None]:
    """What fails inside is said, and holds up nothing that comes after it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (whatever it is)
        failed(name, error)


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Let tasks finish what they are at; cancel those that only wait for somebody."""
    running = [task for task in tasks if not task.done()]
    if not running:
        return
    _, waiting = await asyncio.wait(running, timeout=GRACE_SECONDS)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
