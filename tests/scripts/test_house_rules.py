"""The house's rules are kept, and whatever breaks one is named by file and rule."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import house_rules
from scripts.train import ROOT


def test_the_house_keeps_its_rules() -> None:
    assert house_rules.broken() == []


@pytest.fixture()
def house(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / house_rules.GLOSSARY, tmp_path / "docs")
    shutil.copy(ROOT / house_rules.SETTINGS, tmp_path)
    (tmp_path / "frontdesk").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("arrivals.py", "", "frontdesk/arrivals.py: 'arrivals' is not in the glossary"),
        (
            "settings.py",
            "def read(environment):\n    return environment.get('SMTP_HOST'), port(environment, 'FAX_NUMBER')\n",
            "frontdesk/settings.py: setting 'FAX_NUMBER' has no line in .env.example",
        ),
        ("app.py", "import os\nX = os.environ['FAX_NUMBER']\n", "setting 'FAX_NUMBER' has no line"),
        ("store.py", "\n" * 401, "frontdesk/store.py: 401 lines; allowed: 400"),
        ("desk.py", "def take():\n" + "    x = 1\n" * 60, "take has 61 lines; allowed: 60"),
    ],
)
def test_what_breaks_a_rule_is_named_by_file_and_rule(
    house: Path, name: str, text: str, said: str
) -> None:
    (house / "frontdesk" / name).write_text(text, encoding="utf-8")
    (found,) = house_rules.broken(house)
    assert said in found


def test_what_is_at_a_limit_breaks_none(house: Path) -> None:
    body = "def take():\n" + "    x = 1\n" * 59 + "\n" * 340
    (house / "frontdesk" / "messages.py").write_text(body, encoding="utf-8")
    assert house_rules.broken(house) == []


def test_only_so_many_modules_lie_flat_in_the_front_desk(house: Path) -> None:
    for number in range(15):
        (house / "frontdesk" / f"desk_{'desk_' * number}.py").write_text("", encoding="utf-8")
    assert any("15 modules at its top; allowed: 14" in one for one in house_rules.broken(house))
