from __future__ import annotations

import re

import httpx
import pytest
from starlette.routing import Mount, Route

from frontdesk.staff.roles import ROLES, May
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague, sign_in

OPEN = "open to everybody"
TOKEN = "a visitor's token"
SIGNED = "a provider's signature"
STAFF = "staff"

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
    ("POST", "/api/answer-mail"): TOKEN,
    ("DELETE", "/api/answer-mail"): TOKEN,
    ("POST", "/api/answer-push"): TOKEN,
    ("DELETE", "/api/answer-push"): TOKEN,
    ("GET", "/answer-push/"): OPEN,
    ("GET", "/answer-push/window.js"): OPEN,
    ("GET", "/answer-push/device.js"): OPEN,
    ("GET", "/answer-push/worker.js"): OPEN,
    ("GET", "/answer-mail/end"): OPEN,
    ("POST", "/answer-mail/end"): OPEN,
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
    ("POST", "/inbox/learning"): May.TEACH,
    ("GET", "/inbox/password"): STAFF,
    ("POST", "/inbox/password"): STAFF,
    ("GET", "/inbox/second-factor"): STAFF,
    ("POST", "/inbox/second-factor"): STAFF,
    ("POST", "/inbox/second-factor/off"): STAFF,
    ("GET", "/inbox/settings"): May.DESK,
    ("GET", "/inbox/c/{id}/suggestions"): STAFF,
    ("GET", "/inbox/audit.csv"): May.PEOPLE,
    ("GET", "/inbox/settings/clinic"): May.CLINIC,
    ("POST", "/inbox/settings/clinic"): May.CLINIC,
    ("POST", "/inbox/settings/clinic/back"): May.CLINIC,
    ("POST", "/inbox/settings/people/{staff_id:number}/email"): May.PEOPLE,
    ("POST", "/inbox/settings/people/{staff_id:number}/second-factor"): May.PEOPLE,
    ("POST", "/inbox/settings/second-factor"): May.PEOPLE,
    ("POST", "/inbox/settings/people"): May.PEOPLE,
    ("POST", "/inbox/settings/people/{staff_id:number}/signature"): May.PEOPLE,
    ("GET", "/inbox/answers"): May.READ_ANSWERS,
    ("GET", "/inbox/answers/new"): May.WRITE,
    ("GET", "/inbox/answers/{topic}"): May.READ_ANSWERS,
    ("POST", "/inbox/answers/check"): May.READ_ANSWERS,
    ("POST", "/inbox/answers/{topic}"): May.WRITE,
    ("POST", "/inbox/answers/{topic}/ask"): May.WRITE,
    ("POST", "/inbox/answers/{topic}/back"): May.WRITE,
    ("POST", "/inbox/answers/{topic}/given"): May.WITHDRAW,
    ("GET", "/inbox/signing"): May.READ_ANSWERS,
    ("GET", "/inbox/signing/report"): May.READ_ANSWERS,
    ("POST", "/inbox/signing/rows"): May.SIGN,
    ("GET", "/inbox/training"): May.READ_ANSWERS,
    ("POST", "/inbox/training"): May.PUBLISH,
    ("POST", "/inbox/training/back"): May.PUBLISH,
    ("GET", "/inbox/settings/files"): May.EXPORT,
    ("POST", "/inbox/settings/files"): May.EXPORT,
    ("GET", "/inbox/settings/files/clinic.zip"): May.EXPORT,
    ("POST", "/inbox/signing/{topic}"): May.SIGN,
    ("POST", "/inbox/signing/{topic}/back"): May.SIGN,
    ("POST", "/inbox/signing/{topic}/count"): May.COUNT,
    ("POST", "/inbox/settings/people/{staff_id:number}/role"): May.PEOPLE,
    ("POST", "/inbox/settings/people/{staff_id:number}/active"): May.PEOPLE,
    ("POST", "/inbox/settings/people/{staff_id:number}/password"): May.PEOPLE,
    ("POST", "/inbox/settings/replies"): May.DESK,
    ("POST", "/inbox/settings/replies/{reply_id:number}"): May.DESK,
    ("POST", "/inbox/settings/replies/{reply_id:number}/remove"): May.DESK,
    ("POST", "/inbox/settings/days"): May.DESK,
    ("POST", "/inbox/settings/days/remove"): May.DESK,
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
    ("POST", "/inbox/callbacks/{callback_id:number}/undo"): STAFF,
    ("POST", "/inbox/c/{id}/snooze"): STAFF,
    ("POST", "/inbox/c/{id}/look"): STAFF,
    ("GET", "/inbox/c/{id}/others"): STAFF,
    ("POST", "/inbox/c/{id}/contact"): STAFF,
    ("POST", "/inbox/c/{id}/labels"): STAFF,
    ("POST", "/inbox/c/{id}/block"): STAFF,
    ("POST", "/inbox/order"): STAFF,
    ("GET", "/inbox/worker.js"): OPEN,
    ("GET", "/inbox/push"): STAFF,
    ("GET", "/inbox/found"): STAFF,
    ("POST", "/inbox/push"): STAFF,
    ("POST", "/inbox/push/off"): STAFF,
    ("POST", "/inbox/c/{id}/teach"): STAFF,
    ("POST", "/api/typing"): TOKEN,
    ("POST", "/api/attachments"): TOKEN,
    ("GET", "/api/attachments/{seq:number}"): TOKEN,
    ("GET", "/sent/{token}"): OPEN,
    ("POST", "/sent/{token}"): OPEN,
    ("POST", "/inbox/attachments"): STAFF,
    ("POST", "/inbox/c/{id}/mute"): STAFF,
    ("GET", "/inbox/alerts"): STAFF,
    ("POST", "/inbox/alerts"): STAFF,
    ("POST", "/inbox/several"): STAFF,
    ("POST", "/inbox/filters"): STAFF,
    ("GET", "/inbox/filters/{filter_id:number}"): STAFF,
    ("POST", "/inbox/filters/{filter_id:number}/remove"): STAFF,
    ("GET", "/widget.js"): OPEN,
    ("GET", "/widget/{version}/{path:path}"): OPEN,
    ("GET", "/"): OPEN,
    ("GET", "/playground"): OPEN,
}
UNSAFE = [
    path
    for (method, path), who in ACCESS.items()
    if method == "POST" and (who == STAFF or isinstance(who, May))
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
    path = path.replace("{topic}", "no_such_answer").replace("{id}", conversation_id)
    path = re.sub(r"\{\w+:number\}", "1", path)
    return path.replace("{version}", "latest").replace("{path:path}", "panel.js")


async def _nobody(front: FrontDesk, method: str, path: str) -> httpx.Response:
    return await front.http.request(method, path)


async def test_nobody_gets_past_a_door_that_is_not_open(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for (method, path), who in ACCESS.items():
        if who == OPEN:
            continue
        answer = await _nobody(front, method, _real(path, visitor.id))
        if (who == STAFF or isinstance(who, May)) and method == "GET":
            assert answer.headers["location"].startswith("/inbox/sign-in"), path
        else:
            assert answer.status_code in (401, 403), path


TABLE = """
work                                             receptionist nurse clinician manager admin
read answers                                     yes          yes   yes       yes     yes
say which answer a message asked for             yes          yes   yes       yes     yes
write answers                                    no           yes   yes       yes     yes
sign answers                                     no           no    yes       no      no
let a signature of another desk count   no no no no yes
say that an answer is not given                  no           no    yes       yes     yes
teach the assistant new ways to ask, and go back no           no    no        yes     yes
take everything out as files, and in             no           no    no        yes     yes
change the clinic's facts                        no           no    no        yes     yes
change ready-made replies and days               no           no    no        yes     yes
change accounts, and read the audit              no           no    no        no      yes
"""
"""What each role may do. Conversations, and one's own account, are open to everybody."""


def test_the_table_says_what_each_role_may_do() -> None:
    head, *lines = TABLE.strip().splitlines()
    assert tuple(head.split()[1:]) == tuple(ROLES)
    assert {tuple(line.rsplit(None, len(ROLES))) for line in lines} == {
        (work.value, *("yes" if work in works else "no" for works in ROLES.values()))
        for work in May
    }


@pytest.mark.parametrize("role", ROLES)
async def test_what_a_role_may_not_do_is_refused_at_every_door(front: FrontDesk, role: str) -> None:
    await front.staff.create("sam", "Sam", role, "another-password", role)
    sam = await sign_in(front, "sam", "another-password")
    for (method, path), work in ACCESS.items():
        if not isinstance(work, May):
            continue
        form = {"csrf_token": sam.csrf_token} if method == "POST" else None
        answer = await sam.http.request(method, _real(path, "c_x"), data=form)
        assert answer.status_code < 500, (path, answer.text[:300])
        refused = answer.status_code == 403
        assert refused is (work not in ROLES[role]), (path, answer.status_code, answer.text[:300])
        if refused:
            assert answer.json()["error"]["code"] == "not_your_role"


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
