"""Reviews: what waits for a clinician's signature, what has to be read again, and the printed report."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic.sources import load_default as load_sources
from content.settings import fill
from frontdesk.answering.desk import Desk
from frontdesk.http import day, text_of, whole_number
from frontdesk.inbox.answers_page import in_words
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.answer import REVIEW_EVERY, Answer, State, is_day_to_read_again
from frontdesk.knowledge.answers import BAD_DAY, Answers, Conflict, NotAllowed
from frontdesk.knowledge.clinical_rows import ClinicalRows, Part, rows
from frontdesk.staff.members import Session

PLACE = "/inbox/signing"
CHANGED = "It was changed since this page was opened. Here it is as it is now: read it again."
SECOND_FACTOR = "To sign, switch on your second factor first: Password, Second factor."
NO_DAY = "Choose the day by which it is to be read again."


class SigningPage:
    """A clinician reads and signs; everybody may look."""

    def __init__(self, desk: Desk, pages: Pages, answers: Answers, clinical: ClinicalRows) -> None:
        self._desk = desk
        self._pages = pages
        self._answers = answers
        self._clinical = clinical

    async def show(self, request: Request, session: Session) -> Response:
        """What waits, what is overdue, and the two tables."""
        return await self._page(session)

    async def report(self, request: Request, session: Session) -> Response:
        """Everything with its state and its signature, to be printed for the file."""
        return await self._page(session, template="signing_report.html")

    async def sign(self, request: Request, session: Session, form: FormData) -> Response:
        """Sign one answer as it was shown."""
        topic, seen = request.path_params["topic"], whole_number(text_of(form, "seen")) or 0
        again = day(text_of(form, "again"))
        try:
            signed_as = signature_of(session)
            if again is None:
                raise NotAllowed(NO_DAY)
            await self._answers.sign(topic, session.member.id, seen, signed_as, again)
        except (NotAllowed, Conflict) as problem:
            return await self._page(session, (topic, _why(problem)))
        return RedirectResponse(f"{PLACE}?signed={topic}", 303)

    async def send_back(self, request: Request, session: Session, form: FormData) -> Response:
        """Not signed, with the reason for whoever wrote it."""
        topic, seen = request.path_params["topic"], whole_number(text_of(form, "seen")) or 0
        why = text_of(form, "why")
        try:
            await self._answers.send_back(topic, session.member.id, seen, why)
        except (NotAllowed, Conflict) as problem:
            return await self._page(session, (topic, _why(problem)))
        return RedirectResponse(PLACE, 303)

    async def count(self, request: Request, session: Session, form: FormData) -> Response:
        """A signature of another desk counts from now on."""
        topic, seen = request.path_params["topic"], whole_number(text_of(form, "seen")) or 0
        try:
            if not session.has_second_factor:
                raise NotAllowed(SECOND_FACTOR)
            await self._answers.count_signature(topic, session.member.id, seen)
        except (NotAllowed, Conflict) as problem:
            return await self._page(session, (topic, _why(problem)))
        return RedirectResponse(f"{PLACE}?signed={topic}", 303)

    async def sign_row(self, request: Request, session: Session, form: FormData) -> Response:
        """Sign one row of the pre-screen's table, or one red flag."""
        row, again = text_of(form, "row"), day(text_of(form, "again"))
        try:
            signed_as = signature_of(session)
            if again is None:
                raise NotAllowed(NO_DAY)
            if not is_day_to_read_again(again, self._answers.today()):
                raise NotAllowed(BAD_DAY)
            given = text_of(form, "fingerprint")
            await self._clinical.sign(row, given, session.member.id, signed_as, again)
        except NotAllowed as problem:
            return await self._page(session, (row, str(problem)))
        return RedirectResponse(f"{PLACE}#{row.replace(' ', '-')}", 303)

    async def _page(
        self,
        session: Session,
        problem: tuple[str, str] | None = None,
        template: str = "signing.html",
    ) -> Response:
        today = self._answers.today()
        answers = (await self._answers.all()).values()
        states = {one.topic: one.state(today) for one in answers}
        waiting = [one for one in answers if states[one.topic] is State.IN_REVIEW]
        overdue = [one for one in answers if states[one.topic] is State.OVERDUE]
        elsewhere = [one for one in answers if states[one.topic] is State.ELSEWHERE]
        facts = self._desk.clinic.facts(self._desk.clock())
        return self._pages.render(
            template,
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            why_not=_why_not(session),
            answers=list(answers),
            states=states,
            waiting=waiting,
            overdue=overdue,
            elsewhere=elsewhere,
            shown={*rows(), *(one.topic for one in (*waiting, *overdue, *elsewhere))},
            count=_counted(states),
            parts_of=[
                (part, [one for one in rows().values() if one.part is part]) for part in Part
            ],
            signatures=await self._clinical.signatures(),
            sources=load_sources(),
            said=lambda text: fill(text, facts),
            before=_before,
            in_words=in_words,
            today=today,
            again=(today + REVIEW_EVERY).isoformat(),
            problem=problem,
        )


def signature_of(session: Session) -> str:
    """How the member signs. Raise NotAllowed where something is missing that a signature needs."""
    why = _why_not(session)
    if why:
        raise NotAllowed(why)
    return f"{session.member.signs_as}, {session.member.registration}"


def _why_not(session: Session) -> str:
    """Why a clinician cannot sign yet; "" when nothing is missing."""
    if not (session.member.signs_as and session.member.registration):
        return "To sign, an admin writes your whole name and registration number in Settings."
    if not session.has_second_factor:
        return SECOND_FACTOR
    return ""


def _why(problem: Exception) -> str:
    return CHANGED if isinstance(problem, Conflict) else str(problem)


def _before(answer: Answer) -> str:
    """What was signed before, where there is something else to be signed now."""
    return answer.signed.text if answer.signed and not answer.is_signed else ""


def _counted(states: Mapping[str, object]) -> dict[State, int]:
    return {state: sum(one is state for one in states.values()) for state in State}
