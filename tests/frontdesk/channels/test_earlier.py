"""What a conversation was like before a message came: what was offered, and may still be typed."""

from __future__ import annotations

import pytest

from frontdesk.channels.automatic import Said
from frontdesk.channels.earlier import Earlier
from frontdesk.channels.receiving import _chosen
from frontdesk.channels.twilio import MANNERS
from tests.frontdesk.conftest import MONDAY_NOON as NOW

SMS = MANNERS["sms"]
CALL = ({"id": "call_me_back", "title": "Call me back"},)
CLOSED = Said(True, "Nobody is here. Shall we call you back?", NOW, "still_3", CALL)
OFFER = Said(True, "Shall we call you back?", NOW, "", CALL)
WITH_STAFF = Said(True, "Your message is with our staff.", NOW, "still_5")
WROTE = Said(False, "and my neck hurts", NOW)


@pytest.mark.parametrize(
    ("said", "is_offered"),
    [
        ((OFFER,), True),
        ((OFFER, WITH_STAFF), True),
        ((OFFER, WROTE), False),
        ((WROTE, CLOSED), True),
        ((CLOSED, WROTE, WROTE), True),  # not said again within a minute
        ((CLOSED, WROTE, WITH_STAFF), False),
        ((CLOSED, WROTE, WITH_STAFF, WROTE), False),
        ((CLOSED, Said(True, "Ana has joined.", NOW), WROTE), False),
        ((WROTE,), False),
        ((), False),
    ],
)
def test_a_choice_of_a_line_that_is_not_said_again_may_still_be_typed(
    said: tuple[Said, ...], is_offered: bool
) -> None:
    earlier = Earlier(False, True, False, False, 0, said)
    assert _chosen(SMS, earlier, "call me back") == ("call_me_back" if is_offered else None)
