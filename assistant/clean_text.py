"""Makes a visitor's text safe to hand to Rasa.

Rasa treats text that begins with "/" as a command, also behind blanks; full-width and zero-width
disguises become "/" only after clean-up, so the slash is looked at last.
"""

from __future__ import annotations

import unicodedata

MAXIMUM_CHARACTERS = 2_000
NOTHING_LEFT = "?"


def clean_text(text: str) -> str:
    """Normalise (NFKC), drop invisible characters, and take every leading "/" away.

    The result is never empty: text with nothing left in it becomes "?".
    """
    seen = unicodedata.normalize("NFKC", text[:MAXIMUM_CHARACTERS])
    visible = "".join(" " if character.isspace() else character for character in seen)
    visible = "".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Cn"))
    bare = visible.strip()
    while bare.startswith("/"):
        bare = bare[1:].lstrip()
    return bare or NOTHING_LEFT
