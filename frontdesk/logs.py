"""One line of JSON for each thing that happens; never what a visitor wrote, a number or a name.

A line carries ids: the conversation, the number of the message, and ``trace``: the same from the
webhook (or the website's request) to the reply that a provider has taken. structlog joins them: what is
bound stays bound for everything that the same task logs. Of an error its kind and its place are logged;
its text may hold what was stored.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog

from clinic.failures import places


def trace_of(client_id: str | None) -> str | None:
    """A short id of a message as its sender's id gives it; a provider's id may hold a number."""
    return hashlib.sha256(client_id.encode()).hexdigest()[:12] if client_id else None


def about(**ids: object) -> AbstractContextManager[object]:
    """Everything logged inside carries these ids."""
    bound: AbstractContextManager[object] = structlog.contextvars.bound_contextvars(
        **{name: value for name, value in ids.items() if value is not None}
    )
    return bound


def set_up(stream: TextIO | None = None) -> None:
    """Send every logger of this process, also those of libraries, through one formatter."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                kind_and_place,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def kind_and_place(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """An error as its kind and the places it came through, without its text."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if not info and record is not None:
        info = record.exc_info
        record.exc_info = record.exc_text = None
    if info and info is not True and info[0]:
        event["error"] = info[0].__name__
        event["places"] = places(info[2])
    return event
