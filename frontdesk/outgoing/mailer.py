"""The clinic's mail server: notices, which never hold a visitor's words, and the e-mail channel."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib

from frontdesk.settings import MailSettings

SECONDS = 10.0
IDLE_SECONDS, PROBE_SECONDS = 20.0, 2.0
"""How long a line stays open after a mail, so that the next one needs no new greeting and no new keys;
and how long its other end may take to say that it is still there."""


class NotSent(Exception):
    """Nobody took the message; it may be tried again."""


class Mailer:
    """One mail server, over TLS unless the clinic says otherwise."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._idle: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}
        self._going: set[asyncio.Future[None]] = set()

    async def send(self, to: str, subject: str, text: str, ends_at: str = "") -> None:
        """Hand one message to the mail server. Raise NotSent.

        ``ends_at``: an address to which a mail program may post so that no more come (RFC 8058).
        """
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.sender, to, subject
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        if ends_at:
            mail["List-Unsubscribe"] = f"<{ends_at}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(text)
        try:
            await self.hand_over(mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from error

    async def hand_over(self, mail: EmailMessage) -> None:
        """Hand a whole mail to the mail server. Raise what aiosmtplib raises."""
        line = await self._kept() or await self._opened()
        try:
            await line.send_message(mail)
        except BaseException:
            line.close()
            raise
        later = asyncio.get_running_loop().call_later
        self._idle[line] = later(IDLE_SECONDS, self._let_go, line)

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            line, timer = self._idle.popitem()
            timer.cancel()
            await self._hang_up(line)

    async def _opened(self) -> aiosmtplib.SMTP:
        line = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            username=self._settings.user or None,
            password=self._settings.password or None,
            use_tls=self._settings.security == "tls",
            start_tls=self._settings.security == "starttls",
            timeout=SECONDS,
        )
        await line.connect()
        return line

    async def _kept(self) -> aiosmtplib.SMTP | None:
        """A line that nobody uses and whose other end still answers; where one does not, none will."""
        if not self._idle:
            return None
        line, timer = self._idle.popitem()
        timer.cancel()
        try:
            await line.rset(timeout=PROBE_SECONDS)
            return line
        except (aiosmtplib.SMTPException, OSError):
            line.close()
            for other, timer in self._idle.items():
                timer.cancel()
                other.close()
            self._idle.clear()
            return None
        except BaseException:
            line.close()
            raise

    def _let_go(self, line: aiosmtplib.SMTP) -> None:
        if self._idle.pop(line, None):
            going = asyncio.ensure_future(self._hang_up(line))
            self._going.add(going)
            going.add_done_callback(self._going.discard)

    @staticmethod
    async def _hang_up(line: aiosmtplib.SMTP) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            await line.quit(timeout=PROBE_SECONDS)
        line.close()
