from __future__ import annotations

import html

from tests.frontdesk.conftest import FrontDesk, Visitor, until
from tests.frontdesk.inbox.conftest import Colleague

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;"


async def waiting(front: FrontDesk) -> Visitor:
    visitor = await front.visitor()
    await visitor.say("human please")

    async def told() -> bool:
        return any("told our staff" in line for line in await visitor.words("system"))

    await until(told)
    return visitor


async def test_who_waits_is_in_the_queue_and_can_be_answered(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    queue = (await reception.get("/inbox/")).text
    assert f"/inbox/c/{visitor.id}" in queue and "asked" in queue
    form = {"text": "Hello!", "key": "k1"}
    assert (await reception.post(f"/inbox/c/{visitor.id}/reply", **form)).status_code == 303
    assert (await reception.post(f"/inbox/c/{visitor.id}/reply", **form)).status_code == 303
    assert await visitor.words("staff") == ["Hello!"]
    assert f"/inbox/c/{visitor.id}" in (await reception.get("/inbox/?view=mine")).text


async def test_who_comes_second_is_told_who_has_it(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    assert (await maya.post(f"/inbox/c/{visitor.id}/take")).status_code == 303
    answer = await reception.post(f"/inbox/c/{visitor.id}/reply", text="Me too", key="k")
    assert answer.status_code == 409
    assert "Maya has this conversation now" in answer.json()["error"]["message"]
    assert await visitor.words("staff") == []


async def test_handing_back_with_a_last_line(front: FrontDesk, reception: Colleague) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/take")
    form = {"text": "Goodbye!", "key": "k1"}
    assert (await reception.post(f"/inbox/c/{visitor.id}/back", **form)).status_code == 303
    assert await visitor.words("staff") == ["Goodbye!"]
    assert await visitor.owner() == "bot"


async def test_markup_is_shown_as_it_was_written(front: FrontDesk, reception: Colleague) -> None:
    visitor = await waiting(front)
    await visitor.post(text=MARKUP)
    await reception.post(f"/inbox/c/{visitor.id}/note", text=MARKUP)
    page = (await reception.get(f"/inbox/c/{visitor.id}")).text
    assert "<img src=x" not in page and "<script>alert" not in page
    assert page.count(html.escape(MARKUP)) == 3, "in the list, the conversation and the notes"


async def test_health_answers_are_hidden_until_they_are_shared(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("a secret of mine")
    page = (await reception.get(f"/inbox/c/{visitor.id}")).text
    assert "a secret of mine" not in page and "has not shared it" in page
    assert visitor.id not in (await reception.search(q="secret")).text
    await visitor.say("share")
    page = (await reception.get(f"/inbox/c/{visitor.id}")).text
    assert "a secret of mine" in page and "shared by the visitor" in page


async def test_search_finds_words_and_names_and_treats_them_as_words(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("my elbow, 100% sure")
    for words, found in [
        ("ELBOW", True),
        ("100%", True),
        ("kneecap", False),
        ("%", True),
        ("_", False),
        ("' OR 1=1 --", False),
        ('"; DROP TABLE messages;', False),
    ]:
        answer = await reception.search(q=words)
        assert (visitor.id in answer.text) is found, words


async def test_search_by_day_channel_and_outcome(front: FrontDesk, reception: Colleague) -> None:
    visitor = await waiting(front)
    await reception.post(f"/inbox/c/{visitor.id}/close", outcome="booked")
    for query, found in [
        ({"since": "2026-11-23", "until": "2026-11-23"}, True),
        ({"until": "2026-11-22"}, False),
        ({"since": "2026-11-24"}, False),
        ({"channel": "website", "outcome": "booked"}, True),
        ({"channel": "sms"}, False),
        ({"outcome": "answered"}, False),
        ({"outcome": "booked", "q": "no such words"}, False),
        ({"since": "yesterday", "channel": "fax", "outcome": "' OR 1=1"}, True),
    ]:
        answer = await reception.search(**query)
        assert (visitor.id in answer.text) is found, query


async def test_empty_and_overlong_texts_are_refused_in_words(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await waiting(front)
    for action in ("reply", "note"):
        for text, code in [(" ", "empty"), ("a" * 10_000, "too_long")]:
            answer = await reception.post(f"/inbox/c/{visitor.id}/{action}", text=text, key="k")
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert await visitor.words("staff") == []


async def test_assigning_and_closing(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await waiting(front)
    members = {member.name: member for member in await front.staff.members()}
    chosen = str(members["Maya"].id)
    await reception.post(f"/inbox/c/{visitor.id}/assign", staff_id=chosen)
    assert visitor.id in (await maya.get("/inbox/?view=mine")).text
    assert (await maya.post(f"/inbox/c/{visitor.id}/close", outcome="nonsense")).status_code == 422
    await maya.post(f"/inbox/c/{visitor.id}/close", outcome="answered")
    assert visitor.id in (await maya.get("/inbox/?view=closed")).text
    await visitor.say("one more thing")
    assert (await visitor.words("assistant"))[-1] == "echo: one more thing"


async def test_off_duty_the_assistant_promises_nobody(
    front: FrontDesk, reception: Colleague
) -> None:
    await reception.post("/inbox/duty", on_duty="no")
    assert not await front.desk.handover.staff_available()
    await reception.post("/inbox/duty", on_duty="yes")
    assert await front.desk.handover.staff_available()


async def test_a_callback_is_found_and_marked_once(front: FrontDesk, reception: Colleague) -> None:
    visitor = await front.visitor()
    await visitor.say("call me back")

    async def kept() -> bool:
        return bool((await front.desk.conversations.callbacks.page())[0])

    await until(kept)
    page = (await reception.get("/inbox/?view=callbacks")).text
    assert "+34 600 00 00 00" in page and "after six" in page
    callback = (await front.desk.conversations.callbacks.page())[0][0]
    await reception.post(f"/inbox/callbacks/{callback.id}", outcome="reached")
    assert "+34 600 00 00 00" not in (await reception.get("/inbox/?view=callbacks")).text


async def test_a_conversation_that_was_erased_is_named_as_such(reception: Colleague) -> None:
    answer = await reception.get("/inbox/c/c_gone")
    assert answer.status_code == 404
    assert "erased" in answer.json()["error"]["message"]
