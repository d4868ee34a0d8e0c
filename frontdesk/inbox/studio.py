"""The studio: the pages on which a clinic keeps its own answers, and who may use each of them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import BaseRoute, Route

from frontdesk.answering.desk import Desk
from frontdesk.inbox import answers_page, files_page, signing_page, training_page
from frontdesk.inbox.answers_page import AnswersPage
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.clinic_facts import ClinicFacts
from frontdesk.inbox.files_page import FilesPage
from frontdesk.inbox.guard import Action, Guard, Page
from frontdesk.inbox.holidays import Holidays
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.signing_page import SigningPage
from frontdesk.inbox.training_page import TrainingPage
from frontdesk.knowledge.answers import Answers
from frontdesk.knowledge.clinical_rows import ClinicalRows
from frontdesk.knowledge.training import Trainings
from frontdesk.knowledge.unanswered import UnansweredQuestions
from frontdesk.staff.roles import May


@dataclass(frozen=True)
class Studio:
    """What the pages work on."""

    answers: Answers
    clinical: ClinicalRows
    trainings: Trainings
    facts: ClinicFacts
    holidays: Holidays
    replies: CannedReplies


class StudioRoutes:
    """Each page and each change with the work that it is part of."""

    def __init__(
        self,
        desk: Desk,
        pages: Pages,
        guard: Guard,
        unanswered: UnansweredQuestions,
        studio: Studio,
    ) -> None:
        self._guard = guard
        self._answers = AnswersPage(desk, pages, studio.answers, unanswered)
        self._signing = SigningPage(desk, pages, studio.answers, studio.clinical)
        self._training = TrainingPage(pages, studio.answers, studio.trainings)
        self._files = FilesPage(
            pages, studio.answers, studio.facts, studio.holidays, studio.replies
        )

    def routes(self) -> list[BaseRoute]:
        """Pages first; a fixed path before one with an id in it."""
        return [
            *[
                Route(path, self._guard.page_for(work, page), methods=["GET"])
                for path, (work, page) in self._pages().items()
            ],
            *[
                Route(path, self._guard.action_for(work, action), methods=["POST"])
                for path, (work, action) in self._changes().items()
            ],
        ]

    def _pages(self) -> dict[str, tuple[May, Page]]:
        answers, signing = answers_page.PLACE, signing_page.PLACE
        return {
            answers: (May.READ_ANSWERS, self._answers.show),
            f"{answers}/new": (May.WRITE, self._answers.new),
            f"{answers}/{{topic}}": (May.READ_ANSWERS, self._answers.open),
            signing: (May.READ_ANSWERS, self._signing.show),
            f"{signing}/report": (May.READ_ANSWERS, self._signing.report),
            training_page.PLACE: (May.READ_ANSWERS, self._training.show),
            files_page.PLACE: (May.EXPORT, self._files.show),
            f"{files_page.PLACE}/clinic.zip": (May.EXPORT, self._files.download),
        }

    def _changes(self) -> dict[str, tuple[May, Action]]:
        answers, signing = answers_page.PLACE, signing_page.PLACE
        return {
            f"{answers}/check": (May.READ_ANSWERS, self._answers.check),
            f"{answers}/{{topic}}": (May.WRITE, self._answers.keep),
            f"{answers}/{{topic}}/ask": (May.WRITE, self._answers.ask),
            f"{answers}/{{topic}}/back": (May.WRITE, self._answers.take_up),
            f"{answers}/{{topic}}/given": (May.WITHDRAW, self._answers.withhold),
            f"{signing}/rows": (May.SIGN, self._signing.sign_row),
            f"{signing}/{{topic}}": (May.SIGN, self._signing.sign),
            f"{signing}/{{topic}}/back": (May.SIGN, self._signing.send_back),
            f"{signing}/{{topic}}/count": (May.COUNT, self._signing.count),
            training_page.PLACE: (May.PUBLISH, self._training.start),
            f"{training_page.PLACE}/back": (May.PUBLISH, self._training.roll_back),
            files_page.PLACE: (May.EXPORT, self._files.take_in),
        }
