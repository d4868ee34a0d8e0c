"""Measures understanding: HINT3 (real users' messages to real bots, half of them out of scope) and
our own held-out messages, with this project's config.yml, through rasa's own training and parsing.

    python -m benchmarks.understanding --own        our held-out messages, also misspelt; `make eval`
    python -m benchmarks.understanding --hint3      HINT3, ours and the pipeline of `rasa init` in the
                                                    same run, mean of --seeds N; `make bench-nlu`

The table is printed and written into benchmarks/understanding.md, each part under its own heading.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import yaml
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from benchmarks.understanding_rasa import (
    OUT_OF_SCOPE,
    Case,
    Result,
    Trained,
    read_csv,
    train,
    understand,
    write_training_file,
)
from tests.assistant.held_out import read_held_out

ROOT = Path(__file__).resolve().parent.parent
HINT3 = ROOT.parent / "shared" / "benchmarks" / "hint3"
OUTPUT = ROOT / "benchmarks" / "understanding.md"
OWN_CONFIG = ROOT / "config.yml"
STOCK_CONFIG = ROOT / "benchmarks" / "stock_config.yml"
COLUMNS = (
    "set, pipeline",
    "messages",
    "accuracy in scope, no gate",
    "among the best three",
    "right and answered",
    "AUROC in scope?",
    "out of scope caught",
    "in scope asked back",
    "MCC",
    "train s",
    "model MB",
    "p50 ms",
    "p95 ms",
    "p50 processor ms",
)


@dataclass(frozen=True)
class Run:
    """One pipeline on one set."""

    name: str
    trained: Trained
    results: list[Result]

    def row(self) -> list[str]:
        """The figures, in the order of COLUMNS."""
        inside = [result for result in self.results if result.case.label != OUT_OF_SCOPE]
        outside = [result for result in self.results if result.case.label == OUT_OF_SCOPE]
        right = [result.label == result.case.label for result in inside]
        answered = [result.answered for result in inside]
        near = [r.case.label in r.nearest for r in inside if r.case.label.startswith("faq/")]
        times = [result.milliseconds for result in self.results]
        return [
            self.name,
            str(len(self.results)),
            f"{np.mean(right):.3f}",
            f"{np.mean(near):.3f}" if near else "",
            f"{np.mean(np.logical_and(right, answered)):.3f}",
            f"{self._auroc():.3f}" if outside else "",
            f"{1 - np.mean([result.answered for result in outside]):.3f}" if outside else "",
            f"{1 - np.mean(answered):.3f}",
            f"{self._matthews():.3f}",
            f"{self.trained.seconds:.0f}",
            f"{self.trained.megabytes:.1f}",
            f"{np.percentile(times, 50):.1f}",
            f"{np.percentile(times, 95):.1f}",
            f"{np.percentile([r.processor_milliseconds for r in self.results], 50):.1f}",
        ]

    def _auroc(self) -> float:
        inside = [result.case.label != OUT_OF_SCOPE for result in self.results]
        return float(roc_auc_score(inside, [result.confidence for result in self.results]))

    def _matthews(self) -> float:
        truth = [result.case.label for result in self.results]
        said = [result.label if result.answered else OUT_OF_SCOPE for result in self.results]
        return float(matthews_corrcoef(truth, said))

    def mistakes(self) -> Iterator[str]:
        """Each message in scope that got a wrong label."""
        for result in self.results:
            if result.label != result.case.label != OUT_OF_SCOPE:
                yield f"{result.case.label} <- {result.label}: {result.case.text}"


def run_hint3(name: str, config: Path, label: str, seed: int) -> Run:
    """Train on one HINT3 set and understand its test messages."""
    examples = read_csv(HINT3 / f"{name}_train.csv", OUT_OF_SCOPE)
    cases = read_csv(HINT3 / f"{name}_test.csv", "NO_NODES_DETECTED")
    with tempfile.TemporaryDirectory() as work:
        data = write_training_file(examples, Path(work))
        trained = train(seeded(config, seed, Path(work)), data, Path(work))
        return Run(f"{name}, {label}, seed {seed}", trained, understand(trained.agent, cases))


def seeded(config: Path, seed: int, folder: Path) -> Path:
    """A copy of the configuration in which every component that draws lots starts at ``seed``."""
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    for component in content["pipeline"]:
        if component["name"] in ("DIETClassifier", "ResponseSelector"):
            component["random_seed"] = seed
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def run_own() -> list[Run]:
    """Understand the held-out messages of tests/assistant/data/, as written and misspelt."""
    cases = [
        Case(text, OUT_OF_SCOPE if label.startswith("oos_") else label)
        for text, label in read_held_out()
    ]
    misspelt = [Case(misspell(case.text), case.label) for case in cases]
    with tempfile.TemporaryDirectory() as work:
        trained = train(OWN_CONFIG, ROOT / "data", Path(work), ROOT / "domain.yml")
        return [
            Run("held-out messages", trained, understand(trained.agent, cases)),
            Run("the same, 10 % of words misspelt", trained, understand(trained.agent, misspelt)),
        ]


def misspell(text: str) -> str:
    """One slip in about every tenth word of four letters or more; the same for the same text."""
    chance = random.Random(text)  # noqa: S311
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    wanted = len(words) / 10
    count = int(wanted) + (chance.random() < wanted % 1)
    for place in chance.sample(long, min(count, len(long))):
        word, at = words[place], chance.randrange(1, len(words[place]) - 1)
        words[place] = chance.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    return " ".join(words)


def as_table(runs: Sequence[Run]) -> str:
    """A Markdown table."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(run.row() for run in runs)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(heading: str, table: str) -> None:
    """Put a table under its heading in benchmarks/understanding.md; the other parts stay."""
    text = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else "# Understanding, measured\n"
    parts = dict(re.findall(r"^## (.+)\n\n([\s\S]+?)(?=\n## |\Z)", text, re.M))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    command = f"python -m benchmarks.understanding {' '.join(sys.argv[1:])}"
    parts[heading] = f"`{command}`, {date.today()}, {machine}\n\n{table}\n"
    body = "\n".join(f"## {name}\n\n{part}" for name, part in parts.items())
    OUTPUT.write_text(f"# Understanding, measured\n\n{body}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--hint3", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.own:
        runs = run_own()
        print(table := as_table(runs), *runs[0].mistakes(), sep="\n")
        write("Our own held-out messages", table)
    if options.hint3:
        pipelines = [(OWN_CONFIG, "ours", 1)]
        pipelines += [(STOCK_CONFIG, "stock", seed) for seed in range(1, options.seeds + 1)]
        runs = [
            run_hint3(name, *pipeline)
            for name in ("curekart", "sofmattress")
            for pipeline in pipelines
        ]
        print(table := as_table(runs))
        write("HINT3", table)


if __name__ == "__main__":
    main()
