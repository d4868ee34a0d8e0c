"""Secret tokens: of one that opens something, only a hash is kept."""

from __future__ import annotations

import hashlib


def hash_token(token: str) -> str:
    """What is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()
