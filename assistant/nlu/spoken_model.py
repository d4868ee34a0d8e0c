"""Understanding in another language: a model of its own examples, whose meaning is that of their gloss.

How they are written is the language's own, and counts twice; the encoders know English and read the
gloss, and so does the English model, which is asked as well. It is the same with and without others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from assistant.nlu.encoder import Encode
from assistant.nlu.gloss import Gloss, gloss
from assistant.nlu.intent_model import WORDS, Guess, IntentModel
from assistant.nlu.intent_training import TrainingOptions, train
from assistant.nlu.regression import Matrix
from assistant.nlu.spelling import Spelling
from clinic.spoken import spoken

SLIPS = 1  # in a word: without a dictionary of the language two are a guess
UNLIKELY = 1e-9
WRITTEN = 2  # times that what is written counts, as a gloss is English of a kind only


@dataclass(frozen=True)
class SpokenModel:
    """One other language. ``guess`` is given its texts as ``plain`` puts them right."""

    code: str
    own: IntentModel
    english: IntentModel

    @cached_property
    def gloss(self) -> Gloss:
        """Its words in English."""
        return gloss(self.code)

    @cached_property
    def spelling(self) -> Spelling:
        """Puts right what is misspelt, towards words of the examples and of the lexicon."""
        own = self.own.wording.words()
        vocabulary = {**dict.fromkeys(self.gloss.words(), 1), **own}
        return Spelling(vocabulary, lambda word: word in own or self.gloss.knows(word), SLIPS)

    def plain(self, text: str) -> str:
        """The text in small letters without accents, misspelt words put right."""
        return self.spelling.correct(self.gloss.plain(text))

    def guess(self, texts: Sequence[str], quick: Encode, thorough: Encode) -> list[list[Guess]]:
        """For each text the likeliest labels, the surest first."""
        glossed = [self.gloss.read(text) for text in texts]
        vectors = quick(glossed)
        told = told_in_english(self.english, self.own.labels, glossed, vectors)
        return self.own.guess(texts, lambda _: vectors, glossing(self.gloss, thorough), [told])


@dataclass(frozen=True)
class Understanding:
    """English, and every other language by its code. English is learnt and kept by itself."""

    english: IntentModel
    others: Mapping[str, SpokenModel]

    def save(self, folder: Path) -> None:
        """English in the folder itself, each other language in one of its own."""
        self.english.save(folder)
        for code, model in self.others.items():
            (folder / code).mkdir()
            model.own.save(folder / code)

    @classmethod
    def load(cls, folder: Path) -> Understanding:
        """The inverse of ``save``."""
        found = [path.parent for path in sorted(folder.glob(f"*/{WORDS}"))]
        english = IntentModel.load(folder)
        own = {one.name: IntentModel.load(one) for one in found}
        return cls(english, {code: SpokenModel(code, one, english) for code, one in own.items()})


def told_in_english(
    english: IntentModel, labels: Sequence[str], glossed: Sequence[str], vectors: Matrix
) -> Matrix:
    """What the English model makes of glosses, as scores of some of its labels."""
    columns = [english.labels.index(label) for label in labels]
    likely = english.likely(glossed, vectors)[:, columns]
    scores: Matrix = np.log(np.maximum(likely, UNLIKELY)).astype(np.float32)
    return scores


def train_spoken(
    code: str, english: IntentModel, quick: Encode, thorough: Encode, options: TrainingOptions
) -> SpokenModel:
    """Learn a language's examples of the labels that English knows."""
    words = gloss(code)
    examples = [
        (name, words.plain(text))
        for name, texts in spoken(code).asks.items()
        if name in english.labels
        for text in texts
    ]
    names, texts = [name for name, _ in examples], [text for _, text in examples]
    glossed = [words.read(text) for text in texts]
    vectors = quick(glossed)
    told = told_in_english(english, sorted(set(names)), glossed, vectors)
    options = replace(options, written=WRITTEN)
    own = train(texts, names, vectors, glossing(words, thorough), options, [told])
    return SpokenModel(code, own, english)


def glossing(words: Gloss, encode: Encode) -> Encode:
    """An encoder that knows English, reading another language in its gloss."""
    return lambda texts: encode([words.read(text) for text in texts])
