"""Every route of the inbox and who may use it."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from frontdesk.accounts import Accounts
from frontdesk.canned import CannedReplies
from frontdesk.desk import Desk
from frontdesk.holidays import Holidays
from frontdesk.inbox.deeds import Deeds
from frontdesk.inbox.guard import Guard
from frontdesk.inbox.learning import LearningPage
from frontdesk.inbox.numbers import NumbersPage
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.settings_page import SettingsPage
from frontdesk.lessons import Lessons
from frontdesk.resets import Resets
from frontdesk.same_person import SamePerson
from frontdesk.second_factor import SecondFactors
from frontdesk.settings import Settings
from frontdesk.similar import Similar
from frontdesk.staff import Staff

STATIC = Path(__file__).parent / "static"


class Inbox:
    """The inbox over one desk."""

    def __init__(
        self,
        desk: Desk,
        staff: Staff,
        settings: Settings,
        accounts: Accounts,
        canned: CannedReplies,
        holidays: Holidays,
        lessons: Lessons,
        factors: SecondFactors,
        resets: Resets,
        same_person: SamePerson,
    ) -> None:
        self._guard = Guard(staff, settings)
        self._pages = Pages(desk, staff, canned, same_person)
        self._deeds = Deeds(desk, staff, self._pages, self._guard, resets, same_person)
        self._numbers = NumbersPage(desk, staff, self._pages)
        self._learning = LearningPage(self._pages, lessons, Similar(desk.assistant))
        self._settings = SettingsPage(desk, self._pages, accounts, canned, holidays, factors)

    def routes(self) -> list[BaseRoute]:
        """Pages first, then deeds; only signing in is open to everybody."""
        page, deed = self._guard.page, self._guard.deed
        pages, deeds = self._pages, self._deeds
        changes = {
            "/inbox/sign-out": deeds.sign_out,
            "/inbox/duty": deeds.duty,
            "/inbox/password": self._settings.change_password,
            "/inbox/second-factor": self._settings.confirm_factor,
            "/inbox/second-factor/off": self._settings.drop_factor,
            "/inbox/learning": self._learning.decide,
            "/inbox/learning/{message_id:int}/back": self._learning.take_back,
            "/inbox/c/{id}/take": deeds.take,
            "/inbox/c/{id}/reply": deeds.reply,
            "/inbox/c/{id}/template": deeds.send_template,
            "/inbox/c/{id}/back": deeds.hand_back,
            "/inbox/c/{id}/close": deeds.close,
            "/inbox/c/{id}/assign": deeds.assign,
            "/inbox/c/{id}/note": deeds.note,
            "/inbox/c/{id}/retry": deeds.retry,
            "/inbox/c/{id}/same-person": deeds.link,
            "/inbox/c/{id}/another-person": deeds.part,
            "/inbox/callbacks/{callback_id:int}": deeds.callback_done,
        }
        settings = self._settings
        own = "/inbox/settings"
        by_admins = {
            f"{own}/people": settings.add_person,
            f"{own}/people/{{staff_id:int}}/role": settings.set_role,
            f"{own}/people/{{staff_id:int}}/email": settings.set_email,
            f"{own}/people/{{staff_id:int}}/second-factor": settings.take_off_factor,
            f"{own}/second-factor": settings.require_factor,
            f"{own}/people/{{staff_id:int}}/active": settings.set_active,
            f"{own}/people/{{staff_id:int}}/password": settings.reset_password,
            f"{own}/replies": settings.add_reply,
            f"{own}/replies/{{reply_id:int}}": settings.change_reply,
            f"{own}/replies/{{reply_id:int}}/remove": settings.remove_reply,
            f"{own}/days": settings.keep_day,
            f"{own}/days/remove": settings.remove_day,
        }
        admin_page, admin_deed = self._guard.admin_page, self._guard.admin_deed
        return [
            Mount("/inbox/static", StaticFiles(directory=STATIC)),
            Route("/inbox/sign-in", deeds.show_sign_in, methods=["GET"]),
            Route("/inbox/sign-in", deeds.sign_in, methods=["POST"]),
            Route("/inbox/forgotten", deeds.show_forgotten, methods=["GET"]),
            Route("/inbox/forgotten", deeds.forgotten, methods=["POST"]),
            Route("/inbox/reset", deeds.show_reset, methods=["GET"]),
            Route("/inbox/reset", deeds.reset, methods=["POST"]),
            Route("/inbox/", page(pages.queue), methods=["GET"]),
            Route("/inbox/events", page(pages.events), methods=["GET"]),
            Route("/inbox/c/{id}", page(pages.conversation), methods=["GET"]),
            Route("/inbox/c/{id}/media/{seq:int}", page(pages.media), methods=["GET"]),
            Route("/inbox/numbers", page(self._numbers.show), methods=["GET"]),
            Route("/inbox/numbers.csv", page(self._numbers.download), methods=["GET"]),
            Route("/inbox/learning", page(self._learning.show), methods=["GET"]),
            Route("/inbox/password", page(settings.show_password), methods=["GET"]),
            Route("/inbox/second-factor", page(settings.show_factor), methods=["GET"]),
            Route(own, admin_page(settings.show), methods=["GET"]),
            Route("/inbox/audit.csv", admin_page(settings.audit), methods=["GET"]),
            *[Route(path, deed(change), methods=["POST"]) for path, change in changes.items()],
            *[Route(path, admin_deed(one), methods=["POST"]) for path, one in by_admins.items()],
        ]
