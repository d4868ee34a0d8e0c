from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.nlu.encoder import SentenceEncoder
from scripts import build_encoder
from scripts.build_encoder import (
    DIGESTS,
    GRAPH,
    ROOT,
    SOURCES,
    TOKENIZER,
    WEIGHTS,
    EncoderError,
    Source,
    build,
    is_up_to_date,
    official_files,
    write_full,
)
from scripts.encoder_graph import distance_buckets

QUICK, THOROUGH = SOURCES
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


@pytest.fixture(scope="module", params=SOURCES, ids=lambda source: source.shape.name)
def source(request: pytest.FixtureRequest) -> Source:
    build(request.param)
    return request.param


@pytest.fixture(scope="module")
def full(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder in 32 bits."""
    folder = tmp_path_factory.mktemp("full")
    with official_files(source) as files:
        write_full(source, files[WEIGHTS], folder / GRAPH)
        (folder / TOKENIZER).write_bytes(files[TOKENIZER].read_bytes())
    return folder


def test_the_small_encoder_means_what_the_full_one_means(source: Source, full: Path) -> None:
    wide, small = (
        np.vstack([SentenceEncoder(folder).encode([text]) for text in SENTENCES])
        for folder in (full, ROOT / source.folder)
    )
    cosines = (wide * small).sum(axis=1)
    least, mean = (0.985, 0.997) if source == THOROUGH else (0.95, 0.98)
    assert cosines.mean() > mean
    assert cosines.min() > least
    assert (ROOT / source.folder / GRAPH).stat().st_size < (full / GRAPH).stat().st_size / 3


def test_known_neighbours_are_near_in_the_full_encoder(source: Source, full: Path) -> None:
    rows = SentenceEncoder(full).encode(["That is a happy person", "That is a very happy person"])
    near = 0.94 if source == QUICK else 0.967
    assert float(rows[0] @ rows[1]) == pytest.approx(near, abs=0.02)


def test_the_thorough_encoder_is_the_one_of_transformers(source: Source, full: Path) -> None:
    """Against what transformers 5.24 with torch 2.14 makes of the same sentence (recorded)."""
    if source == THOROUGH:
        vector = SentenceEncoder(full).encode([SENTENCES[6]])[0]
        assert vector[:5] == pytest.approx([0.0222, -0.0670, -0.0114, -0.0350, -0.0138], abs=1e-4)


def test_padding_changes_nothing(full: Path) -> None:
    encoder = SentenceEncoder(full)
    together = encoder.encode(SENTENCES)
    alone = np.vstack([encoder.encode([text]) for text in SENTENCES])
    assert np.abs(together - alone).max() < 1e-4


def test_a_text_without_words_means_nothing(source: Source) -> None:
    encoder = SentenceEncoder(ROOT / source.folder)
    assert not encoder.encode(["", "  ", "does it hurt"])[:2].any()


def test_built_once_it_is_not_built_again(source: Source) -> None:
    assert not build(source)


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    build(QUICK)
    for name in (GRAPH, TOKENIZER, DIGESTS):
        (tmp_path / name).write_bytes((ROOT / QUICK.folder / name).read_bytes())
    assert is_up_to_date(QUICK, tmp_path)
    (tmp_path / TOKENIZER).write_text("{}")
    assert not is_up_to_date(QUICK, tmp_path)


def test_another_recipe_is_noticed(tmp_path: Path) -> None:
    known = json.loads((ROOT / QUICK.folder / DIGESTS).read_text())
    for name in (GRAPH, TOKENIZER):
        (tmp_path / name).write_bytes((ROOT / QUICK.folder / name).read_bytes())
    (tmp_path / DIGESTS).write_text(json.dumps({**known, "recipe": "old"}))
    assert not is_up_to_date(QUICK, tmp_path)


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path) -> None:
    forged = replace(QUICK, official={**QUICK.official, WEIGHTS: "0" * 64})
    with pytest.raises(EncoderError, match=r"model\.safetensors.*allowed is only 000.*Nothing was"):
        build(forged, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="'no-such-wheel' is not installed; run 'make install'"):
        build(replace(QUICK, wheels=("no-such-wheel",)), tmp_path)


def test_a_part_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="make no zip file"):
        build(replace(THOROUGH, wheels=THOROUGH.wheels[:4]), tmp_path)


def test_near_places_have_a_distance_each_and_far_ones_share() -> None:
    buckets = distance_buckets(128)
    assert buckets[5, 5] == 0
    assert [buckets[10, 10 - away] for away in (1, 7)] == [1, 7]
    assert [buckets[10, 10 + away] for away in (1, 7)] == [17, 23]
    assert buckets[127, 0] == 15
    assert buckets[0, 127] == 31
    assert len(set(buckets.ravel())) == 31  # nothing stands nowhere after itself


def test_building_needs_no_torch() -> None:
    code = "import sys, scripts.build_encoder as b; b.main(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=build_encoder.ROOT)
