"""The private door: the only way into Rasa, open to the front desk alone (docs/contracts.md)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from assistant.action_server import ActionServer, watch_turn
from assistant.clean_text import MAXIMUM_CHARACTERS, clean_text
from assistant.forgetting import to_forget, without
from assistant.language import chosen_language, is_another, language_after
from assistant.live_model import get_ready
from assistant.nlu.component import LANGUAGE, UNSURE
from assistant.nlu.encoder import load_encoder
from assistant.nlu.safety import HAPPENING_NOW, typed_answer
from assistant.reply import (
    FAQ,
    danger_told,
    nearest,
    nearest_answers,
    pressed,
    render_message,
    sureness,
    topic_of,
)
from assistant.tracker_store import (
    AnsweredElsewhere,
    ConversationTrackerStore,
    Turn,
    TurnUnderWay,
)

logger = logging.getLogger(__name__)

CHANNELS = ("website", "sms", "whatsapp", "messenger", "instagram", "telegram", "chatwoot", "email")
MOST_TEXTS = 500
ANSWER_DANGER = "/answer_danger"
HEALTH_QUESTIONS = "prescreen_form"
HEALTH = ("medicine", "condition")
SESSION_EVENTS = 60
CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class TurnNotFinished(Exception):
    """The turn failed on the way; nothing of it was kept, and it may be sent again."""


@dataclass(frozen=True)
class Inbound:
    """One message of a visitor as the front desk hands it in."""

    conversation_id: str
    channel: str
    message_id: str
    text: str | None
    button_id: str | None
    context: dict[str, object]

    @classmethod
    def parse(cls, body: object) -> Inbound:
        """Check a request body. Raise ValueError that names the key and what is allowed."""
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        for key in ("conversation_id", "channel", "message_id"):
            if not isinstance(body.get(key), str) or not 1 <= len(body[key]) <= 128:
                raise ValueError(f"'{key}' must be a string of 1 to 128 characters")
        if not CONVERSATION_ID.fullmatch(body["conversation_id"]):
            raise ValueError("'conversation_id' must be 8 to 64 letters, digits, '_' or '-'")
        if body["channel"] not in CHANNELS:
            raise ValueError(f"'channel' must be one of {', '.join(CHANNELS)}")
        text, button_id = body.get("text"), body.get("button_id")
        if (text is None) == (button_id is None):
            raise ValueError("exactly one of 'text' and 'button_id' must be set")
        if not isinstance(text or button_id, str) or len(text or "") > MAXIMUM_CHARACTERS:
            raise ValueError(f"'text' must be a string of 1 to {MAXIMUM_CHARACTERS} characters")
        context = body.get("context") or {}
        if not isinstance(context, dict):
            raise ValueError("'context' must be a JSON object")
        return cls(
            body["conversation_id"], body["channel"], body["message_id"], text, button_id, context
        )


class _Silent(OutputChannel):
    """Sends nothing: a turn is read back from the tracker. Carries the real channel's name."""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, object]) -> None:
        return


class FrontDeskChannel(InputChannel):
    """Takes one message at a time of a conversation and answers with the whole turn."""

    @classmethod
    def name(cls) -> str:
        """The part of the address after /webhooks/."""
        return "frontdesk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> FrontDeskChannel:
        """Read ``secret`` from credentials.yml. Raise RasaException when it is not set."""
        secret = (credentials or {}).get("secret") or ""
        if len(secret) < 16 or secret.startswith("${"):
            raise RasaException(
                "credentials.yml: key 'secret' of assistant.channel.FrontDeskChannel is not set; "
                "ASSISTANT_SECRET in .env must be 16 characters or more"
            )
        return cls(secret)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[object]]) -> Blueprint:
        """The routes of docs/contracts.md, each behind the shared secret."""
        door = Blueprint("frontdesk")

        async def let_only_the_front_desk_in(request: Request) -> HTTPResponse | None:
            given = request.headers.get("authorization", "")
            if hmac.compare_digest(given.encode(), f"Bearer {self._secret}".encode()):
                return None
            return response.json({"error": "not the front desk"}, status=401)

        door.on_request(let_only_the_front_desk_in)  # type: ignore[no-untyped-call]  # Sanic 21.12

        door.listener("after_server_start")(get_ready)

        @door.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = _agent(request)
            if not agent or not agent.is_ready():
                return response.json({"error": "no model is loaded yet"}, status=503)
            server = agent.action_endpoint
            answers = await server.answers() if isinstance(server, ActionServer) else None
            return response.json({"model": agent.model_id, "actions": answers})

        @door.post("/messages")
        async def receive(request: Request) -> HTTPResponse:
            try:
                inbound = Inbound.parse(request.json)
            except (ValueError, SanicException) as error:
                return response.json({"error": str(error)}, status=400)
            agent = _agent(request)
            if not agent or not agent.is_ready():
                return response.json({"error": "no model is loaded yet"}, status=503)
            try:
                turn, duplicate = await _take_turn(agent, inbound)
            except (TurnNotFinished, AnsweredElsewhere, SQLAlchemyError) as error:
                logger.error("turn not finished: %s %s", inbound.message_id, type(error).__name__)
                return response.json({"error": "the turn was not finished"}, status=503)
            return response.json({**_render(turn), "duplicate": duplicate})

        door.post("/check")(_check)
        door.post("/encode")(_encode)

        @door.delete("/conversations/<conversation_id:str>")
        async def erase(request: Request, conversation_id: str) -> HTTPResponse:
            agent = _agent(request)
            async with agent.lock_store.lock(conversation_id):
                _store(agent).erase(conversation_id)
            return response.empty()

        door.post("/conversations/<conversation_id:str>/forget")(_forget_on_request)
        return door


async def _check(request: Request) -> HTTPResponse:
    try:
        text = _text(request.json)
    except (ValueError, SanicException) as error:
        return response.json({"error": str(error)}, status=400)
    agent = _agent(request)
    if not agent or not agent.is_ready():
        return response.json({"error": "no model is loaded yet"}, status=503)
    text = clean_text(text)
    language = language_after(text, None, request.json)
    message = UserMessage(text, metadata={LANGUAGE: language})
    parsed = await agent.processor.parse_message(message)
    danger = danger_told(parsed.get("safety"), agent.domain, language)
    is_answered = (parsed.get("intent") or {}).get("name") == FAQ
    return response.json(
        {
            "danger": danger,
            "nearest": nearest_answers(parsed),
            "answered_with": nearest(parsed) if is_answered else None,
        }
    )


async def _forget_on_request(request: Request, conversation_id: str) -> HTTPResponse:
    try:
        change = to_forget(request.json)
    except (ValueError, SanicException) as error:
        return response.json({"error": str(error)}, status=400)
    agent = _agent(request)
    async with agent.lock_store.lock(conversation_id):
        _store(agent).forget(conversation_id, change)
    return response.empty()


async def _encode(request: Request) -> HTTPResponse:
    try:
        texts = _texts(request.json)
    except (ValueError, SanicException) as error:
        return response.json({"error": str(error)}, status=400)
    vectors = await asyncio.to_thread(load_encoder().encode, texts)
    return response.json({"vectors": vectors.round(4).tolist()})


def _text(body: object) -> str:
    """The text of a request body. Raise ValueError that says what is allowed."""
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= MAXIMUM_CHARACTERS:
        raise ValueError(f"'text' must be a string of 1 to {MAXIMUM_CHARACTERS} characters")
    return text


def _texts(body: object) -> list[str]:
    """The texts of a request body. Raise ValueError that says what is allowed."""
    texts = body.get("texts") if isinstance(body, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("'texts' must be a list of strings")
    if len(texts) > MOST_TEXTS:
        raise ValueError(f"'texts' must have {MOST_TEXTS} or fewer")
    return texts


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    endpoint = agent.processor.action_endpoint if agent and agent.processor else None
    if endpoint and not isinstance(endpoint, ActionServer):
        agent.processor.action_endpoint = ActionServer(endpoint.url, **endpoint.kwargs)
    return agent


def _store(agent: Agent) -> ConversationTrackerStore:
    # rasa wraps every store in one that hides errors by forgetting; ours is inside (3.6.21)
    return agent.tracker_store._tracker_store  # type: ignore[no-any-return]


async def _take_turn(agent: Agent, inbound: Inbound) -> tuple[Turn, bool]:
    """Process a message once. Return its turn, and whether it had been processed before."""
    store = _store(agent)
    async with agent.lock_store.lock(inbound.conversation_id):
        seen = store.turn(inbound.conversation_id, inbound.message_id)
        if seen:
            _forget(store, inbound.conversation_id, seen)
            return seen, True
        with store.process(inbound.conversation_id, inbound.message_id) as turn:
            before = turn.tracker.get_slot(LANGUAGE)
            message, language = _user_message(turn, inbound, before)
            if inbound.context.get("after_staff"):
                _begin_new_session(turn, agent.domain, keep=False)
            elif len(turn.tracker.events) > SESSION_EVENTS:
                _begin_new_session(turn, agent.domain, keep=True)
            if is_another(turn.tracker.get_slot(LANGUAGE), language):
                if not turn.tracker.events:  # Rasa begins a session only where nothing stands
                    turn.begin_session([ActionExecuted(ACTION_LISTEN_NAME)], agent.domain)
                turn.tracker.update(SlotSet(LANGUAGE, language), agent.domain)
            with watch_turn() as watch:
                await agent.processor.handle_message(message)
            if watch.failed or not turn.has_answer():
                raise TurnNotFinished(inbound.message_id)
            kept = await turn.keep()
        _forget(store, inbound.conversation_id, kept)
        return kept, False


def _forget(store: ConversationTrackerStore, conversation_id: str, turn: Turn) -> None:
    """Blank what a pre-screen held here, once it has ended: forgotten, or sent to staff."""
    for payload in _payloads(turn):
        if payload.get("type") in ("forget", "eligibility_result"):
            store.forget(conversation_id, partial(without, str(payload["pre_screen"])))


def _payloads(turn: Turn) -> list[dict[str, object]]:
    """What the bot's messages of a turn carry besides words."""
    return [(event.get("data") or {}).get("custom") or {} for event in turn.bot]


def _user_message(
    turn: TurnUnderWay, inbound: Inbound, before: str | None
) -> tuple[UserMessage, str | None]:
    """The message for Rasa, and the language that the conversation is in from now on."""
    offered = turn.buttons()
    if inbound.button_id is not None:
        text = pressed(inbound.button_id.split(), offered)
    else:
        text = clean_text(inbound.text or "")
    context = dict(inbound.context)
    now = _is_happening(text, offered)
    if now is not None:
        text = turn.last_text()
        context[HAPPENING_NOW] = now
    chosen = chosen_language(text)
    text = turn.last_text() if chosen else text
    language = chosen or language_after(text, before, inbound.context)
    context[LANGUAGE] = language
    message = UserMessage(
        text,
        output_channel=_Silent(inbound.channel),
        sender_id=inbound.conversation_id,
        input_channel=inbound.channel,
        message_id=inbound.message_id,
        metadata=context,
    )
    return message, before if language == UNSURE else language


def _is_happening(text: str, offered: Iterable[str]) -> bool | None:
    """The answer to "is this happening now?", pressed or typed; None when it was not asked."""
    if not any(payload.startswith(ANSWER_DANGER) for payload in offered):
        return None
    if text.startswith(ANSWER_DANGER):
        return "yes" in text
    return typed_answer(text)


def _begin_new_session(turn: TurnUnderWay, domain: Domain, keep: bool) -> None:
    """Start a new session; with ``keep``, slots and a running form go along.

    In a long conversation, as Rasa replays a whole session several times for each message. After
    people have spoken, so that the assistant does not go on where it was interrupted, and health
    answers that were left behind are gone.
    """
    if turn.tracker.events:
        kept = _slots_and_form(turn.tracker) if keep else []
        turn.begin_session([*kept, ActionExecuted(ACTION_LISTEN_NAME)], domain)


def _slots_and_form(tracker: DialogueStateTracker) -> list[Event]:
    slots: list[Event] = [
        SlotSet(name, slot.value)
        for name, slot in tracker.slots.items()
        if slot.value != slot.initial_value
    ]
    loop: list[Event] = [ActiveLoop(tracker.active_loop_name)] if tracker.active_loop_name else []
    return [*slots, *loop]


def _render(turn: Turn) -> dict[str, object]:
    parsed = turn.user.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    topics = [topic for event in turn.bot if (topic := topic_of(event))]
    return {
        "message_id": turn.user["message_id"],
        "understood": {
            "intent": intent.get("name"),
            "confidence": round(float(intent.get("confidence") or 0.0), 4),
            "topic": topics[0] if topics else None,
            "nearest": nearest(parsed),
            "nearest_sureness": sureness(parsed),
            "button": (turn.user.get("text") or "").startswith("/"),
            "health": _tells_health(parsed),
            "language": (turn.user.get("metadata") or {}).get(LANGUAGE),
            **_privacy(turn),
        },
        "messages": [render_message(event) for event in turn.bot],
    }


def _tells_health(parsed: dict[str, Any]) -> bool:
    """Does the message say something about somebody's own health, asserted or past?"""
    return any(
        one.get("entity") in HEALTH and (one.get("role") or "asserted") in ("asserted", "past")
        for one in parsed.get("entities") or []
    )


def _privacy(turn: Turn) -> dict[str, object]:
    """Whether the turn belongs to health questions, and to which; never so for something urgent."""
    payloads = _payloads(turn)
    private = HEALTH_QUESTIONS in turn.actions
    private = private and not any(one.get("type") == "urgent" for one in payloads)
    ids = [str(one["pre_screen"]) for one in payloads if one.get("pre_screen")]
    return {"private": private, "pre_screen": ids[0] if private and ids else None}
