"""Trains a model with the ways to ask that a clinic added, and says whether it may take over.

    python -m scripts.publish FOLDER    the front desk starts it, with a copy of data/ in FOLDER/project

It writes FOLDER/progress.json while it works and FOLDER/result.json at the end, whatever happens. The new model
is read beside the running one: the project's held-out messages, the signs of danger, and the ways to ask that
the clinic added (FOLDER/asks.json); worse (scripts/takeover.py) is refused, with the reason. Nothing else is
touched.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from content.checks import check
from scripts.takeover import (
    FLAG,
    OUT_OF_SCOPE,
    SOON,
    URGENT,
    Case,
    Figures,
    Reading,
    compared,
    worse,
)
from scripts.train import MODEL, ROOT, STAMP, inputs_digest

HELD_OUT = ROOT / "tests" / "assistant" / "data"
SHOWN = 8


class Refused(Exception):
    """The new model may not take over; the text says why."""


def give_way() -> None:
    """Should memory run out, this process and those that it starts end, not whoever answers (Linux)."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def main() -> int:
    """Exit code 0 when the result says what came of it."""
    folder = Path(sys.argv[1])
    give_way()
    try:
        result = {"verdict": "better", **_published(folder)}
    except Refused as refusal:
        result = {"verdict": "refused", **json.loads(str(refusal))}
    except OSError as error:
        reason = f"The training could not write its files ({error.strerror}). The assistant is as it was."
        result = {"verdict": "failed", "reason": reason}
    except Exception as error:  # noqa: BLE001 (whatever it is, the page says that it ended)
        reason = f"The training ended early ({type(error).__name__}). The assistant is as it was."
        result = {"verdict": "failed", "reason": reason}
    _write(folder / "result.json", result)
    return 0


def _published(folder: Path) -> dict[str, object]:
    project = folder / "project"
    _progress(folder, "Reading the answers", 0.02)
    wrong = [str(one) for one in check(project, date.today()) if not one.is_warning]
    if wrong:
        raise Refused(
            json.dumps({"reason": f"An answer breaks a rule: {wrong[0]}", "lost": wrong[:SHOWN]})
        )
    _progress(folder, "Training", 0.05)
    _train(folder, project)
    _progress(folder, "Measuring", 0.8)
    figures = measured(folder / "candidate.tar.gz", running_model(folder), _own(folder))
    told = [vars(one) | {"lost": list(one.lost)[:SHOWN]} for one in figures]
    why = worse(figures)
    if why:
        lost = [text for one in figures for text in one.lost][:SHOWN]
        raise Refused(json.dumps({"reason": why, "figures": told, "lost": lost}))
    made = STAMP.read_text(encoding="utf-8") if STAMP.exists() else inputs_digest()
    _write(folder / "candidate.json", {"inputs": made})
    return {"reason": "", "figures": told}


def measured(candidate: Path, now: Path, own: Sequence[Case]) -> list[Figures]:
    """Each set as both models read it."""
    cases = _cases()
    return compared(cases, own, read(now, [*cases, *own]), read(candidate, [*cases, *own]))


def running_model(folder: Path) -> Path:
    """The model that answers today."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    found = Path(request["model"]) if request.get("model") else MODEL
    return found if found.is_file() else MODEL


def _train(folder: Path, project: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "assistant", "train", "--quiet"]
    command += ["--data", str(project / "data"), "--domain", str(project / "domain.yml")]
    command += ["--config", str(project / "config.yml"), "--out", str(folder)]
    command += ["--fixed-model-name", "candidate", "--force"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with (folder / "train.log").open("w") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False
        )
    if done.returncode or not (folder / "candidate.tar.gz").is_file():
        raise RuntimeError("rasa train")


def _cases() -> list[Case]:
    """The project's held-out messages, the signs of danger and calm words, and the signs that rules name."""
    if not (HELD_OUT / "danger_held_out.tsv").is_file():
        return []
    held_out = [
        Case(text, label)
        for path in sorted(HELD_OUT.glob("held_out_*.yml"))
        for label, texts in _yaml(path).items()
        for text in texts
    ]
    with (HELD_OUT / "danger_held_out.tsv").open(encoding="utf-8") as rows:
        found = list(csv.DictReader(rows, delimiter="\t"))
    danger = [Case(row["message"], row["level"]) for row in found]
    flags = [
        Case(text, FLAG)
        for level in (URGENT, SOON)
        for texts in _yaml(HELD_OUT / "red_flags.yml")[level].values()
        for text in texts
    ]
    return [*held_out, *danger, *flags]


def _own(folder: Path) -> list[Case]:
    asks = json.loads((folder / "asks.json").read_text(encoding="utf-8"))
    return [Case(text, f"faq/{topic}") for topic, texts in asks.items() for text in texts]


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def read(model: Path, cases: Sequence[Case]) -> list[Reading]:
    """What a model makes of each message."""
    from assistant.__main__ import run_graphs_in_order

    run_graphs_in_order()
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))

    async def all_of() -> list[Reading]:
        return [_read(await agent.parse_message(case.text), case.wanted) for case in cases]

    return asyncio.run(all_of())


def _read(parsed: dict[str, Any], wanted: str) -> Reading:
    name, safety = str(parsed["intent"]["name"]), parsed.get("safety") or {}
    if name == "faq":
        name = str(parsed["response_selector"]["faq"]["response"]["intent_response_key"])
    elif wanted == OUT_OF_SCOPE:
        name = OUT_OF_SCOPE  # whatever it is, it is no wrong answer
    return Reading(name, str(safety.get("decision") or ""), bool(safety.get("by_rule")))


def _progress(folder: Path, step: str, share: float) -> None:
    _write(folder / "progress.json", {"step": step, "share": share})


def _write(path: Path, content: Any) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
