"""How a text is written: TF-IDF of character n-grams (which survive typos) and of words.

scikit-learn learns the n-grams; counting them is done here, ten times as fast for a single message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

MAXIMUM_CHARACTERS = 4_000
CHARACTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 5)}
WORDS: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
KINDS = (CHARACTERS, WORDS)


class Wording:
    """Two kinds of n-grams side by side; each row is of length 1, or 0 when all in it is unseen."""

    def __init__(
        self, vocabularies: Sequence[Sequence[str]], rarities: Sequence[NDArray[np.float64]]
    ) -> None:
        self.vocabularies = [list(grams) for grams in vocabularies]
        self.rarities = list(rarities)
        self._columns = [
            {gram: column for column, gram in enumerate(grams)} for grams in self.vocabularies
        ]
        self._cut: list[Callable[[str], list[str]]] = [
            TfidfVectorizer(**kind).build_analyzer() for kind in KINDS
        ]

    @classmethod
    def learn(cls, texts: Sequence[str], least: int = 1) -> tuple[Wording, csr_matrix]:
        """Learn n-grams and how rare each is; the rows that ``transform`` would make of the texts too.

        ``least``: how many texts an n-gram must occur in.
        """
        cut = [text[:MAXIMUM_CHARACTERS] for text in texts]
        shared: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float32, "min_df": least}
        kinds = [TfidfVectorizer(**shared, **kind) for kind in KINDS]
        rows = hstack([kind.fit_transform(cut) for kind in kinds]) / np.sqrt(len(KINDS))
        learnt = cls([list(v.get_feature_names_out()) for v in kinds], [v.idf_ for v in kinds])
        return learnt, rows.tocsr().astype(np.float32)

    def words(self) -> dict[str, int]:
        """Every single word of the texts, and in how many of a million texts it occurs."""
        grams, rarities = self.vocabularies[-1], self.rarities[-1]
        shares = np.exp(1 - rarities) * 1_000_000  # scikit-learn: rarity = 1 - ln(share of texts)
        return {
            gram: max(1, int(share))
            for gram, share in zip(grams, shares, strict=True)
            if " " not in gram
        }

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return a sparse matrix, one row a text, the characters' columns before the words'."""
        columns: list[NDArray[np.int32]] = []
        values: list[NDArray[np.float32]] = []
        ends = [0]
        for text in texts:
            offset = 0
            for kind, rarity in enumerate(self.rarities):
                found, weights = self._weigh(text[:MAXIMUM_CHARACTERS], kind)
                columns.append(found + offset)
                values.append(weights)
                offset += len(rarity)
            ends.append(ends[-1] + len(columns[-1]) + len(columns[-2]))
        width = sum(len(rarity) for rarity in self.rarities)
        parts = (np.concatenate(values), np.concatenate(columns), np.array(ends, np.int32))
        return csr_matrix(parts, shape=(len(texts), width))

    def _weigh(self, text: str, kind: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        known = self._columns[kind]
        counts = Counter(known[gram] for gram in self._cut[kind](text) if gram in known)
        columns = np.fromiter(sorted(counts), np.int32, len(counts))
        times = np.array([counts[column] for column in columns.tolist()], np.float64)
        weights = (1 + np.log(times)) * self.rarities[kind][columns]
        length = np.sqrt((weights**2).sum() * len(KINDS)) or 1
        return columns, (weights / length).astype(np.float32)
