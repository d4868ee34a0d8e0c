"""A mailbox behind a real local SMTP server (aiosmtpd)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class MailBox:
    """Keeps every mail; refuses as many as ``refusals`` says first."""

    def __init__(self, refusals: int = 0) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals = refusals

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            return "451 4.3.0 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"
