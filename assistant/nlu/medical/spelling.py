"""The lexicon of all rules together, built once in a process."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.rules import DATA, everyday_words, load_red_flags, load_rules
from assistant.nlu.spelling import english_words


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = DATA) -> Lexicon:
    """Every word of every rule of a folder, and the everyday words to leave alone."""
    used = {*load_rules(folder).words(), *load_red_flags(folder).words()}
    plain = filter(re.compile(r"[a-z0-9]+").fullmatch, used)
    return Lexicon(plain, everyday_words(folder), never_cut=english_words())
