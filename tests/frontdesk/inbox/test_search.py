"""Words and numbers are found however they are typed, at their place, and no more once they are gone."""

from __future__ import annotations

import pytest

from frontdesk.conversations.search import Search
from frontdesk.inbox.lists import Lists, Wanted
from tests.frontdesk.conftest import FrontDesk, Visitor
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.test_work import waiting

NUMBER = "+447700900123"


async def found(front: FrontDesk, words: str) -> list[str]:
    conversations = front.desk.conversations
    search = Search(words, conversations.dialect, front.desk.clinic.country)
    return [one.id for one in await conversations.find(search.conversations())]


async def said(front: FrontDesk, *texts: str) -> Visitor:
    visitor = await front.visitor()
    for text in texts:
        await visitor.say(text)
    return visitor


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("numbing", True),
        ("NUMB", True),
        ("cream numbing", True),
        ("cafe", True),
        ("umbing", False),
        ("numbing laser", False),
        ('numbing" OR text:*', False),
        ("near(numbing)", False),
    ],
)
async def test_words_are_found_by_their_beginnings_in_any_order(
    front: FrontDesk, words: str, is_found: bool
) -> None:
    visitor = await said(front, "where is the numbing cream", "I was at the Café")
    assert (visitor.id in await found(front, words)) is is_found


async def test_all_words_stand_in_one_message(front: FrontDesk) -> None:
    visitor = await said(front, "zebra", "giraffe")
    assert visitor.id not in await found(front, "zebra giraffe")


@pytest.mark.parametrize(
    "typed", [NUMBER, "07700 900123", "0044 7700 900 123", "(07700) 900-123", "900123", "+44 7700"]
)
async def test_a_number_is_found_however_it_is_typed(front: FrontDesk, typed: str) -> None:
    sms, form = await front.visitor(), await front.visitor()
    await front.desk.conversations.update(sms.id, channel="sms", address=NUMBER)
    await front.desk.conversations.update(form.id, contact="+44 7700 900-123")
    assert set(await found(front, typed)) == {sms.id, form.id}
    assert await found(front, "07700 900124") == []


async def test_a_number_that_staff_wrote_down_is_found(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/contact", phone="07700 900123", about="tall")
    assert await found(front, "07700900123") == [visitor.id]
    assert await found(front, "tall") == [visitor.id]


async def test_blanked_and_erased_words_are_found_no_more(front: FrontDesk) -> None:
    visitor = await said(front, "I take warfarin, sources zanzibar")
    assert await found(front, "zanzibar") == [visitor.id]
    message = (await front.desk.conversations.messages.after(visitor.id, 1))[0]
    await front.desk.conversations.messages.delete_words(message, "A health answer, deleted.")
    assert await found(front, "zanzibar") == []
    await visitor.say("zanzibar again")
    await front.desk.erase_person(visitor.id)
    assert await found(front, "zanzibar") == []


async def test_the_list_shows_the_place_and_the_link_leads_to_it(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await said(
        front, f"{'so ' * 40}is there a ramp for wheelchairs at the door", "thanks"
    )
    page = (await reception.search(q="wheel")).text
    assert "<mark>wheelchairs</mark>" in page and "a ramp for" in page
    seq = next(m["seq"] for m in reversed(await visitor.messages()) if "ramp" in m["text"])
    assert f"/inbox/c/{visitor.id}?view=all&amp;search=yes#m-{seq}" in page


async def test_of_a_word_that_is_everywhere_a_page_is_shown(
    front: FrontDesk, reception: Colleague
) -> None:
    lists = Lists(front.desk.conversations, front.desk.clinic)
    for _ in range(3):
        await said(front, "hello there")
    wanted = Wanted.read({"q": "hello"})
    listed = await lists.page("all", await front.member(), wanted, 0, by_newest=True)
    assert [row.passage and row.passage.found for row in listed.rows] == ["hello"] * 3
