"""Makes .env complete at first run, and works out what each process needs from it.

python -m scripts.environment NAME COMMAND…     runs a command with that process's own secrets alone
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key

from frontdesk.storage.file import keep_private

GENERATED: dict[str, Callable[[], str]] = {
    "ASSISTANT_SECRET": lambda: secrets.token_urlsafe(32),
    "STAFF_PASSWORD": lambda: secrets.token_urlsafe(9),
    "PUSH_SECRET": lambda: secrets.token_urlsafe(32),
}
PORTS = ("FRONTDESK_PORT", "ASSISTANT_PORT", "ACTIONS_PORT")
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SANIC_HOST": "127.0.0.1",
    "PYTHONUNBUFFERED": "1",
    "OMP_NUM_THREADS": "1",  # three processes share the cores; more threads only spin
    "OPENBLAS_NUM_THREADS": "1",
}


ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("SECRET", "PASSWORD", "TOKEN", "KEY", "DATABASE_URL", "REDIS_URL", "_SID")
"""Parts of the names of variables, of whoever started us, that open something."""
EVERYBODYS = (
    *PORTS,
    *("FRONTDESK_HOST", "PUBLIC_URL", "ASSISTANT_URL", "ACTIONS_URL", "ASSISTANT_WITH_TENSORFLOW"),
    *("CLINIC_FILE", "CLINIC_CHANGES", "ANSWER_CHANGES", "ASSISTANT_MODEL"),
)
"""Settings that open nothing. Any other of .env.example is the front desk's alone, a new one too."""
OWN_SECRETS = {
    "actions": (),
    "assistant": ("ASSISTANT_SECRET", "TRACKER_DATABASE_URL", "REDIS_URL"),
}
"""Of the processes that do not need every secret, which they need."""


class SettingsError(ValueError):
    """A setting is missing or wrong; the text names file, key, value and what is allowed."""


def prepare(root: Path) -> dict[str, str]:
    """Create or complete .env under ``root`` and return the environment of every process.

    A variable that is set in the real environment wins over .env. Raise SettingsError.
    """
    path = root / ".env"
    example = root / ".env.example"
    if not path.exists():
        path.touch(0o600)
        path.write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    allowed = set(dotenv_values(example))
    values = {key: value or "" for key, value in dotenv_values(path).items()}
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise SettingsError(
            f".env: key '{unknown[0]}' is not known; allowed are the keys of .env.example"
        )
    values |= {key: os.environ[key] for key in allowed if os.environ.get(key)}
    for key, make in GENERATED.items():
        if not values.get(key):
            values[key] = make()
            set_key(path, key, values[key], quote_mode="never")
    keep_private(path)
    _check(values)
    return {**os.environ, **values, **QUIET, **_derived(values)}


def _check(values: dict[str, str]) -> None:
    if len(values["ASSISTANT_SECRET"]) < 16:
        raise SettingsError(
            ".env: key 'ASSISTANT_SECRET' is too short; allowed: 16 characters or more"
        )
    seen: dict[str, str] = {}
    for key in PORTS:
        value = values.get(key) or ""
        if not value.isdigit() or not 1 <= int(value) <= 65535:
            raise SettingsError(f".env: key '{key}' has value '{value}'; allowed: 1 to 65535")
        if value in seen:
            raise SettingsError(
                f".env: keys '{seen[value]}' and '{key}' have the same value '{value}'"
            )
        seen[value] = key
    url = values.get("DATABASE_URL") or ""
    if url and not url.startswith(("postgresql://", "sqlite:///")):
        raise SettingsError(
            ".env: key 'DATABASE_URL' must be empty, or begin with postgresql:// or sqlite:///"
        )


def _derived(values: dict[str, str]) -> dict[str, str]:
    host = values.get("FRONTDESK_HOST") or "127.0.0.1"
    postgres = values.get("DATABASE_URL", "").startswith("postgresql://")
    return {
        "ASSISTANT_URL": f"http://127.0.0.1:{values['ASSISTANT_PORT']}",
        "ACTIONS_URL": f"http://127.0.0.1:{values['ACTIONS_PORT']}/webhook",
        "PUBLIC_URL": values.get("PUBLIC_URL") or f"http://{host}:{values['FRONTDESK_PORT']}",
        "CLINIC_CHANGES": values.get("CLINIC_CHANGES") or beside(values, "clinic-changes.yml"),
        "ANSWER_CHANGES": values.get("ANSWER_CHANGES") or beside(values, "answer-changes.yml"),
        "ASSISTANT_MODEL": values.get("ASSISTANT_MODEL") or beside(values, "taught-model.tar.gz"),
        "ERASED_FILE": erased_file(values),
        "REDIS_URL": values.get("REDIS_URL") or "",
        "TRACKER_DATABASE_URL": values["DATABASE_URL"] if postgres else tracker_file(values),
    }


def tracker_file(values: dict[str, str]) -> str:
    """SQLite address of the assistant's own file, beside the front desk's where that is named."""
    return f"sqlite:///{beside(values, 'assistant.db')}"


def erased_file(values: dict[str, str]) -> str:
    """The path of the file that says what was erased, for after a restore."""
    return values.get("ERASED_FILE") or beside(values, "erased.txt")


def beside(values: dict[str, str], name: str) -> str:
    """The path of a file in the folder of the front desk's SQLite file; in var/ with PostgreSQL."""
    url = values.get("DATABASE_URL") or ""
    folder = url.partition("sqlite:///")[2].rpartition("/")[0] if "sqlite:///" in url else ""
    return f"{folder or 'var'}/{name}"


def own(process: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of one process, without the secrets of the others."""
    if process not in OWN_SECRETS:
        return dict(environment)
    kept, ours = {*OWN_SECRETS[process], *EVERYBODYS}, set(dotenv_values(ROOT / ".env.example"))
    return {
        key: value
        for key, value in environment.items()
        if key in kept or not (key in ours or any(part in key for part in SECRETS))
    }


if __name__ == "__main__":
    os.execvpe(sys.argv[2], sys.argv[2:], own(sys.argv[1], os.environ))  # noqa: S606
