from __future__ import annotations

from tests.frontdesk.channels.contract import ChannelContract
from tests.frontdesk.channels.drivers import TwilioWhatsAppDriver


class TestTwilioWhatsApp(ChannelContract):
    make = TwilioWhatsAppDriver
    # no buttons to forge
    test_a_choice_that_was_never_offered_counts_as_its_words_or_is_said_to_be_gone = None
