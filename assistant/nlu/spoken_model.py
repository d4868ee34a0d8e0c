"""Understanding in another language: a model of its own examples, whose meaning is that of their gloss.

How they are written is the language's own; the encoders know English and read the gloss. The English
model is the same with and without other languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assistant.nlu.encoder import Encode
from assistant.nlu.gloss import Gloss, gloss
from assistant.nlu.intent_model import WORDS, Guess, IntentModel, Meanings, TrainingOptions, train
from assistant.nlu.spelling import Spelling
from clinic.spoken import spoken

SLIPS = 1  # in a word: without a dictionary of the language two are a guess


@dataclass(frozen=True)
class SpokenModel:
    """One other language. ``guess`` is given its texts as ``plain`` puts them right."""

    code: str
    own: IntentModel

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
        return self.own.guess(texts, self._glossed(quick), self._glossed(thorough))

    def _glossed(self, encode: Encode) -> Encode:
        return lambda texts: encode([self.gloss.read(text) for text in texts])


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
        others = {one.name: SpokenModel(one.name, IntentModel.load(one)) for one in found}
        return cls(IntentModel.load(folder), others)


def train_spoken(
    code: str, known: Sequence[str], quick: Encode, thorough: Encode, options: TrainingOptions
) -> SpokenModel:
    """Learn a language's examples of the ``known`` labels."""
    words = gloss(code)
    examples = [
        (name, words.plain(text))
        for name, texts in spoken(code).asks.items()
        if name in known
        for text in texts
    ]
    names, texts = [name for name, _ in examples], [text for _, text in examples]
    glossed = [words.read(text) for text in texts]
    meanings = Meanings(quick(glossed), thorough(glossed))
    return SpokenModel(code, train(texts, names, meanings, options))
