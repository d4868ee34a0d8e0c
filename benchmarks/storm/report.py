"""The one table of a storm: promise, figure to hold, measured, verdict; and the same as JSON."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PROMISES: dict[int, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "promises.yml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Found:
    """What was measured of a row. ``holds`` is None when it cannot be measured here; then why.

    ``in_time`` is apart from it: on a machine with other work it says little.
    """

    row: int
    measured: str
    holds: bool | None
    in_time: bool = True

    @property
    def is_kept(self) -> bool | None:
        """Does the whole row hold?"""
        return self.holds if self.holds is None else self.holds and self.in_time

    @property
    def verdict(self) -> str:
        """In the words of the table."""
        return {True: "holds", False: "falls short", None: "not measured here"}[self.is_kept]


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of all lie; infinite when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def ms(values: list[float], share: float) -> str:
    """A percentile of seconds, in words."""
    found = percentile(values, share)
    return "never" if found == float("inf") else f"{found * 1000:.0f} ms"


def keep(found: list[Found], folder: Path = RESULTS, share: float = 1.0) -> str:
    """Write what was found into a folder; rows of earlier runs stay. Return the table.

    What holds at a share of the full numbers is said to hold at that share, and no more.
    """
    path = folder / "storm.json"
    folder.mkdir(exist_ok=True, parents=True)
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for one in found:
        rows[str(one.row)] = {
            **asdict(one),
            "verdict": one.verdict + (f" at {share:.0%}" if one.is_kept and share < 1 else ""),
            **{key: PROMISES[one.row][key] for key in ("promise", "hold")},
            "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
            "load": round(os.getloadavg()[0], 1),
        }
    rows = {key: rows[key] for key in sorted(rows, key=int)}
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = table(rows)
    (folder / "storm.md").write_text(text, encoding="utf-8")
    return text


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        "# Storm",
        "",
        "`make storm`; the load client runs on the same two cores.",
        "",
        "| # | promise | to hold | measured | verdict | at (load) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for key, row in rows.items():
        cells = [key, row["promise"], row["hold"], row["measured"], row["verdict"]]
        cells.append(f"{row['at']} ({row['load']})")
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
