"""The rows of `make storm` that hold with every change, at small size, against one running installation.

The figures are those of benchmarks/storm; here a row either holds or names what was measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from benchmarks.storm import doors, faults, kills, load, proofs, sheets, webhooks
from benchmarks.storm.clock import jumps
from benchmarks.storm.report import PROMISES, Found
from benchmarks.storm.site import Site, site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def storm() -> Iterator[Site]:
    with site() as one:
        yield one


T = TypeVar("T")
ROWS: dict[int, Callable[[Site], Coroutine[Any, Any, Found]]] = {
    3: lambda one: webhooks.again(one, 30, 10),
    4: lambda one: webhooks.in_time(one, 40),
    5: lambda one: webhooks.forged(one, 300),
    6: lambda one: webhooks.malformed(one, 600),
    9: lambda one: load.five_at_once(one, 2),
    12: lambda one: doors.scripts(one, 25),
    13: lambda one: doors.sql_injection(one, 130),
    15: doors.passwords,
    16: lambda one: doors.tokens(one, 300),
    17: doors.oversize,
    25: lambda one: doors.take_over(one, 12),
    26: lambda one: doors.for_a_person(one, 6),
    27: lambda one: doors.a_machine(one, 5),
    29: lambda one: faults.erased(one, 5),
}


def in_a_loop_of_its_own(work: Coroutine[Any, Any, T]) -> T:
    """Playwright's own loop, left running by other tests, allows no second one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def done(one: Site, work: Coroutine[Any, Any, T]) -> T:
    """Do it, and hang up before the loop ends."""

    async def both() -> T:
        found = await work
        await one.leave()
        return found

    return in_a_loop_of_its_own(both())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row}: {PROMISES[row]['promise'][:40]}")
def test_the_row_holds(storm: Site, row: int) -> None:
    found = done(storm, ROWS[row](storm))
    assert found.row == row
    assert found.holds, found.measured


def test_nothing_is_lost_doubled_or_forgotten_in_some_kills(storm: Site) -> None:
    for found in done(storm, kills.run(storm, 6, visitors=5, phones=2)):
        assert found.holds, found.measured


def test_a_clock_that_jumps_loses_and_reverts_nothing() -> None:
    found = in_a_loop_of_its_own(jumps(4))
    assert found.holds, found.measured


def test_what_is_typed_is_no_command_and_slots_are_written_by_actions(storm: Site) -> None:
    for found in (sheets.commands(storm, 0.02), proofs.slots(), doors.doors(storm)):
        assert found.holds, found.measured


def test_nothing_that_was_said_in_all_this_is_in_a_log(storm: Site) -> None:
    assert storm.said
    assert not storm.leaks()


def test_every_row_of_reliability_has_its_promise_and_figure() -> None:
    assert list(PROMISES) == list(range(1, 36))
    assert all(row["promise"] and row["hold"] for row in PROMISES.values())
