"""Who somebody is, in all their conversations; labels, filters, several at once, callbacks with tries."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
import sqlalchemy as sa

from frontdesk.conversations.contacts import Contacts, Known
from frontdesk.conversations.labels import labels_of
from frontdesk.conversations.model import Gone
from frontdesk.storage import tables
from tests.frontdesk.conftest import PASSWORD, FrontDesk, Visitor, until
from tests.frontdesk.inbox.conftest import Colleague, sign_in
from tests.frontdesk.inbox.test_work import waiting

ANA = {
    "name": " Ana  María ",
    "phone": "07700 900123",
    "email": "ana@clinic.example",
    "labels": "needs Spanish, VIP, vip",
    "about": "Brings her sister.",
}


async def test_what_is_known_of_a_person_is_known_in_all_their_conversations(
    front: FrontDesk, reception: Colleague
) -> None:
    ana, phone = await waiting(front), await waiting(front)
    await reception.post(f"/inbox/c/{ana.id}/contact", **ANA)
    await reception.post(f"/inbox/c/{ana.id}/same-person", other=phone.id)
    page = (await reception.get(f"/inbox/c/{phone.id}")).text
    for words in ("Ana María", "+44 7700 900123", "needs Spanish", "Brings her sister."):
        assert words in page, words
    await reception.post(f"/inbox/c/{phone.id}/contact", **{**ANA, "about": "Prefers mornings."})
    assert "Prefers mornings." in (await reception.get(f"/inbox/c/{ana.id}")).text
    queue = (await reception.get("/inbox/")).text
    assert queue.count('<span class="who">Ana María</span>') == 2
    assert queue.count(">VIP</span>") == 2 and ">vip<" not in queue


async def test_who_turns_out_to_be_somebody_else_keeps_nothing_of_later_changes(
    front: FrontDesk, reception: Colleague
) -> None:
    ana, other = await waiting(front), await waiting(front)
    await reception.post(f"/inbox/c/{ana.id}/same-person", other=other.id)
    await reception.post(f"/inbox/c/{other.id}/another-person")
    await reception.post(f"/inbox/c/{ana.id}/contact", **ANA)
    assert "Brings her sister" not in (await reception.get(f"/inbox/c/{other.id}")).text


async def test_notes_of_linked_conversations_stand_beside_each_other(
    front: FrontDesk, reception: Colleague
) -> None:
    ana, phone = await waiting(front), await waiting(front)
    await reception.post(f"/inbox/c/{ana.id}/note", text="wants an evening")
    await reception.post(f"/inbox/c/{ana.id}/same-person", other=phone.id)
    assert "wants an evening" in (await reception.get(f"/inbox/c/{phone.id}")).text


async def test_the_visitors_later_form_does_not_change_the_name_that_staff_wrote(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/contact", **ANA)
    await visitor.say("call me back")
    assert "Ana María" in (await reception.get("/inbox/?view=all")).text


async def test_erased_with_the_person_and_part_of_their_copy_but_not_of_the_visitors_own(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/contact", **ANA)
    await reception.post(f"/inbox/c/{visitor.id}/labels", labels="complaint")
    held = json.dumps(await front.desk.person.copy(visitor.id))
    assert "Brings her sister." in held and "complaint" in held
    own = await front.http.get("/api/copy", headers=visitor.headers)
    assert "Brings her sister." not in own.text
    await front.desk.erase_person(visitor.id)
    assert "VIP" not in (await reception.get("/inbox/")).text


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [("phone", "12", "not a phone number"), ("email", "ana at home", "not an e-mail")],
)
async def test_a_number_or_address_that_is_none_is_refused_in_words(
    front: FrontDesk, reception: Colleague, field: str, value: str, why: str
) -> None:
    visitor = await waiting(front)
    answer = await reception.post(f"/inbox/c/{visitor.id}/contact", **{**ANA, field: value})
    assert answer.status_code == 422 and why in answer.text


def test_labels_are_short_each_once_and_spelt_as_those_that_exist() -> None:
    assert labels_of([" Price ", "price", "", "x" * 60], ["PRICE"]) == ("PRICE", "x" * 40)


async def test_labels_filter_the_list_and_the_filter_is_kept_without_words_looked_for(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    one, other = await waiting(front), await waiting(front)
    await reception.post(f"/inbox/c/{one.id}/labels", labels="price, complaint")
    await reception.post(f"/inbox/c/{one.id}/labels", label="complaint")
    found = (await reception.search(label="complaint", q="please")).text
    assert one.id in found and other.id not in found
    assert one.id not in (await reception.search(label="price")).text
    await reception.search(label="complaint", q="Ana's secret")
    await reception.post("/inbox/filters", name="Complaints")
    page = (await reception.get("/inbox/")).text
    assert "Complaints" in page and "Complaints" not in (await maya.get("/inbox/")).text
    number = page.partition("/inbox/filters/")[2].partition("/")[0]
    answer = await reception.get(f"/inbox/filters/{number}")
    found = (await reception.get(answer.headers["location"])).text
    assert one.id in found and other.id not in found and "secret" not in found
    await maya.post(f"/inbox/filters/{number}/remove")
    assert "Complaints" in (await reception.get("/inbox/")).text
    await reception.post(f"/inbox/filters/{number}/remove")
    assert "Complaints" not in (await reception.get("/inbox/")).text


async def test_a_filter_of_words_alone_is_not_kept(front: FrontDesk, reception: Colleague) -> None:
    await reception.search(q="Ana")
    assert (await reception.post("/inbox/filters", name="Ana")).status_code == 422


async def test_the_newest_first_or_the_most_urgent(front: FrontDesk, reception: Colleague) -> None:
    urgent = await waiting(front)
    front.clock.forward(minutes=1)
    later = await waiting(front)
    await front.desk.conversations.update(urgent.id, urgency="urgent")

    async def order() -> list[str]:
        page = (await reception.get("/inbox/")).text
        return sorted((urgent.id, later.id), key=lambda one: page.index(f"row-{one}"))

    assert await order() == [urgent.id, later.id]
    await reception.post("/inbox/order", order="newest", view="waiting")
    assert await order() == [later.id, urgent.id]
    await reception.post("/inbox/order", order="urgent", view="waiting")
    assert await order() == [urgent.id, later.id]


async def test_several_are_closed_or_assigned_at_once(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    first, second, third = [await waiting(front) for _ in range(3)]
    chosen = {one.name: str(one.id) for one in await front.staff.members()}["Maya"]
    both = {"chosen": [first.id, second.id], "csrf_token": reception.csrf_token}
    assert (
        await reception.post("/inbox/several", deed="close", outcome="other")
    ).status_code == 422
    form = {**both, "deed": "assign", "staff_id": chosen, "outcome": "other"}
    assert (await reception.http.post("/inbox/several", data=form)).status_code == 303
    assert [await one.owner() for one in (first, second, third)] == ["staff", "staff", "waiting"]
    form = {**both, "deed": "close", "outcome": "answered", "staff_id": chosen}
    assert (await reception.http.post("/inbox/several", data=form)).status_code == 303
    assert [await one.owner() for one in (first, second, third)] == ["closed", "closed", "waiting"]


async def test_a_callback_is_tried_again_and_each_try_can_be_undone(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("call me back")
    callbacks, page = front.desk.conversations.callbacks, "/inbox/?view=callbacks"

    async def kept() -> bool:
        return bool((await callbacks.page())[0])

    await until(kept)
    one = (await callbacks.page())[0][0]
    text = (await reception.get(page)).text
    assert 'href="tel:+34-600-00-00-00"' in text and "Best time: after six" in text
    assert "overdue" not in text and "call by 18:00" in text
    address = f"/inbox/callbacks/{one.id}"
    assert (await reception.post(address, outcome="nonsense")).status_code == 422
    await reception.post(address, outcome="no answer", again="tomorrow", tell="yes")
    text = (await reception.get(page)).text
    assert "no answer, reception" in text.lower() and "again 24 Nov 09:00" in text
    assert "could not reach you" in (await visitor.words("system"))[-1]
    await reception.post(f"{address}/undo")
    assert "no answer, reception" not in (await reception.get(page)).text.lower()
    front.clock.forward(days=1)
    reception = await sign_in(front, "reception", PASSWORD)
    assert "overdue" in (await reception.get(page)).text
    await reception.post(address, outcome="booked")
    assert "+34 600" not in (await reception.get(page)).text
    done = (await reception.get(f"{page}&done=yes")).text
    assert "booked" in done
    await reception.post(f"{address}/undo")
    assert "+34 600" in (await reception.get(page)).text


async def missed_and_to_be_called(front: FrontDesk) -> tuple[Visitor, str]:
    """Nobody came, and they told on which number they may be called. With the address of the call."""
    visitor = await waiting(front)
    for _ in range(2):
        front.clock.forward(minutes=10)
        await front.app.state.rooms.answering.timers.run()
    button = {"seq": (await visitor.messages())[-1]["seq"], "id": "call_me_back"}
    assert (await visitor.post(button=button)).status_code == 202
    form = {"id": "f1", "name": "Ana", "contact": "020 7946 0000", "good_time": ""}
    await front.http.post("/api/callback", json=form, headers=visitor.headers)
    await until(visitor._settled)
    (call,) = (await front.desk.conversations.callbacks.page())[0]
    return visitor, f"/inbox/callbacks/{call.id}"


async def is_missed(front: FrontDesk, visitor: Visitor) -> bool:
    conversation = await front.desk.conversations.get(visitor.id)
    return bool(conversation and conversation.missed_at)


@pytest.mark.parametrize(
    ("outcome", "is_over"),
    [("reached", True), ("booked", True), ("not needed", True), ("wrong number", False), ("no answer", False)],
)  # fmt: skip
async def test_who_was_missed_and_then_called_is_missed_no_longer(
    front: FrontDesk, reception: Colleague, outcome: str, is_over: bool
) -> None:
    visitor, call = await missed_and_to_be_called(front)
    assert await visitor.owner() == "callback" and await is_missed(front, visitor)
    await reception.post(call, outcome=outcome)
    assert await is_missed(front, visitor) is not is_over
    assert (visitor.id in (await reception.get("/inbox/?view=missed")).text) is not is_over


async def test_whom_people_must_still_look_at_stays_where_they_are_after_a_call(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor, call = await missed_and_to_be_called(front)
    await visitor.say("human please")  # and wants a person after all
    await until(lambda: _owns(visitor, "waiting"))
    await reception.post(call, outcome="reached")
    assert await visitor.owner() == "waiting"
    assert visitor.id in (await reception.get("/inbox/?view=waiting")).text


async def _owns(visitor: Visitor, owner: str) -> bool:
    return await visitor.owner() == owner


async def test_a_button_pressed_twice_is_one_call_and_tells_the_visitor_once(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor, call = await missed_and_to_be_called(front)
    for _ in range(2):
        await reception.post(call, outcome="no answer", again="hour", tell="yes")
    (one,) = (await front.desk.conversations.callbacks.page())[0]
    assert len(one.tries) == 1
    lines = [line for line in await visitor.words("system") if "could not reach you" in line]
    assert len(lines) == 1
    front.clock.forward(minutes=5)
    await reception.post(call, outcome="no answer", again="hour")
    assert len((await front.desk.conversations.callbacks.page())[0][0].tries) == 2


async def test_a_call_taken_back_leaves_one_open_wish(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor, call = await missed_and_to_be_called(front)
    await reception.post(call, outcome="reached")
    form = {"id": "f2", "name": "Ana", "contact": "020 7946 0001", "good_time": ""}
    await front.http.post("/api/callback", json=form, headers=visitor.headers)
    await reception.post(f"{call}/undo")
    (one,) = (await front.desk.conversations.callbacks.page())[0]
    assert one.contact == "+44 20 7946 0001"


async def test_a_call_to_who_was_erased_meanwhile_is_noted_nowhere(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor, call = await missed_and_to_be_called(front)
    await front.desk.erase(visitor.id)
    assert (await reception.post(call, outcome="reached")).status_code == 303
    assert (await front.desk.conversations.callbacks.page(is_open=False))[0] == []


async def test_a_callback_is_due_and_late_by_opening_hours(
    front: FrontDesk, reception: Colleague
) -> None:
    front.clock.now = datetime(2026, 11, 28, 23, 0, tzinfo=timezone.utc)  # a Saturday night
    conversation = await front.desk.conversations.get((await front.visitor()).id)
    assert conversation
    await front.desk.handover.note_callback(conversation, "Ana", "020 7946 0000", None)
    for days, hours, shown in (
        (1, 0, "from 30 Nov 09:00"),
        (0, 14, "call by 18:00"),
        (0, 8, "overdue"),
    ):
        front.clock.forward(days=days, hours=hours)
        reception = await sign_in(front, "reception", PASSWORD)
        assert shown in (await reception.get("/inbox/?view=callbacks")).text, shown


async def test_what_is_new_is_new_for_whoever_has_not_read_it(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    for one in (reception, maya):
        assert " new</span>" in (await one.get("/inbox/")).text
        await one.get(f"/inbox/c/{visitor.id}")
        assert " new</span>" not in (await one.get("/inbox/")).text
    await visitor.say("are you there?")
    await reception.get(f"/inbox/c/{visitor.id}")
    assert " new</span>" not in (await reception.get("/inbox/")).text
    assert " new</span>" in (await maya.get("/inbox/")).text, "Maya has not read it"


async def test_more_callbacks_than_a_page_have_a_next_page(
    front: FrontDesk, reception: Colleague
) -> None:
    for number in range(52):
        visitor = await front.visitor()
        conversation = await front.desk.conversations.get(visitor.id)
        assert conversation
        await front.desk.handover.note_callback(conversation, f"N{number}", "020 7946 0000", None)
    first = (await reception.get("/inbox/?view=callbacks")).text
    second = (await reception.get("/inbox/?view=callbacks&page=1")).text
    assert first.count('id="call-') == 50 and second.count('id="call-') == 2
    assert "after →" in first and "← before" in second


async def test_the_same_number_elsewhere_is_offered_as_perhaps_the_same_person(
    front: FrontDesk, reception: Colleague
) -> None:
    sms, web, other, mail = [await waiting(front) for _ in range(4)]
    await front.desk.conversations.update(sms.id, channel="sms", address="+447700900123")
    await front.desk.conversations.update(other.id, contact="+44 7700 900124")
    await front.desk.conversations.update(mail.id, contact="Ana@clinic.example")
    assert "Perhaps the same" not in (await reception.get(f"/inbox/c/{web.id}")).text
    await reception.post(f"/inbox/c/{web.id}/contact", **ANA)
    page = (await reception.get(f"/inbox/c/{web.id}")).text.partition("Perhaps the same")[2]
    offered = page.partition("</ul>")[0]
    assert sms.id in offered and mail.id in offered and other.id not in offered
    await reception.post(f"/inbox/c/{web.id}/same-person", other=sms.id)
    page = (await reception.get(f"/inbox/c/{web.id}")).text
    assert sms.id not in page.partition("Perhaps the same")[2].partition("</ul>")[0]


async def test_what_staff_write_down_while_it_is_erased_is_not_kept(front: FrontDesk) -> None:
    visitor = await front.visitor()
    store = front.desk.conversations
    contacts = Contacts(store, front.app.state.rooms.conversations.same_person)
    assert await front.desk.erase(visitor.id)
    with pytest.raises(Gone):
        await contacts.keep(visitor.id, Known("Ana", "+34 600 000 000", "", "", ()), 1)
    assert await store.rows(sa.select(tables.contacts.c.conversation_id)) == []
