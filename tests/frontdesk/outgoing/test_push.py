"""Web Push against a stand-in of the push service: it can read what is meant for it, and no words are in it."""

from __future__ import annotations

import base64
import json
import re

import http_ece
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from frontdesk.outgoing.mailer import NotSent
from frontdesk.outgoing.notices import Notice
from frontdesk.outgoing.push import Device, Push
from frontdesk.settings import Settings, SettingsError
from tests.frontdesk.conftest import SECRET, FrontDesk, until
from tests.frontdesk.inbox.conftest import Colleague, reception

PUSH_SECRET = "p" * 43
AUTH = b"0123456789abcdef"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/reception"
LINK = "https://desk.example/inbox/c/c_1"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """A browser's own keys, and the service that writes to it."""

    def __init__(self, status: int = 201) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.status = status
        self.requests: list[httpx.Request] = []

    @property
    def device(self) -> Device:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Device(ENDPOINT, b64(point), b64(AUTH))

    def serve(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status)

    def read(self) -> dict[str, str]:
        body = self.requests[-1].content
        found = http_ece.decrypt(body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        return json.loads(found)


@pytest.fixture()
def extra_settings() -> dict[str, str]:
    return {"PUSH_SECRET": PUSH_SECRET}


async def told(front: FrontDesk, browser: Browser) -> Push:
    """The front desk's own push, whose service is the browser's."""
    push: Push = front.app.state.rooms.outgoing.push
    push._http = httpx.AsyncClient(transport=httpx.MockTransport(browser.serve))
    await push.add((await front.member()).id, browser.device)
    return push


async def test_a_device_is_told_that_somebody_waits_and_where_without_their_words(
    front: FrontDesk,
) -> None:
    browser = Browser()
    await told(front, browser)
    visitor = await front.visitor()
    await visitor.say("human please, my cheek is zanzibar")
    notices = front.app.state.rooms.outgoing.notices

    async def arrived() -> bool:
        await notices.run()
        return bool(browser.requests)

    await until(arrived)
    assert browser.read() == {
        "title": "A conversation is waiting",
        "link": f"/inbox/c/{visitor.id}",
    }
    request = browser.requests[0]
    assert request.headers["content-encoding"] == "aes128gcm" and request.headers["ttl"] == "1800"
    token, key = re.fullmatch(r"vapid t=(\S+),k=(\S+)", request.headers["authorization"]).groups()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == "https://fcm.googleapis.com" and claims["sub"].startswith("mailto:")
    assert key == front.app.state.rooms.outgoing.push.public_key
    assert b"zanzibar" not in request.content


async def test_nobody_off_duty_is_told(front: FrontDesk) -> None:
    browser = Browser()
    push = await told(front, browser)
    await front.staff.set_on_duty((await front.member()).id, False)
    await push.tell("n", Notice.WAITING, LINK, front.clock())
    assert browser.requests == []


async def test_a_device_that_is_gone_is_forgotten_and_a_service_that_fails_is_asked_again(
    front: FrontDesk,
) -> None:
    browser = Browser(status=503)
    push = await told(front, browser)
    with pytest.raises(NotSent):
        await push.tell("n", Notice.WAITING, LINK, front.clock())
    browser.status = 410
    await push.tell("n", Notice.WAITING, LINK, front.clock())
    await push.tell("n", Notice.WAITING, LINK, front.clock())
    assert len(browser.requests) == 2


async def test_a_browser_asks_to_be_told_and_not_any_more(
    front: FrontDesk, reception: Colleague
) -> None:
    browser = Browser()
    push: Push = front.app.state.rooms.outgoing.push
    push._http = httpx.AsyncClient(transport=httpx.MockTransport(browser.serve))
    assert (await reception.get("/inbox/push")).json() == {"key": push.public_key}
    device = vars(browser.device)
    assert (await reception.post("/inbox/push", **device)).status_code == 204
    assert (await reception.post("/inbox/push", **device)).status_code == 204
    await push.tell("n", Notice.URGENT, LINK, front.clock())
    assert len(browser.requests) == 1 and browser.requests[0].headers["urgency"] == "high"
    await reception.post("/inbox/push/off", endpoint=ENDPOINT)
    await push.tell("n", Notice.URGENT, LINK, front.clock())
    assert len(browser.requests) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com.example/",
        "https://fcm.googleapis.com:8443/x",
        "",
    ],
)
async def test_only_the_services_of_browsers_are_written_to(
    front: FrontDesk, reception: Colleague, endpoint: str
) -> None:
    form = {**vars(Browser().device), "endpoint": endpoint}
    assert (await reception.post("/inbox/push", **form)).status_code == 422


async def test_keys_that_are_none_are_refused(front: FrontDesk, reception: Colleague) -> None:
    for broken in ({"p256dh": "x"}, {"auth": ""}, {"p256dh": b64(b"\x04" + b"1" * 64)}):
        form = {**vars(Browser().device), **broken}
        assert (await reception.post("/inbox/push", **form)).status_code == 422, broken


def test_a_secret_that_is_none_is_refused_at_start() -> None:
    with pytest.raises(SettingsError, match="PUSH_SECRET"):
        Settings.read({"ASSISTANT_SECRET": SECRET, "PUSH_SECRET": "short"})


__all__ = ["reception"]
