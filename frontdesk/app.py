"""The front desk as one application: its routes, and its background work from start to end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.attachments import LARGEST
from frontdesk.conversations.model import Gone
from frontdesk.copy import words
from frontdesk.http import BODY_LIMIT, BodyLimit, Problem, SecurityHeaders, problem_response
from frontdesk.inbox.attachments import PLACE as ATTACHMENTS
from frontdesk.inbox.files_page import PLACE as FILES
from frontdesk.settings import Settings
from frontdesk.storage.file import Unusable
from frontdesk.storage.transactions import AWAY
from frontdesk.tasks import Chores
from frontdesk.visitors.answer_mail_page import AnswerMailPage
from frontdesk.visitors.answer_push_page import AnswerPushPage
from frontdesk.visitors.api import VisitorApi
from frontdesk.visitors.attachments import PLACE as PHOTOS
from frontdesk.visitors.attachments import VisitorAttachments
from frontdesk.visitors.widget_files import WidgetFiles
from frontdesk.wiring import Ground, Rooms, build

logger = logging.getLogger(__name__)

LARGEST_ZIP = 6_000_000
SWEEP_SECONDS = 2.0
TOLD_SECONDS = 0.5
TIMER_SECONDS = 1.0
RETENTION_SECONDS = 60.0
ANSWER_NEWS_SECONDS = 10.0
REMINDER_SECONDS = 3600.0
FACTS_SECONDS = 0.5  # with what the processes take to look again, a change is live within a second


def create_app(
    settings: Settings,
    clinic: Clinic,
    clock: Clock,
    to_assistant: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """One front desk over one database. ``clock`` gives aware UTC datetimes."""
    rooms = build(settings, clinic, clock, to_assistant)
    app = Starlette(
        routes=_routes(rooms),
        middleware=_middleware(settings, rooms),
        exception_handlers={
            Problem: problem_response,
            HTTPException: problem_response,
            Gone: problem_response,
            **dict.fromkeys((*AWAY, Unusable), database_away),
            Exception: problem_response,
        },
        lifespan=lifespan,
    )
    app.state.rooms = rooms
    return app


def _routes(rooms: Rooms) -> list[BaseRoute]:
    desk = rooms.answering.desk
    mails, pushes = rooms.outgoing.answer_mails, rooms.outgoing.answer_pushes
    visitors = VisitorApi(desk, rooms.staff.members, mails, pushes)
    return [
        *rooms.health.routes(),
        *visitors.routes(),
        *VisitorAttachments(desk, visitors.visitor).routes(),
        *AnswerMailPage(desk, mails, visitors.visitor).routes(),
        *AnswerPushPage(desk, pushes, rooms.ground.settings, visitors.visitor).routes(),
        *[route for channel in rooms.channels.all for route in channel.routes()],
        *rooms.inbox.routes(),
        *WidgetFiles(is_sample=rooms.ground.clinic.is_sample).routes(),
    ]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Start what works in the background; at the end let it finish, and close what is open."""
    rooms: Rooms = app.state.rooms
    ground, staff, channels = rooms.ground, rooms.staff, rooms.channels
    desk = rooms.answering.desk
    if ground.settings.staff_password:
        await staff.members.ensure_first_account(ground.settings.staff_password)
    await ground.holidays.load()
    await rooms.retention.erase_again()
    channels.reception.start(rooms.receiver.handle)
    chores = Chores()
    chores.every(SWEEP_SECONDS, desk.sweep, "sweep")
    chores.every(TOLD_SECONDS, desk.acknowledge, "acknowledge")
    chores.every(TIMER_SECONDS, rooms.answering.timers.run, "timers")
    chores.every(TIMER_SECONDS, rooms.outgoing.notices.run, "notices")
    chores.every(SWEEP_SECONDS, rooms.retention.erase_wished, "wishes")
    chores.every(ANSWER_NEWS_SECONDS, rooms.outgoing.answer_mails.run, "answer mails")
    chores.every(ANSWER_NEWS_SECONDS, rooms.outgoing.answer_pushes.run, "answer pushes")
    chores.every(FACTS_SECONDS, ground.holidays.load, "days")
    if ground.facts.can_change:
        chores.every(FACTS_SECONDS, ground.facts.publish, "facts")
    if ground.answers.can_change:
        chores.every(FACTS_SECONDS, ground.answers.publish, "answers")
    if ground.trainings.can_train:
        chores.every(TIMER_SECONDS, ground.trainings.watch, "trainings")
    chores.every(RETENTION_SECONDS, rooms.retention.run, "retention")
    chores.every(REMINDER_SECONDS, ground.reminder.run, "reminder")
    chores.every(RETENTION_SECONDS, rooms.outgoing.receipts.forget_early, "early receipts")
    try:
        yield
    finally:
        await chores.stop()
        await channels.reception.stop()
        await rooms.receiver.stop()
        await desk.stop()
        await rooms.outgoing.delivery.stop()
        await rooms.outgoing.notices.close()
        await staff.resets.stop()
        for channel in channels.all:
            await channel.close()
        await rooms.answering.assistant.close()
        await ground.engine.dispose()


async def database_away(request: Request, error: Exception) -> Response:
    """Kind words, and when to try again; providers try again by themselves."""
    logger.warning("the database does not answer: %s", type(error).__name__)
    ground: Ground = request.app.state.rooms.ground
    text = words("not_sent", ground.clinic, ground.clock())
    return await problem_response(request, Problem(503, "not_sent", text, Retry_After="2"))


def _middleware(settings: Settings, rooms: Rooms) -> list[Middleware]:
    channels = rooms.channels.all
    larger = {route.path: one.largest_body for one in channels for route in one.routes()}
    larger[FILES] = LARGEST_ZIP
    larger[PHOTOS] = LARGEST
    larger[ATTACHMENTS] = LARGEST + BODY_LIMIT
    return [
        Middleware(SecurityHeaders, is_https=settings.is_https),
        Middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts, www_redirect=False),
        Middleware(
            CORSMiddleware,
            allow_origins=[*settings.own_origins, *settings.allowed_origins],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
            max_age=3600,
        ),
        Middleware(BodyLimit, larger=larger),
    ]
