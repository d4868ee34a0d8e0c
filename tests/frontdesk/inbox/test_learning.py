from __future__ import annotations

import re

from frontdesk.http import CONTENT_SECURITY_POLICY
from frontdesk.knowledge.unanswered import UnansweredQuestions
from tests.frontdesk.conftest import FrontDesk, Visitor
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import PARKING, colleague, form_of


def unanswered(front: FrontDesk) -> UnansweredQuestions:
    return UnansweredQuestions(front.desk.conversations._engine, front.clock)


async def not_understood(front: FrontDesk, *texts: str) -> Visitor:
    visitor = await front.visitor()
    front.assistant.intent = "nlu_fallback"
    for text in texts:
        await visitor.say(text)
    front.assistant.intent = "faq"
    return visitor


async def ids(front: FrontDesk) -> dict[str, int]:
    return {one.text: one.message_id for one in await unanswered(front).undecided()}


async def test_messages_below_the_gate_are_there_and_private_ones_never(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await not_understood(front, "juggle my wobble", "a secret of mine")
    await visitor.say("understood well")
    assert set(await ids(front)) == {"juggle my wobble"}
    page = (await reception.get("/inbox/learning")).text
    assert "juggle my wobble" in page and "not understood" in page
    assert "secret" not in page and "understood well" not in page
    await visitor.say("share")  # shared with staff for the pre-screen, not for learning
    assert "secret" not in (await reception.get("/inbox/learning")).text


async def test_the_question_before_an_answer_voted_unhelpful_is_there(front: FrontDesk) -> None:
    visitor = await front.visitor()
    for text in ("sources of the first", "sources of the second", "thanks"):
        await visitor.say(text)
    answers = [m["seq"] for m in await visitor.messages() if m["answer"]]
    for seq, helpful in zip(answers, (True, False), strict=True):
        body = {"seq": seq, "helpful": helpful}
        await front.http.post("/api/feedback", json=body, headers=visitor.headers)
    assert set(await ids(front)) == {"sources of the second"}


async def test_a_pressed_button_and_a_private_answer_teach_nothing(front: FrontDesk) -> None:
    visitor = await front.visitor()
    await visitor.say("choose")
    offered = (await visitor.messages())[-1]
    await visitor.post(button={"seq": offered["seq"], "id": "b_yes"})
    await visitor.say("my secret")
    for message in await visitor.messages():
        if message["author"] == "assistant":
            body = {"seq": message["seq"], "helpful": False}
            await front.http.post("/api/feedback", json=body, headers=visitor.headers)
    assert set(await ids(front)) == {"choose"}


async def added(front: FrontDesk, topic: str = "pain_feel") -> tuple[str, ...]:
    answer = await front.app.state.rooms.ground.answers.one(topic)
    assert answer
    return answer.added


async def test_attaching_a_whole_group_makes_it_ways_to_ask_and_leaving_out_does_not(
    front: FrontDesk, reception: Colleague
) -> None:
    await not_understood(front, "do it hurtt", "does it hurtt a lot", "hurtt bother")
    found = await ids(front)
    leave = str(found.pop("hurtt bother"))
    form = {"csrf_token": reception.csrf_token, "topic": "Does it hurt?", "decision": "attach"}
    ticked = [str(one) for one in found.values()]
    for _ in range(2):  # a double click
        answer = await reception.http.post("/inbox/learning", data={**form, "message": ticked})
        assert answer.status_code == 303
    assert set(await added(front)) == set(found)
    await reception.post("/inbox/learning", message=leave, decision="dismiss")
    assert await ids(front) == {}
    assert set(await added(front)) == set(found)
    page = (await reception.get("/inbox/learning")).text
    assert "2 ways to ask are attached and not learned yet" in page


async def test_what_may_say_who_somebody_is_is_not_attached(
    front: FrontDesk, reception: Colleague
) -> None:
    await not_understood(front, "ouch says Gertrude Barlow", "ouch my arm")
    found = await ids(front)
    form = {"csrf_token": reception.csrf_token, "topic": "pain_feel", "decision": "attach"}
    ticked = [str(one) for one in found.values()]
    answer = await reception.http.post("/inbox/learning", data={**form, "message": ticked})
    assert "One message was not attached" in answer.text
    assert await added(front) == ("ouch my arm",)
    assert len(await ids(front)) == 1


async def test_a_new_answer_is_written_from_a_message(front: FrontDesk) -> None:
    await not_understood(front, "where may my dog wait")
    nurse = await colleague(front, "nurse")
    page = (await nurse.get("/inbox/learning")).text
    link = re.search(r'href="(/inbox/answers/new\?message=\d+)"', page)
    assert link
    form = form_of((await nurse.get(link[1])).text)
    assert form["asks"] == "where may my dog wait"
    typed = {**PARKING, "asks": form["asks"], "message": form["message"]}
    assert (await nurse.post("/inbox/answers/new", **typed)).status_code == 303
    assert await ids(front) == {}


async def test_what_cannot_be_attached_is_said_and_changes_nothing(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await not_understood(front, "gibberish", "a secret")
    private = next(
        m.id
        for m in await front.desk.conversations.messages.after(visitor.id, 0)
        if m.text == "a secret"
    )
    number = str((await ids(front))["gibberish"])
    for form, words in [
        ({"message": number, "topic": "no_such_topic"}, "Choose one of the answers"),
        ({"message": "x", "topic": "pain_feel"}, "Tick at least one message"),
    ]:
        answer = await reception.post("/inbox/learning", decision="attach", **form)
        assert answer.status_code == 422 and words in answer.text
    form = {"message": str(private), "topic": "pain_feel", "decision": "attach"}
    await reception.post("/inbox/learning", **form)
    assert await added(front) == ()
    assert set(await ids(front)) == {"gibberish"}


async def test_a_way_to_ask_for_one_answer_is_attached_to_no_other(
    front: FrontDesk, reception: Colleague
) -> None:
    known = (await front.app.state.rooms.ground.answers.one("pain_feel")).written.asks[0]
    await not_understood(front, known.upper() + "??")
    (number,) = (await ids(front)).values()
    form = {"message": str(number), "decision": "attach"}
    answer = await reception.post("/inbox/learning", topic="downtime_days", **form)
    assert answer.status_code == 422
    assert "is a way to ask “Does it hurt?” already" in answer.text
    answer = await reception.post("/inbox/learning", topic="gentle_laser_pain", **form)
    assert "Choose one of the answers" in answer.text
    assert len(await ids(front)) == 1
    assert (await reception.post("/inbox/learning", topic="pain_feel", **form)).status_code == 303
    assert await ids(front) == {}


async def test_the_page_obeys_the_strict_policy_and_shows_markup_as_words(
    front: FrontDesk, reception: Colleague
) -> None:
    assert "Well done" in (await reception.get("/inbox/learning")).text
    await not_understood(front, "<script>alert(1)</script>")
    answer = await reception.get("/inbox/learning")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "<script>alert" not in answer.text and "style=" not in answer.text


async def test_alike_messages_are_together_and_the_nearest_answer_is_proposed(
    front: FrontDesk, reception: Colleague
) -> None:
    await not_understood(front, "ouch does it hurt", "ouch hurts?", "parking please")
    page = (await reception.get("/inbox/learning")).text
    first, second = page.split('<form class="panel lesson"')[1:]
    assert "2 messages" in first and 'value="Does it hurt?"' in first
    assert "1 message" in second and "nearest" not in second
    await reception.get("/inbox/learning")
    assert len(front.assistant.encoded) == 3  # each is encoded once


async def test_nothing_is_filled_in_where_the_model_is_not_sure(
    front: FrontDesk, reception: Colleague
) -> None:
    front.assistant.sureness = 0.2
    await not_understood(front, "ouch does it hurt")
    page = (await reception.get("/inbox/learning")).text
    assert 'name="topic" list="topics" value=""' in page


async def test_without_the_assistant_every_message_stands_alone_and_it_is_said(
    front: FrontDesk, reception: Colleague
) -> None:
    await not_understood(front, "ouch one", "ouch two")
    front.assistant.status = 503
    answer = await reception.get("/inbox/learning")
    assert "The assistant is away" in answer.text and answer.text.count("1 message<") == 2


async def test_an_answer_by_staff_becomes_a_proposal_with_what_was_asked(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("human please")
    await visitor.post(text="do you treat horses? mail me at ana@home.example")
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="Only people, I am afraid.", key="k")
    seq = (await visitor.messages())[-1]["seq"]
    assert (await reception.post(f"/inbox/c/{visitor.id}/teach", seq="1")).status_code == 422
    for _ in range(2):
        answer = await reception.post(f"/inbox/c/{visitor.id}/teach", seq=str(seq))
        assert answer.status_code == 303
    page = (await reception.get("/inbox/learning")).text
    assert page.count("do you treat horses?") == 1 and "ana@home.example" not in page
    assert "Only people, I am afraid." in page and "answered by staff" in page
    await front.desk.erase_person(visitor.id)
    assert "horses" not in (await reception.get("/inbox/learning")).text


async def test_a_private_question_is_not_taught(front: FrontDesk, reception: Colleague) -> None:
    visitor = await front.visitor()
    await visitor.say("a secret of mine")
    await reception.post(f"/inbox/c/{visitor.id}/reply", text="Thank you.", key="k")
    seq = (await visitor.messages())[-1]["seq"]
    assert (await reception.post(f"/inbox/c/{visitor.id}/teach", seq=str(seq))).status_code == 422
