from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.environment import SECRETS, SettingsError, own, prepare


@pytest.fixture()
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(".env.example", tmp_path)
    for line in Path(".env.example").read_text().splitlines():
        monkeypatch.delenv(line.partition("=")[0], raising=False)
    return tmp_path


def test_secrets_are_made_once_and_kept(root: Path) -> None:
    first, second = prepare(root), prepare(root)
    assert len(first["ASSISTANT_SECRET"]) >= 32
    assert first["ASSISTANT_SECRET"] == second["ASSISTANT_SECRET"]
    assert first["STAFF_PASSWORD"] == second["STAFF_PASSWORD"]
    assert (root / ".env").stat().st_mode & 0o077 == 0


def test_no_secret_has_a_default_in_the_example() -> None:
    for line in Path(".env.example").read_text().splitlines():
        key, _, value = line.partition("=")
        if "SECRET" in key or "PASSWORD" in key or "TOKEN" in key:
            assert value == ""


def test_everything_but_the_front_desk_is_on_loopback(root: Path) -> None:
    environment = prepare(root)
    assert environment["ASSISTANT_URL"].startswith("http://127.0.0.1:")
    assert environment["ACTIONS_URL"].startswith("http://127.0.0.1:")
    assert environment["SANIC_HOST"] == "127.0.0.1"


MISTAKES = [
    ("FRONTDESK_PORT", "eighty", "'FRONTDESK_PORT' has value 'eighty'; allowed: 1 to 65535"),
    ("ACTIONS_PORT", "0", "'ACTIONS_PORT' has value '0'"),
    ("ASSISTANT_PORT", "8000", "have the same value '8000'"),
    ("ASSISTANT_SECRET", "short", "'ASSISTANT_SECRET' is too short"),
    ("DATABASE_URL", "mysql://x", "'DATABASE_URL' must be empty"),
    ("FRONTDESK_PROT", "1", "'FRONTDESK_PROT' is not known"),
]


@pytest.mark.parametrize(("key", "value", "says"), MISTAKES)
def test_a_wrong_line_is_named(root: Path, key: str, value: str, says: str) -> None:
    lines = [
        line for line in Path(".env.example").read_text().splitlines() if not line.startswith(key)
    ]
    (root / ".env").write_text("\n".join([*lines, f"{key}={value}"]) + "\n")
    with pytest.raises(SettingsError) as error:
        prepare(root)
    assert says in str(error.value) and ".env" in str(error.value)


def test_each_process_gets_its_own_secrets_alone(root: Path) -> None:
    everything = prepare(root)
    everything |= {"TWILIO_AUTH_TOKEN": "x", "SMTP_PASSWORD": "x", "TWILIO_ACCOUNT_SID": "x"}
    secrets = {key for key in everything if any(part in key for part in SECRETS)}
    assert secrets & set(own("actions", everything)) == set()
    assert secrets & set(own("assistant", everything)) == {
        "ASSISTANT_SECRET",
        "TRACKER_DATABASE_URL",
        "REDIS_URL",
    }
    assert own("frontdesk", everything) == everything
    assert own("actions", everything)["FRONTDESK_PORT"] == everything["FRONTDESK_PORT"]


def test_a_secret_is_known_by_its_name() -> None:
    """Whatever .env.example leaves empty because it opens something is kept from the others."""
    lines = Path(".env.example").read_text().splitlines()
    keys = [line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")]
    opens = [key for key in keys if key.endswith(("SECRET", "PASSWORD", "TOKEN", "_SID"))]
    assert len(opens) >= 12
    assert all(any(part in key for part in SECRETS) for key in opens)


def test_the_supervisor_starts_every_process_with_its_own() -> None:
    conf = Path("scripts/supervisord.conf").read_text()
    assert "umask = 077" in conf
    for name in ("actions", "assistant", "frontdesk"):
        assert f"-m scripts.environment {name} %(ENV_RUN_PYTHON)s" in conf
