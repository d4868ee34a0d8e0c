from __future__ import annotations

from tests.frontdesk.channels.contract import ChannelContract
from tests.frontdesk.channels.drivers import InstagramDriver
from tests.frontdesk.channels.handshakes import Handshakes


class TestInstagram(ChannelContract, Handshakes):
    make = InstagramDriver
