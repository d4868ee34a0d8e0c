"""The lexicon of all rules together, built once in a process."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.rules import DATA, everyday_words, load_rules


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = DATA) -> Lexicon:
    """Every word of every rule of a folder, and the everyday words to leave alone."""
    words = {word for word in load_rules(folder).words() if re.fullmatch(r"[a-z0-9]+", word)}
    return Lexicon(words, everyday_words(folder))
