"""Danger in another language: a model of its own beside the English one, which reads the gloss.

It learns from data/languages/<code>/danger.yml, a misspelt copy of each sentence, frames.yml filled, and
lightly from how people ask everything else there, which is calm. A story is read as a whole and sentence by
sentence, so it is learnt so, and so the two thresholds are set, on held-out folds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from assistant.nlu.danger.examples import framed, misspelt
from assistant.nlu.danger.facts import Row
from assistant.nlu.danger.model import DangerModels, Shares
from assistant.nlu.encoder import Encode
from assistant.nlu.gloss import Gloss, gloss
from assistant.nlu.questions import sentences
from assistant.nlu.wording import Wording
from clinic.spoken import spoken

LABELS = ("now", "soon", "calm")
CALM = LABELS.index("calm")
LEVELS = {"U1": "now", "U2": "soon", "calm": "calm"}
MEANING, WRITING, ENGLISH, FACTS = 1.5, 2.5, 0.6, 0.5
STRENGTH = 6.0
COPY, FRAMED, OTHERS = 0.5, 0.3, 0.3
FOLDS = 5
ACTED, HEARD = 0.75, 0.96
"""The shares of danger in held-out folds that are acted upon, and at least asked about."""
NUMBERS, WORDS = "spoken.npz", "spoken.json"

Judge = Callable[[Sequence[str]], tuple[list[float], Row]]
"""How likely each gloss tells of danger, by the English model, and what the rules see in it."""


@dataclass(frozen=True)
class SpokenDanger:
    """A trained model of one language."""

    code: str
    act: float
    ask: float
    weights: Shares
    wording: Wording

    def judge(self, texts: Sequence[str], english: Judge, encode: Encode) -> Shares:
        """How likely each text tells of danger now, of danger soon, or is calm."""
        rows = _features(texts, gloss(self.code), english, encode, self.wording)
        return _shares(np.asarray(rows @ self.weights))

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS, weights=self.weights, characters=characters, words=words
        )
        told = {"act": self.act, "ask": self.ask, "ngrams": self.wording.vocabularies}
        (folder / WORDS).write_text(json.dumps(told), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SpokenDanger:
        """The inverse of ``save``; the folder has the language's code."""
        told = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS) as numbers:
            wording = Wording(told["ngrams"], [numbers["characters"], numbers["words"]])
            return cls(folder.name, told["act"], told["ask"], numbers["weights"], wording)


@dataclass(frozen=True)
class Dangers:
    """The English model, and that of every other language that has one."""

    english: DangerModels
    others: Mapping[str, SpokenDanger]

    def save(self, folder: Path) -> None:
        """English in the folder itself, each other language in one of its own."""
        self.english.save(folder)
        for code, model in self.others.items():
            (folder / code).mkdir()
            model.save(folder / code)

    @classmethod
    def load(cls, folder: Path) -> Dangers:
        """The inverse of ``save``."""
        found = [path.parent for path in sorted(folder.glob(f"*/{WORDS}"))]
        others = {one.name: SpokenDanger.load(one) for one in found}
        return cls(DangerModels.load(folder), others)


def train_spoken(
    code: str, not_calm: Sequence[str], english: Judge, encode: Encode
) -> SpokenDanger:
    """Learn one language's sentences. ``not_calm`` are intents whose examples are no calm ones."""
    own = [(label, str(t)) for label, ts in spoken(code).read("danger.yml").items() for t in ts]
    calm = [t for name, texts in spoken(code).asks.items() if name not in not_calm for t in texts]
    plain, frames = gloss(code).plain, framed(spoken(code).folder)
    texts = [plain(text) for _, text in own]
    size, labels = len(texts), np.array([LABELS.index(label) for label, _ in own])
    parts = [(at, plain(one)) for at, (_, text) in enumerate(own) for one in _parts(text)]
    owner = np.array([at for at, _ in parts], np.intp)
    others = [*(plain(one.text) for one in frames), *map(plain, calm)]
    everything = [*texts, *map(misspelt, texts), *(part for _, part in parts), *others]
    of_others = [*(LABELS.index(LEVELS[one.label]) for one in frames), *[CALM] * len(calm)]
    classes = np.concatenate([labels, labels, labels[owner], np.array(of_others, np.intp)])
    counts = np.concatenate(
        [
            *(np.full(size, 1.0), np.full(size, COPY)),
            # which part of a danger tells of it is unknown
            np.where(labels[owner] == CALM, 1.0, 0.0),
            np.repeat([FRAMED, OTHERS], [len(frames), len(calm)]),
        ]
    )
    wording, _ = Wording.learn(everything)
    rows = _features(everything, gloss(code), english, encode, wording)
    source = np.concatenate([np.arange(size), np.arange(size), owner, np.full(len(others), -1)])
    judged = np.zeros(size)
    for _, held in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(texts, labels):
        used = ~np.isin(source, held)
        weights = _fit(rows[used], classes[used], counts[used])
        read = np.concatenate([held, 2 * size + np.flatnonzero(np.isin(owner, held))])
        danger = 1 - _shares(np.asarray(rows[read] @ weights))[:, CALM]
        np.maximum.at(judged, source[read], danger)
    in_danger = judged[labels != CALM]
    act, ask = (float(np.quantile(in_danger, 1 - share)) for share in (ACTED, HEARD))
    return SpokenDanger(code, act, ask, _fit(rows, classes, counts), wording)


def _parts(text: str) -> Sequence[str]:
    found = sentences(text)
    return found if len(found) > 1 else ()


def _features(
    texts: Sequence[str], words: Gloss, english: Judge, encode: Encode, wording: Wording
) -> csr_matrix:
    glossed = [words.read(text) for text in texts]
    danger, facts = english(glossed)
    likely = np.clip(danger, 1e-4, 1 - 1e-4)
    dense = [
        MEANING * encode(glossed),
        ENGLISH * np.log(likely / (1 - likely))[:, None],
        FACTS * facts,
        np.ones((len(texts), 1)),
    ]
    return hstack([csr_matrix(np.hstack(dense)), WRITING * wording.transform(texts)]).tocsr()


def _fit(rows: csr_matrix, classes: NDArray[np.intp], counts: NDArray[np.float64]) -> Shares:
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-2, fit_intercept=False)
    model.fit(rows, classes, sample_weight=counts)
    return np.ascontiguousarray(model.coef_.T, np.float32)


def _shares(scores: NDArray[np.float64]) -> Shares:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Shares = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
