"""How a text is written: TF-IDF of character n-grams (which survive typos) and of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

MAXIMUM_CHARACTERS = 4_000
CHARACTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 5)}
WORDS: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}


class Wording:
    """Two vectorisers side by side, each row of the result of length 1 (or 0 when all is unseen)."""

    def __init__(self, vectorisers: list[TfidfVectorizer]) -> None:
        self._vectorisers = vectorisers

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Wording:
        """Learn n-grams and their weights."""
        return cls(
            [TfidfVectorizer(sublinear_tf=True, **kind).fit(texts) for kind in (CHARACTERS, WORDS)]
        )

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return a sparse matrix, one row a text."""
        short = [text[:MAXIMUM_CHARACTERS] for text in texts]
        both = hstack([vectoriser.transform(short) for vectoriser in self._vectorisers])
        return (both * np.sqrt(0.5)).tocsr().astype(np.float32)

    def vocabularies(self) -> list[list[str]]:
        """The n-grams in the order of the columns, for JSON."""
        return [sorted(v.vocabulary_, key=v.vocabulary_.__getitem__) for v in self._vectorisers]

    def rarities(self) -> list[NDArray[np.float64]]:
        """The weight of each n-gram."""
        return [vectoriser.idf_ for vectoriser in self._vectorisers]

    @classmethod
    def restore(
        cls, vocabularies: list[list[str]], rarities: Sequence[NDArray[np.float64]]
    ) -> Wording:
        """The inverse of ``vocabularies`` and ``rarities``."""
        vectorisers = []
        for kind, grams, rarity in zip((CHARACTERS, WORDS), vocabularies, rarities, strict=True):
            known = {gram: column for column, gram in enumerate(grams)}
            vectoriser = TfidfVectorizer(sublinear_tf=True, vocabulary=known, **kind)
            vectoriser.idf_ = rarity
            vectorisers.append(vectoriser)
        return cls(vectorisers)
