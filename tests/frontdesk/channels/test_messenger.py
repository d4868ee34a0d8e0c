from __future__ import annotations

from tests.frontdesk.channels.contract import ChannelContract
from tests.frontdesk.channels.drivers import MessengerDriver
from tests.frontdesk.channels.handshakes import Handshakes


class TestMessenger(ChannelContract, Handshakes):
    make = MessengerDriver
