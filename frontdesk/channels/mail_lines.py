"""Lines of a mail that a program broke: at a width of its own, in the middle of a sentence. They are one line."""

from __future__ import annotations

import re

WIDTH = range(70, 81)
"""Programs break lines at 72 to 78 signs; a person who ends one there went on to another thing."""
OF_ITS_OWN = re.compile(
    r"[\s>*•|+#=_–—-]|\(?(?:\d{1,2}|[a-z])[.)]\s|(?:\w+ )?\w+\s?:(?:\s|$)|https?:|www\.", re.I
)
"""How a line begins that goes on with none: quoted, a row of a list, a head ("From:"), an address."""
SIGNED, SIGNATURE_BELOW, SIGNATURE_END = (
    f"-----{one}-----"
    for one in ("BEGIN PGP SIGNED MESSAGE", "BEGIN PGP SIGNATURE", "END PGP SIGNATURE")
)
"""What a program writes around words that it signs (RFC 9580, section 7); a hyphen before a line is its own, too."""
ENDED = ".!?:;,…"
MOST_OF_A_NAME = 4
"""A line of so few words that begins large may be who signs: what a sentence above it asks, ends there."""
SIGNATURE = "-- "


def unsigned(words: str) -> str:
    """Words without what a program wrote around them to sign them."""
    before, begun, rest = words.partition(f"{SIGNED}\n")
    inside, is_signed, behind = rest.partition(f"\n{SIGNATURE_BELOW}")
    _, is_ended, after = behind.partition(SIGNATURE_END)
    heads, has_heads, own = f"\n{inside}".partition("\n\n")
    is_whole = begun and is_signed and is_ended and has_heads
    if not is_whole or not all(": " in head for head in heads.split("\n")[1:]):
        return words
    own = "\n".join(line.removeprefix("- ") for line in own.split("\n"))
    return f"{before}{own}{after}"


def unbroken(words: str) -> str:
    """Words whose lines a program broke without a mark: each was as long as it could be with whole words."""
    kept: list[str] = []
    last = ""
    for line in words.split("\n"):
        if _goes_on(last, line):
            kept[-1] += f" {line}"
        else:
            kept.append(line)
        last = line
    return "\n".join(kept)


def _goes_on(line: str, after: str) -> bool:
    if not line or not after or line[0] == ">" or len(line) > WIDTH[-1] or OF_ITS_OWN.match(after):
        return False
    is_full = len(line) + 1 + len(after.split(maxsplit=1)[0]) > WIDTH[0]
    is_more = line[-1] not in ENDED and len(after.split()) > MOST_OF_A_NAME
    return is_full and (after[0].islower() or is_more)


def flowed(words: str, without_space: bool = False) -> str:
    """Words whose broken lines end with a space (RFC 3676); ``without_space``: it was put there for that."""
    kept: list[str] = []
    before, is_open = "", False
    for line in words.replace("\r\n", "\n").split("\n"):
        said = line.lstrip(">")
        marks = line[: len(line) - len(said)]
        said = said[1:] if said.startswith(" ") and said != SIGNATURE else said
        if is_open and marks == before and said != SIGNATURE:
            kept[-1] = kept[-1][:-1] if without_space else kept[-1]
            kept.append(said)
        else:
            kept.append(f"\n{marks} {said}" if marks else f"\n{said}")
        before, is_open = marks, said.endswith(" ") and said != SIGNATURE
    return "".join(kept)[1:]
