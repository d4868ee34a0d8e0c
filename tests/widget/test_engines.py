"""The chat in Firefox and in WebKit: the whole of it once, by touch and by keyboard, on a phone's width."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.widget.conftest import LOOK_INSIDE, Desk, open_desk
from tests.widget.engines import Engine, engine

__all__ = ["engine"]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A clinic</title>
<main><h1>A clinic</h1><p>Words.</p></main><script>{look_inside}</script>
<script src="{desk}/widget.js" async></script></html>"""
HELPERS = """
const inside = () => document.querySelector("clinic-chat").shadowRoot;
const one = (what, words) => [...inside().querySelectorAll(what)].find(found => found.checkVisibility() && !found.disabled && found.textContent.includes(words ?? ""));
const seen = async (what, words) => {
  for (let tries = 0; tries < 1000; tries++) {
    const found = document.querySelector("clinic-chat")?.shadowRoot && one(what, words);
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`not seen: ${what} ${words ?? ""}`);
};
const press = async (what, words) => (await seen(what, words)).click();
const write = async words => {
  const field = await seen("#say");
  field.focus();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
};
"""


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Desk]]:
    """A clinic's website, at another address than the desk's; and the desk."""
    folder = tmp_path_factory.mktemp("site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://localhost:{server.server_port}"
    desk = open_desk(tmp_path_factory.mktemp("desk"), address)
    page = PAGE.format(look_inside=LOOK_INSIDE, desk=desk.url)
    (folder / "index.html").write_text(page, encoding="utf-8")
    yield f"{address}/index.html", desk
    desk.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture()
def chat(engine: Engine, site: tuple[str, Desk]) -> Engine:
    """The chat, open on its first screen, nothing kept from before."""
    engine.go(site[0])
    engine.evaluate("localStorage.clear()")
    engine.go(site[0])
    engine.evaluate(f"{HELPERS} await press('.launch'); await seen('.way.person')")
    return engine


def test_it_opens_answers_and_goes_on_after_a_reload(chat: Engine, site: tuple[str, Desk]) -> None:
    chat.evaluate(f"{HELPERS} await write('hello'); await seen('.bubble', 'echo: hello')")
    chat.go(site[0])
    chat.evaluate(f"{HELPERS} await press('.launch'); await seen('.bubble', 'echo: hello')")
    assert (
        chat.evaluate(f"{HELPERS} return inside().querySelectorAll('.bubble.visitor').length") == 1
    )


def test_the_health_questions_by_their_cards(chat: Engine) -> None:
    in_sight = chat.evaluate(
        f"""{HELPERS}
        await press(".way.check");
        await press(".primary", "Yes, begin");
        await press(".option", "Yes, 18 or over");
        await press(".option", "Blood thinners");
        await press(".primary", "Continue");
        await press(".primary", "Yes, that is right");
        await seen(".primary", "Yes, send it to staff");
        for (let tries = 0; tries < 400; tries++) {{
          const box = one(".primary", "Yes, send it to staff").getBoundingClientRect();
          if (box.top >= 0 && box.bottom <= innerHeight) return "in sight";
          await new Promise(resolve => setTimeout(resolve, 50));
        }}
        const log = inside().querySelector(".log");
        return [one(".primary", "Yes, send it to staff").getBoundingClientRect().top, innerHeight, log.scrollTop, log.scrollHeight, log.clientHeight]"""
    )
    assert in_sight == "in sight"


def test_an_emergency_gets_its_number_and_a_wish_for_a_person_its_place(chat: Engine) -> None:
    number = chat.evaluate(
        f"""{HELPERS} await write("cannot breathe"); await seen(".bubble.urgent", "999");
        return (await seen(".call")).getAttribute("href")"""
    )
    assert number == "tel:999"
    chat.evaluate(f"{HELPERS} await write('human'); await seen('.wait', 'Leave my number')")


def test_a_person_answers_and_deleting_deletes(chat: Engine, site: tuple[str, Desk]) -> None:
    chat.evaluate(f"{HELPERS} await write('human'); await seen('.wait')")
    site[1].reply("Maya here.")
    kept = chat.evaluate(
        f"""{HELPERS} await seen(".bubble.staff", "Maya here.");
        await press("summary"); await press(".items button", "Delete my conversation");
        await press(".danger", "Delete it"); await seen(".status", "deleted"); return localStorage.length"""
    )
    assert kept == 0


def test_nothing_sticks_out_and_the_launcher_goes_where_it_was(chat: Engine) -> None:
    wide, launcher = chat.evaluate(
        f"""{HELPERS} await write("choose"); await seen(".choice");
        const wide = [...inside().querySelectorAll(".panel *")].filter(e => !e.closest(".visually-hidden") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className);
        await press(".top .icon:last-child");
        return [wide, Boolean(await seen(".launch"))]"""
    )
    assert wide == []
    assert launcher
