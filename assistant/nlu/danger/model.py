"""The danger models: how likely a text tells of an emergency, of a bad reaction, or of neither.

A quick model reads every message, a thorough one (the same on the thorough encoder) what made the
quick one suspicious. Each is
one logistic regression over what the text means (sentence encoder), how it is written (n-grams) and
what the rules saw in it (facts.py). Trained at set-up on data/danger/*.yml, on a misspelt copy of
each, and lightly on the assistant's own training data, which is calm. Its thresholds are set for
recall, on held-out folds of those sentences only. A second regression says which event it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from assistant.nlu import regression
from assistant.nlu.danger.examples import Example, framed, misspelt
from assistant.nlu.danger.facts import Evidence, Facts, Row, load_facts, read_all
from assistant.nlu.encoder import SentenceEncoder, Vectors
from assistant.nlu.wording import Wording
from clinic.urgency import load_default as urgency

Shares = NDArray[np.float32]
NUMBERS, WORDS = "danger.npz", "danger.json"
LABELS = ("U1", "U2", "calm")
MEANING, WRITING, FACTS = 1.5, 2.5, 0.5
"""How much each kind of number weighs; chosen on held-out folds."""
STRENGTH = 6.0
COPY, FRAMED, OTHERS = 0.5, 0.3, 1.0
"""What a misspelt copy, a sentence made from a frame, and one of the assistant's own training data
count for."""
SENTENCE, STORY = 1.0, 0.2
"""What a sentence of a story counts for, and the story as one."""
OCCURS = 3
"""Texts that an n-gram occurs in, else it is left out: two thirds of all, and right as often without."""
FOLDS = 3
TOLERANCE = 1e-4
CALM = 0.001
"""A danger so small that the thorough model need not learn that it is none."""
ACTED, HEARD, SUSPECTED = 0.94, 0.985, 0.99
"""The shares of emergencies in held-out folds that are acted upon, at least asked about, and at least
read again."""


@dataclass(frozen=True)
class Likely:
    """How likely each level is, and each sign, in the order of the model's ``signs``."""

    emergency: float
    reaction: float
    signs: Shares

    @property
    def danger(self) -> float:
        """How likely it is that something must be done."""
        return self.emergency + self.reaction


@dataclass(frozen=True)
class DangerModel:
    """A trained model."""

    act: float
    ask: float
    suspect: float
    weights: NDArray[np.float32]  # (dimensions of the encoder + facts + 1, labels)
    writing_weights: NDArray[np.float32]  # (n-grams, labels)
    wording: Wording
    sign_weights: NDArray[np.float32]  # (dimensions of the encoder + facts + 1, signs)
    signs: tuple[str, ...]
    levels: tuple[str, ...]  # of each sign

    def judge(self, evidence: Sequence[Evidence], facts: Facts, vectors: Vectors) -> list[Likely]:
        """How likely each text tells of danger."""
        constant = np.ones((len(evidence), 1), np.float32)
        dense = np.hstack([MEANING * vectors, FACTS * facts.rows(evidence), constant])
        written = self.wording.transform([one.text for one in evidence])
        levels = _shares(dense @ self.weights + WRITING * (written @ self.writing_weights))
        signs = _shares(dense @ self.sign_weights)
        return [
            Likely(float(level[0]), float(level[1]), sign)
            for level, sign in zip(levels, signs, strict=True)
        ]

    def named(self, likely: Likely, level: str) -> dict[str, float]:
        """How likely each sign of a level is, should it be one of that level."""
        found = {
            sign: float(share)
            for sign, other, share in zip(self.signs, self.levels, likely.signs, strict=True)
            if other == level
        }
        total = sum(found.values()) or 1
        return {sign: share / total for sign, share in found.items()}

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS,
            weights=self.weights,
            writing_weights=self.writing_weights.astype(np.float16),
            characters=characters,
            words=words,
            sign_weights=self.sign_weights.astype(np.float16),
        )
        text = {
            "act": self.act,
            "ask": self.ask,
            "suspect": self.suspect,
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
                suspect=text["suspect"],
                weights=numbers["weights"],
                writing_weights=numbers["writing_weights"].astype(np.float32),
                wording=Wording(text["ngrams"], [numbers["characters"], numbers["words"]]),
                sign_weights=numbers["sign_weights"].astype(np.float32),
                signs=tuple(text["signs"]),
                levels=tuple(text["levels"]),
            )


@dataclass(frozen=True)
class DangerModels:
    """The two that read one after the other."""

    quick: DangerModel
    thorough: DangerModel

    def save(self, folder: Path) -> None:
        """Write each into a folder of its own."""
        for name in ("quick", "thorough"):
            (folder / name).mkdir()
            getattr(self, name).save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> DangerModels:
        """Read what ``save`` wrote."""
        return cls(*(DangerModel.load(folder / name) for name in ("quick", "thorough")))


@dataclass(frozen=True)
class Lesson:
    """Everything that both models learn from, but for what the texts mean.

    Rows of it: ``told`` (our own examples, a misspelt copy of each, sentences made from frames), other
    texts that are calm and their sentences, and from ``stories`` on the sentences of our own examples that have several.
    """

    told: tuple[Example, ...]
    evidence: tuple[Evidence, ...]
    rules: Row
    wording: Wording
    written: csr_matrix
    labels: NDArray[np.intp]
    counts: NDArray[np.float32]
    own: NDArray[np.intp]  # rows of our own examples as they are written
    source: NDArray[np.intp]  # the own example that a row is a copy or a sentence of; -1 for others
    stories: int


@dataclass(frozen=True)
class _Table:
    """A lesson as one encoder understands it."""

    lesson: Lesson
    dense: NDArray[np.float32]  # meaning, rules and a constant
    counts: NDArray[np.float32]

    def scores(self, weights: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Of some rows, for each label."""
        split = self.dense.shape[1]
        written = self.lesson.written[rows] @ weights[split:]
        scores: NDArray[np.float32] = self.dense[rows] @ weights[:split] + written
        return scores


def lesson(examples: Sequence[Example], calm: Sequence[str]) -> Lesson:
    """What is learnt from: our own examples, and other texts that are calm.

    A story is read sentence by sentence (decide.py), so it is learnt so: each sentence of a calm one
    is calm, and of a dangerous one the sentence that the others' model finds the most dangerous.
    """
    more = framed()
    others = [misspelt(example.text) for example in examples] + [example.text for example in more]
    size = len(examples)
    everything = list(read_all([*(example.text for example in examples), *others, *calm]))
    read, calmly = everything[:size], everything[size + len(others) :]
    sentences = [(place, one) for place, (_, parts) in enumerate(read) for one in parts]
    evidence = [whole for whole, _ in everything[: size + len(others)]]
    quiet = [whole for whole, _ in calmly] + [one for _, parts in calmly for one in parts]
    evidence += quiet
    stories = len(evidence)
    evidence += [one for _, one in sentences]
    plain = [one.text for one in evidence]
    wording, written = Wording.learn(plain, OCCURS)
    own = _classes(examples)
    story = np.array([place for place, _ in sentences], np.intp)
    counts = np.where(np.isin(np.arange(size), story), STORY, 1.0)
    is_calm = own[story] == LABELS.index("calm")
    return Lesson(
        (*examples, *examples, *more),
        tuple(evidence),
        load_facts().rows(evidence),
        wording,
        WRITING * written,
        np.concatenate(
            [own, own, _classes(more), np.full(len(quiet), LABELS.index("calm")), own[story]]
        ),
        np.concatenate(
            [
                *(counts, COPY * counts),
                np.repeat([FRAMED, OTHERS], [len(more), len(quiet)]),
                np.where(is_calm, SENTENCE, 0.0),
            ]
        ).astype(np.float32),
        np.arange(size),
        np.concatenate(
            [np.arange(size), np.arange(size), np.full(len(more) + len(quiet), -1), story]
        ),
        stories,
    )


def second_reading(first: Lesson, quick: DangerModel, encoder: SentenceEncoder) -> Lesson:
    """What the thorough model learns from: all but the other texts that the quick one finds calm.

    ``encoder`` is the quick one. A misspelt copy means what its original means.
    """
    own, others = len(first.own), slice(len(first.told), first.stories)
    evidence = list(first.evidence)
    evidence[own : 2 * own] = [
        replace(copy, said=one.said)
        for copy, one in zip(evidence[own : 2 * own], evidence, strict=False)
    ]
    vectors = encoder.encode_for_training([one.said for one in evidence[others]])
    used = np.ones(len(evidence), bool)
    used[others] = [
        one.danger > CALM for one in quick.judge(evidence[others], load_facts(), vectors)
    ]
    return replace(
        first,
        evidence=tuple(one for one, is_used in zip(evidence, used, strict=True) if is_used),
        rules=first.rules[used],
        written=first.written[used],
        labels=first.labels[used],
        counts=first.counts[used],
        source=first.source[used],
        stories=int(used[: first.stories].sum()),
    )


def train(learnt_from: Lesson, encoder: SentenceEncoder) -> DangerModel:
    """Learn a lesson with what its texts mean to one encoder."""
    vectors = encoder.encode_for_training([one.said for one in learnt_from.evidence])
    constant = np.ones((len(vectors), 1), np.float32)
    dense = np.hstack([MEANING * vectors, FACTS * learnt_from.rules, constant]).astype(np.float32)
    table = _Table(learnt_from, dense, learnt_from.counts.copy())
    everything = np.ones(len(dense), bool)
    first = _fit(table, everything)
    _find_the_danger(table, first)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        last = pool.submit(_fit, table, everything, first)
        act, ask, suspect = _thresholds(table, pool)
        weights = last.result()
    signs, sign_weights = _learn_signs(dense, learnt_from.told, table.counts)
    events = urgency().events
    return DangerModel(
        act,
        ask,
        suspect,
        weights[: dense.shape[1]],
        weights[dense.shape[1] :],
        learnt_from.wording,
        sign_weights,
        signs,
        tuple(events[sign].level for sign in signs),
    )


def _find_the_danger(table: _Table, weights: NDArray[np.float32]) -> None:
    """Count, of each dangerous story's sentences, the most dangerous one."""
    first = table.lesson.stories
    scores = table.scores(weights, np.arange(first, len(table.dense)))
    danger = 1 - _shares(scores)[:, LABELS.index("calm")]
    stories, labels = table.lesson.source[first:], table.lesson.labels[first:]
    for story in np.unique(stories[labels != LABELS.index("calm")]):
        own = np.flatnonzero(stories == story)
        table.counts[first + own[danger[own].argmax()]] = SENTENCE


def _learn_signs(
    dense: NDArray[np.float32], told: Sequence[Example], counts: NDArray[np.float32]
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Which sign a text tells of, by what it means and what the rules saw."""
    rows = [place for place, example in enumerate(told) if example.label != "calm"]
    model = LogisticRegression(C=STRENGTH, max_iter=150, tol=1e-2, fit_intercept=False)
    model.fit(dense[rows], [told[place].sign for place in rows], sample_weight=counts[rows])
    return tuple(map(str, model.classes_)), np.ascontiguousarray(model.coef_.T, np.float32)


def _shares(scores: NDArray[np.float32]) -> Shares:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Shares = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _classes(examples: Sequence[Example]) -> NDArray[np.intp]:
    return np.array([LABELS.index(example.label) for example in examples])


def _fit(
    table: _Table, used: NDArray[np.bool_], start: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    blocks, counts = [table.dense, table.lesson.written], table.counts * used
    return regression.fit(blocks, table.lesson.labels, counts, STRENGTH, TOLERANCE, start)


def _thresholds(table: _Table, pool: ThreadPoolExecutor) -> tuple[float, float, float]:
    """The probabilities from which to act, to ask and to suspect, on sentences not seen before."""
    danger = _held_out(table, pool)
    urgent = danger[table.lesson.labels[table.lesson.own] == LABELS.index("U1")]
    act, ask, suspect = (float(np.quantile(urgent, 1 - s)) for s in (ACTED, HEARD, SUSPECTED))
    return act, ask, suspect


def _held_out(table: _Table, pool: ThreadPoolExecutor) -> NDArray[np.float32]:
    """The probability of danger of each own example, by a model that saw neither it nor its copy."""
    own, labels = table.lesson.own, table.lesson.labels
    danger = np.zeros(len(own), np.float32)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    all_held = [held for _, held in folds.split(own, labels[own])]
    used = [~np.isin(table.lesson.source, held) for held in all_held]
    for held, weights in zip(all_held, pool.map(partial(_fit, table), used), strict=True):
        shares = _shares(table.scores(weights, held))
        danger[held] = 1 - shares[:, LABELS.index("calm")]
    return danger
