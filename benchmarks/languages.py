"""Another language measured on its held-out sets, through the trained assistant in one process.

    python -m benchmarks.languages es [--page var/asked-es.html]

The trained English model learns the language in a copy, var/assistant-<code>.tar.gz, as a training with
``languages: [en, es]`` would; English is the same in both. A copy that is there is used again while
what it was made from stands. Prints one table for benchmarks/README.md, and what went wrong to stderr.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.core.agent import Agent
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.utils.log_utils import configure_structlog
from sklearn.metrics import roc_auc_score

from assistant.language import hear
from assistant.nlu.classifier import FaqIntentClassifier
from assistant.nlu.danger.decide import ACT, ASK
from assistant.nlu.gloss import gloss
from assistant.nlu.safety import SafetyCheck
from benchmarks import asked
from benchmarks.in_process import Conversation
from benchmarks.understanding_rasa import OUT_OF_SCOPE, Case, Result, understand
from clinic.spoken import ENGLISH
from scripts.train import MODEL, ROOT, inputs_digest
from tests.assistant.held_out import FOLDER, read_held_out

SETS = {"es": "spanish"}
"""What the files of a language's held-out sets begin with."""
WEIGHED = 150  # messages after which memory and the time of a message are read


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``wanted`` is None where nothing is asked for."""

    what: str
    measured: float
    wanted: float | None = None
    at_most: bool = False

    @property
    def falls_short(self) -> bool:
        """Is it not as wanted?"""
        if self.wanted is None:
            return False
        return self.measured > self.wanted if self.at_most else self.measured < self.wanted

    def row(self) -> str:
        """A line of Markdown."""
        wanted = "" if self.wanted is None else f"{'≤' if self.at_most else '≥'} {self.wanted:g}"
        short = " **short**" if self.falls_short else ""
        return f"| {self.what} | {wanted} | {self.measured:.3f}{short} |"


def read_set(code: str, name: str) -> list[list[str]]:
    """The rows of one held-out set."""
    path = FOLDER / f"{SETS[code]}_{name}.tsv"
    with path.open(encoding="utf-8") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def serve(code: str, folder: Path) -> None:
    """Serve the sample clinic in this process, with the language switched on."""
    content = yaml.safe_load((ROOT / "clinic.yml").read_text(encoding="utf-8"))
    content.setdefault("assistant", {})["languages"] = list(dict.fromkeys((ENGLISH, code)))
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    os.environ["CLINIC_FILE"] = str(path)


def speaking(code: str) -> Path:
    """The trained model with the language. Raise SystemExit when there is no trained model."""
    if not MODEL.exists():
        raise SystemExit("There is no trained model; run 'make train' first.")
    model = ROOT / "var" / f"assistant-{code}.tar.gz"
    stamp, want = model.with_suffix(".sha256"), inputs_digest()
    if not (model.exists() and stamp.exists() and stamp.read_text() == want):
        with tempfile.TemporaryDirectory() as work:
            with tarfile.open(MODEL) as archive:
                archive.extractall(work, filter="data")
            for component in (FaqIntentClassifier, SafetyCheck):
                learn(component, code, Path(work) / "components")
            with tarfile.open(model, "w:gz") as archive:
                archive.add(work, arcname="")
        stamp.write_text(want)
    return model


def learn(component: type[Any], code: str, components: Path) -> None:
    """Let one part of an unpacked model learn the language of the served clinic beside its English."""
    name = f"{component.__module__}.{component.__name__}"
    folder = next(components.glob(f"train_{name}*"))
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    own = next(part for part in pipeline if part["name"] == name)
    settings = {**component.get_default_config(), **own}
    storage, resource = LocalModelStorage(components), Resource(folder.name)
    shutil.rmtree(folder / code, ignore_errors=True)
    context = ExecutionContext(GraphSchema({}), node_name=folder.name)
    part = component.load(settings, storage, resource, context)
    part.learn_others(component.model_class.load(folder).english)


def weigh(model: Path, code: str) -> tuple[float, float]:
    """Memory in MB and the median processor time of a message in ms, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, code, "--weigh", str(model)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    megabytes, milliseconds = json.loads(done.stdout.splitlines()[-1])
    return megabytes, milliseconds


def weighed(model: Path, code: str) -> tuple[float, float]:
    """The same in this process: after messages in English, and in the language the model speaks."""
    agent = Agent.load(str(model))
    cases = [Case(text, label) for text, label in read_held_out()[::5][:WEIGHED]]
    results = understand(agent, cases)
    if code != ENGLISH:
        rows = read_set(code, "faq")[::5][:WEIGHED]
        results = understand(agent, [Case(row[1], row[0]) for row in rows], code)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    median = float(np.median([one.processor_milliseconds for one in results]))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, median


def understood(agent: Agent, code: str) -> Iterator[Figure]:
    """What is asked, said, and out of scope."""
    sets = {name: [Case(r[1], r[0]) for r in read_set(code, name)] for name in ("faq", "intents")}
    sets["oos"] = [Case(row[0], OUT_OF_SCOPE) for row in read_set(code, "oos")]
    read = {name: understand(agent, cases, code) for name, cases in sets.items()}
    faq, outside = read["faq"], read["oos"]
    for one in (*faq, *read["intents"]):
        if one.label != one.case.label:
            print(f"{one.case.label} <- {one.label}: {one.case.text}", file=sys.stderr)
    near = [one.case.label in (one.label, *one.nearest) for one in faq]
    inside = [*faq, *read["intents"]]
    scores = [one.confidence for one in (*inside, *outside)]
    scope = [True] * len(inside) + [False] * len(outside)
    yield Figure(f"right first, {len(faq)} messages", _share(faq, _is_right), 0.9)
    yield Figure("among three", float(np.mean(near)), 0.96)
    yield Figure(f"what is no question, {len(read['intents'])}", _share(read["intents"], _is_right))
    yield Figure("AUROC in or out of scope", float(roc_auc_score(scope, scores)), 0.94)
    yield Figure(f"out of scope answered, {len(outside)}", _share(outside, lambda r: r.answered))
    yield Figure("in scope asked back", 1 - _share(faq, lambda r: r.answered))
    yield Figure("ordinary questions asked whether it happens now", _share(faq, _is_asked))
    yield Figure("ordinary questions told to call", _share(faq, _is_told))
    heard = [hear(one.case.text, None).language == code for one in faq]
    yield Figure("language heard", float(np.mean(heard)))


def in_danger(agent: Agent, code: str) -> Iterator[Figure]:
    """Who is in danger, and who is near it and calm."""
    rows = read_set(code, "danger")
    for level, name in (("U1", "danger now"), ("U2", "danger soon"), ("calm", "calm but near")):
        cases = [Case(text, kind) for one, kind, text in rows if one == level]
        results = understand(agent, cases, code)
        asked_first, told = _share(results, _is_asked), _share(results, _is_told)
        if level == "calm":
            yield Figure(f"{name}, {len(cases)}: asked", asked_first, 0.08, at_most=True)
        else:
            yield Figure(f"{name}, {len(cases)}: heard", asked_first + told, 0.98)
        yield Figure(f"{name}: told to call", told)
        for one in results:
            if (one.danger is None) == (level != "calm"):
                print(f"{level} {one.case.label} {one.danger}: {one.case.text}", file=sys.stderr)


def handled(conversation: Conversation, code: str, page: Path) -> Iterator[Figure]:
    """The relatives of what people ask, by the judge of benchmarks/asked.py on the gloss."""
    cases = asked.read_cases(FOLDER / f"{SETS[code]}_asked.yml")
    judged = asked.run(conversation, asked.Judge(gloss(code).read), cases)
    page.write_text(asked.page(judged), encoding="utf-8")
    yield Figure(f"asked, {len(judged)}: right", float(np.mean([one.right for one in judged])))
    yield Figure("asked: handled well", float(np.mean([one.well for one in judged])), 0.9)


def _share(results: Sequence[Result], what: Callable[[Result], bool]) -> float:
    return float(np.mean([what(one) for one in results]))


def _is_right(one: Result) -> bool:
    return one.label == one.case.label


def _is_asked(one: Result) -> bool:
    return one.danger == ASK


def _is_told(one: Result) -> bool:
    return one.danger == ACT


def figures(code: str, page: Path) -> Iterator[Figure]:
    """Every figure of one language."""
    model = speaking(code)
    conversation = Conversation(str(model))
    yield from understood(conversation.agent, code)
    yield from in_danger(conversation.agent, code)
    yield from handled(conversation, code, page)
    alone, both = weigh(MODEL, ENGLISH), weigh(model, code)
    yield Figure("memory added, MB", both[0] - alone[0], 120, at_most=True)
    yield Figure("median of a message, ms more than English", both[1] - alone[1], 3, at_most=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=[*SETS, ENGLISH])
    parser.add_argument("--page", type=Path, default=ROOT / "var" / "asked.html")
    parser.add_argument("--weigh", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_structlog(logging.ERROR)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        serve(options.language, Path(folder))
        if options.weigh:
            print(json.dumps(weighed(options.weigh, options.language)))
            return
        print("| what | asked for | measured |\n| --- | --- | --- |")
        for figure in figures(options.language, options.page):
            print(figure.row(), flush=True)


if __name__ == "__main__":
    main()
