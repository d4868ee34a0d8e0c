"""What every test run shares."""

from __future__ import annotations

import pytest

import assistant  # noqa: F401 (leaves TensorFlow out before a test imports Rasa)


def pytest_configure(config: pytest.Config) -> None:
    """Random order, without numpy's global seed: pytest-randomly's is too large for our numpy."""
    if hasattr(config.option, "randomly_reset_seed"):
        config.option.randomly_reset_seed = False
