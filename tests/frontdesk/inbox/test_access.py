from __future__ import annotations

import httpx
import pytest
from starlette.routing import Mount, Route

from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

OPEN = "open to everybody"
TOKEN = "a visitor's token"
SIGNED = "a provider's signature"
STAFF = "staff"
ADMIN = "admins"

ACCESS = {
    ("GET", "/health"): OPEN,
    ("GET", "/health/live"): OPEN,
    ("GET", "/health/ready"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("POST", "/api/conversations"): OPEN,
    ("GET", "/api/clinic"): OPEN,
    ("POST", "/api/messages"): TOKEN,
    ("GET", "/api/messages"): TOKEN,
    ("GET", "/api/events"): TOKEN,
    ("POST", "/api/feedback"): TOKEN,
    ("POST", "/api/callback"): TOKEN,
    ("DELETE", "/api/conversation"): TOKEN,
    ("DELETE", "/api/waiting"): TOKEN,
    ("GET", "/api/copy"): TOKEN,
    ("POST", "/inbox/search"): STAFF,
    ("POST", "/inbox/c/{id}/find"): STAFF,
    ("POST", "/inbox/c/{id}/copy"): STAFF,
    ("POST", "/inbox/c/{id}/erase"): STAFF,
    ("POST", "/inbox/c/{id}/keep"): STAFF,
    ("GET", "/inbox/sign-in"): OPEN,
    ("POST", "/inbox/sign-in"): OPEN,
    ("GET", "/inbox/forgotten"): OPEN,
    ("POST", "/inbox/forgotten"): OPEN,
    ("GET", "/inbox/reset"): OPEN,
    ("POST", "/inbox/reset"): OPEN,
    ("GET", "/inbox/"): STAFF,
    ("GET", "/inbox/events"): STAFF,
    ("GET", "/inbox/c/{id}"): STAFF,
    ("GET", "/inbox/c/{id}/media/{seq:number}"): STAFF,
    ("GET", "/inbox/numbers"): STAFF,
    ("GET", "/inbox/numbers.csv"): STAFF,
    ("GET", "/inbox/learning"): STAFF,
    ("GET", "/inbox/trouble"): STAFF,
    ("POST", "/inbox/learning"): STAFF,
    ("POST", "/inbox/learning/{message_id:number}/back"): STAFF,
    ("GET", "/inbox/password"): STAFF,
    ("POST", "/inbox/password"): STAFF,
    ("GET", "/inbox/second-factor"): STAFF,
    ("POST", "/inbox/second-factor"): STAFF,
    ("POST", "/inbox/second-factor/off"): STAFF,
    ("GET", "/inbox/settings"): ADMIN,
    ("GET", "/inbox/c/{id}/suggestions"): STAFF,
    ("GET", "/inbox/audit.csv"): ADMIN,
    ("GET", "/inbox/settings/clinic"): ADMIN,
    ("POST", "/inbox/settings/clinic"): ADMIN,
    ("POST", "/inbox/settings/clinic/back"): ADMIN,
    ("POST", "/inbox/settings/people/{staff_id:number}/email"): ADMIN,
    ("POST", "/inbox/settings/people/{staff_id:number}/second-factor"): ADMIN,
    ("POST", "/inbox/settings/second-factor"): ADMIN,
    ("POST", "/inbox/settings/people"): ADMIN,
    ("POST", "/inbox/settings/people/{staff_id:number}/role"): ADMIN,
    ("POST", "/inbox/settings/people/{staff_id:number}/active"): ADMIN,
    ("POST", "/inbox/settings/people/{staff_id:number}/password"): ADMIN,
    ("POST", "/inbox/settings/replies"): ADMIN,
    ("POST", "/inbox/settings/replies/{reply_id:number}"): ADMIN,
    ("POST", "/inbox/settings/replies/{reply_id:number}/remove"): ADMIN,
    ("POST", "/inbox/settings/days"): ADMIN,
    ("POST", "/inbox/settings/days/remove"): ADMIN,
    ("POST", "/inbox/sign-out"): STAFF,
    ("POST", "/inbox/duty"): STAFF,
    ("POST", "/inbox/c/{id}/take"): STAFF,
    ("POST", "/inbox/c/{id}/reply"): STAFF,
    ("POST", "/inbox/c/{id}/template"): STAFF,
    ("POST", "/inbox/c/{id}/back"): STAFF,
    ("POST", "/inbox/c/{id}/close"): STAFF,
    ("POST", "/inbox/c/{id}/assign"): STAFF,
    ("POST", "/inbox/c/{id}/note"): STAFF,
    ("POST", "/inbox/c/{id}/same-person"): STAFF,
    ("POST", "/inbox/c/{id}/another-person"): STAFF,
    ("POST", "/inbox/c/{id}/stop"): STAFF,
    ("POST", "/inbox/c/{id}/retry"): STAFF,
    ("POST", "/inbox/c/{id}/ask-provider"): STAFF,
    ("POST", "/inbox/callbacks/{callback_id:number}"): STAFF,
    ("GET", "/widget.js"): OPEN,
    ("GET", "/widget/{version}/{path:path}"): OPEN,
    ("GET", "/"): OPEN,
    ("GET", "/playground"): OPEN,
}
UNSAFE = [
    path for (method, path), who in ACCESS.items() if method == "POST" and who in (STAFF, ADMIN)
]


def test_every_route_is_listed_here(front: FrontDesk) -> None:
    found = {
        (method, route.path)
        for route in front.app.routes
        if isinstance(route, Route)
        for method in (route.methods or {"GET"}) - {"HEAD"}
    }
    assert found == set(ACCESS)
    mounted = [route.path for route in front.app.routes if isinstance(route, Mount)]
    assert mounted == ["/inbox/static"]


def _real(path: str, conversation_id: str) -> str:
    path = path.replace("{id}", conversation_id).replace("{callback_id:number}", "1")
    for number in ("{seq:number}", "{staff_id:number}", "{reply_id:number}", "{message_id:number}"):
        path = path.replace(number, "1")
    return path.replace("{version}", "latest").replace("{path:path}", "panel.js")


async def _nobody(front: FrontDesk, method: str, path: str) -> httpx.Response:
    return await front.http.request(method, path)


async def test_nobody_gets_past_a_door_that_is_not_open(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for (method, path), who in ACCESS.items():
        if who == OPEN:
            continue
        answer = await _nobody(front, method, _real(path, visitor.id))
        if who in (STAFF, ADMIN) and method == "GET":
            assert answer.headers["location"].startswith("/inbox/sign-in"), path
        else:
            assert answer.status_code in (401, 403), path


async def test_what_admins_may_do_is_refused_to_other_staff(
    front: FrontDesk, maya: Colleague
) -> None:
    for method, path in [route for route, who in ACCESS.items() if who == ADMIN]:
        form = {"csrf_token": maya.csrf_token} if method == "POST" else None
        answer = await maya.http.request(method, _real(path, "c_x"), data=form)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "for_admins"), path


async def test_whoever_signed_out_is_nobody(front: FrontDesk, reception: Colleague) -> None:
    cookies = dict(reception.http.cookies)
    assert (await reception.post("/inbox/sign-out")).status_code == 303
    reception.http.cookies.update(cookies)
    assert (await reception.get("/inbox/")).status_code == 303
    assert (await reception.post("/inbox/duty", on_duty="no")).status_code == 401


ELSEWHERE = [
    "https://evil.example",
    "null",
    "http://desk.test.evil.example",
    "https://desk.test",
    "http://desk.test:81",
    "http://evil-desk.test",
    "file://",
    "http://desk.test@evil.example",
]
SITES = [None, "cross-site", "same-site", "same-origin", "none"]
FOREIGN = [
    {"origin": origin, **({"sec-fetch-site": site} if site else {})}
    for origin in ELSEWHERE
    for site in SITES
]
"""Forty sets of headers with which another website's page might send a change."""


@pytest.mark.parametrize("path", UNSAFE)
async def test_a_change_must_come_from_our_own_page(
    front: FrontDesk, reception: Colleague, path: str
) -> None:
    visitor = await front.visitor()
    real = _real(path, visitor.id)
    form = {"csrf_token": reception.csrf_token, "text": "x", "key": "k", "outcome": "answered"}
    for headers in [*FOREIGN, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]:
        answer = await reception.http.post(real, data=form, headers=headers)
        assert answer.status_code == 403, headers
    for token in ("", "wrong", "é"):
        answer = await reception.http.post(real, data={**form, "csrf_token": token})
        assert answer.status_code == 403
    assert await visitor.owner() == "bot"
