"""Rasa's action server with our actions, whose failures are one line in the log.

python -m actions --port 5055    instead of: python -m rasa_sdk --actions actions --port 5055
"""

from __future__ import annotations

import sys

from rasa_sdk.__main__ import main_from_args
from rasa_sdk.endpoint import create_argument_parser

from clinic.failures import in_one_line


def main() -> None:
    """Hand over to Rasa's SDK."""
    in_one_line()
    main_from_args(create_argument_parser().parse_args(["--actions", "actions", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
