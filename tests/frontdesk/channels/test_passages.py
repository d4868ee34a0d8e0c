"""From a messaging channel to the website for the health questions, and back: once, soon, and nothing said there is told."""

from __future__ import annotations

import re

import pytest

from frontdesk.conversations.model import Author, Draft, Message
from frontdesk.storage.tables import passages
from tests.frontdesk.channels.contract import has, of, sent, settled
from tests.frontdesk.channels.drivers import Driver, SmsDriver, WhatsAppDriver
from tests.frontdesk.conftest import FrontDesk, until

LINK = re.compile(r"https://harbourskin\.example/#chat=([0-9a-f]{32})")

pytestmark = pytest.mark.parametrize("driver", [WhatsAppDriver, SmsDriver], indirect=True)


async def link(front: FrontDesk, driver: Driver) -> str:
    await driver.post(front, driver.text("may it suit me", "1"))
    await sent(driver, 2)
    found = LINK.search(driver.provider.sent[1].text)
    assert found and driver.address.lstrip("+") not in found[0]
    return found[1]


async def chat(front: FrontDesk, token: str) -> dict[str, str]:
    answer = await front.http.post("/api/conversations", json={"carried": token})
    assert answer.status_code == 201
    opened: dict[str, str] = answer.json()
    return opened


async def write(front: FrontDesk, opened: dict[str, str], text: str, number: str = "1") -> int:
    """Say something in the chat of the website; what that is answered with."""
    headers = {"Authorization": f"Bearer {opened['token']}"}
    said = {"id": number, "text": text}
    return (await front.http.post("/api/messages", headers=headers, json=said)).status_code


async def others(front: FrontDesk, conversation_id: str) -> list[str]:
    found: list[str] = await front.app.state.rooms.conversations.same_person.others(conversation_id)
    return found


async def test_the_link_joins_the_same_person_and_the_way_back_tells_nothing(
    front: FrontDesk, driver: Driver
) -> None:
    opened = await chat(front, await link(front, driver))
    here, there = (await of(front, driver)).id, opened["conversation_id"]
    assert here != there and await others(front, here) == [there]
    before = len(driver.provider.sent)
    for number, text in enumerate(("I take blood thinners", "that was all", "that was all")):
        await write(front, opened, text, str(number))
    await until(lambda: has(lambda: len(front.assistant.turns) == 4))
    await sent(driver, before + 1)
    await until(lambda: _answered(front, there))
    told = [one.text for one in driver.provider.sent[before:]]
    assert len(told) == 1 and told[0].startswith(
        "The health questions on our website are finished."
    )
    said = await front.desk.conversations.messages.after(here, 0)
    assert not [one for one in said if "blood" in one.text or "rules it out" in one.text]


async def test_a_link_opens_one_chat_once_and_not_for_long(
    front: FrontDesk, driver: Driver
) -> None:
    token = await link(front, driver)
    first, again = await chat(front, token), await chat(front, token)
    joined = await others(front, (await of(front, driver)).id)
    assert joined == [first["conversation_id"]] and again["conversation_id"] not in joined
    await driver.post(front, driver.text("may it suit me, please", "2"))
    await sent(driver, 3)
    found = LINK.search(driver.provider.sent[2].text)
    assert found and found[1] != token
    front.clock.forward(minutes=31)
    late = await chat(front, found[1])
    assert late["conversation_id"] not in await others(front, first["conversation_id"])
    for guess in ("", "x", "0" * 32, token.upper()):
        await chat(front, guess)
    assert await others(front, first["conversation_id"]) == [(await of(front, driver)).id]


async def test_of_a_link_a_hash_is_kept_and_it_goes_with_its_conversation(
    front: FrontDesk, driver: Driver
) -> None:
    token = await link(front, driver)
    rows = await front.desk.conversations.rows(passages.select())
    assert len(rows) == 1 and token not in str(rows[0])
    await front.desk.erase((await of(front, driver)).id)
    assert not await front.desk.conversations.rows(passages.select())


async def test_a_link_of_a_conversation_that_was_erased_opens_a_chat_of_its_own(
    front: FrontDesk, driver: Driver
) -> None:
    token = await link(front, driver)
    await front.desk.erase((await of(front, driver)).id)
    opened = await chat(front, token)
    assert await others(front, opened["conversation_id"]) == []
    before = len(driver.provider.sent)
    await write(front, opened, "that was all")
    await until(lambda: has(lambda: len(front.assistant.turns) == 2))
    assert len(driver.provider.sent) == before


async def test_who_is_erased_while_the_chat_goes_on_hears_nothing_on_the_channel(
    front: FrontDesk, driver: Driver
) -> None:
    opened = await chat(front, await link(front, driver))
    await front.desk.erase((await of(front, driver)).id)
    before = len(driver.provider.sent)
    assert await write(front, opened, "that was all") == 202
    await until(lambda: has(lambda: len(front.assistant.turns) == 2))
    assert len(driver.provider.sent) == before


async def test_who_has_stopped_is_not_told_that_the_questions_are_over(
    front: FrontDesk, driver: Driver
) -> None:
    opened = await chat(front, await link(front, driver))
    await driver.post(front, driver.text("STOP", "9"))
    await sent(driver, 3)
    await write(front, opened, "that was all")
    await until(lambda: has(lambda: len(front.assistant.turns) == 2))
    await settled(front, driver)
    assert len(driver.provider.sent) == 3


async def test_only_the_website_itself_becomes_the_link_and_none_of_its_pages(
    front: FrontDesk, driver: Driver
) -> None:
    page, conversation = "https://harbourskin.example", await of(front, driver)
    ways = front.desk.conversations.passages
    text = f"Here: {page}, {page}/. Book: {page}/book, not {page}.evil.example or {page}-2.example."
    draft = Draft(Author.ASSISTANT, text, payload={"type": "elsewhere"})
    (shown,) = await ways.with_link(conversation, (draft,), f"{page}/")
    found = LINK.findall(shown.text)
    assert len(found) == 2
    assert shown.text.replace(f"/#chat={found[0]}", "") == text.replace(f"{page}/.", f"{page}.")


async def _answered(front: FrontDesk, conversation_id: str) -> bool:
    said: list[Message] = await front.desk.conversations.messages.after(conversation_id, 0)
    return len([one for one in said if "rules it out" in one.text]) == 2
