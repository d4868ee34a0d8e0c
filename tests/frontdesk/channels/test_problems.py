from __future__ import annotations

import pytest

from frontdesk.channels.problems import explained


@pytest.mark.parametrize(
    "provider, code",
    [
        ("WhatsApp", 131026),
        ("WhatsApp", "131047"),
        ("Twilio", 63016),
        ("Twilio", "21610"),
        ("Telegram", 403),
    ]
    + [("Twilio", code) for code in range(30003, 30009)],
)
def test_a_known_code_says_what_happened_and_what_to_do(provider: str, code: object) -> None:
    words = explained(provider, code)
    assert words.count(".") >= 2 and str(code) in words
    assert len(words) <= 200, "the inbox keeps 200 characters"


def test_an_unknown_code_is_named() -> None:
    assert explained("Twilio", "99999") == "Twilio, error 99999. Send it again, or call."
    assert explained("Twilio", "", 502) == "Twilio answered 502. Send it again, or call."
