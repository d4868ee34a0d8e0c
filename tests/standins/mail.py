"""A mailbox behind a real local SMTP server (aiosmtpd)."""

from __future__ import annotations

import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.standins.provider import CUT, Script, Sent


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


class StandInMailServer:
    """What StandInProvider is for the others, for mail: collects what is sent, or answers as scripted."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.typing: list[str] = []
        self.scripted: list[Script] = []
        self.mails: list[EmailMessage] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    @property
    def url(self) -> str:
        """Where it listens, as the setting says it."""
        return str(self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.scripted:
            script = self.scripted.pop(0)
            if script.status == CUT:
                server.transport.close()
                return "421 gone"
            return (
                "550 5.1.1 no such mailbox" if script.status == 400 else "451 4.3.0 try again later"
            )
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        text = mail.get_content().replace("\r\n", "\n").rstrip("\n")
        self.sent.append(Sent(str(mail["To"]), text, content=dict(mail.items())))
        return "250 OK"

    def close(self) -> None:
        """End."""
        self._server.stop()
