"""What every test run shares."""

from __future__ import annotations

import coverage
import pytest

import assistant  # noqa: F401 (leaves TensorFlow out before a test imports Rasa)


def pytest_configure(config: pytest.Config) -> None:
    """Random order, without numpy's global seed: pytest-randomly's is too large for our numpy."""
    if hasattr(config.option, "randomly_reset_seed"):
        config.option.randomly_reset_seed = False


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what a worker counted: pytest-xdist kills one that takes more than ten seconds to end, and on
    a busy machine threads and models take longer; coverage alone would write only after them."""
    running = coverage.Coverage.current()
    if running and hasattr(session.config, "workerinput"):
        running.save()
