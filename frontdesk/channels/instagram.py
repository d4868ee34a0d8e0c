"""Instagram direct messages through Meta's Graph API. A message holds 1,000 bytes, not characters."""

from __future__ import annotations

from datetime import timedelta

from frontdesk.channels.page import PageChannel
from frontdesk.outgoing.carrier import Style


class InstagramChannel(PageChannel):
    """One Instagram account that is connected to a Facebook page."""

    name = "instagram"
    about = "instagram"
    limits = Style(
        longest=1_000,
        in_bytes=True,
        with_choices=1_000,
        buttons=13,
        title=20,
        window=timedelta(hours=24),
        people_window=timedelta(days=7),
    )
