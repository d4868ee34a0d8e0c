"""Writes what the encoders made of the training's texts to where the project ships it.

    python -m scripts.ship_vectors

Run it after a training that read many new texts; whoever sets the project up then need not read them
(tests/assistant/nlu/test_featurizer.py reads some again and compares).
"""

from __future__ import annotations

from assistant.nlu.encoder import DEFAULT_FOLDER, THOROUGH_FOLDER, KeptVectors
from scripts.train import ROOT


def main() -> None:
    """Write them and say how many texts there are."""
    for name in (DEFAULT_FOLDER, THOROUGH_FOLDER):
        print(f"{name}: {KeptVectors(ROOT / name).ship():,} texts more.")


if __name__ == "__main__":
    main()
