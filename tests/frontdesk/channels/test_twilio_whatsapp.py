from __future__ import annotations

from tests.frontdesk.channels.contract import ChannelContract
from tests.frontdesk.channels.drivers import TwilioWhatsAppDriver


class TestTwilioWhatsApp(ChannelContract):
    make = TwilioWhatsAppDriver
    test_a_choice_that_was_never_offered_is_ignored_and_counted = None  # no buttons to forge
