"""For what the visitor said last, staff are offered the reviewed answers, in the clinic's own words."""

from __future__ import annotations

from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague


async def offered(front: FrontDesk, colleague: Colleague) -> str:
    visitor = await front.visitor()
    await visitor.say("a person please")
    conversation = visitor.id
    await colleague.post(f"/inbox/c/{conversation}/take")
    await visitor.post(text="how much is it")
    return (await colleague.get(f"/inbox/c/{conversation}/suggestions")).text


async def test_the_nearest_answers_are_offered_with_the_clinics_facts(
    front: FrontDesk, maya: Colleague
) -> None:
    front.assistant.nearest = ["price_general", "no_such_answer"]
    page = await offered(front, maya)
    assert page.count("<button") == 1
    assert "How much does it cost?" in page
    assert "£250" in page
    assert "{" not in page


async def test_without_the_assistant_nothing_is_offered_and_nothing_breaks(
    front: FrontDesk, maya: Colleague
) -> None:
    front.assistant.nearest = ["price_general"]
    await offered(front, maya)
    front.assistant.status = 503
    visitor = await front.visitor()
    page = await maya.get(f"/inbox/c/{visitor.id}/suggestions")
    assert page.status_code == 200
    assert "<button" not in page.text


async def test_while_the_assistant_answers_nothing_is_offered(
    front: FrontDesk, maya: Colleague
) -> None:
    front.assistant.nearest = ["price_general"]
    visitor = await front.visitor()
    await visitor.say("how much is it")
    page = await maya.get(f"/inbox/c/{visitor.id}/suggestions")
    assert "<button" not in page.text


async def test_what_was_read_once_is_not_read_at_every_event(
    front: FrontDesk, maya: Colleague
) -> None:
    front.assistant.nearest = ["price_general"]
    await offered(front, maya)
    conversation = (await front.desk.conversations.rows(tables.conversations.select()))[-1].id
    read = front.assistant.checked.count("how much is it")
    for _ in range(3):
        page = await maya.get(f"/inbox/c/{conversation}/suggestions")
        assert page.text.count("<button") == 1
    assert front.assistant.checked.count("how much is it") == read
