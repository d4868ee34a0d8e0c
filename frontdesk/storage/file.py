"""A SQLite file belongs to one front desk, and is looked at before anything starts.

Whatever is wrong with it is one sentence: which file, what is wrong, what to do. Nothing is written
over.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o077
"""The umask under which only their owner may read new files."""
LEAST_ROOM = 20 * 1024 * 1024


class Unusable(Exception):
    """Why the database, or what was erased from it, cannot be written, in one sentence."""


def path_of(url: str) -> Path | None:
    """The file of a database address; None for a database server."""
    return Path(url.partition("///")[2]) if url.startswith("sqlite") else None


@contextmanager
def held(url: str, address: str) -> Iterator[None]:
    """Hold the file until this process ends, however it ends. Raise Unusable."""
    path = path_of(url)
    if path is None:
        yield
        return
    lock = _opened(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        first = os.pread(lock, 300, 0).decode("utf-8", "replace").strip()
        os.close(lock)
        raise Unusable(
            f"{path} is used by the front desk at {first}; end that one first, "
            "or give this one another DATABASE_URL in .env."
        ) from None
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, address.encode(), 0)
        check(path)
        yield
    finally:
        os.close(lock)


def keep_private(*paths: Path) -> None:
    """Take everybody else's rights away: to files, with what lies beside them, and to whole folders."""
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}-*")
        for one in [path, *inside]:
            mine = one.exists() and not one.is_symlink() and one.stat().st_uid == os.getuid()
            if mine and one.stat().st_mode & PRIVATE:
                one.chmod(one.stat().st_mode & 0o777 & ~PRIVATE)


def _opened(path: Path) -> int:
    """The file beside it that is locked, so that the database itself is only ever SQLite's."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unusable(
            f"{path.parent} cannot be written ({error.strerror}); make it writable for this user, "
            "or set DATABASE_URL in .env."
        ) from error


def check(path: Path) -> None:
    """Look whether the file can be read and written, and has room to grow. Raise Unusable."""
    free = shutil.disk_usage(path.parent).free
    if free < LEAST_ROOM:
        raise Unusable(f"{path} has no room to grow ({free // 1024} KB are free); make room first.")
    if not path.exists():
        return
    try:
        connection = sqlite3.connect(path, timeout=5)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise Unusable(
            f"{path} cannot be written ({error}); make it writable, or end what holds it."
        ) from error
    except sqlite3.DatabaseError as error:
        raise Unusable(_damaged(path, str(error))) from error
    if found != "ok":
        raise Unusable(_damaged(path, str(found).splitlines()[0]))


def _damaged(path: Path, why: str) -> str:
    return (
        f"{path} is damaged ({why}); put your last backup in its place, "
        "or move it away to begin with an empty one."
    )
