from __future__ import annotations

from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague


async def conversations(front: FrontDesk, *names: str) -> list[str]:
    """One conversation a name, each on a channel of its own."""
    ids = []
    for name, channel in zip(names, ("sms", "telegram", "messenger", "whatsapp"), strict=False):
        conversation, _ = await front.desk.open(channel, f"address of {name}")
        await front.desk.conversations.update(conversation.id, visitor_name=name)
        ids.append(conversation.id)
    return ids


def links(page: str, conversation_id: str) -> bool:
    """Does the page list a conversation as the same person's?"""
    return f'<li><a href="/inbox/c/{conversation_id}">' in page


async def link(reception: Colleague, one: str, other: str) -> None:
    answer = await reception.post(f"/inbox/c/{one}/same-person", other=other)
    assert answer.status_code == 303


async def test_staff_find_and_link_a_conversation_on_another_channel(
    front: FrontDesk, reception: Colleague
) -> None:
    ana, also_ana, other = await conversations(front, "Ana Ruiz", "Ana R.", "Bob")
    page = (await reception.find(ana, "ana")).text
    assert f'name="other" value="{also_ana}"' in page
    assert other not in page and f'value="{ana}"' not in page
    await link(reception, ana, also_ana)
    for one, linked in ((ana, also_ana), (also_ana, ana)):
        assert links((await reception.get(f"/inbox/c/{one}")).text, linked)
    assert not links((await reception.get(f"/inbox/c/{other}")).text, ana)
    page = (await reception.find(ana, "ana")).text
    assert f'name="other" value="{also_ana}"' not in page, "they are linked already"


async def test_links_join_and_part(front: FrontDesk, reception: Colleague) -> None:
    first, second, third, fourth = await conversations(front, "A", "B", "C", "D")
    await link(reception, first, second)
    await link(reception, third, fourth)
    await link(reception, second, third)
    page = (await reception.get(f"/inbox/c/{first}")).text
    assert all(links(page, one) for one in (second, third, fourth))
    assert (await reception.post(f"/inbox/c/{second}/another-person")).status_code == 303
    page = (await reception.get(f"/inbox/c/{first}")).text
    assert not links(page, second) and links(page, third) and links(page, fourth)


async def test_a_conversation_is_not_linked_with_itself_or_with_nothing(
    front: FrontDesk, reception: Colleague
) -> None:
    (only,) = await conversations(front, "A")
    for other in (only, "c_nothing", ""):
        answer = await reception.post(f"/inbox/c/{only}/same-person", other=other)
        assert answer.status_code == 422, other


async def test_an_erased_conversation_leaves_no_link(
    front: FrontDesk, reception: Colleague
) -> None:
    one, other = await conversations(front, "A", "B")
    await link(reception, one, other)
    await front.desk.erase(one)
    assert not links((await reception.get(f"/inbox/c/{other}")).text, one)
    left = await front.desk.conversations.rows(tables.same_person.select())
    assert [row.conversation_id for row in left] == [other]
