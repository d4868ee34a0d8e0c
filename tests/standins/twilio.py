"""Twilio's REST API: takes messages, refuses what Twilio refuses (twilio.com/docs/api/errors)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standins.provider import Answer, Sent, StandInProvider

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "0123456789abcdef0123456789abcdef"
LONGEST = 1_600


class StandInTwilio(StandInProvider):
    """One account."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        super().__init__()

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """The list of messages to a number, newest first."""
        if not self.is_allowed(path, headers):
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        to = parse_qs(urlsplit(path).query).get("To", [""])[0]
        found = [{"sid": sid, "to": to, "body": body} for sid, at, body in self.taken if at == to]
        return 200, {"messages": found[::-1]}

    def is_message(self, path: str, body: dict[str, Any]) -> bool:
        return path.endswith("/Messages.json")

    def is_allowed(self, path: str, headers: dict[str, str]) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return headers.get("authorization") == f"Basic {expected}"

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if not self.is_allowed(path, headers):
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return 404, {"code": 20404, "message": "not found", "status": 404}
        text, template = body.get("Body", ""), body.get("ContentSid")
        if not body.get("To"):
            return 400, {"code": 21604, "message": "'To' is required", "status": 400}
        if not text and not template:
            return 400, {"code": 21602, "message": "Message body is required", "status": 400}
        if len(text) > LONGEST:
            return 400, {"code": 21617, "message": "over 1600 characters", "status": 400}
        self.taken.append((f"SM{self._count + 1:0>32}", body["To"], text))
        self.sent.append(Sent(body["To"], text, template=template, content=body))
        return 201, {"sid": f"SM{self.next_id():0>32}", "status": "queued"}
