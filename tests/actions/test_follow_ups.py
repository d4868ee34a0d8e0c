"""Short messages that lean on the answer before them, and those that ask something of their own."""

from __future__ import annotations

import pytest

from actions.follow_ups import follow_ups


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("does that one hurt?", True),
        ("how long after?", True),
        ("and for ultherapy?", True),
        ("when can i exercise again", False),
        ("how do i book a visit", False),
        ("does your laser hurt", False),
    ],
)
def test_only_words_that_name_nothing_of_their_own_lean(text: str, leans: bool) -> None:
    assert follow_ups().means_that(text) is leans
