"""Asks the assistant through its private channel (docs/contracts.md section 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from frontdesk.conversations.model import Author, Danger, Draft, Message, Turn
from frontdesk.outgoing.connections import KeptConnections

CONNECT_SECONDS = 1.0
LET_GO_SECONDS = 60.0
"""After this the assistant has given a turn up; until then it is not asked again."""
QUICK_SECONDS = 4.0
ENCODE_SECONDS = 30.0
TRIES = 5


class AssistantUnavailable(Exception):
    """The assistant did not answer in time, or could not finish the turn; it may be asked again."""


class Unreadable:
    """Which messages the assistant fails on again and again while it answers others: such a one would hold
    up its conversation for ever. Counted in this process; a restart begins anew."""

    def __init__(self) -> None:
        self._failed: dict[int, tuple[int, int]] = {}
        self._answered = 0

    def answered(self, message: Message) -> None:
        """The assistant has answered a message."""
        self._answered += 1
        self._failed.pop(message.id, None)

    def failed(self, message: Message) -> bool:
        """It has not. True: it never will, as it failed ``TRIES`` times and answered others between all of them."""
        tries, seen = self._failed.get(message.id, (0, -1))
        if self._answered != seen:
            tries += 1
        self._failed[message.id] = (tries, self._answered)
        if tries <= TRIES:
            return False
        del self._failed[message.id]
        return True


class AssistantClient:
    """One assistant, reached over loopback."""

    def __init__(
        self, url: str, secret: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url}/webhooks/frontdesk",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(QUICK_SECONDS, connect=CONNECT_SECONDS),
            transport=transport or KeptConnections(again=True),
        )

    async def ask(
        self,
        message: Message,
        channel: str,
        staff_available: bool,
        after_staff: bool,
        language: str | None = None,
        has_number: bool = True,
    ) -> Turn:
        """The assistant's turn for one visitor message. Raise AssistantUnavailable.

        ``after_staff``: people have spoken since the assistant last did. ``has_number``: is the number known
        that the visitor writes from?
        """
        body = {
            "conversation_id": message.conversation_id,
            "channel": channel,
            "message_id": message_id(message.conversation_id, message.seq),
            "text": None if message.button_id else message.meant,
            "button_id": message.button_id,
            "context": {
                "staff_available": staff_available,
                "after_staff": after_staff,
                "language": language,
                "has_number": has_number,
            },
        }
        try:
            answer = await self._http.post(
                "/messages",
                json=body,
                timeout=httpx.Timeout(LET_GO_SECONDS, connect=CONNECT_SECONDS),
            )
            answer.raise_for_status()
            return _turn(answer.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise AssistantUnavailable(type(error).__name__) from error

    async def check(self, text: str, language: str | None = None) -> Danger | None:
        """The sign of danger in a text, if there is one. Raise AssistantUnavailable."""
        return (await self.read(text, language))[0]

    async def read(self, text: str, language: str | None = None) -> tuple[Danger | None, list[str]]:
        """The sign of danger in a text, and the answers nearest to it. Raise AssistantUnavailable."""
        try:
            spoken = {"language": language} if language else {}
            answer = await self._http.post("/check", json={"text": text, **spoken})
            answer.raise_for_status()
            return _danger(answer.json()), list(map(str, answer.json().get("nearest") or ()))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise AssistantUnavailable(type(error).__name__) from error

    async def answered_with(self, text: str) -> str | None:
        """The answer that the assistant would give to a text. Raise AssistantUnavailable."""
        try:
            answer = await self._http.post("/check", json={"text": text})
            answer.raise_for_status()
            found = answer.json().get("answered_with")
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            raise AssistantUnavailable(type(error).__name__) from error
        return found if isinstance(found, str) else None

    async def is_ready(self) -> bool:
        """Does the assistant answer, with a model loaded?"""
        try:
            return (await self._http.get("/health")).status_code == 200
        except httpx.HTTPError:
            return False

    async def actions_answer(self) -> bool | None:
        """Does the assistant reach its actions? None when that cannot be known."""
        try:
            answer = await self._http.get("/health")
            found = answer.json().get("actions")
        except (httpx.HTTPError, ValueError, AttributeError):
            return None
        return found if isinstance(found, bool) else None

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """Each text as the sentence encoder sees it, of length 1. Raise AssistantUnavailable."""
        try:
            answer = await self._http.post(
                "/encode", json={"texts": list(texts)}, timeout=ENCODE_SECONDS
            )
            answer.raise_for_status()
            vectors: list[list[float]] = answer.json()["vectors"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise AssistantUnavailable(type(error).__name__) from error
        return vectors

    async def erase(self, conversation_id: str) -> None:
        """Erase a conversation in the tracker. Raise AssistantUnavailable."""
        try:
            answer = await self._http.delete(f"/conversations/{conversation_id}")
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise AssistantUnavailable(type(error).__name__) from error

    async def forget(self, conversation_id: str, **what: str | float) -> None:
        """Have one message, one pre-screen or what is older blanked. Raise AssistantUnavailable.

        what: message_id, pre_screen, or before (seconds since 1970).
        """
        try:
            answer = await self._http.post(f"/conversations/{conversation_id}/forget", json=what)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise AssistantUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def message_id(conversation_id: str, seq: int) -> str:
    """What a message is called on its way to the assistant."""
    return f"m_{conversation_id}_{seq}"


def _danger(answer: dict[str, Any]) -> Danger | None:
    found = answer["danger"]
    if found is None:
        return None
    messages = tuple(str(text) for text in found["messages"])
    return Danger(str(found["level"]), str(found["sign"]), str(found["sign_words"]), messages)


def _turn(answer: dict[str, Any]) -> Turn:
    understood = dict(answer["understood"])
    drafts = (
        Draft(
            Author.ASSISTANT,
            str(one["text"] or ""),
            buttons=tuple(one["buttons"]),
            answer=one["answer"],
            payload=one["payload"],
            is_private=bool(understood.get("private")),
        )
        for one in answer["messages"]
    )
    return Turn(understood, tuple(drafts))
