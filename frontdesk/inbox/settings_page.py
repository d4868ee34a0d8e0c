"""What admins change in the inbox: people, ready-made replies, days with other opening hours.

The clinic's facts stay in clinic.yml. Choosing one's own password is here too, for everybody.
"""

from __future__ import annotations

import segno
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.answering.desk import Desk
from frontdesk.http import Problem, address_of, csv_file, day, text_of
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.guard import COOKIE, SECOND_FACTOR
from frontdesk.inbox.holidays import WRONG as WRONG_DAY
from frontdesk.inbox.holidays import Holiday, Holidays
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.seen import OtherNow, mark_of
from frontdesk.staff.accounts import Accounts, OnlyAdmin
from frontdesk.staff.members import Member, Session
from frontdesk.staff.passwords import SHORTEST_PASSWORD, TooManyTries
from frontdesk.staff.roles import ROLES
from frontdesk.staff.second_factor import SecondFactors

LONGEST_NAME = 60
AUDIT_COLUMNS = ("when", "who", "what", "conversation")
LONGEST_EMAIL = 200
LONGEST_SIGNATURE = 80
LONGEST_NUMBER = 40
WRONG_SIGNATURE = (
    "Signing needs a whole name of 80 letters or fewer, and a registration number of 40 or fewer."
)
NO_EMAIL = "That is not an e-mail address."
TOO_MANY_TRIES = "Too many tries. Please wait some minutes."
MINE_INSTEAD = "Nothing of yours is kept yet; keep it again if it is to stand there."
RETYPE = "Nothing was changed; type it again if it is to stand there."
AGAIN = "Press the button again if you still want it."
ONLY_ADMIN = "Somebody must remain admin: make another person admin first."


class SettingsPage:
    """Settings: one page, small changes. A mistake is said on the page itself, nothing is lost."""

    def __init__(
        self,
        desk: Desk,
        pages: Pages,
        accounts: Accounts,
        replies: CannedReplies,
        holidays: Holidays,
        factors: SecondFactors,
    ) -> None:
        self._desk = desk
        self._pages = pages
        self._accounts = accounts
        self._replies = replies
        self._holidays = holidays
        self._factors = factors

    async def show(self, request: Request, session: Session) -> Response:
        """Everything that can be changed."""
        return await self._page(session)

    async def audit(self, request: Request, session: Session) -> Response:
        """Every line of the audit, the newest first; the download is a line itself."""
        await self._accounts.note_export(session.member)
        return csv_file("audit.csv", [AUDIT_COLUMNS, *await self._accounts.audit_lines()])

    # --- people ---

    async def add_person(self, request: Request, session: Session, form: FormData) -> Response:
        """Add an account and show its one-time password, this once."""
        values = [text_of(form, key).strip() for key in ("user_name", "name", "job")]
        if not all(values) or max(map(len, values)) > LONGEST_NAME:
            return await self._page(
                session, f"User name, name and job have 1 to {LONGEST_NAME} characters."
            )
        email = _email(form)
        if email == "":
            return await self._page(session, NO_EMAIL)
        try:
            password = await self._accounts.add(
                values[0], values[1], values[2], text_of(form, "role"), session.member, email
            )
        except IntegrityError:
            return await self._page(session, "That user name is taken.")
        except ValueError as error:
            return await self._page(session, f"{error}.".capitalize())
        return await self._page(session, one_time=(values[1], password))

    async def set_role(self, request: Request, session: Session, form: FormData) -> Response:
        """Change what somebody may do."""
        person = await self._person(request)
        if _is_other(form, person.role):
            return await self._page(session, f"{person.name} is {person.role} by now. {AGAIN}")
        try:
            await self._accounts.set_role(
                request.path_params["staff_id"], text_of(form, "role"), session.member
            )
        except OnlyAdmin:
            return await self._page(session, ONLY_ADMIN)
        except ValueError as error:
            return await self._page(session, f"{error}.".capitalize())
        return _back()

    async def set_email(self, request: Request, session: Session, form: FormData) -> Response:
        """Change where a link for a new password is sent to."""
        person, email = await self._person(request), _email(form)
        if _is_other(form, person.email):
            now = f"The e-mail of {person.name} is {person.email or 'none'} by now"
            return await self._page(session, f"{now}; yours was {email or 'none'}. {RETYPE}")
        if email == "":
            return await self._page(session, NO_EMAIL)
        await self._accounts.set_email(request.path_params["staff_id"], email, session.member)
        return _back()

    async def set_signature(self, request: Request, session: Session, form: FormData) -> Response:
        """How a clinician signs answers."""
        person = await self._person(request)
        name, number = text_of(form, "signs_as").strip(), text_of(form, "registration").strip()
        if _is_other(form, person.signs_as, person.registration):
            now = f"{person.name} signs as {person.signs_as}, {person.registration} by now"
            return await self._page(session, f"{now}; yours was {name}, {number}. {RETYPE}")
        if (
            len(name) > LONGEST_SIGNATURE
            or len(number) > LONGEST_NUMBER
            or bool(name) != bool(number)
        ):
            return await self._page(session, WRONG_SIGNATURE)
        staff_id = request.path_params["staff_id"]
        await self._accounts.set_signature(staff_id, name, number, session.member)
        return _back()

    async def take_off_factor(self, request: Request, session: Session, form: FormData) -> Response:
        """Somebody has lost the phone: password alone, until another is set up."""
        await self._person(request)
        await self._factors.remove(request.path_params["staff_id"], session.member.id)
        return _back()

    async def require_factor(self, request: Request, session: Session, form: FormData) -> Response:
        """Say whether everybody must have a second factor."""
        await self._factors.require(text_of(form, "required") == "yes", session.member.id)
        return _back()

    async def set_active(self, request: Request, session: Session, form: FormData) -> Response:
        """Switch an account off or on."""
        await self._person(request)
        switch = self._accounts.switch_off
        if text_of(form, "active") == "yes":
            switch = self._accounts.switch_on
        try:
            await switch(request.path_params["staff_id"], session.member)
        except OnlyAdmin:
            return await self._page(session, ONLY_ADMIN)
        return _back()

    async def reset_password(self, request: Request, session: Session, form: FormData) -> Response:
        """Show a one-time password, this once."""
        name = (await self._person(request)).name
        password = await self._accounts.reset_password(
            request.path_params["staff_id"], session.member
        )
        return await self._page(session, one_time=(name, password))

    async def _person(self, request: Request) -> Member:
        """The account of the path. Raise Problem 404."""
        wanted = request.path_params["staff_id"]
        for one in await self._accounts.everybody():
            if one.id == wanted:
                return one
        raise Problem(404, "not_found", "There is no such account.")

    # --- one's own password ---

    async def show_password(self, request: Request, session: Session) -> Response:
        """The form for a new password."""
        return self._password_page(session)

    async def change_password(self, request: Request, session: Session, form: FormData) -> Response:
        """Choose a new password."""
        old, new = text_of(form, "old"), text_of(form, "new")
        token = request.cookies.get(COOKIE, "")
        try:
            right = await self._accounts.change_own_password(
                session.member, old, new, token, address_of(request)
            )
        except ValueError as error:
            return self._password_page(session, f"{error}.".capitalize())
        except TooManyTries:
            return self._password_page(session, TOO_MANY_TRIES)
        if not right:
            return self._password_page(session, "The present password is not right.")
        return RedirectResponse("/inbox/", 303)

    def _password_page(self, session: Session, problem: str | None = None) -> Response:
        return self._pages.render(
            "password.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            must=session.must_change_password,
            shortest=SHORTEST_PASSWORD,
            problem=problem,
        )

    # --- one's own second factor ---

    async def show_factor(self, request: Request, session: Session) -> Response:
        """Set it up, or see that it is in use."""
        return await self._factor_page(session)

    async def confirm_factor(self, request: Request, session: Session, form: FormData) -> Response:
        """Put it in use, and show the recovery codes this once."""
        codes = await self._factors.confirm(session.member.id, text_of(form, "code"))
        if codes is None:
            return await self._factor_page(session, "That is not the code of now. Try the next.")
        return await self._factor_page(session, codes=codes)

    async def drop_factor(self, request: Request, session: Session, form: FormData) -> Response:
        """Use none any more, where nobody requires one."""
        if await self._factors.required():
            raise Problem(403, "required", "Everybody here must have a second factor.")
        me = session.member
        try:
            old, code = text_of(form, "old"), text_of(form, "code")
            token = request.cookies.get(COOKIE, "")
            right = await self._accounts.confirm(me, old, code, token, address_of(request))
        except TooManyTries:
            return await self._factor_page(session, TOO_MANY_TRIES)
        if not right:
            return await self._factor_page(session, "Password and code do not go together.")
        await self._factors.remove(me.id, me.id)
        return RedirectResponse(SECOND_FACTOR, 303)

    async def _factor_page(
        self, session: Session, problem: str | None = None, codes: list[str] | None = None
    ) -> Response:
        is_used = await self._factors.is_used(session.member.id)
        values: dict[str, object] = {}
        if not is_used:
            enrolment = await self._factors.enrol(session.member.id, session.member.user_name)
            picture = segno.make(enrolment.uri).svg_data_uri(scale=5, light="white", dark="black")
            values = {"enrolment": enrolment, "qr": picture}
        return self._pages.render(
            "second_factor.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            must=session.must_add_second_factor,
            is_used=is_used,
            required=await self._factors.required(),
            codes=codes,
            problem=problem,
            **values,
        )

    # --- ready-made replies ---

    async def add_reply(self, request: Request, session: Session, form: FormData) -> Response:
        """Write a reply down."""
        return await self._keep_reply(session, form, None)

    async def change_reply(self, request: Request, session: Session, form: FormData) -> Response:
        """Change a reply."""
        return await self._keep_reply(session, form, request.path_params["reply_id"])

    async def remove_reply(self, request: Request, session: Session, form: FormData) -> Response:
        """Remove a reply."""
        try:
            await self._replies.remove(request.path_params["reply_id"], text_of(form, "seen"))
        except OtherNow as other:
            return await self._page(session, f"{_said(other)} {AGAIN}")
        return _back("replies")

    async def _keep_reply(self, session: Session, form: FormData, reply_id: int | None) -> Response:
        title, text = text_of(form, "title"), text_of(form, "text")
        try:
            await self._replies.keep(title, text, reply_id, text_of(form, "seen"))
        except OtherNow as other:
            kept_as = reply_id if other.theirs else None
            problem = f"{_said(other)} {MINE_INSTEAD}"
            return await self._page(session, problem, reply=(kept_as, title, text))
        except ValueError as error:
            return await self._page(session, str(error), reply=(reply_id, title, text))
        return _back("replies")

    # --- opening hours ---

    async def keep_day(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep a day on which the usual hours do not hold."""
        word, hours = text_of(form, "word").strip(), text_of(form, "hours").strip()
        typed = (text_of(form, "day"), word, hours)
        chosen = day(typed[0])
        if chosen is None or chosen < self._desk.clinic.today(self._desk.clock()):
            why = "That day is over; allowed are days from today on." if chosen else WRONG_DAY
            return await self._page(session, why, typed_day=typed)
        try:
            await self._holidays.keep(Holiday(chosen, word, hours), text_of(form, "seen"))
        except OtherNow as other:
            theirs = other.theirs[0]
            problem = f"{theirs.name} is kept as “{theirs.text}” by now. {MINE_INSTEAD}"
            return await self._page(session, problem, typed_day=typed)
        except ValueError as error:
            return await self._page(session, str(error), typed_day=typed)
        return _back("days")

    async def remove_day(self, request: Request, session: Session, form: FormData) -> Response:
        """The usual hours again."""
        chosen = day(text_of(form, "day"))
        if chosen is None:
            raise Problem(422, "no_day", "That is not a date.")
        try:
            await self._holidays.remove(chosen, text_of(form, "seen"))
        except OtherNow as other:
            return await self._page(session, f"{_said(other)} {AGAIN}")
        return _back("days")

    async def _page(
        self,
        session: Session,
        problem: str | None = None,
        one_time: tuple[str, str] | None = None,
        reply: tuple[int | None, str, str] | None = None,
        typed_day: tuple[str, str, str] | None = None,
    ) -> Response:
        """The page; with what is wrong, a new password, or the reply or day that could not be kept."""
        clinic, now = self._desk.clinic, self._desk.clock()
        today = clinic.today(now)
        values: dict[str, object] = {
            "me": session.member,
            "csrf_token": session.csrf_token,
            "people": await self._accounts.everybody(),
            "roles": ROLES,
            "mark_of": mark_of,
            "with_factor": await self._factors.users(),
            "factor_required": await self._factors.required(),
            "replies": await self._replies.all(),
            "facts": sorted(clinic.facts(now)),
            "days": [one for one in await self._holidays.all() if one.day >= today],
            "seen_of": {one.day.isoformat(): one.seen for one in await self._holidays.all()},
            "today": today.isoformat(),
            "is_open": clinic.is_open(now),
            "problem": problem,
            "one_time": one_time,
            "unkept": reply,
            "unkept_day": typed_day,
        }
        return self._pages.render("settings.html", 422 if problem else 200, **values)


def _is_other(form: FormData, *now: object) -> bool:
    """Does another value stand there than the one that the form was shown with?"""
    seen = text_of(form, "seen")
    return bool(seen) and seen != mark_of(*now)


def _said(other: OtherNow) -> str:
    """What somebody else made of it in the meantime; what was typed stands in the form."""
    if not other.theirs:
        return (
            "Somebody removed this reply while you were writing. Yours stands below, as a new one."
        )
    theirs = other.theirs[0]
    return f"{theirs.name} is “{theirs.text}” by now: somebody changed it."


def _email(form: FormData) -> str | None:
    """The address of a form; None when it is empty, "" when it is no address."""
    value = text_of(form, "email").strip()
    if not value:
        return None
    fits = len(value) <= LONGEST_EMAIL and all(value.partition("@")) and value.isprintable()
    return value if fits and " " not in value else ""


def _back(part: str = "people") -> Response:
    return RedirectResponse(f"/inbox/settings#{part}", 303)
