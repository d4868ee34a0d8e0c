"""Chatwoot's application API, as an agent bot uses it (developers.chatwoot.com)."""

from __future__ import annotations

import re
from typing import Any

from tests.standins.provider import Answer, Sent, StandInProvider

TOKEN = "chatwoot-agent-bot-token"
PATH = re.compile(r"/api/v1/accounts/1/conversations/(\d+)/(\w+)")


class StandInChatwoot(StandInProvider):
    """One account. ``log`` is everything in order: ("message", …), ("note", …), ("status", …)."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[str, str]] = []

    def is_message(self, path: str, body: dict[str, Any]) -> bool:
        return path.endswith("/messages") and not body.get("private")

    def is_allowed(self, path: str, headers: dict[str, str]) -> bool:
        return headers.get("api_access_token") == TOKEN

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if not self.is_allowed(path, headers):
            return 401, {"error": "Invalid Access Token"}
        found = PATH.fullmatch(path)
        if found is None:
            return 404, {"error": "Resource could not be found"}
        address, what = found.groups()
        if what == "toggle_typing_status":
            self.typing.append(address)
            return 200, {}
        if what == "toggle_status":
            if body["status"] not in ("open", "pending", "resolved", "snoozed"):
                return 422, {"error": "status"}
            self.log.append(("status", body["status"]))
            return 200, {"payload": {"success": True, "current_status": body["status"]}}
        if what != "messages" or not body.get("content"):
            return 422, {"message": "content can't be blank"}
        if body.get("private"):
            self.log.append(("note", body["content"]))
            return 200, {"id": int(self.next_id())}
        items = body.get("content_attributes", {}).get("items", [])
        choices = tuple((one["value"], one["title"]) for one in items)
        self.sent.append(Sent(address, body["content"], choices, content=body))
        self.log.append(("message", body["content"]))
        return 200, {"id": int(self.next_id())}
