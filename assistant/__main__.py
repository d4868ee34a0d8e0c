"""Rasa's own command line, without TensorFlow when nothing in config.yml needs it.

    python -m assistant run …                        instead of: rasa run …
    ASSISTANT_WITH_TENSORFLOW=true python -m …       as Rasa does it

A running Rasa imports TensorFlow for three modules that only training uses (ONLY_FOR_TRAINING): two
that feed TensorFlow models, and the one that checks config.yml before a training. They are replaced
by modules whose classes cannot be used; Rasa itself is not changed. It saves about half of the
process's memory (benchmarks/README.md). Training and `rasa test` run Rasa unchanged.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import yaml

CONFIG = Path("config.yml")
NEEDS_TENSORFLOW = {
    "DIETClassifier",
    "ResponseSelector",
    "ConveRTFeaturizer",
    "LanguageModelFeaturizer",
    "TEDPolicy",
    "UnexpecTEDIntentPolicy",
}
ONLY_FOR_TRAINING = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator", "RasaDataGenerator"),
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
}


def needs_tensorflow(config: Path, switch: str) -> bool:
    """Does a component of ``config`` use TensorFlow, or does the switch ask for it?"""
    if switch.lower() == "true":
        return True
    found = yaml.safe_load(config.read_text(encoding="utf-8"))
    steps = [*found.get("pipeline", []), *found.get("policies", [])]
    return any(step["name"].rpartition(".")[2] in NEEDS_TENSORFLOW for step in steps)


def leave_tensorflow_out() -> None:
    """Put modules in place of those that import TensorFlow; their classes raise when used."""
    for name, classes in ONLY_FOR_TRAINING.items():
        module = ModuleType(name, "Stands in for a module that only training needs.")
        for each in classes:
            setattr(module, each, type(each, (), {"__init__": _refuse}))
        sys.modules[name] = module
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # for spaCy, which tries it, too


def _refuse(*args: object, **kwargs: object) -> None:
    raise RuntimeError("TensorFlow was left out: start with ASSISTANT_WITH_TENSORFLOW=true")


def run_graphs_in_order() -> None:
    """Let Rasa load models with our runner (rasa 3.6.21 names its own in ``core/processor.py``)."""
    import rasa.core.processor

    from assistant.graph_runner import InOrderGraphRunner

    rasa.core.processor.DaskGraphRunner = InOrderGraphRunner


def main() -> None:
    """Hand over to Rasa."""
    if not needs_tensorflow(CONFIG, os.environ.get("ASSISTANT_WITH_TENSORFLOW") or ""):
        leave_tensorflow_out()
    run_graphs_in_order()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
