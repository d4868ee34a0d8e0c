"""Who cannot stay asks to be told on their device; where a browser or the desk cannot, nothing is offered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import ThreadingHTTPServer

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import until
from tests.frontdesk.outgoing.test_push import Browser as Device
from tests.widget import states
from tests.widget.conftest import SECOND, Chat, Desk, address, open_desk

OFFER = "Tell me on this device"
GIVEN = """(() => {{
  if (!globalThis.PushManager) return;
  PushManager.prototype.subscribe = async function (how) {{
    window.askedWith = how.applicationServerKey;
    return {{ toJSON: () => ({{ endpoint: "{endpoint}", keys: {{ p256dh: "{p256dh}", auth: "{auth}" }} }}) }};
  }};
}})()"""
"""The browser's maker cannot be reached from here; all else is the real browser's."""
PLACE = "/answer-push/"
SHOWN = """async (place) => {
  const made = await navigator.serviceWorker.getRegistration(place);
  return (await made.getNotifications()).map(({ title, body, data }) => ({ title, body, link: data.link }));
}"""
PRESSED = """async () => {
  const [one] = await self.registration.getNotifications();
  const led = new Promise((resolve) => { self.clients.openWindow = async (href) => resolve(href); });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification: one }));
  return led;
}"""


@pytest.fixture(scope="module")
def pushing(
    tmp_path_factory: pytest.TempPathFactory, website: ThreadingHTTPServer
) -> Iterator[Desk]:
    """A desk that can push, and the clinic's website at another address."""
    folder = tmp_path_factory.mktemp("desk")
    running = open_desk(folder, address(website))
    yield running
    running.stop()


@pytest.fixture()
def device(pushing: Desk, context: BrowserContext) -> Device:
    """The browser's keys, and its push service."""
    found = Device()
    push = pushing.app.state.rooms.outgoing.push
    push._http = httpx.AsyncClient(transport=httpx.MockTransport(found.serve))
    context.add_init_script(GIVEN.format(**vars(found.device)))
    return found


@pytest.fixture()
def elsewhere(page: Page, pushing: Desk, device: Device, website: ThreadingHTTPServer) -> Chat:
    """Waiting for a person on the clinic's own website, which is not the desk's."""
    website.page = f"""<!doctype html><html lang="en"><title>A clinic</title><main><h1>A clinic</h1>
      </main><script src="{pushing.url}/widget.js" async></script>"""  # type: ignore[attr-defined]
    page.goto(f"{address(website)}/prices?from=advert")
    chat = Chat(page, pushing).open().start()
    chat.write("human")
    return chat


def asked(chat: Chat) -> Page:
    with chat.page.expect_popup() as opened:
        chat.page.get_by_role("button", name=OFFER).click()
    window: Page = opened.value
    expect(window.get_by_role("heading", name="Shall this device tell you?")).to_be_visible()
    return window


def run(desk: Desk) -> None:
    desk.run(desk.app.state.rooms.outgoing.answer_pushes.run())


def deliver(page: Page, desk: Desk, said: dict[str, str], place: str) -> None:
    """The push arrives at the real worker, which shows it."""
    session = page.context.new_cdp_session(page)
    found: dict[str, str] = {}
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda all_: found.update(
            {one["scopeURL"]: one["registrationId"] for one in all_["registrations"]}
        ),
    )
    session.send("ServiceWorker.enable")
    assert until(lambda: desk.url + place in found, page=page), found
    worker = {"origin": desk.url, "registrationId": found[desk.url + place]}
    session.send("ServiceWorker.deliverPushMessage", {**worker, "data": json.dumps(said)})
    assert until(lambda: page.evaluate(SHOWN, place), page=page), "nothing was shown"


def test_who_asked_and_left_is_told_without_words_and_led_back_to_the_open_chat(
    elsewhere: Chat,
    pushing: Desk,
    device: Device,
    context: BrowserContext,
    website: ThreadingHTTPServer,
) -> None:
    context.grant_permissions(["notifications"], origin=pushing.url)
    window = asked(elsewhere)
    assert Axe().run(window).response["violations"] == []
    window.get_by_role("button", name=OFFER).click()
    expect(window.get_by_role("status")).to_contain_text("Done.")
    assert window.evaluate("askedWith") == pushing.app.state.rooms.outgoing.push.public_key
    expect(elsewhere.page.locator(".wait")).to_contain_text("your device tells you")
    elsewhere.page.get_by_role("button", name="Close chat").click()
    elsewhere.page.goto("about:blank")
    pushing.ahead += timedelta(minutes=2)
    pushing.reply("Maya here, about your zanzibar.")
    run(pushing)
    assert device.requests == [], "the reply may still be taken back"
    pushing.ahead += timedelta(minutes=2)
    run(pushing)
    said = device.read()
    assert until(lambda: context.service_workers, page=window)
    worker = context.service_workers[0]
    deliver(window, pushing, said, PLACE)
    link = f"{address(website)}/prices#chat"
    line = {"title": "The clinic has answered you", "body": "Open the chat", "link": link}
    assert window.evaluate(SHOWN, PLACE) == [line]
    assert worker.evaluate(PRESSED) == link
    elsewhere.page.goto(link)
    expect(elsewhere.bubbles("staff")).to_contain_text("Maya here")
    expect(elsewhere.page.get_by_role("dialog")).to_be_visible()
    assert elsewhere.page.url == f"{address(website)}/prices"


def test_it_is_ended_in_the_chat_also_while_a_person_is_there(
    elsewhere: Chat, pushing: Desk, context: BrowserContext
) -> None:
    context.grant_permissions(["notifications"], origin=pushing.url)
    window = asked(elsewhere)
    window.get_by_role("button", name=OFFER).click()
    expect(window.get_by_role("status")).to_contain_text("Done.")
    with window.expect_event("close"):
        window.get_by_role("button", name="Close").click()
    pushing.reply("Maya here.")
    wait = elsewhere.page.locator(".wait")
    expect(wait.get_by_role("button", name="Leave my number instead")).to_have_count(0)
    wait.get_by_role("button", name="Do not tell me there").click()
    expect(wait).to_be_hidden()


def test_a_browser_that_says_no_gets_a_kind_line_and_nothing_is_kept(
    elsewhere: Chat, context: BrowserContext
) -> None:
    context.clear_permissions()
    window = asked(elsewhere)
    window.evaluate("Notification.requestPermission = async () => 'denied'")
    window.get_by_role("button", name=OFFER).click()
    expect(window.get_by_role("status")).to_contain_text("does not allow it here")
    expect(window.get_by_role("status")).to_contain_text("+44 20 7946 0123")
    expect(elsewhere.page.get_by_role("button", name=OFFER)).to_be_visible()


def test_what_the_desk_refuses_is_said_in_the_window_and_can_be_tried_again(
    elsewhere: Chat, pushing: Desk, context: BrowserContext
) -> None:
    context.grant_permissions(["notifications"], origin=pushing.url)
    elsewhere.page.route("**/api/answer-push", lambda route: route.abort())
    window = asked(elsewhere)
    yes = window.get_by_role("button", name=OFFER)
    yes.click()
    expect(window.get_by_role("status")).to_contain_text("That did not work")
    elsewhere.page.unroute("**/api/answer-push")
    yes.click()
    expect(window.get_by_role("status")).to_contain_text("Done.")


def test_a_window_that_is_not_let_open_is_said(elsewhere: Chat) -> None:
    offer = elsewhere.page.get_by_role("button", name=OFFER)
    expect(offer).to_be_visible()
    elsewhere.page.evaluate("window.open = () => null")
    offer.click()
    expect(elsewhere.page.get_by_text("did not open the window")).to_be_visible()


def test_another_page_can_say_nothing_in_the_windows_name(
    elsewhere: Chat, context: BrowserContext
) -> None:
    sent: list[str] = []
    context.on("request", lambda one: sent.append(one.url) if "answer-push" in one.url else None)
    window = asked(elsewhere)
    elsewhere.page.evaluate(
        "postMessage({endpoint: 'https://fcm.googleapis.com/x', p256dh: 'x', auth: 'x'}, '*')"
    )
    window.evaluate("opener.postMessage('early', 'https://elsewhere.example')")
    elsewhere.page.wait_for_timeout(SECOND / 5)
    assert not [url for url in sent if "/api/" in url]


def test_a_browser_without_push_is_not_offered_it(pushing: Desk, context: BrowserContext) -> None:
    context.add_init_script("delete window.PushManager")
    chat = Chat(context.new_page(), pushing)
    states.waiting_for_staff(chat)
    expect(chat.page.get_by_role("button", name="Tell me by e-mail")).to_be_visible()
    expect(chat.page.get_by_role("button", name=OFFER)).to_have_count(0)


def test_a_desk_without_push_does_not_offer_it(chat: Chat) -> None:
    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "pushes": False})

    chat.page.route("**/api/clinic", without)
    states.waiting_for_staff(chat)
    expect(chat.page.get_by_role("button", name="Tell me by e-mail")).to_be_visible()
    expect(chat.page.get_by_role("button", name=OFFER)).to_have_count(0)


def test_the_card_speaks_every_language(pushing: Desk, device: Device, page: Page) -> None:
    chat = Chat(page, pushing)
    states.waiting_for_staff(chat)
    said = set()
    for language in ("es", "pt", "fr", "de", "pl", "ar", "en"):
        page.locator("summary").first.click()
        page.locator(".items select").select_option(language)
        expect(page.get_by_role("dialog")).to_have_attribute("lang", language)
        chips = page.locator(".wait .chip")
        expect(chips).to_have_count(4)
        assert until(lambda: not said & set(chips.all_inner_texts()), page=page), language  # noqa: B023
        said |= set(chips.all_inner_texts())
    assert len(said) == 7 * 4


def test_the_inboxes_worker_shows_pushes_with_the_same_code(
    pushing: Desk, context: BrowserContext, page: Page
) -> None:
    context.grant_permissions(["notifications"], origin=pushing.url)
    page.goto(f"{pushing.url}/inbox/sign-in")
    page.evaluate(
        """async () => { await navigator.serviceWorker.register("/inbox/worker.js", {scope: "/inbox/"});
                         await navigator.serviceWorker.ready; }"""
    )
    deliver(
        page, pushing, {"title": "A conversation is waiting", "link": "/inbox/c/c_1"}, "/inbox/"
    )
    (line,) = page.evaluate(SHOWN, "/inbox/")
    assert line == {"title": "A conversation is waiting", "body": "", "link": "/inbox/c/c_1"}
    assert until(lambda: context.service_workers, page=page)
    led = context.service_workers[0].evaluate(PRESSED)
    assert led == f"{pushing.url}/inbox/c/c_1"
