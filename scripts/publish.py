"""Trains a model with the ways to ask that a clinic added, and says whether it may take over.

    python -m scripts.publish FOLDER    the front desk starts it, with a copy of data/ in FOLDER/project

It writes FOLDER/progress.json while it works and FOLDER/result.json at the end, whatever happens. The new model
is measured beside the running one on the project's held-out messages, on the signs of danger, and on the ways
to ask that the clinic added (FOLDER/asks.json); worse is refused, with the reason. Nothing else is touched.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from content.checks import check
from scripts.train import MODEL, ROOT, STAMP, inputs_digest

HELD_OUT = ROOT / "tests" / "assistant" / "data"
OUT_OF_SCOPE = "out_of_scope"
MOST_LOST = 0.005
"""Of the held-out messages, how many more may be misread than today: what one training differs from the next."""
FEWEST_OWN = 0.8
SHOWN = 8


class Refused(Exception):
    """The new model may not take over; the text says why."""


@dataclass(frozen=True)
class Case:
    """A message and what it asks: an intent, ``faq/<topic>``, or out of scope."""

    text: str
    wanted: str


@dataclass(frozen=True)
class Figures:
    """How many of a set were read as they should be: now, and by the new model."""

    name: str
    now: int
    new: int
    of: int
    lost: Sequence[str]


def main() -> int:
    """Exit code 0 when the result says what came of it."""
    folder = Path(sys.argv[1])
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


def _published(folder: Path) -> dict[str, Any]:
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
    figures = measured(folder / "candidate.tar.gz", _cases(folder), running_model(folder))
    told = [vars(one) | {"lost": list(one.lost)[:SHOWN]} for one in figures]
    why = worse(figures)
    if why:
        lost = [text for one in figures for text in one.lost][:SHOWN]
        raise Refused(json.dumps({"reason": why, "figures": told, "lost": lost}))
    made = STAMP.read_text(encoding="utf-8") if STAMP.exists() else inputs_digest()
    _write(folder / "candidate.json", {"inputs": made})
    return {"reason": "", "figures": told}


def running_model(folder: Path) -> Path:
    """The model that answers today."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    found = Path(request["model"]) if request.get("model") else MODEL
    return found if found.is_file() else MODEL


def _train(folder: Path, project: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "assistant", "train", "--quiet"]
    command += ["--data", str(project / "data"), "--domain", str(project / "domain.yml")]
    command += ["--config", str(project / "config.yml"), "--out", str(folder)]
    command += ["--fixed-model-name", "candidate"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with (folder / "train.log").open("w") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False
        )
    if done.returncode or not (folder / "candidate.tar.gz").is_file():
        raise RuntimeError("rasa train")


def _cases(folder: Path) -> dict[str, list[Case]]:
    """The project's held-out messages, signs of danger, and the clinic's own ways to ask."""
    held_out = [
        Case(text, label)
        for path in sorted(HELD_OUT.glob("held_out_*.yml"))
        for label, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for text in texts
    ]
    danger = []
    for path in sorted(HELD_OUT.glob("danger_held_out.tsv")):
        with path.open(encoding="utf-8") as rows:
            found = csv.DictReader(rows, delimiter="\t")
            danger = [
                Case(row["message"], row["level"]) for row in found if row["level"] in ("U1", "U2")
            ]
    asks = json.loads((folder / "asks.json").read_text(encoding="utf-8"))
    own = [Case(text, f"faq/{topic}") for topic, texts in asks.items() for text in texts]
    return {"held-out messages": held_out, "signs of danger": danger, "your own ways to ask": own}


def measured(candidate: Path, cases: dict[str, list[Case]], now: Path) -> list[Figures]:
    """Each set as both models read it."""
    texts = [case for some in cases.values() for case in some]
    before, after = _read(now, texts), _read(candidate, texts)
    return [
        Figures(
            name,
            sum(before[case.text] == case.wanted for case in some),
            sum(after[case.text] == case.wanted for case in some),
            len(some),
            [c.text for c in some if before[c.text] == c.wanted != after[c.text]],
        )
        for name, some in cases.items()
    ]


def _read(model: Path, cases: Sequence[Case]) -> dict[str, str]:
    """What a model understands of each text: its answer or intent; of a sign of danger, its level."""
    from assistant.__main__ import run_graphs_in_order

    run_graphs_in_order()
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))

    async def all_of() -> dict[str, str]:
        return {
            case.text: _understood(await agent.parse_message(case.text), case.wanted)
            for case in cases
        }

    return asyncio.run(all_of())


def _understood(parsed: dict[str, Any], wanted: str) -> str:
    if wanted in ("U1", "U2"):
        return str((parsed.get("safety") or {}).get("level") or "")
    name = str(parsed["intent"]["name"])
    if name == "faq":
        return str(parsed["response_selector"]["faq"]["response"]["intent_response_key"])
    return OUT_OF_SCOPE if wanted == OUT_OF_SCOPE else name  # whatever it is, it is no wrong answer


def worse(figures: Sequence[Figures]) -> str:
    """Why the new model may not take over; "" when it may."""
    held_out, danger, own = figures
    if not held_out.of or not danger.of:
        return "The project's held-out messages are not here, so the new model cannot be measured."
    if danger.new < danger.now:
        return f"It misses {danger.now - danger.new} signs of danger that are seen today."
    if held_out.now - held_out.new > MOST_LOST * held_out.of:
        return (
            f"Of {held_out.of} messages that it never saw it reads {held_out.new} right; today it is "
            f"{held_out.now}. A new way to ask probably belongs to another answer."
        )
    if own.new < max(own.now, FEWEST_OWN * own.of):
        return f"Of your own {own.of} ways to ask only {own.new} would get their answer ({own.now} today)."
    return ""


def _progress(folder: Path, step: str, share: float) -> None:
    _write(folder / "progress.json", {"step": step, "share": share})


def _write(path: Path, content: Any) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
