from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from actions.__main__ import get_ready
from actions.answers import ActionAnswerQuestion
from actions.prescreen import ActionStartPrescreen
from actions.urgent import ActionTellUrgent
from rasa_sdk.executor import CollectingDispatcher
from tests.actions.conftest import message, tracker

get_ready()
read = []
sys.addaudithook(lambda event, of: event == "open" and read.append(str(of[0])))
said = CollectingDispatcher()
told = {"response": {"intent_response_key": "faq/pain_feel"}, "ranking": []}
asked = message("does ultherapy hurt", response_selector={"faq": told})
ActionAnswerQuestion().run(said, tracker(asked), {})
ActionStartPrescreen().run(said, tracker(message("am i suitable", "start_prescreen")), {})
ActionTellUrgent().run(said, tracker(message("cannot breathe", "report_emergency")), {})
assert len(said.messages) > 1, said.messages
print(*(path for path in read if path.endswith((".yml", ".txt"))), sep="\\n")
"""


def test_the_first_visitor_waits_for_no_file_of_words_or_rules() -> None:
    found = subprocess.run(  # another process: this one has read them
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == ""
