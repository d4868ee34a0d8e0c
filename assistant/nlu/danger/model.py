"""The danger model: how likely a text tells of an emergency, of a bad reaction, or of neither.

One logistic regression over what the text means (sentence encoder), how it is written (n-grams) and
what the rules saw in it (facts.py). Trained at set-up on data/danger/*.yml, on a misspelt copy of
each, and lightly on the assistant's own training data, which is calm. Its two thresholds are set for
recall, on held-out folds of those sentences only.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from assistant.nlu.danger.facts import Evidence, Facts
from assistant.nlu.encoder import SentenceEncoder, Vectors
from assistant.nlu.medical.rules import DATA, read_yaml
from assistant.nlu.wording import Wording
from clinic.urgency import load_default as urgency

NUMBERS, WORDS = "danger.npz", "danger.json"
LABELS = ("U1", "U2", "calm")
FILES = {"U1": "now.yml", "U2": "soon.yml", "calm": "calm.yml"}
MEANING, WRITING, FACTS = 1.5, 1.2, 0.5
"""How much each kind of number weighs; chosen on held-out folds."""
STRENGTH = 6.0
COPY, FRAMED, OTHERS = 0.5, 0.3, 0.5
"""What a misspelt copy, a sentence made from a frame, and one of the assistant's own training data
count for."""
FRAMES_EACH = {"present": 6, "calm": 9}
FOLDS = 3
ACTED, HEARD = 0.92, 0.97
"""The shares of emergencies in held-out folds that are acted upon, and at least asked about."""


@dataclass(frozen=True)
class Example:
    """A sentence of data/danger/ and what it tells of: a sign, or a kind of calm."""

    text: str
    label: str
    sign: str


@dataclass(frozen=True)
class Likely:
    """How likely each level is; ``vector`` is what the text means."""

    emergency: float
    reaction: float
    vector: Vectors

    @property
    def danger(self) -> float:
        """How likely it is that something must be done."""
        return self.emergency + self.reaction


def read_examples(folder: Path = DATA / "danger") -> list[Example]:
    """Every sentence of now.yml, soon.yml and calm.yml."""
    return [
        Example(str(text), label, sign)
        for label, name in FILES.items()
        for sign, texts in read_yaml(folder / name).items()
        for text in texts
    ]


def framed(folder: Path = DATA / "danger") -> list[Example]:
    """Each thing of frames.yml in some of its frames, the same at every training."""
    data, levels = read_yaml(folder / "frames.yml"), urgency().events
    chance = random.Random(1)  # noqa: S311
    return [
        Example(
            frame.format(it=thing, who=chance.choice(data["relatives"])),
            levels[sign].level if kind == "present" else "calm",
            sign if kind == "present" else kind,
        )
        for sign, things in data["things"].items()
        for thing in things
        for kind, count in FRAMES_EACH.items()
        for frame in chance.sample(data[kind], count)
    ]


@dataclass(frozen=True)
class DangerModel:
    """A trained model."""

    act: float
    ask: float
    weights: NDArray[np.float32]  # (384 + facts + 1, labels)
    writing_weights: NDArray[np.float32]  # (n-grams, labels)
    wording: Wording
    vectors: Vectors  # of the examples that tell of danger
    signs: tuple[str, ...]
    levels: tuple[str, ...]

    def judge(self, evidence: Sequence[Evidence], facts: Facts, vectors: Vectors) -> list[Likely]:
        """How likely each text tells of danger."""
        dense = np.hstack(
            [MEANING * vectors, FACTS * facts.rows(evidence), np.ones((len(evidence), 1))]
        )
        written = self.wording.transform([one.text for one in evidence])
        scores = dense @ self.weights + WRITING * (written @ self.writing_weights)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return [
            Likely(float(share[0]), float(share[1]), vector)
            for share, vector in zip(shares, vectors, strict=True)
        ]

    def nearest(self, vector: Vectors, level: str) -> str:
        """The sign of the example of a level that means the most similar."""
        vectors, signs = self._by_level[level]
        return signs[int(np.argmax(vectors @ vector))]

    @cached_property
    def _by_level(self) -> dict[str, tuple[Vectors, list[str]]]:
        rows = {
            level: [place for place, other in enumerate(self.levels) if other == level]
            for level in LABELS[:2]
        }
        return {
            level: (self.vectors[places], [self.signs[place] for place in places])
            for level, places in rows.items()
        }

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS,
            weights=self.weights,
            writing_weights=self.writing_weights.astype(np.float16),
            characters=characters,
            words=words,
            vectors=self.vectors.astype(np.float16),
        )
        text = {
            "act": self.act,
            "ask": self.ask,
            "ngrams": self.wording.vocabularies,
            "signs": self.signs,
            "levels": self.levels,
        }
        (folder / WORDS).write_text(json.dumps(text), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> DangerModel:
        """Read what ``save`` wrote."""
        text = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS) as numbers:
            return cls(
                act=text["act"],
                ask=text["ask"],
                weights=numbers["weights"],
                writing_weights=numbers["writing_weights"].astype(np.float32),
                wording=Wording(text["ngrams"], [numbers["characters"], numbers["words"]]),
                vectors=numbers["vectors"].astype(np.float32),
                signs=tuple(text["signs"]),
                levels=tuple(text["levels"]),
            )


@dataclass(frozen=True)
class _Table:
    """Everything that is learned from; ``own`` are rows of data/danger/ as they are written."""

    features: csr_matrix
    labels: NDArray[np.intp]
    counts: NDArray[np.float64]
    own: NDArray[np.intp]
    source: NDArray[np.intp]  # the own sentence that a copy is of; -1 for others


def train(
    examples: Sequence[Example], calm: Sequence[str], facts: Facts, encoder: SentenceEncoder
) -> DangerModel:
    """Learn from our own examples and from other texts that are calm."""
    copies = [misspelt(example.text) for example in examples]
    more = framed()
    texts = [*(e.text for e in examples), *copies, *(e.text for e in more), *calm]
    evidence = [facts.read(text)[0] for text in texts]
    plain = [one.text for one in evidence]
    vectors = encoder.encode(plain)
    wording = Wording.learn(plain)
    features = hstack(
        [
            csr_matrix(MEANING * vectors),
            csr_matrix(FACTS * facts.rows(evidence)),
            csr_matrix(np.ones((len(texts), 1))),
            WRITING * wording.transform(plain),
        ]
    ).tocsr()
    own = _classes(examples)
    size = len(examples)
    table = _Table(
        features,
        np.concatenate([own, own, _classes(more), np.full(len(calm), LABELS.index("calm"))]),
        np.repeat([1.0, COPY, FRAMED, OTHERS], [size, size, len(more), len(calm)]),
        np.arange(size),
        np.concatenate([np.arange(size), np.arange(size), np.full(len(more) + len(calm), -1)]),
    )
    act, ask = _thresholds(table)
    weights = np.ascontiguousarray(_fit(table, np.ones(len(texts), bool)).T, np.float32)
    dense = vectors.shape[1] + len(facts.names) + 1
    danger = [i for i, example in enumerate(examples) if example.label != "calm"]
    return DangerModel(
        act,
        ask,
        weights[:dense],
        weights[dense:],
        wording,
        vectors[danger],
        tuple(examples[i].sign for i in danger),
        tuple(examples[i].label for i in danger),
    )


def _classes(examples: Sequence[Example]) -> NDArray[np.intp]:
    return np.array([LABELS.index(example.label) for example in examples])


def _fit(table: _Table, used: NDArray[np.bool_]) -> NDArray[np.float64]:
    model = LogisticRegression(C=STRENGTH, max_iter=150, tol=1e-2, fit_intercept=False)
    model.fit(table.features[used], table.labels[used], sample_weight=table.counts[used])
    found: NDArray[np.float64] = model.coef_
    return found


def _thresholds(table: _Table) -> tuple[float, float]:
    """The probabilities from which to act and to ask, on sentences that a model has not seen."""
    danger = held_out(table)
    urgent = danger[table.labels[table.own] == LABELS.index("U1")]
    return float(np.quantile(urgent, 1 - ACTED)), float(np.quantile(urgent, 1 - HEARD))


def held_out(table: _Table) -> NDArray[np.float64]:
    """The probability of danger of each own sentence, by a model that saw neither it nor its copy."""
    danger = np.zeros(len(table.own))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    for _, held in folds.split(table.own, table.labels[table.own]):
        weights = _fit(table, ~np.isin(table.source, held))
        scores = table.features[held] @ weights.T
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        danger[held] = 1 - powers[:, LABELS.index("calm")] / powers.sum(axis=1)
    return danger


def misspelt(text: str, share: int = 6) -> str:
    """The text with a slip in about one word of ``share``; the same slips for the same text."""
    chance = random.Random(text)  # noqa: S311
    return re.sub(
        r"[a-z]{4,}",
        lambda found: _slip(found[0], chance) if chance.randrange(share) == 0 else found[0],
        text,
    )


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )
