"""`rasa data validate`, in which every warning is a failure, but for three that Rasa cannot help.

Rasa does not see what custom actions utter, what buttons send, and that a retrieval intent is listed
both in the domain and in its examples. Each such warning is checked here against what really is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from clinic.urgency import load_default as urgency

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = {
    "ASSISTANT_SECRET": "not-used-for-checking",
    "ACTIONS_URL": "http://127.0.0.1:5055/webhook",
    "TRACKER_DATABASE_URL": "sqlite:///var/check.db",
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
UNUSED_UTTERANCE = re.compile(r"The utterance '(\w+)' is not used in any story or rule")
UNUSED_INTENT = re.compile(r"The intent '(\w+)' is not used in any story or rule")
UNTRAINED_INTENT = re.compile(r"The intent '(\w+)' is listed in the domain file, but is not found")
LISTED_TWICE = "duplicated intents have been found across multiple domain files: faq"
PRESCREEN = "utter_prescreen_"  # actions/prescreen_words.py puts the rest of the name behind it
SENT_BY_CODE = {
    "ask_topic",
    "answer_prescreen",
    "press_expired_button",
    "confirm_erase",
    "keep_conversation",
    "answer_danger",
    "ask_language",
    "choose_language",
    "suspect_danger",
    "report_emergency",
    "report_reaction",
}


def code_words() -> str:
    """All text of the code that utters responses, and the names that the table of urgency gives."""
    files = [*ROOT.glob("actions/*.py"), *ROOT.glob("eligibility/*.py")]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    events = urgency().events.values()
    return "\n".join([*texts, *(f"{event.response} {event.question}" for event in events)])


def is_known(line: str, code: str, forms: str) -> bool:
    """Is this warning one that Rasa cannot help?"""
    utterance = UNUSED_UTTERANCE.search(line)
    if utterance:
        name = utterance[1]
        asked = re.search(rf"^    - {name.removeprefix('utter_ask_')}$", forms, re.MULTILINE)
        stem = re.sub(r"_(again|changed)$", "", name)
        uttered = stem in code or f'"{name.removeprefix(PRESCREEN)}"' in code
        return bool(asked) or uttered or name == "utter_faq"
    intent = UNTRAINED_INTENT.search(line) or UNUSED_INTENT.search(line)
    if intent:
        return intent[1] in SENT_BY_CODE
    return LISTED_TWICE in line


def main() -> int:
    """Return 0 when rasa finds nothing that is ours to mend."""
    command = [sys.executable, "-W", "ignore", "-m", "assistant", "data", "validate"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **ADDRESSES},
        capture_output=True,
        text=True,
        check=False,
    )
    code, forms = code_words(), (ROOT / "domain.yml").read_text(encoding="utf-8")
    lines = (done.stdout + done.stderr).splitlines()
    warnings = [line for line in lines if "UserWarning" in line or " WARNING " in line]
    wrong = [line for line in warnings if not is_known(line, code, forms)]
    errors = [line for line in lines if " ERROR " in line]
    for line in wrong + errors:
        print(re.sub(r"\x1b\[\d+m", "", line), file=sys.stderr)
    if done.returncode and not wrong + errors:
        print("\n".join(lines[-10:]), file=sys.stderr)
    return 1 if wrong or errors or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
