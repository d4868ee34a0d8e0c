"""Firefox and WebKit, driven as their makers mean it: by WebDriver BiDi, and by WebDriver over HTTP.

Playwright drives builds of its own of both, which cannot be had here; Debian's packages can
(firefox-esr; webkit2gtk-driver with xvfb). A test asks for a page and has JavaScript evaluated in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import websockets

from tests.standins.ports import free_ports

PATIENCE_SECONDS = 60
MINI_BROWSER = Path("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
QUIET = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.startup.page": 0,
    "toolkit.telemetry.enabled": False,
}


class Engine(Protocol):
    """A browser with one window."""

    def go(self, url: str) -> None:
        """Open a page."""

    def evaluate(self, body: str) -> Any:
        """What the body of an async function returns in the page."""

    def widen(self, width: int, height: int) -> None:
        """Another size than a phone's."""


class Firefox:
    """By WebDriver BiDi over a web socket; beside Playwright's loop, hence in a thread."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._count = 0
        self._socket = self._wait(self._connect(port))
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        self.widen(390, 760)

    def widen(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._context, viewport=size)

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, body: str) -> Any:
        found = self._ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await (async () => {{ {body} }})()))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return json.loads(found["result"].get("value", "null"))

    def close(self) -> None:
        self._wait(self._socket.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _ask(self, method: str, **params: Any) -> Any:
        return self._wait(self._answer(method, params))

    async def _answer(self, method: str, params: dict[str, Any]) -> Any:
        self._count += 1
        number = self._count
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(await self._socket.recv())
            if heard.get("id") == number:
                assert "result" in heard, heard
                return heard["result"]

    async def _connect(self, port: int) -> Any:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await websockets.connect(f"ws://127.0.0.1:{port}/session", max_size=None)
            except OSError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_SECONDS)


class WebKit:
    """By WebDriver over HTTP."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS)
        options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                begun = self._http.post("/session", json={"capabilities": wanted})
                break
            except httpx.ConnectError:
                assert time.monotonic() < until
                time.sleep(0.2)
        self._session = f"/session/{self._value(begun)['sessionId']}"
        self._ask("timeouts", script=PATIENCE_SECONDS * 1000)
        self.widen(420, 860)

    def widen(self, width: int, height: int) -> None:
        self._ask("window/rect", width=width, height=height)

    def go(self, url: str) -> None:
        self._ask("url", url=url)

    def evaluate(self, body: str) -> Any:
        script = (
            f"const done = arguments[0]; (async () => {{ {body} }})()"
            ".then(value => done({ value }), error => done({ error: String(error) }));"
        )
        found = self._ask("execute/async", script=script, args=[])
        assert "error" not in found, found
        return found.get("value")

    def close(self) -> None:
        self._http.delete(self._session)
        self._http.close()

    def _ask(self, what: str, **body: Any) -> Any:
        return self._value(self._http.post(f"{self._session}/{what}", json=body))

    @staticmethod
    def _value(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox | None]:
    """None where it is not installed."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        yield None
        return
    (port,) = free_ports(1)
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in QUIET.items()
    ]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(folder)]
    with _running([*command, "--remote-debugging-port", str(port), "about:blank"], folder):
        found = Firefox(port)
        yield found
        found.close()


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit | None]:
    """None where it is not installed; it needs a screen, if only a made-up one."""
    programs = [shutil.which("WebKitWebDriver"), shutil.which("xvfb-run")]
    if not all(programs) or not MINI_BROWSER.exists():
        yield None
        return
    (port,) = free_ports(1)
    command = [str(programs[1]), "-a", str(programs[0]), f"--port={port}"]
    with _running(command, folder):
        found = WebKit(port)
        yield found
        found.close()


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    environment = {
        **os.environ,
        "HOME": str(folder),
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
    }
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait()


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    name = request.param.__name__
    with request.param(tmp_path_factory.mktemp(name)) as found:
        if found is None and os.environ.get("CI"):
            pytest.fail(f"CI needs {name}; .ci/run installs Debian's packages")
        if found is None:
            pytest.skip(f"{name} is not installed")
        yield found
