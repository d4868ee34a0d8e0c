"""Meta's Graph API: WhatsApp's Cloud API and the Send API of pages, with their documented limits."""

from __future__ import annotations

from typing import Any

from tests.standins.provider import Answer, Sent, StandInProvider

TOKEN = "EAAG-access-token"
NUMBER = "106540352242922"


def _error(code: int, status: int = 400) -> Answer:
    return status, {"error": {"message": "refused", "type": "OAuthException", "code": code}}


class StandInMeta(StandInProvider):
    """``longest_bytes`` is Instagram's limit; Messenger counts characters."""

    def __init__(self, longest_bytes: int | None = None) -> None:
        super().__init__()
        self._longest_bytes = longest_bytes

    def is_message(self, path: str, body: dict[str, Any]) -> bool:
        return "sender_action" not in body and "typing_indicator" not in body

    def is_allowed(self, path: str, headers: dict[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {TOKEN}"

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if not self.is_allowed(path, headers):
            return _error(190, 401)
        if path == f"/{NUMBER}/messages":
            return self._whatsapp(body)
        if path == "/me/messages":
            return self._page(body)
        return _error(100, 404)

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        if not self.is_allowed(path, headers):
            return _error(190, 401)
        return 200, {"url": f"{self.url}/media{path}", "id": path[1:]}

    def _whatsapp(self, body: dict[str, Any]) -> Answer:
        if body.get("messaging_product") != "whatsapp":
            return _error(100)
        if "typing_indicator" in body:
            if body.get("status") != "read" or not body.get("message_id"):
                return _error(100)
            self.typing.append(body["message_id"])
            return 200, {"success": True}
        kind, to = body.get("type"), body.get("to") or body.get("recipient", "")
        text, choices, template = "", [], None
        if kind == "text":
            text = body["text"]["body"]
            if not 1 <= len(text) <= 4_096:
                return _error(100)
        elif kind == "template":
            template = body["template"]["name"]
        elif kind == "interactive":
            text = body["interactive"]["body"]["text"]
            choices = _interactive(body["interactive"])
            titles = [title for _, title in choices]
            fits = all(1 <= len(title) <= 20 for title in titles)
            if not 1 <= len(text) <= 1_024 or not fits or len(set(titles)) < len(titles):
                return _error(131009)
        else:
            return _error(131051)
        self.sent.append(Sent(to, text, tuple(choices), template, body))
        wamid = f"wamid.{self.next_id()}"
        return 200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": wamid}],
        }

    def _page(self, body: dict[str, Any]) -> Answer:
        to = body["recipient"]["id"]
        if "sender_action" in body:
            if body["sender_action"] not in ("typing_on", "typing_off", "mark_seen"):
                return _error(100)
            self.typing.append(to)
            return 200, {"recipient_id": to}
        message = body["message"]
        text, replies = message["text"], message.get("quick_replies", [])
        size = len(text.encode()) if self._longest_bytes else len(text)
        if not 1 <= size <= (self._longest_bytes or 2_000) or len(replies) > 13:
            return _error(100)
        if any(not 1 <= len(one["title"]) <= 20 for one in replies):
            return _error(100)
        choices = tuple((one["payload"], one["title"]) for one in replies)
        self.sent.append(Sent(to, text, choices, content=body))
        return 200, {"recipient_id": to, "message_id": f"m_{self.next_id()}"}


def _interactive(content: dict[str, Any]) -> list[tuple[str, str]]:
    action = content["action"]
    if content["type"] == "button":
        choices = [one["reply"] for one in action["buttons"]][:4]
        limit = 3
    else:
        assert 1 <= len(action["button"]) <= 20
        choices = [row for section in action["sections"] for row in section["rows"]]
        limit = 10
    if len(choices) > limit:
        return [("", "")]
    return [(one["id"], one["title"]) for one in choices]
