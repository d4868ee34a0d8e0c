"""Rasa without TensorFlow: to run, to train and to test, as long as no component needs it.

Rasa 3.6.21 imports TensorFlow with eight modules that only components of TensorFlow use. They are
replaced by modules whose classes cannot be used; Rasa itself is not changed. It saves two gigabytes of
installation, half of the memory of a running assistant, and seconds of every start
(benchmarks/README.md). Whoever adds such a component installs requirements-tensorflow.lock.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import yaml

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"
REMEDY = "bash scripts/install requirements-tensorflow.lock"
COMPONENTS = {
    "DIETClassifier": "rasa.nlu.classifiers.diet_classifier",
    "ResponseSelector": "rasa.nlu.selectors.response_selector",
    "ConveRTFeaturizer": "rasa.nlu.featurizers.dense_featurizer.convert_featurizer",
    "LanguageModelFeaturizer": "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
    "TEDPolicy": "rasa.core.policies.ted_policy",
    "UnexpecTEDIntentPolicy": "rasa.core.policies.unexpected_intent_policy",
}
"""Every component of Rasa that needs TensorFlow, and where it is."""
THEIR_TOOLS = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator", "RasaDataGenerator"),
}


def needed_by(config: Path = CONFIG) -> list[str]:
    """The components of ``config`` that need TensorFlow."""
    found = yaml.safe_load(config.read_text(encoding="utf-8"))
    steps = [*found.get("pipeline", []), *found.get("policies", [])]
    names = [step["name"].rpartition(".")[2] for step in steps]
    return [name for name in names if name in COMPONENTS]


def leave_out_if_unneeded(config: Path = CONFIG) -> None:
    """Leave TensorFlow out, unless it is needed or ASSISTANT_WITH_TENSORFLOW is true.

    Ends the process with one sentence when it is needed and not installed.
    """
    needed = needed_by(config)
    switched_on = os.environ.get("ASSISTANT_WITH_TENSORFLOW", "").lower() == "true"
    if not (needed or switched_on):
        leave_out()
    elif find_spec("tensorflow") is None:
        why = f"config.yml: component '{needed[0]}'" if needed else "ASSISTANT_WITH_TENSORFLOW=true"
        sys.exit(f"{why} needs TensorFlow, which is not installed; run '{REMEDY}'.")


def leave_out() -> None:
    """Put modules in place of those that import TensorFlow; their classes raise when used."""
    modules = {module: (name,) for name, module in COMPONENTS.items()} | THEIR_TOOLS
    for name, classes in modules.items():
        module = ModuleType(name, "Stands in for a module that needs TensorFlow.")
        for each in classes:
            made = {"__init__": _refuse, "__module__": name}
            setattr(module, each, type(each, (), made))
        sys.modules[name] = module
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # for spaCy, which tries it, too


def _refuse(*args: object, **kwargs: object) -> None:
    raise RuntimeError(
        f"TensorFlow was left out; run '{REMEDY}' and start with ASSISTANT_WITH_TENSORFLOW=true."
    )
