"""Never silent: the stream is blocked, buffered or dead, the tab that held it sleeps, the front desk says not now."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import until
from tests.standins.ports import free_ports, wait_for
from tests.widget.conftest import SECOND, Chat, Desk

SLOWLY = "Answers come slowly here"
BUFFERING = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{desk};
    proxy_set_header Host localhost:{desk}; proxy_ignore_headers X-Accel-Buffering;
    proxy_buffering on; proxy_buffers 8 64k; }} }} }}"""


@pytest.fixture()
def proxy(tmp_path: Path, desk: Desk) -> Iterator[str]:
    """nginx that keeps an answer back until it is whole."""
    (port,) = free_ports(1)
    settings = tmp_path / "nginx.conf"
    settings.write_text(
        BUFFERING.format(folder=tmp_path, port=port, desk=desk.settings.port), encoding="utf-8"
    )
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx, "nginx is one of the packages that .ci/run installs"
    running = subprocess.Popen([nginx, "-c", settings, "-p", tmp_path])
    wait_for(port, running)
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    running.wait(10)


def quickest(chat: Chat, *said: str) -> float:
    """Seconds until the quicker answer: a busy machine may hold up one of them."""
    took = []
    for words in said:
        began = time.monotonic()
        chat.say(words)
        took.append(time.monotonic() - began)
    return min(took)


def test_where_the_stream_is_blocked_answers_come_all_the_same(chat: Chat) -> None:
    chat.page.route("**/api/events*", lambda route: route.abort())
    chat.visit().open().start()
    chat.say("hello")
    assert quickest(chat, "again", "once more") < 6
    expect(chat.page.get_by_text(SLOWLY)).to_be_visible()
    expect(chat.page.get_by_text("You are offline")).to_be_hidden()


def test_behind_a_proxy_that_buffers_answers_come_within_six_seconds(
    page: Page, desk: Desk, proxy: str
) -> None:
    page.goto(proxy)
    chat = Chat(page, desk)
    chat.open().start().say("hello")
    assert quickest(chat, "again", "once more") < 6
    assert chat.words("visitor") == ["hello", "again", "once more"]


def test_when_the_stream_speaks_again_it_is_used_again(chat: Chat) -> None:
    blocked = [True]

    def block(route: Route) -> None:
        route.abort() if blocked[0] else route.continue_()

    chat.page.route("**/api/events*", block)
    chat.visit().open().start().say("hello")
    expect(chat.page.get_by_text(SLOWLY)).to_be_visible()
    blocked[0] = False
    expect(chat.page.get_by_text(SLOWLY)).to_be_hidden()
    chat.say("again")


def test_a_tab_that_sleeps_with_the_stream_is_replaced(chat: Chat, context: BrowserContext) -> None:
    chat.visit().open().start().say("first")
    other = Chat(context.new_page(), chat.desk).visit().open()
    expect(other.bubbles("visitor")).to_have_count(1)
    asleep = context.new_cdp_session(chat.page)
    asleep.send("Debugger.enable")
    with other.page.expect_request("**/api/events*", timeout=60 * SECOND):
        asleep.send("Debugger.pause")
    other.say("second")
    assert other.words("visitor") == ["first", "second"]
    asleep.send("Debugger.disable")


@pytest.mark.parametrize("status", [503, 413, 408])
def test_not_now_is_not_never(chat: Chat, status: int) -> None:
    chat.visit().open().start().say("before")
    is_busy, refusals = [True], [0]

    def refuse(route: Route) -> None:
        if route.request.method != "POST" or not is_busy[0]:
            route.continue_()
            return
        refusals[0] += 1
        headers = {"Retry-After": "1", "Access-Control-Expose-Headers": "Retry-After"}
        route.fulfill(status=status, headers=headers, body="<html>busy</html>")

    chat.page.route("**/api/messages", refuse)
    chat.write("one")
    expect(chat.page.locator(".delivery").last).to_have_text("Not sent yet, trying again")
    chat.write("two")
    assert until(lambda: refusals[0] >= 2, page=chat.page), "it is tried again"
    is_busy[0] = False
    expect(chat.bubbles("assistant").last).to_contain_text("echo: two")
    assert [turn["text"] for turn in chat.desk.assistant.turns] == ["before", "one", "two"]
    assert chat.words("visitor") == ["before", "one", "two"]


def test_what_is_refused_can_be_changed_and_sent(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    chat.page.route(
        "**/api/messages",
        lambda route: (
            route.fulfill(status=422, json={"error": {"code": "x", "message": "No."}})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    chat.write("strange")
    chat.page.get_by_role("button", name="Change it").click()
    expect(chat.input).to_have_value("strange")
    chat.page.unroute("**/api/messages")
    chat.say("strange but better")
    assert chat.words("visitor") == ["before", "strange but better"]


@pytest.mark.parametrize(
    "words",
    [
        "I can't breathe",
        "my tongue is swelling up",
        "me cuesta respirar",
        "j'étouffe",
        "ich bekomme keine Luft",
        "nie mogę oddychać",
        "não consigo respirar",
        "لا أستطيع التنفس",
    ],
)
def test_words_of_an_emergency_get_the_number_at_once_without_a_network(
    chat: Chat, words: str
) -> None:
    chat.visit().open().start().say("hello")
    chat.page.context.set_offline(True)
    chat.write(words)
    expect(chat.page.get_by_role("alert").get_by_role("link", name="Call 999")).to_be_visible()
    expect(chat.page.get_by_text("You are offline").first).to_be_visible()


@pytest.mark.parametrize(
    "words", ["does it hurt to breathe?", "chest area prices", "dying to try it"]
)
def test_other_words_do_not(chat: Chat, words: str) -> None:
    chat.visit().open().start().say(words)
    expect(chat.page.get_by_role("alert").get_by_role("link", name="Call 999")).to_have_count(0)


def test_a_front_desk_that_is_down_is_not_called_offline(chat: Chat) -> None:
    chat.visit().open().start().say("hello")
    chat.desk.stop()
    chat.write("still there?")
    expect(chat.page.get_by_text("We cannot be reached just now")).to_be_visible()
    expect(chat.page.get_by_text("You are offline")).to_be_hidden()
    chat.desk.start()
    expect(chat.bubbles("assistant").last).to_contain_text("echo: still")
    expect(chat.page.get_by_text("We cannot be reached just now")).to_be_hidden()


def test_an_answer_that_comes_late_does_not_undo_what_the_stream_said_meanwhile(chat: Chat) -> None:
    held: list[Route] = []
    chat.page.route("**/api/messages?after=0", lambda route: held.append(route))
    chat.visit().open().start().write("human")
    expect(chat.page.locator(".wait")).to_be_visible()
    before = {"owner": "bot", "typing": False, "staff": None, "place": None, "forgotten": []}
    assert until(lambda: held, page=chat.page)
    with chat.page.expect_response("**/api/messages?after=0"):
        held[0].fulfill(json={"messages": [], **before})
    chat.page.wait_for_timeout(SECOND / 5)  # time enough for what shall not be
    expect(chat.page.locator(".wait")).to_be_visible()


def test_what_was_taken_but_whose_answer_was_lost_counts_once(chat: Chat) -> None:
    chat.visit().open().start().say("before")
    lost = [0]

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost[0]:
            lost[0] += 1
            route.fetch()
            route.abort()
        else:
            route.continue_()

    chat.page.route("**/api/messages", lose)
    chat.write("one")
    chat.write("two")
    expect(chat.bubbles("assistant").last).to_contain_text("echo: two")
    assert lost == [1]
    assert [turn["text"] for turn in chat.desk.assistant.turns] == ["before", "one", "two"]
    assert chat.words("visitor") == ["before", "one", "two"]


def test_a_front_desk_that_never_answers_is_asked_again(chat: Chat) -> None:
    chat.page.clock.install()
    chat.visit().open().start().say("before")
    held: list[Route] = []
    chat.page.route("**/api/messages", lambda route: held.append(route))
    chat.write("one")
    assert until(lambda: held, page=chat.page)
    chat.page.unroute("**/api/messages")
    assert len(held) == 1
    chat.page.clock.run_for(17 * SECOND)
    expect(chat.bubbles("assistant").last).to_contain_text("echo: one")
    assert [turn["text"] for turn in chat.desk.assistant.turns] == ["before", "one"]
