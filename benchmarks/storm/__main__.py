"""`make storm`: every row of promises.yml, in groups that share their processes; one table.

python -m benchmarks.storm                      all groups, one after the other
python -m benchmarks.storm kills load           only these; rows of other groups stay as they were
python -m benchmarks.storm --share 0.02         at this share of the full numbers, into var/storm/
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.storm import doors, faults, kills, load, proofs, scale, seen, sheets, webhooks
from benchmarks.storm.clock import jumps
from benchmarks.storm.report import RESULTS, ROOT, Found, keep
from benchmarks.storm.site import Site, site
from tests.standins.ports import free_ports

LEAKED: Counter[str] = Counter()
SEARCHED: list[int] = []


def some(full: int, share: float, least: int) -> int:
    """A share of the full number, and never fewer than ``least``."""
    return max(least, int(full * share))


@contextmanager
def searched(one: Site) -> Iterator[Site]:
    """Afterwards every log is searched for what was said (row 28)."""
    try:
        yield one
    finally:
        LEAKED.update(one.leaks())
        SEARCHED.append(len(one.said))


def of_kills(share: float) -> list[Found]:
    """Rows 1 and 2."""
    with site() as begun, searched(begun) as one:
        visitors = some(40, share, 6)
        return asyncio.run(kills.run(one, some(200, share, 6), visitors, phones=5))


def of_webhooks(share: float) -> list[Found]:
    """Rows 3 to 6."""
    with site() as begun, searched(begun) as one:
        return asyncio.run(webhooks.run(one, share))


def of_load(share: float) -> list[Found]:
    """Rows 7, 8, 9 and 18."""
    with site() as begun, searched(begun) as one:
        connected, talking = some(1_000, share, 20), some(50, share, 5)
        return asyncio.run(
            load.run(one, connected, talking, max(12.0, SECONDS * share), some(25, share, 8))
        )


def of_doors(share: float) -> list[Found]:
    """Rows 10, 12, 13, 15 to 17, 19, 23, 25 to 27, 29 and 30."""
    with site() as begun, searched(begun) as one:

        async def rows() -> list[Found]:
            return [
                await doors.scripts(one, some(600, share, 25)),
                await doors.sql_injection(one, some(500, share, 52)),
                await doors.passwords(one),
                await doors.tokens(one, some(10_000, share, 200)),
                await doors.oversize(one),
                await doors.strange(one, some(2_000, share, 50), some(500, share, 100)),
                await doors.take_over(one, some(1_000, share, 12)),
                await doors.for_a_person(one, some(60, share, 12)),
                await doors.a_machine(one, some(50, share, 10)),
                await faults.erased(one, some(100, share, 5)),
            ]

        return [*asyncio.run(rows()), doors.doors(one)]


def of_seen(share: float) -> list[Found]:
    """Row 35."""
    with site() as begun, searched(begun) as one:
        return [asyncio.run(seen.run(one))]


def of_sheets(share: float) -> list[Found]:
    """Rows 10, 11, 23 and 24."""
    with site() as one:
        found = [sheets.commands(one, share), sheets.restarts(one, some(500, share, 5))]
    return [*found, proofs.slots(), sheets.table(some(100_000, share, 1_000))]


def of_faults(share: float) -> list[Found]:
    """Rows 20, 21 and 22."""
    actions, before = free_ports(2)
    between = faults.Between(before, f"http://127.0.0.1:{actions}")
    derived = {"ACTIONS_URL": f"http://127.0.0.1:{before}/webhook"}
    try:
        with site(ACTIONS_PORT=str(actions), derived=derived) as begun, searched(begun) as one:
            failing = asyncio.run(faults.actions_fail(one, between))
            told, fine = asyncio.run(faults.locked(one, max(6.0, 30 * share)))
    finally:
        between.close()
    full_told, full_fine = _full_disk(max(6.0, 25 * share))
    both = None if full_fine is None and fine else fine and full_fine is not False
    return [failing, Found(20, f"{told}; {full_told}", both), asyncio.run(jumps())]


def _full_disk(seconds: float) -> tuple[str, bool | None]:
    with TemporaryDirectory(prefix="storm-room-") as folder:
        room = Path(folder)
        if os.geteuid() != 0 or not faults.small_room(room):
            return "disk full: not measured here, only root may make a small file system", None
        try:
            with (
                site(DATABASE_URL=f"sqlite:///{room}/frontdesk.db") as begun,
                searched(begun) as one,
            ):
                return asyncio.run(faults.full(one, room, seconds))
        finally:
            faults.let_go(room)


def of_proofs(share: float) -> list[Found]:
    """Rows 14, 31 and 32."""
    return [proofs.by_tests(14), proofs.by_tests(31), *proofs.unmeasured()]


def of_crashes(share: float) -> list[Found]:
    """Row 34."""
    return [proofs.crash_points(max(1, round(1 / share)))]


def of_scale(share: float) -> list[Found]:
    """Row 33."""
    return [scale.run(some(40, share, 4), some(30, share, 3))]


SECONDS = float(os.environ.get("STORM_SECONDS", "600"))
GROUPS: dict[str, Callable[[float], list[Found]]] = {
    "webhooks": of_webhooks,
    "load": of_load,
    "doors": of_doors,
    "seen": of_seen,
    "sheets": of_sheets,
    "faults": of_faults,
    "proofs": of_proofs,
    "crashes": of_crashes,
    "scale": of_scale,
    "kills": of_kills,
}


def leaks() -> list[Found]:
    """Row 28: of everything that was said in this run."""
    if not SEARCHED:
        return []
    found = sum(LEAKED.values())
    shown = f": {[word[:3] + '…' for word in LEAKED][:5]}" if found else ""
    said = sum(SEARCHED)
    return [Found(28, f"{found} of {said} texts and numbers in logs and metrics{shown}", not found)]


def main(arguments: list[str] | None = None) -> int:
    """Run groups, print the table, keep it. Exit code 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", help=", ".join(GROUPS))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--keep", action="store_true", help="keep also a share, as such")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; allowed: {', '.join(GROUPS)}")
    folder = RESULTS if asked.keep or asked.share == 1 else ROOT / "var" / "storm"
    table, short = "", False
    for name in asked.groups or GROUPS:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found = [*GROUPS[name](asked.share), *leaks()]
        except Exception:  # noqa: BLE001 (a group that cannot be measured hides no other)
            traceback.print_exc()
            short = True
            continue
        for one in found:
            print(f"  {one.row}: {one.verdict}: {one.measured}", file=sys.stderr, flush=True)
        short = short or any(one.is_kept is False for one in found)
        table = keep(found, folder, asked.share)
    print(table)
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
