"""The learning page: what the assistant could not answer, grouped, each group one click from an answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.faq import topics
from frontdesk.inbox.deeds import text_of
from frontdesk.inbox.pages import Pages
from frontdesk.lessons import Lessons, Unanswered
from frontdesk.similar import groups, nearest_topic
from frontdesk.staff import Session

MOST_GROUPS = 40


@dataclass(frozen=True)
class Group:
    """Messages that are alike, and the answer that people ask for in nearly those words, if any."""

    messages: tuple[Unanswered, ...]
    topic: str


class LearningPage:
    """Attach a message to an answer, or dismiss it; `make learn` does the rest."""

    def __init__(self, pages: Pages, lessons: Lessons) -> None:
        self._pages = pages
        self._lessons = lessons

    async def show(self, request: Request, session: Session) -> Response:
        """Every message that nobody has decided about, the largest group first."""
        return await self._page(session)

    async def decide(self, request: Request, session: Session, form: FormData) -> Response:
        """Attach the ticked messages to an answer, or dismiss them."""
        ticked = {int(str(one)) for one in form.getlist("message") if str(one).isdecimal()}
        topic = text_of(form, "topic").strip() if text_of(form, "decision") == "attach" else None
        if not ticked:
            return await self._page(session, "Tick at least one message.")
        if topic is not None and topic not in topics():
            return await self._page(session, "Choose one of the answers of the list.")
        await self._lessons.decide(ticked, topic, session.member.id)
        return RedirectResponse("/inbox/learning", 303)

    async def take_back(self, request: Request, session: Session, form: FormData) -> Response:
        """Decide anew about one message."""
        await self._lessons.take_back(request.path_params["message_id"])
        return RedirectResponse("/inbox/learning", 303)

    async def _page(self, session: Session, problem: str | None = None) -> Response:
        undecided = await self._lessons.undecided()
        found = await asyncio.to_thread(_grouped, undecided)
        return self._pages.render(
            "learning.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            groups=found[:MOST_GROUPS],
            left=len(found) - MOST_GROUPS,
            accepted=await self._lessons.accepted(),
            topics=topics(),
            problem=problem,
        )


def _grouped(undecided: list[Unanswered]) -> list[Group]:
    found = []
    for numbers in groups([one.text for one in undecided]):
        alike = tuple(undecided[number] for number in numbers)
        found.append(Group(alike, nearest_topic([one.text for one in alike]) or ""))
    return found
