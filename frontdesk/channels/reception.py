"""What every provider's channel does with a webhook: check, store, acknowledge; and how text-only
channels show choices."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from clinic import Clinic
from frontdesk import database as db
from frontdesk.channels.base import BODY_LIMIT, Channel, Forged, Inbound, Malformed
from frontdesk.conversations import Clock
from frontdesk.copy import words
from frontdesk.model import Author, Conversation, Draft, Incoming, Message

if TYPE_CHECKING:
    from frontdesk.desk import Desk

logger = logging.getLogger(__name__)

STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit"}
START_WORDS = {"start", "unstop"}
HELP_WORDS = {"help", "info"}
LONGEST_TEXT = 2_000


class Reception:
    """Takes in what providers send."""

    def __init__(self, engine: AsyncEngine, clinic: Clinic, clock: Clock) -> None:
        self._engine = engine
        self._clinic = clinic
        self._clock = clock
        self.desk: Desk

    async def take(self, channel: Channel, request: Request) -> Response:
        """Answer a webhook: 403 forged, 400 impossible, 413 too large, else taken and stored."""
        if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
            return JSONResponse({"error": {"code": "too_large", "message": "too large"}}, 413)
        try:
            inbound = await channel.read(request)
        except Forged as error:
            logger.warning("webhook refused: %s %s", channel.names[0], error)
            return JSONResponse({"error": {"code": "forged", "message": "not signed"}}, 403)
        except Malformed as error:
            logger.warning("webhook malformed: %s %s", channel.names[0], error)
            return JSONResponse({"error": {"code": "malformed", "message": str(error)}}, 400)
        for one in inbound:
            await self._store(one)
        return channel.acknowledgement()

    async def _store(self, inbound: Inbound) -> None:
        conversation = await self.desk.conversations.by_address(inbound.channel, inbound.address)
        if inbound.channel == "sms" and await self._is_service_word(conversation, inbound):
            return
        greeting = words("greeting", self._clinic, self._clock())
        first = Draft(Author.ASSISTANT, greeting, client_id="greeting")
        await self.desk.conversations.append(conversation.id, first)
        if inbound.has_media or not inbound.text.strip():
            await self._answer_media(conversation, inbound)
        if inbound.text.strip():
            text = inbound.text[:LONGEST_TEXT]
            button = await self._chosen(conversation, text)
            await self.desk.receive(conversation, Incoming(text, inbound.provider_id, button))

    async def _answer_media(self, conversation: Conversation, inbound: Inbound) -> None:
        text = words("photo", self._clinic, self._clock())
        draft = Draft(Author.SYSTEM, text, client_id=f"media_{inbound.provider_id}")
        await self.desk.conversations.append(conversation.id, draft)
        self.desk.delivery.wake(conversation.id)
        self.desk.signals.new(conversation.id)

    async def _is_service_word(self, conversation: Conversation, inbound: Inbound) -> bool:
        word = inbound.text.strip().lower()
        here = (db.opt_outs.c.channel == inbound.channel) & (
            db.opt_outs.c.address == inbound.address
        )
        if word in STOP_WORDS | START_WORDS:
            async with self._engine.begin() as connection:
                await connection.execute(db.opt_outs.delete().where(here))
                if word in STOP_WORDS:
                    values = {"channel": inbound.channel, "address": inbound.address}
                    await connection.execute(
                        db.opt_outs.insert().values(**values, at=self._clock())
                    )
            line = "opted_out" if word in STOP_WORDS else "opted_in"
        elif word in HELP_WORDS:
            line = "sms_help"
        else:
            async with self._engine.connect() as connection:
                return bool(await connection.scalar(sa.select(db.opt_outs.c.at).where(here)))
        text = words(line, self._clinic, self._clock())
        draft = Draft(Author.SYSTEM, text, client_id=f"service_{inbound.provider_id}")
        await self.desk.conversations.append(conversation.id, draft)
        self.desk.delivery.wake(conversation.id)
        return True

    async def _chosen(self, conversation: Conversation, text: str) -> str | None:
        """The id of the button that "2", or its own words, choose among those offered last."""
        recent = await self.desk.conversations.messages_after(
            conversation.id, max(0, conversation.last_seq - 8)
        )
        offered: list[dict[str, str]] = []
        for message in recent:
            if message.author is Author.VISITOR:
                offered = []
            offered += message.buttons
        number = re.fullmatch(r"\W*(\d{1,2})\W*", text)
        if number and 1 <= int(number[1]) <= len(offered):
            return offered[int(number[1]) - 1]["id"]
        same = [b["id"] for b in offered if b["title"].casefold() == text.strip().casefold()]
        return same[0] if same else None

    def as_text(self, message: Message) -> str:
        """A message for a channel without buttons: its choices as a numbered list."""
        if not message.buttons:
            return message.text
        choose = words("choose", self._clinic, self._clock())
        choices = [f"{n}. {button['title']}" for n, button in enumerate(message.buttons, start=1)]
        return "\n".join([message.text, choose, *choices])
