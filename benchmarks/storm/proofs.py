"""Rows that are properties of the code: proven by tests, which are run and counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import yaml

from benchmarks.storm.report import PROMISES, ROOT, Found

ADVISORIES = "no advisory data is reachable from here; the pins and why: requirements.txt"


def by_tests(row: int, **environment: str) -> Found:
    """Run the tests of a row."""
    command = [sys.executable, "-W", "ignore", "-m", "pytest", "-p", "no:randomly"]
    done = subprocess.run(
        [*command, *PROMISES[row]["tests"]],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "nothing"
    counts = re.findall(r"\d+ (?:passed|failed|skipped|error)", said)
    measured = f"{', '.join(counts) or said} ({' '.join(PROMISES[row]['tests'])})"
    return Found(row, measured, done.returncode == 0)


def slots() -> Found:
    """Row 11: the pre-screen's slots are filled by actions alone."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    found = domain["slots"]
    loose = [
        name
        for name, slot in found.items()
        if any(one["type"] != "custom" for one in slot["mappings"])
    ]
    return Found(
        11, f"{len(found) - len(loose)} of {len(found)} slots; others: {loose or 'none'}", not loose
    )


def crash_points(every: int) -> Found:
    """Row 34: the power is cut at each ``every``-th step of a turn, for each kind of turn."""
    report = ROOT / "var" / "crash-points.txt"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    found = by_tests(34, CRASH_EVERY=str(every), CRASH_REPORT=str(report))
    cuts = len(report.read_text(encoding="utf-8").splitlines()) if report.exists() else 0
    measured = f"{cuts} points; {found.measured}"
    return Found(34, measured, bool(found.holds) and cuts >= 500)


def unmeasured() -> list[Found]:
    """What cannot be measured here, and why."""
    return [Found(32, ADVISORIES, None)]
