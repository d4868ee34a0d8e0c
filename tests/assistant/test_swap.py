"""A model is swapped under traffic: nothing is lost, nothing is answered twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import rasa.core.processor

from benchmarks.swap import measure


async def test_no_message_is_lost_or_answered_twice_while_a_model_is_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = rasa.core.processor.DaskGraphRunner
    monkeypatch.setattr(rasa.core.processor, "DaskGraphRunner", runner)  # put back afterwards
    found = await measure(120, tmp_path)
    assert found.is_new
    assert (found.sent, found.lost, found.doubled) == (120, 0, 0)
