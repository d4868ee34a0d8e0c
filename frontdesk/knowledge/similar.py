"""Which messages mean about the same: near to each other for the assistant's sentence encoder."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from frontdesk.assistant_client import AssistantClient

MOST_DIFFERENT = 0.5
"""Groups whose messages are further apart on average (1 - cosine) stay apart."""


class Similar:
    """Groups texts by meaning. Remembers what it has seen, as long as the process lives."""

    def __init__(self, assistant: AssistantClient) -> None:
        self._assistant = assistant
        self._seen: dict[str, list[float]] = {}

    async def groups(self, texts: Sequence[str]) -> list[list[int]]:
        """Positions of texts that are alike, the largest group first. Raise AssistantUnavailable."""
        new = list(dict.fromkeys(text for text in texts if text not in self._seen))
        if new:
            vectors = await self._assistant.encode(new)
            self._seen.update(zip(new, vectors, strict=True))
        self._seen = {text: self._seen[text] for text in texts}
        return await asyncio.to_thread(_grouped, [self._seen[text] for text in texts])


def _grouped(vectors: list[list[float]]) -> list[list[int]]:
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering  # a second of import, for one page only

    if len(vectors) < 2:
        return [[number] for number in range(len(vectors))]
    rows = np.array(vectors)
    clusters = AgglomerativeClustering(
        n_clusters=None,
        affinity="precomputed",
        linkage="average",
        distance_threshold=MOST_DIFFERENT,
    )
    found: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(clusters.fit_predict((1.0 - rows @ rows.T).clip(min=0.0))):
        found[label].append(number)
    return sorted(found.values(), key=len, reverse=True)
