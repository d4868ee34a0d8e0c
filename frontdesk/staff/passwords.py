"""Passwords: which may be chosen, and comparing them beside the event loop, a few at a time.

Hashed with Argon2id. A comparison takes 50 ms and 64 MB, so guessers are made to wait for each other
and slow nobody else.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from clinic import load_default

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
READ_OF_IT = 72
"""What is looked at to tell how easily it is guessed; more only takes longer."""
OF_THE_TRADE = "clinic skin laser thermage dermatology reception nurse doctor"
WORD = re.compile(r"[^\W\d_]{3,}")
HARD_ENOUGH = 3
"""zxcvbn's score: not to be guessed within 100 million tries."""
AT_ONCE, MOST_WAITING = 1, 12

T = TypeVar("T")

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_urlsafe(16))
_beside = ThreadPoolExecutor(AT_ONCE, "passwords")
_waiting: set[object] = set()


class TooManyTries(Exception):
    """Somebody is guessing; nothing was checked."""


def check(password: str, *known: str) -> None:
    """Raise ValueError for one that is too short, too long, or easily guessed.

    known: what others know of its owner, such as names; a password is what is left without them.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} characters or more")
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"a password has {LONGEST_PASSWORD} characters or fewer")
    rest = password[:READ_OF_IT].casefold()
    words = WORD.findall(" ".join((OF_THE_TRADE, load_default().name, *known)).casefold())
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    if not rest or zxcvbn(rest)["score"] < HARD_ENOUGH:
        raise ValueError("that password is easily guessed; take three or four words by chance")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await _do_beside(partial(_hasher.hash, password))


async def fits(password_hash: str | None, password: str) -> bool:
    """Is it the password of which that was kept? For nobody (None) it takes as long, and is not.

    Raise TooManyTries when too many wait to be compared.
    """
    if len(_waiting) >= MOST_WAITING:
        raise TooManyTries
    is_right = await _do_beside(partial(_verify, password_hash or _nobody, password))
    return is_right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


async def _do_beside(work: Callable[[], T]) -> T:
    mark = object()
    _waiting.add(mark)
    try:
        return await asyncio.get_running_loop().run_in_executor(_beside, work)
    finally:
        _waiting.discard(mark)
