"""Who talks to an installation in a storm: visitors of the website, phones, staff."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from benchmarks.storm.site import OWN_NUMBER, Site, now
from tests.standins import twilio

QUESTIONS = (
    "does it hurt when you do it?",
    "how many sessions will i need",
    "how long do the results last",
    "how much does it cost altogether",
    "where are you to be found",
    "what time do you close today",
    "is it safe for dark skin as well",
    "can i wear makeup afterwards",
)
AGAIN_SECONDS = 0.3
KEPT = httpx.Limits(max_connections=100, keepalive_expiry=2.0)
"""Shorter than the server keeps a connection, which could end it just as it is used again."""
_numbers = itertools.count(1)


def address() -> str:
    """An address of its own, as a proxy on this machine would hand it on."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Visitor:
    """A visitor whose widget sends again, under the same id, until it is told that it is safe."""

    def __init__(self, site: Site, timeout: float = 8.0, at: str | None = None) -> None:
        self.site = site
        self.http = httpx.AsyncClient(
            base_url=site.url,
            timeout=timeout,
            limits=KEPT,
            headers={"X-Forwarded-For": at or address()},
        )
        site.clients.append(self.http)
        self.acknowledged: dict[str, int] = {}
        self.id = ""
        self.seen: list[dict[str, Any]] = []
        self.refused = 0

    async def open(self) -> Visitor:
        """Come in."""
        answer = await self._until(201, "POST", "/api/conversations", json={})
        body = answer.json()
        self.id = body["conversation_id"]
        self.http.headers["Authorization"] = f"Bearer {body['token']}"
        return self

    async def post(self, **body: Any) -> httpx.Response:
        """Send once."""
        return await self.http.post("/api/messages", json={"id": uuid.uuid4().hex, **body})

    async def say(self, text: str) -> int:
        """Send until acknowledged; return its number."""
        key = uuid.uuid4().hex
        if len(text) > 12:
            self.site.said.add(text)
        answer = await self._until(202, "POST", "/api/messages", json={"id": key, "text": text})
        self.acknowledged[key] = int(answer.json()["seq"])
        return self.acknowledged[key]

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """Read."""
        answer = await self._until(200, "GET", f"/api/messages?after={after}")
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def owner(self) -> str:
        """Who has the conversation."""
        answer = await self._until(200, "GET", "/api/messages?after=0")
        return str(answer.json()["owner"])

    async def _until(self, status: int, method: str, path: str, **more: Any) -> httpx.Response:
        for _ in range(400):
            try:
                answer = await self.http.request(method, path, **more)
                if answer.status_code == status:
                    return answer
                if answer.status_code in (400, 401, 404, 422):
                    raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
                self.refused += 1
            except httpx.HTTPError:
                self.refused += 1
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(f"{path}: never {status}")

    async def first_words(self, seq: int, seconds: float = 20.0) -> tuple[float, dict[str, Any]]:
        """Seconds until somebody answers message ``seq``, and the words; infinite when nobody does."""
        began = now()
        while now() - began < seconds:
            for message in await self.messages(seq):
                if message["author"] != "visitor":
                    return now() - began, message
            await asyncio.sleep(0.02)
        return float("inf"), {}

    async def answered(self, seq: int, seconds: float = 60.0) -> float:
        """Seconds until message ``seq`` counts as answered; infinite when it does not."""
        began = now()
        while now() - began < seconds:
            said = [one for one in await self.messages(seq - 1) if one["seq"] == seq]
            if said and said[0]["status"] == "answered":
                return now() - began
            await asyncio.sleep(0.05)
        return float("inf")

    async def first_reply(self, text: str, seconds: float = 20.0) -> float:
        """Send, and wait for the reply on the stream that ``follow`` reads."""
        began = now()
        answer = await self.post(text=text)
        answer.raise_for_status()
        seq = int(answer.json()["seq"])
        while now() - began < seconds:
            for message in reversed(self.seen):
                if message["seq"] <= seq:
                    break
                if message["author"] != "visitor":
                    return float(message["t"]) - began
            await asyncio.sleep(0.004)
        return float("inf")

    async def follow(self) -> None:
        """Read the stream for ever; come back where it broke off."""
        last = 0
        while True:
            try:
                patient = httpx.Timeout(10, read=40)
                path = f"/api/events?after={last}"
                async with self.http.stream("GET", path, timeout=patient) as stream:
                    kind = ""
                    async for line in stream.aiter_lines():
                        if line.startswith("event:"):
                            kind = line[6:].strip()
                        elif line.startswith("data:") and kind == "message":
                            message = json.loads(line[5:])
                            last = message["seq"]
                            self.seen.append({**message, "t": now()})
            except httpx.HTTPError:
                pass
            await asyncio.sleep(AGAIN_SECONDS)


class Phone:
    """Somebody with a phone; Twilio delivers a webhook again that was not answered with 2xx."""

    def __init__(self, site: Site, number: str) -> None:
        self.site, self.number = site, number
        site.said.add(number)
        self.http = httpx.AsyncClient(base_url=site.url, timeout=15, limits=KEPT)
        site.clients.append(self.http)
        self.acknowledged: list[str] = []

    def form(self, text: str, sid: str) -> dict[str, str]:
        """What Twilio posts."""
        return {
            "AccountSid": twilio.ACCOUNT,
            "MessageSid": sid,
            "From": self.number,
            "To": OWN_NUMBER,
            "Body": text,
            "NumMedia": "0",
            "SmsStatus": "received",
        }

    async def post(self, text: str, sid: str) -> httpx.Response:
        """Deliver once."""
        form = self.form(text, sid)
        url = f"{self.site.stack.url}/channels/twilio"
        signature = RequestValidator(twilio.TOKEN).compute_signature(url, form)
        return await self.deliver(urlencode(form).encode(), signature)

    async def deliver(self, content: bytes, signature: str) -> httpx.Response:
        """Deliver anything."""
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signature,
        }
        return await self.http.post("/channels/twilio", content=content, headers=headers)

    async def say(self, text: str) -> str:
        """Deliver until taken."""
        sid = "SM" + uuid.uuid4().hex
        for _ in range(400):
            try:
                if (await self.post(text, sid)).status_code == 200:
                    self.acknowledged.append(sid)
                    return sid
            except httpx.HTTPError:
                pass
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError("never acknowledged")


class StaffMember:
    """Somebody signed in to the inbox."""

    def __init__(self, site: Site) -> None:
        headers = {"X-Forwarded-For": address()}
        self.http = httpx.AsyncClient(base_url=site.url, timeout=20, headers=headers)
        site.clients.append(self.http)
        self.password = site.stack.staff_password
        self.csrf = ""

    async def sign_in(self, user: str = "reception") -> StaffMember:
        """With the first account's password."""
        form = {"user_name": user, "password": self.password}
        answer = await self.http.post("/inbox/sign-in", data=form)
        assert answer.status_code == 303, answer.status_code
        page = (await self.http.get("/inbox/")).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        self.csrf = found[1]
        return self

    async def do(self, path: str, **form: str) -> httpx.Response:
        """Press a button."""
        return await self.http.post(path, data={"csrf_token": self.csrf, **form})
