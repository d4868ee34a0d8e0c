from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from clinic.failures import in_one_line


@pytest.fixture()
def logged() -> Iterator[io.StringIO]:
    """What a logger of this process writes, with failures in one line."""
    before, stream = logging.getLogRecordFactory(), io.StringIO()
    logger, handler = logging.getLogger("a library"), logging.StreamHandler(stream)
    logger.addHandler(handler)
    in_one_line()
    yield stream
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


def test_a_failure_is_its_kind_and_place_on_one_line_without_its_text(logged: io.StringIO) -> None:
    logger = logging.getLogger("a library")
    try:
        raise ValueError("my private worry")
    except ValueError as error:
        logger.exception("the action\n%s failed", "action_x")
        logger.error("again", exc_info=error)
    lines = logged.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("the action action_x failed [ValueError at test_failures.py:")
    assert "worry" not in logged.getvalue() and "Traceback" not in logged.getvalue()


def test_what_is_no_failure_stays_as_it_is(logged: io.StringIO) -> None:
    logging.getLogger("a library").warning("%d of %d", 1, 2)
    assert logged.getvalue() == "1 of 2\n"
