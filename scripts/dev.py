"""`make dev`: everything as `make run` starts it, and each process anew when its files change.

python -m scripts.dev          the front desk, the assistant, the actions
python -m scripts.dev --fake   the front desk, beside a stand-in of the assistant
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from configparser import RawConfigParser

from clinic import ClinicFileError
from frontdesk.storage.file import PRIVATE
from scripts.environment import SettingsError, prepare
from scripts.run import Refusal, check_ports, welcome
from scripts.train import ROOT, train

PROGRAMS = "scripts/supervisord.conf"
WATCHED = {
    "frontdesk": ("frontdesk", "clinic", "widget", "clinic.yml"),
    "assistant": ("assistant", "clinic", "clinic.yml", "models"),
    "actions": ("actions", "eligibility", "clinic", "clinic.yml"),
    "stand-in": ("tests/standins",),
}
STAND_IN = "%(ENV_RUN_PYTHON)s -m tests.standins.serve %(ENV_ASSISTANT_PORT)s"


def command(name: str, environment: dict[str, str]) -> list[str]:
    """The command that keeps a program of supervisord.conf running, as new as its files."""
    programs = RawConfigParser()
    programs.read(ROOT / PROGRAMS, encoding="utf-8")
    program = STAND_IN if name == "stand-in" else programs[f"program:{name}"]["command"]
    known = {**environment, "RUN_PYTHON": shlex.quote(sys.executable)}
    target = re.sub(r"%\(ENV_(\w+)\)s", lambda found: known[found[1]], program)
    return [sys.executable, "-m", "watchfiles", "--verbosity", "warning", target, *WATCHED[name]]


def main() -> int:
    """Run until Ctrl-C. Exit code 2 when something is wrong and was said."""
    os.chdir(ROOT)
    is_fake = "--fake" in sys.argv[1:]
    try:
        environment = prepare(ROOT)
        check_ports(environment)
    except (SettingsError, ClinicFileError, Refusal) as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.update(environment)
    if not is_fake:
        train()
    names = ("frontdesk", "stand-in") if is_fake else ("frontdesk", "assistant", "actions")
    running = [
        subprocess.Popen(command(name, environment), env=environment, umask=PRIVATE)
        for name in names
    ]
    print(welcome(environment, is_sample=True), flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for one in running:
            one.wait()
    except KeyboardInterrupt:
        pass
    finally:
        for one in running:
            one.terminate()
            one.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
