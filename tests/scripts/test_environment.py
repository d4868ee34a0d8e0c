from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dotenv import dotenv_values

from scripts.environment import EVERYBODYS, OWN_SECRETS, SECRETS, SettingsError, own, prepare


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
    (root / ".env").chmod(0o644)
    prepare(root)
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
    everything = prepare(root) | dict.fromkeys(dotenv_values(".env.example"), "x")
    everything |= {"AWS_SECRET_ACCESS_KEY": "x", "SOME_API_KEY": "x", "PGPASSWORD": "x"}
    others = {"AWS_SECRET_ACCESS_KEY", "SOME_API_KEY", "PGPASSWORD"}
    ours = {*dotenv_values(".env.example"), "TRACKER_DATABASE_URL", "ASSISTANT_URL", "ACTIONS_URL"}
    for process, secrets in OWN_SECRETS.items():
        found = set(own(process, everything))
        assert found & ours == {*EVERYBODYS, *secrets}, "a new setting is the front desk's alone"
        assert not found & others
        assert "PATH" in found
    assert own("frontdesk", everything) == everything


def test_what_everybody_gets_opens_nothing() -> None:
    assert not [key for key in EVERYBODYS if any(part in key for part in SECRETS)]


def test_the_supervisor_starts_every_process_with_its_own() -> None:
    conf = Path("scripts/supervisord.conf").read_text()
    for name in ("actions", "assistant", "frontdesk"):
        assert f"-m scripts.environment {name} %(ENV_RUN_PYTHON)s" in conf
