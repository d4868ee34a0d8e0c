"""Telegram's Bot API (core.telegram.org/bots/api)."""

from __future__ import annotations

from typing import Any

from tests.standins.provider import Answer, Sent, StandInProvider

TOKEN = "123456789:AAExampleExampleExampleExampleExamp"


def _error(code: int, description: str) -> Answer:
    return code, {"ok": False, "error_code": code, "description": description}


class StandInTelegram(StandInProvider):
    """One bot. ``answered`` are the button presses whose spinner was taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[str] = []

    def is_message(self, path: str, body: dict[str, Any]) -> bool:
        return path.endswith("/sendMessage")

    def is_allowed(self, path: str, headers: dict[str, str]) -> bool:
        return path.startswith((f"/bot{TOKEN}/", f"/file/bot{TOKEN}/"))

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if not self.is_allowed(path, headers):
            return _error(401, "Unauthorized")
        method = path.rpartition("/")[2]
        if method == "sendChatAction":
            self.typing.append(body["chat_id"])
            return 200, {"ok": True, "result": True}
        if method == "answerCallbackQuery":
            self.answered.append(body["callback_query_id"])
            return 200, {"ok": True, "result": True}
        if method == "getFile":
            path = f"photos/{body['file_id']}.jpg"
            return 200, {"ok": True, "result": {"file_id": body["file_id"], "file_path": path}}
        if method != "sendMessage":
            return _error(404, "Not Found")
        text = body["text"]
        if not 1 <= len(text.encode("utf-16-le")) // 2 <= 4_096:
            return _error(400, "Bad Request: message is too long")
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        choices = tuple((one["callback_data"], one["text"]) for row in rows for one in row)
        if any(not 1 <= len(data.encode()) <= 64 for data, _ in choices):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        self.sent.append(Sent(str(body["chat_id"]), text, choices, content=body))
        return 200, {"ok": True, "result": {"message_id": int(self.next_id())}}
