"""Rasa's own command line: without TensorFlow (assistant/without_tensorflow.py), graphs in order.

python -m assistant run …                        instead of: rasa run …
python -m assistant train …                      instead of: rasa train …
ASSISTANT_WITH_TENSORFLOW=true python -m …       with TensorFlow
"""

from __future__ import annotations

import sys

from clinic.failures import in_one_line


def run_graphs_in_order() -> None:
    """Let Rasa load models with our runner (rasa 3.6.21 names its own in ``core/processor.py``)."""
    import rasa.core.processor

    from assistant.graph_runner import InOrderGraphRunner

    rasa.core.processor.DaskGraphRunner = InOrderGraphRunner


def keep_nothing_between_trainings() -> None:
    """Rasa 3.6.21 reads all data anew before and after each step, to know it again from a cache in ``.rasa``.

    Each of our steps depends on nearly all data, so nothing was ever found there.
    """
    from rasa.engine.training.hooks import TrainingHook

    TrainingHook.on_before_node = lambda *_, **__: {}
    TrainingHook.on_after_node = lambda *_, **__: None


def read_without_checking_the_shape() -> None:
    """Rasa 3.6.21 looks at the shape of all examples each time that it reads them, word by word.

    Of the project's own files `make check` does it, once.
    """
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    RasaYAMLReader.validate = lambda *_: None


def main() -> None:
    """Hand over to Rasa. Who trains sees tracebacks; the log of a running assistant holds none."""
    if sys.argv[1:2] == ["run"]:
        in_one_line()
    if sys.argv[1:2] == ["train"]:
        keep_nothing_between_trainings()
        if "--skip-validation" in sys.argv:
            read_without_checking_the_shape()
    run_graphs_in_order()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
