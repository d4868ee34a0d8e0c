"""Measures understanding: HINT3 (real users' messages to real bots, half of them out of scope) and
our own held-out messages, with this project's config.yml, through rasa's own training and parsing.

    python -m benchmarks.understanding [--hint3 FOLDER] [--stock] [--output FILE]

`--stock` measures the pipeline of `rasa init` on HINT3 in the same run (some minutes more).
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
OWN_CONFIG = ROOT / "config.yml"
STOCK_CONFIG = ROOT / "benchmarks" / "stock_config.yml"
COLUMNS = (
    "set, pipeline",
    "messages",
    "accuracy in scope, no gate",
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
        times = [result.milliseconds for result in self.results]
        return [
            self.name,
            str(len(self.results)),
            f"{np.mean(right):.3f}",
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


def run_hint3(folder: Path, name: str, config: Path, label: str) -> Run:
    """Train on one HINT3 set and understand its test messages."""
    examples = read_csv(folder / f"{name}_train.csv", OUT_OF_SCOPE)
    cases = read_csv(folder / f"{name}_test.csv", "NO_NODES_DETECTED")
    with tempfile.TemporaryDirectory() as work:
        data = write_training_file(examples, Path(work))
        trained = train(config, data, Path(work))
        return Run(f"{name}, {label}", trained, understand(trained.agent, cases))


def run_own() -> Run:
    """Train on data/ and understand the held-out messages of tests/assistant/data/."""
    cases = [
        Case(text, OUT_OF_SCOPE if label.startswith("oos_") else label)
        for text, label in read_held_out()
    ]
    with tempfile.TemporaryDirectory() as work:
        trained = train(OWN_CONFIG, ROOT / "data", Path(work), ROOT / "domain.yml")
        return Run("our held-out messages, ours", trained, understand(trained.agent, cases))


def as_table(runs: Sequence[Run]) -> str:
    """A Markdown table."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(run.row() for run in runs)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hint3", type=Path, default=HINT3)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "understanding.md")
    options = parser.parse_args()
    pipelines = [(OWN_CONFIG, "ours")] + [(STOCK_CONFIG, "stock")] * options.stock
    runs = [
        run_hint3(options.hint3, name, config, label)
        for name in ("curekart", "sofmattress")
        for config, label in pipelines
    ]
    runs.append(run_own())
    table = as_table(runs)
    print(table, *runs[-1].mistakes(), sep="\n")
    command = "python -m benchmarks.understanding " + " ".join(sys.argv[1:])
    head = f"# Understanding, measured\n\n`{command.strip()}` on {platform.processor() or platform.machine()}"
    options.output.write_text(f"{head}, Python {platform.python_version()}.\n\n{table}\n")


if __name__ == "__main__":
    main()
