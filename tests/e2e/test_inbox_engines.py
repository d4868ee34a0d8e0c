"""The inbox in Firefox and in WebKit: signed in, answered, updated beside what is typed, on a desk and on a phone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from frontdesk.conversations.model import Owner
from tests.e2e.conftest import until
from tests.e2e.test_inbox_live import write
from tests.e2e.test_inbox_morning import Morning, morning
from tests.widget.engines import Engine, engine

__all__ = ["engine", "morning"]

DESK, PHONE = (1366, 768), (390, 800)
HELPERS = """
const one = (what, words) => [...document.querySelectorAll(what)].find(found => found.checkVisibility() && found.textContent.includes(words ?? ""));
const until = async (what, why) => {
  for (let tries = 0; tries < 1000; tries++) {
    const found = what();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`not so: ${why ?? what}`);
};
const seen = (what, words) => until(() => one(what, words), `${what} ${words ?? ""}`);
const fill = (field, words) => {
  field.focus();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const press = (key, more) => (document.activeElement ?? document.body).dispatchEvent(
  new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true, ...more }));
"""
WIDE = """[...document.querySelectorAll("main *, header *")].filter(e => e.checkVisibility({ visibilityProperty: true })
  && !e.closest(".visually-hidden, .skip, dialog, .messages, .more") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""


def do(inbox: Engine, body: str) -> Any:
    return inbox.evaluate(HELPERS + body)


def lead(inbox: Engine, body: str, what: str) -> None:
    """Do what leads to another page, and wait for that page."""
    do(inbox, f"setTimeout(() => {{ {body} }}, 0)")

    def is_there() -> bool:
        with suppress(AssertionError):  # the page may go away under the question
            found = f"return document.readyState === 'complete' && Boolean({what})"
            return bool(do(inbox, found))
        return False

    assert until(is_there), what


@pytest.fixture()
def inbox(engine: Engine, morning: Morning) -> Engine:
    """Signed in, on a desk's screen."""
    engine.widen(*DESK)
    engine.go(f"{morning.desk.url}/inbox/sign-in")
    lead(
        engine,
        """fill(one("[name=user_name]"), "reception");
        fill(one("[name=password]"), "a-password-for-tests"); one("form button").click();""",
        "one('a.card', 'Ben')",
    )
    assert do(engine, "return document.querySelectorAll('a.card').length") == 5
    return engine


def at(inbox: Engine, morning: Morning, name: str) -> None:
    inbox.go(f"{morning.desk.url}/inbox/c/{morning.ids[name]}")
    do(inbox, "await seen('#thread h1'); await until(() => document.readyState === 'complete')")


def test_a_reply_by_keys_leaves_and_can_be_taken_back(inbox: Engine, morning: Morning) -> None:
    at(inbox, morning, "ben")
    do(
        inbox,
        """press("r"); await until(() => document.activeElement.id === "reply");
        fill(one("#reply"), "With a mistkae"); press("Enter", { ctrlKey: true });
        (await seen("#unsend")).click(); await until(() => one("#reply").value === "With a mistkae");
        fill(one("#reply"), "Please cool it"); press("Enter", { ctrlKey: true });
        (await seen("#send-now")).click(); await seen(".message.staff", "Please cool it");""",
    )
    assert morning.said("ben") == ["Please cool it"]


def test_what_is_typed_and_unfolded_survives_news(inbox: Engine, morning: Morning) -> None:
    at(inbox, morning, "ana")
    do(
        inbox,
        """document.querySelector("#contact-form").open = true;
        fill(await seen("#known-name"), "Ana Maria"); fill(one("#reply"), "A careful ans");""",
    )
    write(morning, "ana", "one more thing")
    found = do(
        inbox,
        """await seen("#thread .message.visitor", "one more thing");
        return [one("#known-name").value, one("#reply").value, document.activeElement.id]""",
    )
    assert found == ["Ana Maria", "A careful ans", "reply"]


def test_search_finds_the_word_at_its_place(inbox: Engine, morning: Morning) -> None:
    lead(inbox, "fill(one('#q'), 'advertis'); one('form.search').requestSubmit()", "one('mark')")
    lead(inbox, "one('mark').closest('a').click()", "one('.message:target')")
    assert "advertising" in do(inbox, "return one('.message:target').textContent")


def test_close_by_its_name_and_undo(inbox: Engine, morning: Morning) -> None:
    at(inbox, morning, "cleo")
    do(
        inbox,
        """press("k", { ctrlKey: true }); fill(await seen("#palette-words"), "Close"); press("Enter");
        await seen("button", "Close conversation");""",
    )
    lead(inbox, "one('button', 'Close conversation').click()", "one('#toasts button', 'Undo')")
    assert morning.conversation("cleo").owner is Owner.CLOSED
    do(
        inbox,
        """one("#toasts button", "Undo").click();
        await until(() => one(".view-mine .count")?.textContent === "1", "it is mine");""",
    )
    assert morning.conversation("cleo").owner is Owner.STAFF


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_sticks_out_and_the_reply_is_in_sight(
    inbox: Engine, morning: Morning, size: tuple[int, int]
) -> None:
    inbox.widen(*size)
    at(inbox, morning, "ben")
    assert do(inbox, f"return {WIDE}") == []
    assert do(
        inbox,
        """const box = one("#reply").getBoundingClientRect(), list = one(".messages").getBoundingClientRect();
        return box.bottom <= innerHeight && list.height > 120""",
    )
    inbox.go(f"{morning.desk.url}/inbox/")
    assert do(inbox, f"return {WIDE}") == []
