"""Who may see a page of the inbox, and which changes are really theirs."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.http import Problem
from frontdesk.settings import Settings
from frontdesk.staff.members import Session, Staff
from frontdesk.staff.roles import ROLES, May

COOKIE = "inbox"
DEVICE = "inbox_device"
"""The cookie of a browser that somebody has signed in with before."""
COOKIE_PATH = "/inbox"
CHOOSE_FIRST = "/inbox/password"
SECOND_FACTOR = "/inbox/second-factor"
SIGN_OUT = "/inbox/sign-out"

Page = Callable[[Request, Session], Awaitable[Response]]
Action = Callable[[Request, Session, FormData], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Guard:
    """Wraps pages and actions so that none can forget to ask who is there."""

    def __init__(self, staff: Staff, settings: Settings) -> None:
        self._staff = staff
        self._settings = settings

    def page(self, page: Page) -> Endpoint:
        """A page for signed-in staff; others are sent to the sign-in page."""

        async def endpoint(request: Request) -> Response:
            session = await self.session(request)
            if session is None:
                return self.to_sign_in(request)
            first = _to_do_first(session)
            if first and request.url.path != first:
                # a part that only refreshes stays as it is: a page inside the page helps nobody
                is_part = request.headers.get("hx-request")
                return Response(status_code=204) if is_part else RedirectResponse(first, 303)
            return await page(request, session)

        return endpoint

    def page_for(self, work: May, page: Page) -> Endpoint:
        """A page for whoever may do this work; other staff are told so."""

        async def for_them(request: Request, session: Session) -> Response:
            refuse_others(session, work)
            return await page(request, session)

        return self.page(for_them)

    def action_for(self, work: May, action: Action) -> Endpoint:
        """A change that only whoever may do this work may make."""

        async def by_them(request: Request, session: Session, form: FormData) -> Response:
            refuse_others(session, work)
            return await action(request, session, form)

        return self.action(by_them)

    def action(self, action: Action) -> Endpoint:
        """A change by signed-in staff, sent from our own page."""

        async def endpoint(request: Request) -> Response:
            self.refuse_other_sites(request)
            session = await self.session(request)
            if session is None:
                raise Problem(
                    401, "signed_out", "You are signed out. Your text is still in the box."
                )
            form = await request.form()
            given = str(form.get("csrf_token") or request.headers.get("x-csrf-token") or "")
            if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
                raise Problem(403, "not_from_here", "Please reload the page and try again.")
            first = _to_do_first(session)
            if first and request.url.path not in (first, SIGN_OUT):
                raise Problem(403, "not_yet", "Please finish setting up your account first.")
            return await action(request, session, form)

        return endpoint

    def refuse_other_sites(self, request: Request) -> None:
        """Raise Problem 403 for a change that another website's page sends."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        foreign = origin and origin not in self._settings.own_origins
        if site not in ("same-origin", "none") or foreign:
            raise Problem(403, "not_from_here", "This request came from another website.")

    async def session(self, request: Request) -> Session | None:
        """The session of the request's cookie."""
        token = request.cookies.get(COOKIE, "")
        return await self._staff.session(token) if token else None

    def to_sign_in(self, request: Request) -> Response:
        """Send somebody to the sign-in page, and remember where they wanted to go.

        A part that only refreshes gets 401: somebody may be writing in the page around it.
        """
        if request.headers.get("hx-request"):
            return Response(status_code=401)
        query = urlencode({"next": request.url.path})
        return RedirectResponse(f"/inbox/sign-in?{query}", 303)

    def let_in(self, response: Response, token: str) -> Response:
        """Set the session cookie."""
        return self.keep(response, COOKIE, token)

    def keep(
        self, response: Response, name: str, value: str, seconds: int | None = None
    ) -> Response:
        """Set a cookie that scripts cannot read; without ``seconds`` it ends with the browser."""
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=COOKIE_PATH,
            httponly=True,
            secure=self._settings.is_https,
            samesite="lax",
        )
        return response


def _to_do_first(session: Session) -> str | None:
    """The page that comes before everything else: a password of one's own, a second factor."""
    if session.must_change_password:
        return CHOOSE_FIRST
    return SECOND_FACTOR if session.must_add_second_factor else None


def refuse_others(session: Session, work: May) -> None:
    """Raise Problem 403 for whoever's role this is not."""
    if not session.member.may(work):
        who = " or ".join(role for role, works in ROLES.items() if work in works)
        raise Problem(403, "not_your_role", f"Only a {who} may {work.value}.")
