"""Which messages say about the same, and which answer people ask for in nearly those words.

By the pieces of two to four letters that they share (TF-IDF): it survives misspelling, needs no
model and takes milliseconds. The sentence encoder would group by meaning, too, but it belongs to the
assistant's process, whose code the front desk does not import (docs/architecture.md). Staff see
every message before anything is learned, so a group that is too small costs one more click.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from frontdesk.faq import topics

MOST_DIFFERENT = 0.65
LEAST_ALIKE = 0.3


def groups(texts: Sequence[str]) -> list[list[int]]:
    """Positions of texts that are alike, the largest group first. Blank texts are not allowed."""
    from sklearn.cluster import AgglomerativeClustering  # a second of import, for one page only

    if len(texts) < 2:
        return [[number] for number in range(len(texts))]
    rows = _pieces().fit_transform(texts)
    apart = 1.0 - (rows @ rows.T).toarray()
    clusters = AgglomerativeClustering(
        n_clusters=None,
        affinity="precomputed",
        linkage="average",
        distance_threshold=MOST_DIFFERENT,
    )
    found: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(clusters.fit_predict(apart.clip(min=0.0))):
        found[label].append(number)
    return sorted(found.values(), key=len, reverse=True)


def nearest_topic(texts: Sequence[str]) -> str | None:
    """The topic whose ways to ask are the most like these texts; None when none is like them."""
    pieces, rows, ids = _known()
    alike = (pieces.transform(texts) @ rows.T).toarray().mean(axis=0)
    best = int(alike.argmax())
    return ids[best] if alike[best] >= LEAST_ALIKE else None


@lru_cache(maxsize=1)
def _known() -> tuple[Any, Any, list[str]]:
    examples: Mapping[str, str] = {
        line: topic.id for topic in topics().values() for line in topic.examples
    }
    pieces = _pieces()
    return pieces, pieces.fit_transform(examples), list(examples.values())


def _pieces() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
