"""`python -m tests.standins.serve PORT`: the stand-in of the assistant on a port, for `make dev-fake`."""

from __future__ import annotations

import os
import sys

import uvicorn

from tests.standins.assistant import StandInAssistant


def main() -> None:
    """Serve until ended."""
    stand_in = StandInAssistant(os.environ["ASSISTANT_SECRET"])
    uvicorn.run(stand_in.app, port=int(sys.argv[1]), ws="none", log_level="warning")


if __name__ == "__main__":
    main()
