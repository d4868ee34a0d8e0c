"""The learning page: what the assistant could not answer, grouped, each group one click from an answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from content.checks import folded
from frontdesk.assistant_client import AssistantUnavailable
from frontdesk.http import Problem, text_of, whole_number
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.answer import Answer
from frontdesk.knowledge.answers import Answers, Conflict
from frontdesk.knowledge.faq import topics
from frontdesk.knowledge.similar import Similar
from frontdesk.knowledge.unanswered import UnansweredQuestion, UnansweredQuestions
from frontdesk.knowledge.writing import objection, tidy
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
    """Attach messages to an answer, write a new one for them, or leave them out."""

    def __init__(
        self,
        pages: Pages,
        staff: Staff,
        unanswered: UnansweredQuestions,
        similar: Similar,
        answers: Answers,
    ) -> None:
        self._answers = answers
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
        if topic is None:
            await self._unanswered.decide(ticked, None, session.member.id)
            return RedirectResponse("/inbox/learning", 303)
        answer = await self._answers.one(self._by_question(topic))
        if answer is None or answer.written.is_of_device:
            return await self._page(session, "Choose one of the answers of the list.")
        return await self._attach(session, answer, ticked)

    async def _attach(self, session: Session, answer: Answer, ticked: set[int]) -> Response:
        """The words become ways to ask; those that should not stand in a file are left, and named."""
        chosen = [one for one in await self._unanswered.undecided() if one.message_id in ticked]
        fit = [one for one in chosen if not objection(tidy(one.text))]
        theirs = await self._asked_elsewhere(answer.topic)
        good = [one for one in fit if folded(one.text) not in theirs]
        new = dict.fromkeys(tidy(one.text) for one in good)
        known = {ask.casefold() for ask in answer.written.asks}
        asks = (*answer.added, *(ask for ask in new if ask.casefold() not in known))
        if asks != answer.added:
            try:
                await self._answers.keep(answer.written, asks, session.member.id, answer.number)
            except Conflict:
                return await self._page(
                    session, "A colleague changed that answer just now. Try again."
                )
            except OSError:
                return await self._page(session, "It could not be written: the disk is full.")
        await self._unanswered.decide(
            {one.message_id for one in good}, answer.topic, session.member.id
        )
        if left := len(chosen) - len(fit):
            said = "One message was" if left == 1 else f"{left} messages were"
            return await self._page(
                session, f"{said} not attached: too long, or it may say who somebody is."
            )
        if other := next((one for one in fit if one not in good), None):
            question = theirs[folded(other.text)]
            said = f"“{tidy(other.text)}” is a way to ask “{question}” already"
            return await self._page(session, f"{said}, so it was not attached.")
        return RedirectResponse("/inbox/learning", 303)

    async def _asked_elsewhere(self, topic: str) -> dict[str, str]:
        """The ways to ask for other answers, folded, each with that answer's question."""
        others = (one for one in (await self._answers.all()).values() if one.topic != topic)
        return {folded(ask): one.written.question for one in others for ask in one.written.asks}

    @staticmethod
    def _by_question(typed: str) -> str:
        """The id of an answer that was typed by its question."""
        return next((one.id for one in topics().values() if one.question == typed), typed)

    async def teach(self, request: Request, session: Session, form: FormData) -> Response:
        """An answer given by staff is worth learning: it becomes a proposal here, for what was asked."""
        conversation = await self._pages.find(request)
        seq = whole_number(text_of(form, "seq")) or 0
        if not await self._unanswered.teach(conversation.id, seq, session.member.id):
            raise Problem(
                422, "nothing", "There is no question before this answer that may be learned."
            )
        return RedirectResponse(f"/inbox/c/{conversation.id}", 303)

    async def _page(self, session: Session, problem: str | None = None) -> Response:
        learned = await self._answers.learned()
        added = {topic: one.added for topic, one in (await self._answers.all()).items()}
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
            to_learn=sum(len(set(asks) - set(learned.get(t, ()))) for t, asks in added.items()),
            topics=topics(),
            problem=problem,
        )
