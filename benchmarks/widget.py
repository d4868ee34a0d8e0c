"""Weight and speed of the website chat, in a real browser against a real front desk.

python -m benchmarks.widget                  prints a table
python -m benchmarks.widget --screenshots    also takes the pictures of docs/screenshots/
"""

from __future__ import annotations

import gzip
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from frontdesk.database import migrate
from frontdesk.settings import Settings
from tests.e2e.conftest import CHROMIUM_FLAGS, free_ports
from tests.standins.assistant import StandInAssistant
from tests.widget.conftest import Chat, Desk

PICTURES = Path("docs/screenshots")
WIDGET = Path("widget")
MESSAGES = 1_000
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 667}, "device_scale_factor": 2},
}
FRAMES = """async () => { const log = document.querySelector('clinic-chat').shadowRoot.querySelector('.log');
  const times = []; let before = performance.now();
  for (let i = 0; i < 120; i++) { log.scrollTop = log.scrollHeight - i * 300;
    await new Promise(requestAnimationFrame); const now = performance.now(); times.push(now - before); before = now; }
  return times; }"""
READY = """async () => { const host = document.querySelector('clinic-chat'); const began = performance.now();
  await host.open(); while (!host.shadowRoot.querySelector('.primary')) await new Promise(requestAnimationFrame);
  return performance.now() - began; }"""


def weigh() -> None:
    """Compressed bytes of what a visitor downloads."""
    parts = [*WIDGET.glob("*.js"), WIDGET / "lang" / "en.js"]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in parts}
    print(f"loader: {sizes['widget.js']} bytes gzip; everything: {sum(sizes.values())} bytes gzip")


def heap_mb(chat: Chat) -> float:
    """Megabytes of script memory after a collection."""
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def measure(browser: Browser, desk: Desk) -> None:
    """Time to open, frames while scrolling a long conversation, memory."""
    times = []
    for _ in range(10):
        page = browser.new_page()
        Chat(page, desk).visit()
        times.append(page.evaluate(READY))
        page.close()
    print(f"open to ready: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    chat = Chat(browser.new_page(), desk).visit().open().start()
    chat.say("hello")
    before = heap_mb(chat)
    chat.page.evaluate(
        """count => { const host = document.querySelector('clinic-chat');
          return host.panel.then(panel => { for (let i = 0; i < count; i++) panel.show({seq: 100 + i,
            author: i % 2 ? 'assistant' : 'visitor', name: null, text: `message ${i} of a long conversation`,
            at: new Date().toISOString(), buttons: [], answer: null, payload: null, client_id: null}); }); }""",
        MESSAGES,
    )
    frames = chat.page.evaluate(FRAMES)
    print(
        f"{MESSAGES} messages: {statistics.mean(frames):.1f} ms a frame on average while scrolling, "
        f"memory {before:.1f} MB before, {heap_mb(chat):.1f} MB after"
    )
    chat.page.close()


def picture(chat: Chat, name: str) -> None:
    """Save a small picture."""
    path = PICTURES / f"widget-{name}.png"
    chat.page.wait_for_timeout(300)
    chat.page.screenshot(path=path)
    Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=96).save(
        path, optimize=True
    )


def take_pictures(browser: Browser, desk: Desk) -> None:
    """Light, dark, phone, right-to-left, urgent, offline."""
    for name, look in LOOKS.items():
        context = browser.new_context(
            **{"viewport": {"width": 900, "height": 720}, "locale": "en-GB", **look}
        )
        chat = Chat(context.new_page(), desk).visit().open().start()
        chat.say("does it hurt?")
        chat.write("choose")
        expect(chat.page.locator(".choice")).to_have_count(2)
        picture(chat, name)
        if name == "light":
            chat.write("cannot breathe")
            expect(chat.bubbles("assistant").last).to_contain_text("999")
            picture(chat, "urgent")
            context.set_offline(True)
            chat.write("are you still there?")
            expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")
            picture(chat, "offline")
        context.close()
    page = browser.new_page(viewport={"width": 900, "height": 720})
    body = f'<!doctype html><html lang="ar" dir="rtl"><title>x</title><script src="{desk.url}/widget.js" async></script>'
    page.route("**/rtl", lambda route: route.fulfill(body=body, content_type="text/html"))
    chat = Chat(page, desk).visit("/rtl").open().start()
    chat.say("hello")
    picture(chat, "right-to-left")


def main() -> int:
    """Print the figures."""
    weigh()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (port,) = free_ports(1)
        settings = Settings.read(
            {
                "ASSISTANT_SECRET": "a-secret-for-tests-only",
                "STAFF_PASSWORD": "a-password-for-tests",
                "FRONTDESK_PORT": str(port),
                "PUBLIC_URL": f"http://localhost:{port}",
                "DATABASE_URL": f"sqlite:///{folder}/desk.db",
            }
        )
        migrate(settings.database_url)
        desk = Desk(settings, StandInAssistant("a-secret-for-tests-only"))
        desk.start()
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        measure(browser, desk)
        if "--screenshots" in sys.argv:
            take_pictures(browser, desk)
        browser.close()
        desk.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
