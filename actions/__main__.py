"""Rasa's action server with our actions, whose failures are one line in the log.

python -m actions --port 5055    instead of: python -m rasa_sdk --actions actions --port 5055
"""

from __future__ import annotations

import sys

from rasa_sdk.__main__ import main_from_args
from rasa_sdk.endpoint import create_argument_parser

from actions.devices import device_table
from actions.faq import common_stems, faq_names
from actions.follow_ups import follow_ups
from actions.prescreen import table
from actions.situation import situations
from actions.subjects import subjects
from clinic import load_default
from clinic.failures import in_one_line
from clinic.spoken import say_in
from clinic.urgency import load_default as urgency

NEEDED = (faq_names, common_stems, device_table, follow_ups, situations, subjects, table, urgency)


def get_ready() -> None:
    """Read now what a first answer and the health questions need: no visitor waits for files."""
    for language in load_default().spoken:
        with say_in(language):
            for read in NEEDED:
                read()


def main() -> None:
    """Hand over to Rasa's SDK."""
    in_one_line()
    get_ready()
    main_from_args(create_argument_parser().parse_args(["--actions", "actions", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
