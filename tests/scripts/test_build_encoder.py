from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.nlu.encoder import SentenceEncoder
from scripts import build_encoder
from scripts.build_encoder import (
    DIGESTS,
    GRAPH,
    TARGET,
    TOKENIZER,
    EncoderError,
    build,
    checked,
    find_source,
    is_up_to_date,
    write_graph,
)

SENTENCES = [
    "does the zapping hurt lol",
    "im on roaccutane can i still do it",
    "will it burn my brown skin and how many times do i need to come",
    "45, olive skin, loose neck",
    "how much is it?",
    "hi",
    "I was told that the redness goes after a day, but it has been a week now",
    "what is collagen",
]


def test_the_small_encoder_means_what_the_full_one_means(tmp_path: Path) -> None:
    build()
    full_graph = tmp_path / GRAPH
    write_graph(find_source("model.safetensors"), full_graph, quantised=False)
    (tmp_path / TOKENIZER).write_bytes(find_source("tokenizer.json").read_bytes())
    full = np.vstack([SentenceEncoder(tmp_path).encode([text]) for text in SENTENCES])
    small = np.vstack([SentenceEncoder(TARGET).encode([text]) for text in SENTENCES])
    cosines = (full * small).sum(axis=1)
    assert cosines.mean() > 0.985
    assert cosines.min() > 0.97
    assert (TARGET / GRAPH).stat().st_size < full_graph.stat().st_size / 3


def test_known_neighbours_are_near_in_the_full_encoder(tmp_path: Path) -> None:
    write_graph(find_source("model.safetensors"), tmp_path / GRAPH, quantised=False)
    (tmp_path / TOKENIZER).write_bytes(find_source("tokenizer.json").read_bytes())
    rows = SentenceEncoder(tmp_path).encode(
        ["That is a happy person", "That is a very happy person"]
    )
    assert float(rows[0] @ rows[1]) == pytest.approx(0.94, abs=0.02)


def test_built_once_it_is_not_built_again() -> None:
    build()
    start = time.perf_counter()
    assert not build()
    assert time.perf_counter() - start < 1


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    build()
    for name in (GRAPH, TOKENIZER, DIGESTS):
        (tmp_path / name).write_bytes((TARGET / name).read_bytes())
    assert is_up_to_date(tmp_path)
    (tmp_path / TOKENIZER).write_text("{}")
    assert not is_up_to_date(tmp_path)


def test_another_recipe_is_noticed(tmp_path: Path) -> None:
    known = json.loads((TARGET / DIGESTS).read_text())
    for name in (GRAPH, TOKENIZER):
        (tmp_path / name).write_bytes((TARGET / name).read_bytes())
    (tmp_path / DIGESTS).write_text(json.dumps({**known, "recipe": "old"}))
    assert not is_up_to_date(tmp_path)


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"not the weights")
    with pytest.raises(
        EncoderError, match=r"model\.safetensors.*allowed is only 53aa.*Nothing was"
    ):
        checked(forged, build_encoder.OFFICIAL["model.safetensors"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_encoder, "WHEEL", "no-such-wheel")
    with pytest.raises(EncoderError, match="'no-such-wheel' is not installed; run 'make install'"):
        find_source("model.safetensors")


def test_building_needs_no_torch() -> None:
    code = "import sys, scripts.build_encoder as b; b.build(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=build_encoder.ROOT)
