"""The whole assistant in one process: the trained model, with its actions called directly.

Nothing is different from the running assistant but the way to the action server (no HTTP).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from assistant.clean_text import clean_text
from assistant.language import is_another, language_after
from assistant.nlu.component import LANGUAGE, UNSURE
from assistant.responses import ClinicResponses

FAQ_RESPONSE = "utter_faq/"


@dataclass(frozen=True)
class Reply:
    """What the assistant made of one message, and everything that a visitor sees of its reply."""

    intent: str
    confidence: float
    texts: tuple[str, ...]
    topics: tuple[str, ...]
    uttered: tuple[str, ...]
    buttons: tuple[str, ...]
    payloads: tuple[str, ...]  # what the buttons do
    custom: tuple[dict[str, Any], ...] = field(default=())
    form: str | None = None
    understood: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All visible words, the buttons' as well."""
        return "\n".join([*self.texts, *self.buttons])


class _Direct(EndpointConfig):
    """Calls actions without a server."""

    def __init__(self) -> None:
        super().__init__("http://actions.invalid", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        call = json.loads(json.dumps(kwargs["json"]))
        return json.loads(json.dumps(await self._executor.run(call)))


class _Silent(OutputChannel):
    def name(self) -> str:
        return "website"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        return


class Conversation:
    """Conversations with a trained model; each name is a visitor of its own."""

    def __init__(self, model: str) -> None:
        self.agent = Agent.load(model, action_endpoint=_Direct())
        processor = self.agent.processor
        processor.nlg = ClinicResponses(None, processor.domain)

    def say(self, text: str, visitor: str, staff_available: bool = True) -> Reply:
        """One message of a visitor, in the conversation of that name."""
        return asyncio.run(self._say(clean_text(text), visitor, staff_available))

    async def _say(self, text: str, visitor: str, staff_available: bool) -> Reply:
        metadata = {"staff_available": staff_available, "after_staff": False}
        message = UserMessage(
            text,
            output_channel=_Silent(),
            sender_id=visitor,
            input_channel="website",
            metadata={**metadata, LANGUAGE: await self._hear(text, visitor)},
        )
        await self.agent.processor.handle_message(message)
        tracker = await self.agent.tracker_store.retrieve(visitor)
        events = [event.as_dict() for event in tracker.events]
        last = max(place for place, event in enumerate(events) if event["event"] == "user")
        said = [event for event in events[last:] if event["event"] == "bot"]
        parsed = events[last]["parse_data"]
        uttered = [str((e.get("metadata") or {}).get("utter_action") or "") for e in said]
        buttons = [b for e in said for b in (e.get("data") or {}).get("buttons") or []]
        custom = [c for e in said if (c := (e.get("data") or {}).get("custom"))]
        return Reply(
            intent=parsed["intent"]["name"],
            confidence=parsed["intent"]["confidence"],
            texts=tuple(e["text"] for e in said if e.get("text")),
            topics=tuple(
                u.removeprefix(FAQ_RESPONSE) for u in uttered if u.startswith(FAQ_RESPONSE)
            ),
            uttered=tuple(u for u in uttered if u),
            buttons=tuple(b["title"] for b in buttons),
            payloads=tuple(b["payload"] for b in buttons),
            custom=tuple(custom),
            form=tracker.active_loop_name,
            understood=parsed,
        )

    async def _hear(self, text: str, visitor: str) -> str:
        """The language that the channel would hear, also from now on (assistant/channel.py)."""
        processor = self.agent.processor
        tracker = await processor.fetch_tracker_and_update_session(visitor, _Silent())
        before = tracker.get_slot(LANGUAGE)
        language = language_after(text, before, {})
        if language != UNSURE and is_another(before, language):
            tracker.update(SlotSet(LANGUAGE, language), processor.domain)
        await processor.save_tracker(tracker)
        return language
