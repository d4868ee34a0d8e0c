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
from playwright.sync_api import Browser, Page, expect, sync_playwright

from frontdesk.settings import Settings
from frontdesk.storage.connections import migrate
from frontdesk.visitors.widget_files import served
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.standins.assistant import StandInAssistant
from tests.standins.ports import free_ports
from tests.widget.conftest import LOOK_INSIDE, Chat, Desk

PICTURES = Path("docs/screenshots")
WIDGET = Path("widget")
MESSAGES = 1_000
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 667}, "device_scale_factor": 2},
}
UNCAPPED = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
SAID: dict[str, tuple[str, ...]] = {
    "does it hurt?": (
        "Most people feel short snaps of heat, like an elastic band, and cool air in between. "
        "You choose the pace, and we can pause at any time.",
    ),
    "would it work for me?": (
        "I can ask you some health questions first. It takes about two minutes.",
        "Yes, begin",
        "Not now",
    ),
    "my lips swell and i can't breathe": (
        "Please call 999 now. Trouble breathing or a swelling face needs help at once.",
    ),
}
FRAMES = """async () => { const log = document.querySelector('clinic-chat').shadowRoot.querySelector('.log');
  const times = []; let before = performance.now();
  for (let i = 0; i < 120; i++) { log.scrollTop = log.scrollHeight - i * 300;
    await new Promise(requestAnimationFrame); const now = performance.now(); times.push(now - before); before = now; }
  return times; }"""
READY = """async () => { const host = document.querySelector('clinic-chat'); const began = performance.now();
  await host.open(); while (!host.shadowRoot.querySelector('.way')) await new Promise(requestAnimationFrame);
  return performance.now() - began; }"""


class Speaker(StandInAssistant):
    """A stand-in that says what a visitor would read, for the pictures."""

    @staticmethod
    def _reply(text: str) -> list[dict[str, Any]]:
        said, *titles = SAID.get(text, ("I am sorry, I can only answer in English.",))
        buttons = [{"id": f"b_{title.lower()}", "title": title} for title in titles]
        payload = {"type": "urgent", "level": "U1", "sign": "breathing"} if "999" in said else None
        return [{"text": said, "buttons": buttons, "answer": None, "payload": payload}]


def weigh() -> None:
    """Compressed bytes of what a visitor downloads."""

    def size(*names: str) -> int:
        return sum(len(gzip.compress(served(WIDGET / name), 9)) for name in names)

    names = ("asks", "attention", "cards", "lang/later/en", "photos", "team", "waiting")
    later = tuple(f"{name}.js" for name in names)
    aside = ("widget.js", "playground.js", *later)
    first = [path.name for path in WIDGET.glob("*.js") if path.name not in aside]
    row("loader, gzip", f"{size('widget.js'):,} bytes", "4,000")
    opened = size("widget.js", "lang/en.js", *first)
    row("first open with the loader, gzip", f"{opened:,} bytes", "30,000")
    row("cards and forms, fetched when used", f"{size(*later):,} bytes", "")


def row(what: str, measured: str, limit: str) -> None:
    """A line of the table."""
    print(f"{what:42} {measured:>28}   {limit}")


def look_inside(page: Page) -> Page:
    """A page whose scripts see the inside of the chat."""
    page.add_init_script(LOOK_INSIDE)
    return page


def heap_mb(chat: Chat) -> float:
    """Megabytes of script memory after a collection."""
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def measure(browser: Browser, desk: Desk) -> None:
    """Time to open, frames while scrolling a long conversation, memory."""
    times = []
    for _ in range(10):
        page = look_inside(browser.new_page())
        Chat(page, desk).visit()
        times.append(page.evaluate(READY))
        page.close()
    row(
        "open to ready, median / worst",
        f"{statistics.median(times):.0f} / {max(times):.0f} ms",
        "150",
    )
    chat = Chat(look_inside(browser.new_page()), desk).visit().open().start()
    ask(chat, "does it hurt?")
    before = heap_mb(chat)
    chat.page.evaluate(
        """count => { const log = document.querySelector('clinic-chat').shadowRoot.querySelector('.log');
          const rows = [...log.querySelectorAll('.row')].slice(-2);
          for (let i = 0; i < count; i++) log.append(rows[i % 2].cloneNode(true)); }""",
        MESSAGES,
    )
    frames = chat.page.evaluate(FRAMES)
    row("a frame, scrolling 1,000 messages, average", f"{statistics.mean(frames):.1f} ms", "16")
    row("the slowest of 120 frames", f"{max(frames):.1f} ms", "")
    after = heap_mb(chat)
    chat.page.evaluate(FRAMES)
    row(
        "memory before / after / scrolled again",
        f"{before:.1f} / {after:.1f} / {heap_mb(chat):.1f} MB",
        "flat",
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
        context.add_init_script(LOOK_INSIDE)
        chat = Chat(context.new_page(), desk).visit().open().start()
        ask(chat, "does it hurt?")
        ask(chat, "would it work for me?")
        expect(chat.page.locator(".choice")).to_have_count(2)
        picture(chat, name)
        if name == "light":
            ask(chat, "my lips swell and i can't breathe")
            picture(chat, "urgent")
            context.set_offline(True)
            chat.write("are you still there?")
            expect(chat.page.locator(".bubble.visitor").last).to_contain_text("Not sent yet")
            picture(chat, "offline")
        context.close()
    page = look_inside(browser.new_page(viewport={"width": 900, "height": 720}))
    chat = (
        Chat(page, desk)
        .visit_page('data-language="en"', html='<html lang="ar" dir="rtl">')
        .open()
        .start()
    )
    chat.write("مرحبا، هل تتكلمون العربية؟")
    expect(chat.bubbles("assistant")).to_have_count(2)
    ask(chat, "does it hurt?")
    picture(chat, "right-to-left")


def ask(chat: Chat, question: str) -> None:
    """Write, and wait for the answer."""
    chat.write(question)
    expect(chat.bubbles("assistant").last).to_contain_text(SAID[question][0][:30])


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
        desk = Desk(settings, Speaker("a-secret-for-tests-only"))
        desk.start()
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        fast = playwright.chromium.launch(
            executable_path=chromium, args=[*CHROMIUM_FLAGS, *UNCAPPED]
        )
        measure(fast, desk)
        if "--screenshots" in sys.argv:
            take_pictures(browser, desk)
        fast.close()
        browser.close()
        desk.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
