"""The chat's JSDoc types hold, as TypeScript's own compiler reads them (docs/widget.md)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

COMPILER = Path("tests/widget/node_modules/.bin/tsc")  # .ci/run and `make test` fetch it
WIDGET = Path("widget")


def compiled(folder: Path) -> str:
    """What the compiler says of a folder with jsconfig.json; "" when every type holds."""
    command = [str(COMPILER.absolute()), "-p", "jsconfig.json", "--pretty", "false"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_every_type_of_the_chat_holds() -> None:
    assert compiled(WIDGET) == ""


def test_a_type_that_does_not_hold_is_found(tmp_path: Path) -> None:
    shutil.copytree(WIDGET, tmp_path / "widget")
    broken = tmp_path / "widget" / "dom.js"
    broken.write_text(broken.read_text().replace('setAttribute("d", d)', 'setAttribute("d", 1)'))
    assert "dom.js" in compiled(tmp_path / "widget")
