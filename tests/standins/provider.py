"""A provider's REST API on loopback. What each provider takes and refuses is in the file of its name."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Answer = tuple[int, dict[str, Any]]
CUT = 0
"""A scripted status: the connection is cut without an answer."""


@dataclass(frozen=True)
class Sent:
    """A message that a provider took."""

    to: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    template: str | None = None
    content: dict[str, Any] = field(default_factory=dict)


@dataclass
class Script:
    """What is answered next instead: a status, headers, a body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class StandInProvider:
    """Collects what is sent; ``scripted`` answers come first, then what the provider would say."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.typing: list[str] = []
        self.scripted: list[Script] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self._count = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = _read(raw, headers.get("content-type", ""))
                if outer.is_message(self.path, body) and outer.scripted:
                    script = outer.scripted.pop(0)
                    return self._answer(script.status, script.body, script.headers)
                return self._answer(*outer.post(self.path, headers, body))

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                if self.path in outer.files and outer.is_allowed(self.path, headers):
                    kind, content = outer.files[self.path]
                    return self._write(200, content, {"content-type": kind})
                return self._answer(*outer.get(self.path, headers))

            def _answer(
                self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
            ) -> None:
                if status == CUT:
                    self.close_connection = True
                    return None
                content = json.dumps(body).encode()
                more = {"content-type": "application/json", **(headers or {})}
                return self._write(status, content, more)

            def _write(self, status: int, content: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def next_id(self) -> str:
        """The id of the message that is being taken."""
        self._count += 1
        return f"{self._count:06d}"

    def is_message(self, path: str, body: dict[str, Any]) -> bool:
        """Is this request a message to a visitor (and not "typing" or the like)?"""
        raise NotImplementedError

    def is_allowed(self, path: str, headers: dict[str, str]) -> bool:
        """Does the request carry the credentials?"""
        raise NotImplementedError

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        """Take or refuse a request as the provider documents it."""
        raise NotImplementedError

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """Answer a request for something that is no file."""
        return 404, {}

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _read(raw: bytes, kind: str) -> dict[str, Any]:
    if kind.startswith("application/json"):
        found: dict[str, Any] = json.loads(raw)
        return found
    return {key: values[0] for key, values in parse_qs(raw.decode()).items()}
