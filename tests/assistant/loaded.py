"""The trained assistant inside the test's process: ours as it runs, and stock Rasa's own classes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import rasa.core.processor
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from assistant.channel import Inbound, _Silent, _take_turn
from assistant.graph_runner import InOrderGraphRunner
from assistant.locks import ConversationLocks
from assistant.reply import button_id
from assistant.responses import ClinicResponses
from assistant.tracker_store import ConversationTrackerStore, Turn
from scripts.train import MODEL

CONTEXT = {"staff_available": True, "after_staff": False}


class ActionsHere(EndpointConfig):
    """The real actions, without a network between."""

    def __init__(self) -> None:
        super().__init__("http://actions.invalid", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package("actions")

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        return await self.executor.run(kwargs["json"])


def load(store: TrackerStore, runner: type) -> Agent:
    rasa.core.processor.DaskGraphRunner = runner
    try:
        agent = Agent.load(
            MODEL,
            tracker_store=store,
            lock_store=(
                InMemoryLockStore()
                if runner is DaskGraphRunner
                else ConversationLocks(EndpointConfig())
            ),
            action_endpoint=ActionsHere(),
        )
    finally:
        rasa.core.processor.DaskGraphRunner = DaskGraphRunner
    agent.nlg = agent.processor.nlg = ClinicResponses(None, agent.domain)
    return agent


@dataclass
class Ours:
    """As it runs: our store, our graph runner, our locks."""

    url: str
    conversation_id: str = "a-conversation"
    count: int = 0
    agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        self.agent = load(ConversationTrackerStore(host=self.url), InOrderGraphRunner)

    @property
    def store(self) -> ConversationTrackerStore:
        return self.agent.tracker_store._tracker_store

    async def say(self, text: str | None, pressed: str | None = None) -> Turn:
        self.count += 1
        random.seed(self.count)
        button = button_id(pressed) if pressed else None
        inbound = Inbound(
            self.conversation_id, "website", f"m_{self.count}", text, button, dict(CONTEXT)
        )
        turn, _ = await _take_turn(self.agent, inbound)
        return turn


@dataclass
class Stock:
    """Rasa's own classes, fed with the same messages."""

    url: str
    conversation_id: str = "a-conversation"
    count: int = 0
    agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        self.agent = load(SQLTrackerStore(host=self.url), DaskGraphRunner)

    async def say(self, text: str | None, pressed: str | None = None) -> Turn:
        self.count += 1
        random.seed(self.count)
        before = await self.agent.tracker_store.retrieve(self.conversation_id)
        message = UserMessage(
            pressed or text,
            output_channel=_Silent("website"),
            sender_id=self.conversation_id,
            input_channel="website",
            message_id=f"m_{self.count}",
            metadata={**CONTEXT, "language": "en"},
        )
        await self.agent.processor.handle_message(message)
        after = await self.agent.tracker_store.retrieve(self.conversation_id)
        return Turn.of(
            event.as_dict() for event in list(after.events)[len(before.events) if before else 0 :]
        )
