"""How a failure stands in a log: its kind and its places, on one line.

Its text is left out: it may hold what somebody wrote. So may the lines of code that a traceback shows,
and one for each call that a dead process leaves behind buries everything else.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

DEEPEST = 12
"""Places of a failure, from the one where it happened outwards."""


def places(trace: TracebackType | None) -> list[str]:
    """Where a failure came through: file and line."""
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]


def in_one_line() -> None:
    """Have every log of this process, also those of libraries, say failures so."""
    make = logging.getLogRecordFactory()

    def made(*args: object, **more: object) -> logging.LogRecord:
        record = make(*args, **more)
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            said = " ".join(record.getMessage().split())
            record.msg, record.args = f"{said} [{kind.__name__} at {' '.join(places(trace))}]", ()
            record.exc_info = record.exc_text = None
        return record

    logging.setLogRecordFactory(made)
