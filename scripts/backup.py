"""Saves every conversation to one file, and puts it back: SQLite files or PostgreSQL, by DATABASE_URL.

    python -m scripts.backup save FILE       while everything runs
    python -m scripts.backup restore FILE    after everything was ended; what is there now is replaced

Whoever was erased after it was saved is erased again when the front desk starts: the file ERASED_FILE says
who, by hashes. What else was done since is gone: who wrote STOP, which account was switched off.

The file holds visitors' words: keep it as safe as the database. SQLite: an archive of both databases,
each copied in one piece. PostgreSQL: pg_dump's own format (its programs must be on PATH).
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from frontdesk.storage.file import PRIVATE, keep_private
from scripts.environment import SettingsError, erased_file, prepare, tracker_file
from scripts.train import ROOT

POSTGRES = "postgresql://"
SAVED = "Saved. It holds visitors' words: keep it as safe as the database."
PUT_BACK = (
    "Put back. Whoever was erased since is erased again when the front desk starts. Set again by hand, if it was "
    "done since: who wrote STOP, which account was switched off, which password was changed."
)


class Refusal(Exception):
    """Why nothing was saved or put back, in one sentence."""


def files(values: dict[str, str]) -> tuple[Path, Path]:
    """The front desk's and the assistant's SQLite file."""
    front_desk = values.get("DATABASE_URL") or "sqlite:///var/frontdesk.db"
    both = (url.removeprefix("sqlite:///") for url in (front_desk, tracker_file(values)))
    first, second = (ROOT / path for path in both)
    return first, second


def save(values: dict[str, str], archive: Path) -> None:
    """Write ``archive``; nobody but its owner may read it. Raise Refusal."""
    url = values.get("DATABASE_URL") or ""
    archive.touch(mode=0o600)
    keep_private(archive)
    if url.startswith(POSTGRES):
        _run("pg_dump", "--format=custom", f"--file={archive}", url)
        return
    with tempfile.TemporaryDirectory() as directory, tarfile.open(archive, "w:gz") as packed:
        for path in files(values):
            if not path.exists():
                raise Refusal(f"{path} does not exist; is DATABASE_URL in .env the right one?")
            copy = Path(directory) / path.name
            with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as saved:
                live.backup(saved)
            packed.add(copy, path.name)


def restore(values: dict[str, str], archive: Path, nobody_erased: bool = False) -> None:
    """Replace what there is by what ``archive`` holds. Raise Refusal, and then nothing was changed.

    nobody_erased: nobody was erased since, so it may be done without the file that says who was.
    """
    url = values.get("DATABASE_URL") or ""
    if not archive.exists():
        raise Refusal(f"{archive} does not exist.")
    erased = ROOT / erased_file(values)
    if not (erased.exists() or nobody_erased):
        raise Refusal(
            f"{erased} does not exist: without it whoever was erased after this back-up comes back. Put a "
            "copy of it there, or say --nobody-erased."
        )
    if url.startswith(POSTGRES):
        options = (
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            "--exit-on-error",
        )
        _run("pg_restore", *options, f"--dbname={url}", str(archive))
        return
    wanted = files(values)
    with tempfile.TemporaryDirectory() as directory:
        try:
            with tarfile.open(archive, "r:gz") as packed:
                for path in wanted:
                    content = packed.extractfile(path.name)
                    (Path(directory) / path.name).write_bytes(content.read() if content else b"")
        except (tarfile.TarError, KeyError, OSError) as error:
            raise Refusal(f"{archive} is not a back-up of these databases: {error}") from error
        for path in wanted:
            with (
                closing(sqlite3.connect(Path(directory) / path.name)) as saved,
                closing(sqlite3.connect(path)) as live,
            ):
                saved.backup(live)
    _forget_strangers(*wanted)


def _forget_strangers(front_desk: Path, assistant: Path) -> None:
    """The two files were copied one after the other: what only the assistant has can never be erased."""
    with closing(sqlite3.connect(assistant)) as database:
        database.execute("ATTACH ? AS desk", (str(front_desk),))
        for table, column in (("events", "sender_id"), ("assistant_turns", "conversation_id")):
            database.execute(
                f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM desk.conversations)"  # noqa: S608
            )
        database.commit()
        database.execute("VACUUM")


def _run(program: str, *options: str) -> None:
    try:
        subprocess.run([program, *options], check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Refusal(f"{program} is not on PATH; Debian: postgresql-client.") from error
    except subprocess.CalledProcessError as error:
        raise Refusal(f"{program}: {error.stderr.strip()}") from error


def main() -> int:
    """Exit codes: 0 done, 2 something is wrong and was said."""
    parser = argparse.ArgumentParser(description="Save all conversations, or put them back.")
    parser.add_argument("what", choices=("save", "restore"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--nobody-erased", action="store_true", help="restore without ERASED_FILE")
    chosen = parser.parse_args()
    os.umask(PRIVATE)
    try:
        values = prepare(ROOT)
        if chosen.what == "save":
            save(values, chosen.file)
        else:
            restore(values, chosen.file, chosen.nobody_erased)
    except (SettingsError, Refusal) as error:
        print(error, file=sys.stderr)
        return 2
    print(SAVED if chosen.what == "save" else PUT_BACK)
    return 0


if __name__ == "__main__":
    sys.exit(main())
