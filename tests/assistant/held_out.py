"""Reads the held-out messages: written apart from the training phrases, never used for training."""

from __future__ import annotations

from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "data"
OUT_OF_SCOPE = ""


def read_held_out() -> list[tuple[str, str]]:
    """Every message with its label (an intent, ``faq/<topic>``, or "" for out of scope)."""
    return [
        (text, "" if label == "out_of_scope" else label)
        for path in sorted(FOLDER.glob("held_out_*.yml"))
        for label, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for text in texts
    ]
