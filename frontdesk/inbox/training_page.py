"""New ways to ask: what the assistant has not learned yet, how a training goes, and the way back."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.http import text_of, whole_number
from frontdesk.inbox.pages import Pages, is_refresh
from frontdesk.knowledge.answers import Answers, NotAllowed
from frontdesk.knowledge.training import NO_ROOM, RUNNING, Trainings
from frontdesk.staff.members import Session

PLACE = "/inbox/training"


class TrainingPage:
    """One button to teach, one to go back."""

    def __init__(self, pages: Pages, answers: Answers, trainings: Trainings) -> None:
        self._pages = pages
        self._answers = answers
        self._trainings = trainings

    async def show(self, request: Request, session: Session) -> Response:
        """What is new, and what was taught before."""
        return await self._page(session, is_part=is_refresh(request))

    async def start(self, request: Request, session: Session, form: FormData) -> Response:
        """Begin a training."""
        try:
            await self._trainings.start(session.member.id)
        except NotAllowed as problem:
            return await self._page(session, str(problem))
        except OSError:
            return await self._page(session, NO_ROOM)
        return RedirectResponse(PLACE, 303)

    async def roll_back(self, request: Request, session: Session, form: FormData) -> Response:
        """The model before again."""
        try:
            await self._trainings.roll_back(whole_number(text_of(form, "seen")) or 0)
        except NotAllowed as problem:
            return await self._page(session, str(problem))
        except OSError:
            return await self._page(session, NO_ROOM)
        return RedirectResponse(PLACE, 303)

    async def _page(
        self, session: Session, problem: str | None = None, is_part: bool = False
    ) -> Response:
        trainings = await self._trainings.all()
        running = next((one for one in trainings if one.state == RUNNING), None)
        answers = await self._answers.all()
        return self._pages.render(
            "training_part.html" if is_part else "training.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            trainings=trainings,
            running=running,
            progress=self._trainings.progress(running) if running else None,
            new={
                answers[topic]: asks for topic, asks in (await self._trainings.new_asks()).items()
            },
            can_train=self._trainings.can_train,
            problem=problem,
        )
