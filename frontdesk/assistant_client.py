"""Asks the assistant through its private channel (docs/contracts.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
MOST_REMEMBERED = 1_000
PIECE, OVERLAP = 2_000, 200
"""How much of a text is looked at for danger in one go."""


class AssistantUnavailable(Exception):
    """The assistant did not answer in time, or could not finish the turn; it may be asked again."""

    @property
    def is_said(self) -> bool:
        """Did it say itself that it cannot? Else it was away, or slow."""
        return isinstance(self.__cause__, httpx.HTTPStatusError)


class Unreadable:
    """Which messages the assistant fails on again and again while it answers others: such a one would hold
    up its conversation for ever. While its actions are away it answers only what needs none, which tells
    nothing. Counted in this process; a restart begins anew."""

    UNDERSTOOD: Mapping[str, object] = {"unchecked": True}
    """Of such a message, where nothing has looked at it for danger either: staff see it."""

    def __init__(self, assistant: AssistantClient) -> None:
        self._assistant = assistant
        self._failed: dict[tuple[str, int], tuple[int, int]] = {}
        self._answered = 0

    def answered(self, message: Message) -> None:
        """The assistant has answered a message."""
        self._answered += 1
        self._failed.pop(_name_of(message), None)

    async def failed(self, message: Message) -> bool:
        """It has not. True: it never will, as it failed ``TRIES`` times and answered others between all of them."""
        return bool(await self._assistant.actions_answer()) and self._count(message)

    def not_checked(self, message: Message, error: AssistantUnavailable) -> bool:
        """The same of what is only looked at for danger; one that was too slow for it will not always be."""
        return error.is_said and self._count(message)

    def _count(self, message: Message) -> bool:
        name = _name_of(message)
        tries, seen = self._failed.pop(name, (0, -1))
        if self._answered != seen:
            tries += 1
        if tries > TRIES:
            return True
        self._failed[name] = (tries, self._answered)
        if len(self._failed) > MOST_REMEMBERED:  # of what was erased, or taken by people, meanwhile
            del self._failed[next(iter(self._failed))]
        return False


def _name_of(message: Message) -> tuple[str, int]:
    """Whose it is, and its place there."""
    return message.conversation_id, message.seq


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

    async def check_all(self, text: str, language: str | None = None) -> Danger | None:
        """The first sign of danger in a text of any length. Raise AssistantUnavailable."""
        for begin in range(0, len(text), PIECE - OVERLAP):
            if danger := await self.check(text[begin : begin + PIECE], language):
                return danger
        return None

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
