"""Trains a pipeline with rasa on labelled texts, and understands messages with it."""

from __future__ import annotations

import asyncio
import csv
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.model_training import train_nlu
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from assistant.nlu.component import LANGUAGE
from clinic.spoken import ENGLISH

NOT_UNDERSTOOD = "nlu_fallback"
REFUSALS = "oos_"  # our own intents for what is out of scope
OUT_OF_SCOPE = ""


@dataclass(frozen=True)
class Case:
    """A message and the label it should get: an intent, ``faq/<topic>``, or OUT_OF_SCOPE."""

    text: str
    label: str


@dataclass(frozen=True)
class Result:
    """The best label for a message, whether it cleared the gate, and what it took.

    ``danger`` is the check's decision: "act", "ask", or None.
    """

    case: Case
    label: str
    nearest: tuple[str, ...]
    answered: bool
    confidence: float
    milliseconds: float
    processor_milliseconds: float
    danger: str | None = None


@dataclass(frozen=True)
class Trained:
    """A loaded agent and what training it took."""

    agent: Agent
    seconds: float
    megabytes: float


def read_csv(path: Path, out_of_scope: str) -> list[Case]:
    """Read `sentence,label` lines."""
    with path.open(encoding="utf-8") as lines:
        rows = [(row["sentence"], row["label"]) for row in csv.DictReader(lines)]
    return [Case(text, OUT_OF_SCOPE if label == out_of_scope else label) for text, label in rows]


def write_training_file(cases: Sequence[Case], folder: Path) -> Path:
    """Write examples as rasa YAML; brackets, which would mark entities, become round."""
    rounded = str.maketrans("[]{}", "()()")
    messages = [Message.build(case.text.translate(rounded), case.label) for case in cases]
    path = folder / "nlu.yml"
    RasaYAMLWriter().dump(str(path), TrainingData(messages))
    return path


def train(config: Path, data: Path, folder: Path, domain: Path | None = None) -> Trained:
    """Train with an empty cache, and load the model."""
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    start = time.perf_counter()
    model = train_nlu(str(config), str(data), str(folder / "models"), domain=domain and str(domain))
    seconds = time.perf_counter() - start
    if model is None:
        raise RuntimeError(f"rasa trained nothing from '{data}'.")
    return Trained(Agent.load(model), seconds, Path(model).stat().st_size / 1e6)


def understand(agent: Agent, cases: Sequence[Case], language: str = ENGLISH) -> list[Result]:
    """Parse each message, one by one and on one thread, as the running assistant does."""
    with threadpool_limits(limits=1):
        asyncio.run(agent.parse_message("warm up, please"))
        return [_understand(agent, case, language) for case in cases]


def _understand(agent: Agent, case: Case, language: str) -> Result:
    start, used = time.perf_counter(), time.process_time()
    message = UserMessage(case.text.replace("/", " "), metadata={LANGUAGE: language})
    parsed = asyncio.run(agent.processor.parse_message(message))
    milliseconds = (time.perf_counter() - start) * 1000
    processor_milliseconds = (time.process_time() - used) * 1000
    ranking = [row for row in parsed["intent_ranking"] if row["name"] != NOT_UNDERSTOOD]
    best: dict[str, Any] = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    refused = best["name"].startswith(REFUSALS)
    selector = parsed.get("response_selector", {}).get("faq", {})
    nearest = tuple(row["intent_response_key"] for row in selector.get("ranking", []))
    return Result(
        case=case,
        label=nearest[0] if best["name"] == "faq" else best["name"],
        nearest=nearest,
        answered=parsed["intent"]["name"] != NOT_UNDERSTOOD and not refused,
        confidence=0.0 if refused else best["confidence"],
        milliseconds=milliseconds,
        processor_milliseconds=processor_milliseconds,
        danger=(parsed.get("safety") or {}).get("decision"),
    )
