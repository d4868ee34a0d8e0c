"""The learning page: what the assistant could not answer, grouped, each group one click from an answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.assistant_client import AssistantUnavailable
from frontdesk.http import text_of, whole_number
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.faq import topics
from frontdesk.knowledge.similar import Similar
from frontdesk.knowledge.unanswered import UnansweredQuestion, UnansweredQuestions
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

MOST_GROUPS = 40


@dataclass(frozen=True)
class Group:
    """Messages that are alike, and the answer that they come nearest to, if any."""

    messages: tuple[UnansweredQuestion, ...]

    @property
    def topic(self) -> str:
        """What most of them come nearest to; "" when that is no answer any more."""
        nearest = Counter(one.nearest for one in self.messages if one.nearest in topics())
        return str(nearest.most_common(1)[0][0]) if nearest else ""


class LearningPage:
    """Attach a message to an answer, or dismiss it; `make learn` does the rest."""

    def __init__(
        self, pages: Pages, staff: Staff, unanswered: UnansweredQuestions, similar: Similar
    ) -> None:
        self._pages = pages
        self._staff = staff
        self._unanswered = unanswered
        self._similar = similar

    async def show(self, request: Request, session: Session) -> Response:
        """Every message that nobody has decided about, the largest group first."""
        await self._staff.note_look(session, Event.READ_LEARNING)
        return await self._page(session)

    async def decide(self, request: Request, session: Session, form: FormData) -> Response:
        """Attach the ticked messages to an answer, or dismiss them."""
        ticked = {one for one in map(whole_number, form.getlist("message")) if one}
        topic = text_of(form, "topic").strip() if text_of(form, "decision") == "attach" else None
        if not ticked:
            return await self._page(session, "Tick at least one message.")
        if topic is not None and topic not in topics():
            return await self._page(session, "Choose one of the answers of the list.")
        await self._unanswered.decide(ticked, topic, session.member.id)
        return RedirectResponse("/inbox/learning", 303)

    async def take_back(self, request: Request, session: Session, form: FormData) -> Response:
        """Decide anew about one message."""
        await self._unanswered.take_back(request.path_params["message_id"])
        return RedirectResponse("/inbox/learning", 303)

    async def _page(self, session: Session, problem: str | None = None) -> Response:
        undecided = await self._unanswered.undecided()
        try:
            alike = await self._similar.groups([one.text for one in undecided])
        except AssistantUnavailable:
            problem = problem or "The assistant is away, so messages that are alike stand alone."
            alike = [[number] for number in range(len(undecided))]
        found = [Group(tuple(undecided[number] for number in one)) for one in alike]
        return self._pages.render(
            "learning.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            groups=found[:MOST_GROUPS],
            left=len(found) - MOST_GROUPS,
            accepted=await self._unanswered.accepted(),
            topics=topics(),
            problem=problem,
        )
