"""Every route of the inbox and who may use it."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from frontdesk.answering.desk import Desk
from frontdesk.answering.snooze import Snooze
from frontdesk.conversations.contacts import Contacts
from frontdesk.conversations.same_person import SamePerson
from frontdesk.health import Health
from frontdesk.inbox.actions import Actions
from frontdesk.inbox.attachments import PLACE as ATTACHMENTS
from frontdesk.inbox.attachments import AttachmentsPage
from frontdesk.inbox.callbacks_page import CallbacksPage
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.clinic_facts import ClinicFacts
from frontdesk.inbox.clinic_page import PLACE, ClinicPage
from frontdesk.inbox.contact_page import ContactPage
from frontdesk.inbox.filters import Filters
from frontdesk.inbox.guard import Action, Guard
from frontdesk.inbox.holidays import Holidays
from frontdesk.inbox.learning import LearningPage
from frontdesk.inbox.numbers_page import NumbersPage
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.person_page import PersonPage
from frontdesk.inbox.presence import Presence
from frontdesk.inbox.push_page import PushPage
from frontdesk.inbox.settings_page import SettingsPage
from frontdesk.inbox.studio import Studio, StudioRoutes
from frontdesk.inbox.suggestions import Suggestions
from frontdesk.knowledge.similar import Similar
from frontdesk.knowledge.unanswered import UnansweredQuestions
from frontdesk.outgoing.push import Push
from frontdesk.settings import Settings
from frontdesk.staff.accounts import Accounts
from frontdesk.staff.members import Session, Staff
from frontdesk.staff.resets import Resets
from frontdesk.staff.roles import May
from frontdesk.staff.second_factor import SecondFactors

STATIC = Path(__file__).parent / "static"
SETTINGS = "/inbox/settings"


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
        unanswered: UnansweredQuestions,
        factors: SecondFactors,
        resets: Resets,
        same_person: SamePerson,
        snooze: Snooze,
        push: Push | None,
        facts: ClinicFacts,
        health: Health,
        studio: Studio,
    ) -> None:
        self._guard = Guard(staff, settings)
        self._health = health
        contacts = Contacts(desk.conversations, same_person)
        self._filters = Filters(desk, staff, self._guard)
        self._callbacks = CallbacksPage(desk)
        self._pages = Pages(
            desk, staff, canned, same_person, contacts, self._callbacks, self._filters
        )
        self._actions = Actions(
            desk, staff, self._pages, self._guard, resets, same_person, contacts, snooze
        )
        self._contact = ContactPage(desk, staff, self._pages, contacts)
        self._attachments = AttachmentsPage(desk, staff, self._pages, settings.public_url)
        self._push = PushPage(push, self._pages, staff)
        self._presence = Presence(desk, staff, self._pages)
        self._person = PersonPage(desk, staff, self._pages, self._guard)
        self._numbers = NumbersPage(desk, staff, self._pages)
        self._learning = LearningPage(
            self._pages, staff, unanswered, Similar(desk.assistant), studio.answers
        )
        self._suggestions = Suggestions(desk, self._pages)
        self._studio = StudioRoutes(desk, self._pages, self._guard, unanswered, studio)
        self._clinic = ClinicPage(self._pages, facts)
        self._settings = SettingsPage(desk, self._pages, accounts, canned, holidays, factors)

    def routes(self) -> list[BaseRoute]:
        """Pages first, then actions; only signing in is open to everybody."""
        page, action, pages = self._guard.page, self._guard.action, self._pages
        settings = self._settings
        page_for, action_for = self._guard.page_for, self._guard.action_for
        return [
            Mount("/inbox/static", StaticFiles(directory=STATIC)),
            *self._open_to_everybody(),
            Route("/inbox/", page(pages.queue), methods=["GET"]),
            Route("/inbox/events", page(pages.events), methods=["GET"]),
            Route("/inbox/trouble", page(self._trouble), methods=["GET"]),
            Route("/inbox/found", page(self._filters.found), methods=["GET"]),
            Route("/inbox/push", page(self._push.key), methods=["GET"]),
            Route("/inbox/alerts", page(self._push.show), methods=["GET"]),
            Route("/inbox/filters/{filter_id:number}", page(self._filters.use), methods=["GET"]),
            Route("/inbox/c/{id}/others", page(self._presence.others), methods=["GET"]),
            Route("/inbox/c/{id}/suggestions", page(self._suggestions.show), methods=["GET"]),
            Route("/inbox/c/{id}", page(pages.conversation), methods=["GET"]),
            Route(
                "/inbox/c/{id}/media/{seq:number}", page(self._attachments.open), methods=["GET"]
            ),
            Route("/inbox/numbers", page(self._numbers.show), methods=["GET"]),
            Route("/inbox/numbers.csv", page(self._numbers.download), methods=["GET"]),
            Route("/inbox/learning", page(self._learning.show), methods=["GET"]),
            Route("/inbox/password", page(settings.show_password), methods=["GET"]),
            Route("/inbox/second-factor", page(settings.show_factor), methods=["GET"]),
            Route(SETTINGS, page_for(May.DESK, settings.show), methods=["GET"]),
            Route(PLACE, page_for(May.CLINIC, self._clinic.show), methods=["GET"]),
            Route("/inbox/audit.csv", page_for(May.PEOPLE, settings.audit), methods=["GET"]),
            *self._studio.routes(),
            *[
                Route(path, action(change), methods=["POST"])
                for path, change in self._by_staff().items()
            ],
            *[
                Route(path, action_for(work, one), methods=["POST"])
                for work, some in self._by_some().items()
                for path, one in some.items()
            ],
        ]

    def _by_staff(self) -> dict[str, Action]:
        """What everybody who is signed in may change."""
        actions = self._actions
        return {
            "/inbox/search": self._person.search,
            "/inbox/sign-out": actions.sign_out,
            "/inbox/duty": actions.duty,
            "/inbox/password": self._settings.change_password,
            "/inbox/second-factor": self._settings.confirm_factor,
            "/inbox/second-factor/off": self._settings.drop_factor,
            "/inbox/c/{id}/take": actions.take,
            "/inbox/c/{id}/reply": actions.reply,
            "/inbox/c/{id}/template": actions.send_template,
            "/inbox/c/{id}/back": actions.hand_back,
            "/inbox/c/{id}/close": actions.close,
            "/inbox/c/{id}/assign": actions.assign,
            "/inbox/c/{id}/note": actions.note,
            "/inbox/c/{id}/find": self._person.find,
            "/inbox/c/{id}/copy": self._person.copy,
            "/inbox/c/{id}/erase": self._person.erase,
            "/inbox/c/{id}/keep": self._person.keep,
            "/inbox/c/{id}/retry": actions.retry,
            "/inbox/c/{id}/stop": actions.stop_messages,
            "/inbox/c/{id}/ask-provider": actions.ask_provider,
            "/inbox/c/{id}/same-person": actions.link,
            "/inbox/c/{id}/another-person": actions.part,
            "/inbox/c/{id}/snooze": actions.snooze,
            "/inbox/c/{id}/look": self._presence.look,
            "/inbox/c/{id}/contact": self._contact.keep,
            "/inbox/c/{id}/labels": self._contact.label,
            "/inbox/c/{id}/block": self._contact.block,
            "/inbox/c/{id}/mute": self._contact.mute,
            "/inbox/callbacks/{callback_id:number}": self._callbacks.tried,
            "/inbox/callbacks/{callback_id:number}/undo": self._callbacks.take_back,
            ATTACHMENTS: self._attachments.send,
            "/inbox/push": self._push.add,
            "/inbox/push/off": self._push.drop,
            "/inbox/alerts": self._push.keep,
            "/inbox/c/{id}/teach": self._learning.teach,
            "/inbox/order": self._filters.order,
            "/inbox/several": self._filters.several,
            "/inbox/filters": self._filters.keep,
            "/inbox/filters/{filter_id:number}/remove": self._filters.remove,
        }

    async def _trouble(self, request: Request, session: Session) -> Response:
        """What does not work behind the inbox, in a line each: what it means, and what to do."""
        found = await self._health.look()
        wrong = [name for name, state in found.items() if state != "ok"]
        if "assistant" in wrong or "actions" in wrong:
            wrong = [name for name in wrong if name != "queue"]
        return self._pages.render("trouble.html", wrong=wrong)

    def _open_to_everybody(self) -> list[Route]:
        """What leads in."""
        actions = self._actions
        return [
            Route("/inbox/worker.js", self._push.worker, methods=["GET"]),
            Route("/inbox/sign-in", actions.show_sign_in, methods=["GET"]),
            Route("/inbox/sign-in", actions.sign_in, methods=["POST"]),
            Route("/inbox/forgotten", actions.show_forgotten, methods=["GET"]),
            Route("/inbox/forgotten", actions.forgotten, methods=["POST"]),
            Route("/inbox/reset", actions.show_reset, methods=["GET"]),
            Route("/inbox/reset", actions.reset, methods=["POST"]),
        ]

    def _by_some(self) -> dict[May, dict[str, Action]]:
        """What only some roles may change."""
        settings, person = self._settings, f"{SETTINGS}/people/{{staff_id:number}}"
        return {
            May.CLINIC: {PLACE: self._clinic.keep, f"{PLACE}/back": self._clinic.take_back},
            May.TEACH: {"/inbox/learning": self._learning.decide},
            May.PEOPLE: {
                f"{SETTINGS}/people": settings.add_person,
                f"{person}/role": settings.set_role,
                f"{person}/email": settings.set_email,
                f"{person}/signature": settings.set_signature,
                f"{person}/second-factor": settings.take_off_factor,
                f"{SETTINGS}/second-factor": settings.require_factor,
                f"{person}/active": settings.set_active,
                f"{person}/password": settings.reset_password,
            },
            May.DESK: {
                f"{SETTINGS}/replies": settings.add_reply,
                f"{SETTINGS}/replies/{{reply_id:number}}": settings.change_reply,
                f"{SETTINGS}/replies/{{reply_id:number}}/remove": settings.remove_reply,
                f"{SETTINGS}/days": settings.keep_day,
                f"{SETTINGS}/days/remove": settings.remove_day,
            },
        }
