from __future__ import annotations

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.nlu.wording import CHARACTERS, WORDS, Wording

TEXTS = ["does it hurt", "Does it hurt a lot, a lot?", "how many sessions", "ROACCUTANE & me", "a"]
NEW = ["dose it hrut", "", "zzz", "a lot of sessions 😬", "sessions sessions sessions"]


def test_it_counts_as_scikit_learn_does() -> None:
    both = [TfidfVectorizer(sublinear_tf=True, **kind).fit(TEXTS) for kind in (CHARACTERS, WORDS)]
    expected = hstack([vectoriser.transform(TEXTS + NEW) for vectoriser in both]) * np.sqrt(0.5)
    wording, rows = Wording.learn(TEXTS)
    found = wording.transform(TEXTS + NEW)
    assert np.allclose(found.toarray(), expected.toarray(), atol=1e-6)
    assert np.allclose(rows.toarray(), found[: len(TEXTS)].toarray(), atol=1e-6)


def test_restored_it_counts_the_same() -> None:
    wording, _ = Wording.learn(TEXTS)
    again = Wording(wording.vocabularies, wording.rarities)
    assert (again.transform(NEW) != wording.transform(NEW)).nnz == 0


def test_unseen_text_is_an_empty_row() -> None:
    assert Wording.learn(TEXTS)[0].transform(["", "会痛吗"]).nnz == 0
