"""Puts the front desk together: database, assistant, channels, inbox, pages; and its background work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import httpx
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from clinic import Clinic
from frontdesk.assistant_client import AssistantClient, AssistantUnavailable
from frontdesk.channels import open_channels
from frontdesk.channels.reception import Reception
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.clock import Clock
from frontdesk.conversations.desk import Desk
from frontdesk.conversations.events import Signals
from frontdesk.conversations.handover import Handover
from frontdesk.conversations.same_person import SamePerson
from frontdesk.conversations.store import Conversations
from frontdesk.http import BodyLimit, Problem, SecurityHeaders, problem_response
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.holidays import Holidays
from frontdesk.inbox.routes import Inbox
from frontdesk.knowledge.unanswered import UnansweredQuestions
from frontdesk.outgoing.delivery import Delivery
from frontdesk.outgoing.mailer import Mailer
from frontdesk.outgoing.notices import Notices, targets_of
from frontdesk.outgoing.receipts import Receipts
from frontdesk.settings import Settings
from frontdesk.staff.accounts import Accounts
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Staff
from frontdesk.staff.resets import Resets
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections
from frontdesk.visitors.api import VisitorApi
from frontdesk.visitors.widget_files import WidgetFiles

logger = logging.getLogger(__name__)

TIMER_SECONDS = 1.0
RETENTION_SECONDS = 60.0


def create_app(
    settings: Settings,
    clinic: Clinic,
    clock: Clock,
    to_assistant: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """One front desk over one database. ``clock`` gives aware UTC datetimes."""
    engine = connections.connect(settings.database_url)
    holidays = Holidays(engine)
    clinic = replace(clinic, exceptions=holidays.days)
    signals = Signals()
    conversations = Conversations(engine, clock)
    factors = SecondFactors(engine, clinic.name, clock)
    staff = Staff(engine, clock, factors)
    receipts, webhook_events = Receipts(engine, clock), WebhookEvents(engine, clock)
    reception = Reception(engine, receipts, webhook_events, clinic, clock)
    channels = open_channels(settings, clinic, reception, clock)
    by_name = {name: channel for channel in channels for name in channel.names}
    delivery = Delivery(conversations, receipts, by_name, reception.present, signals)
    handover = Handover(conversations, staff, delivery, signals, clinic, clock)
    assistant = AssistantClient(settings.assistant_url, settings.assistant_secret, to_assistant)
    desk = Desk(conversations, assistant, handover, delivery, signals, clinic, clock)
    reception.desk = desk
    accounts = Accounts(engine, staff, clock)
    canned = CannedReplies(engine, clinic, clock)
    unanswered = UnansweredQuestions(engine, clock)
    notices = Notices(engine, targets_of(settings, clinic, clock), settings.public_url, clock)
    mailer = Mailer(settings.mail) if settings.mail else None
    resets = Resets(engine, accounts, mailer, settings.public_url, clock)
    same_person = SamePerson(engine, clock)
    inbox = Inbox(
        desk, staff, settings, accounts, canned, holidays, unanswered, factors, resets, same_person
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if settings.staff_password:
            await staff.ensure_first_account(settings.staff_password)
        await holidays.load()
        await desk.wake_all()
        reception.start()
        ending = asyncio.Event()
        chores = [
            asyncio.create_task(_every(TIMER_SECONDS, handover.run_timers, ending)),
            asyncio.create_task(_every(TIMER_SECONDS, notices.run, ending)),
            asyncio.create_task(
                _every(RETENTION_SECONDS, lambda: forget_old(desk, staff, webhook_events), ending)
            ),
        ]
        yield
        ending.set()
        await asyncio.gather(*chores)
        await reception.stop()
        await desk.stop()
        await delivery.stop()
        await notices.close()
        await resets.stop()
        for channel in channels:
            await channel.close()
        await assistant.close()
        await engine.dispose()

    app = Starlette(
        routes=[
            Route("/health", _health),
            *VisitorApi(desk, staff).routes(),
            *[route for channel in channels for route in channel.routes()],
            *inbox.routes(),
            *WidgetFiles().routes(),
        ],
        middleware=_middleware(settings),
        exception_handlers={
            Problem: problem_response,
            HTTPException: problem_response,
            Exception: problem_response,
        },
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.staff = staff
    app.state.reception = reception
    app.state.webhook_events = webhook_events
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SecurityHeaders),
        Middleware(
            CORSMiddleware,
            allow_origins=[settings.public_url, *settings.allowed_origins],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
            max_age=3600,
        ),
        Middleware(BodyLimit),
    ]


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def forget_old(desk: Desk, staff: Staff, webhook_events: WebhookEvents) -> None:
    """Erase, here and in the tracker, what is older than the clinic's retention time."""
    limit = desk.clock() - timedelta(days=desk.clinic.retention_days)
    await webhook_events.forget_older(limit)
    for conversation_id in await desk.conversations.older_than(limit):
        await desk.erase(conversation_id)
        await staff.note(None, Event.ERASED_AFTER_RETENTION, conversation_id)
        logger.info("erased after retention time: %s", conversation_id)


async def _every(
    seconds: float, chore: Callable[[], Awaitable[None]], ending: asyncio.Event
) -> None:
    while not ending.is_set():
        try:
            await chore()
        except (SQLAlchemyError, AssistantUnavailable) as error:
            logger.warning("background work failed: %s", type(error).__name__)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ending.wait(), seconds)
