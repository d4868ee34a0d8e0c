"""Facebook Messenger through Meta's Graph API."""

from __future__ import annotations

from datetime import timedelta

from frontdesk.channels.page import PageChannel
from frontdesk.outgoing.carrier import Style


class MessengerChannel(PageChannel):
    """One Facebook page."""

    name = "messenger"
    about = "page"
    limits = Style(
        longest=2_000,
        with_choices=2_000,
        buttons=13,
        title=20,
        window=timedelta(hours=24),
        people_window=timedelta(days=7),
    )
