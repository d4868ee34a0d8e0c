"""The lexicon of all rules together, built once in a process."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from assistant.nlu.medical.lexicon import GLUED, Lexicon
from assistant.nlu.medical.rules import DATA, everyday_words, load_red_flags, load_rules
from assistant.nlu.spelling import english_words


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = DATA) -> Lexicon:
    """Every word of every rule of a folder, and the words to leave alone: everyday ones, and those long
    enough to be taken for several of ours written together ("Manchester" holds a chest).
    """
    used = {*load_rules(folder).words(), *load_red_flags(folder).words()}
    left_alone = {*everyday_words(folder), *(one for one in english_words() if len(one) >= GLUED)}
    return Lexicon(filter(re.compile(r"[a-z0-9]+").fullmatch, used), left_alone)
