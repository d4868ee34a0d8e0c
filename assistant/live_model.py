"""The model that the clinic taught takes the place of the running one, between two turns.

    ASSISTANT_MODEL   where the front desk puts it; beside it NAME.json says for which program it was made

Every assistant looks at the file twice a second. A new one is loaded beside the running one, in a thread,
reads a first message, and is then put in its place at once: a turn that is under way ends with the model that it began with. A file that
cannot be loaded changes nothing. When the file goes, the model of `make train` comes back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from sanic import Sanic

logger = logging.getLogger(__name__)

SETTING = "ASSISTANT_MODEL"
SEED = Path("models") / "assistant.tar.gz"
LOOK_SECONDS = 0.5
FIRST = "my skin feels a bit odd since thursday, is that usual after it"
"""Each model reads this before anybody writes: what is made at the first message takes seconds."""


def where() -> Path | None:
    """The file that this process watches, if it watches one."""
    found = os.environ.get(SETTING)
    return Path(found) if found else None


class LiveModel:
    """Keeps one agent at the newest model."""

    def __init__(self, agent: Agent, taught: Path, seed: Path = SEED) -> None:
        self._agent = agent
        self._taught = taught
        self._seed = seed
        self._loaded: tuple[object, ...] = (seed, _state(seed))
        self._seen: tuple[object, ...] = self._loaded

    async def keep(self) -> None:
        """Look again and again, as long as the process lives."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 (whatever the file holds, the running model stays)
                logger.error("the new model was not loaded: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> bool:
        """Load what is new and has not changed since the last look. Return whether a model was swapped."""
        wanted = self._taught if self._is_for_us() else self._seed
        now = (wanted, _state(wanted))
        is_steady, self._seen = now == self._seen, now
        if now == self._loaded or not is_steady or now[1] is None:
            return False
        self._loaded = now  # tried once; another file is another try
        if wanted == self._seed and now[1] == _state(Path(self._agent.processor.model_path)):
            return False
        await swap(self._agent, wanted)
        logger.info("model swapped: %s", self._agent.model_id)
        return True

    def _is_for_us(self) -> bool:
        """Was it made from the files that this program was trained from?"""
        try:
            made = json.loads(self._taught.with_suffix(".json").read_text(encoding="utf-8"))
            ours = self._seed.with_name("assistant.sha256").read_text(encoding="utf-8")
            return self._taught.is_file() and str(made["inputs"]) == ours
        except (OSError, ValueError, KeyError, TypeError):
            return False


async def get_ready(app: Sanic, _: object) -> None:
    """Read a first message, and look for a new model from then on, where a file is named."""
    agent = app.ctx.agent
    if agent and agent.is_ready():
        await agent.processor.parse_message(UserMessage(FIRST))
    if taught := where():
        app.add_task(LiveModel(agent, taught).keep())


async def swap(agent: Agent, path: Path) -> None:
    """Load a model beside the running one, then put it in its place."""
    old = agent.processor
    new = await asyncio.to_thread(
        MessageProcessor,
        model_path=path,
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=old.action_endpoint,
        generator=agent.nlg,
        http_interpreter=agent.http_interpreter,
    )
    await new.parse_message(UserMessage(FIRST))
    agent.processor = new
    agent.domain = new.domain
    agent.tracker_store.domain = new.domain
    agent.nlg.responses = new.domain.responses


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
