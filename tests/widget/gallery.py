"""`make gallery`: every state of the chat on screens of every size, as one page to look through.

    python -m tests.widget.gallery            writes var/gallery/index.html
    python -m tests.widget.gallery noted      of states whose name holds a word

Each state is reached once, as a visitor reaches it; then the screen changes around it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.widget.conftest import LOOK_INSIDE, Chat, Desk, open_desk
from tests.widget.states import STATES

FOLDER = Path("var/gallery")
LOOKS: dict[str, tuple[int, int, dict[str, Any], int]] = {
    "320": (320, 568, {}, 100),
    "390": (390, 844, {}, 100),
    "390 dark": (390, 844, {"color_scheme": "dark"}, 100),
    "390 text 200 %": (390, 844, {}, 200),
    "390 forced colours": (390, 844, {"forced_colors": "active"}, 100),
    "768": (768, 1024, {}, 100),
    "1366": (1366, 768, {}, 100),
    "1366 dark": (1366, 768, {"color_scheme": "dark"}, 100),
}
"""By name: width, height, what the visitor prefers, the size of text."""
PLAIN = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "reduce"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The chat in every state</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:24px;background:#e9ecec;color:#1d2b2a}
.looks{display:flex;gap:16px;overflow-x:auto;align-items:flex-start;padding-bottom:16px}
figure{margin:0}img{display:block;height:480px;box-shadow:0 2px 12px #0003}nav a{margin-right:12px}</style>
<h1>The chat in every state</h1><nav>%s</nav>%s</html>"""


def name_of(state: Callable[[Chat], None]) -> str:
    return state.__name__.replace("_", " ")


def pictures(page: Page, name: str) -> str:
    """Take a state's pictures; its part of the page."""
    shown = []
    for look, (width, height, media, text) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(**{**PLAIN, **media})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{text}%")
        page.wait_for_timeout(250)
        file = f"{name} {look}.png".replace(" %", "").replace(" ", "-")
        page.screenshot(path=FOLDER / file)
        shown.append(
            f'<figure><img src="{file}" alt="" loading="lazy"><figcaption>{look}</figcaption></figure>'
        )
    return f'<h2 id="{escape(name)}">{escape(name)}</h2><div class="looks">{"".join(shown)}</div>'


def take(browser: Browser, desk: Desk, wanted: str) -> list[tuple[str, str]]:
    found = []
    for state in [one for one in STATES if wanted in one.__name__]:
        context = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
        context.add_init_script(LOOK_INSIDE)
        page = context.new_page()
        page.emulate_media(**PLAIN)
        desk.assistant.forget()
        state(Chat(page, desk))
        found.append((name_of(state), pictures(page, name_of(state))))
        context.close()
    return found


def main() -> int:
    """Write the page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        desk = open_desk(Path(folder))
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        found = take(browser, desk, sys.argv[1] if len(sys.argv) > 1 else "")
        browser.close()
        desk.stop()
    links = " ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name, _ in found)
    page = PAGE % (links, "".join(part for _, part in found))
    (FOLDER / "index.html").write_text(page, encoding="utf-8")
    print(f"{len(found)} states: {FOLDER / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
