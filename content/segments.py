"""How many SMS a text takes."""

from __future__ import annotations

# GSM 03.38, the alphabet of SMS: anything else makes the whole message Unicode.
GSM_ONE = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO = set("^{}\\[~]|€\f")
GSM_SEGMENT, GSM_JOINED = 160, 153
UNICODE_SEGMENT, UNICODE_JOINED = 70, 67


def segments(words: str) -> int:
    """How many SMS segments a text takes: 160 or 153 GSM-7 septets, 70 or 67 UTF-16 units each."""
    if all(letter in GSM_ONE or letter in GSM_TWO for letter in words):
        length = len(words) + sum(letter in GSM_TWO for letter in words)
        alone, joined = GSM_SEGMENT, GSM_JOINED
    else:
        length = len(words.encode("utf-16-le")) // 2
        alone, joined = UNICODE_SEGMENT, UNICODE_JOINED
    return 1 if length <= alone else -(-length // joined)
