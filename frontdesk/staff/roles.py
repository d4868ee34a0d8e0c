"""What each role may do: one table, which the guard asks and a test reads aloud."""

from __future__ import annotations

from enum import Enum


class May(str, Enum):
    """One kind of work. Conversations are open to everybody who may sign in."""

    READ_ANSWERS = "read answers"
    TEACH = "say which answer a message asked for"
    WRITE = "write answers"
    SIGN = "sign answers"
    COUNT = "let a signature of another desk count"
    WITHDRAW = "say that an answer is not given"
    PUBLISH = "teach the assistant new ways to ask, and go back"
    EXPORT = "take everything out as files, and in"
    CLINIC = "change the clinic's facts"
    DESK = "change ready-made replies and days"
    PEOPLE = "change accounts, and read the audit"


_ALL = frozenset(May)
_RECEPTION = frozenset({May.READ_ANSWERS, May.TEACH})
_WRITERS = _RECEPTION | {May.WRITE}

ROLES: dict[str, frozenset[May]] = {
    "receptionist": _RECEPTION,
    "nurse": _WRITERS,
    "clinician": _WRITERS | {May.SIGN, May.WITHDRAW},
    "manager": _ALL - {May.SIGN, May.COUNT, May.PEOPLE},
    "admin": _ALL - {May.SIGN},
}
"""Who signs is a clinician, whatever else the account may do: nobody signs by being an admin."""

FIRST_ROLE = "receptionist"
