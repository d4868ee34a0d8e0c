"""Answers: written in the browser, checked at the field, said by every process within a second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from actions.faq import faq_entry
from assistant.responses import ClinicResponses
from clinic import Clinic, answers
from frontdesk.knowledge.faq import topics
from tests.frontdesk.conftest import FrontDesk, until, within_a_second
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import PARKING, clinician, colleague, edit, form_of, next_year

WORDS = "The laser feels hot and sharp for a moment. Most people cope well with it, and we stop when you say so. Ask us for numbing cream if you like."
SMS = "The laser feels hot and sharp for a moment. Most people cope well, and we stop when you say so."


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    return tmp_path / "answers.yml"


@pytest.fixture
def extra_settings(changed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("ANSWER_CHANGES", str(changed))
    answers.forget()
    yield {"ANSWER_CHANGES": str(changed)}
    answers.forget()


def said(topic: str, channel: str = "website") -> str:
    """What the assistant, a process of its own, says to visitors."""
    own = ClinicResponses(
        None, Domain.from_dict({"responses": {f"utter_faq/{topic}": [{"text": "the model's"}]}})
    )
    return str((own.generate_from_slots(f"utter_faq/{topic}", {}, channel) or {}).get("text"))


async def is_said(words: str) -> bool:
    return said("pain_feel") == words


async def test_new_words_are_said_within_a_second_on_each_channel_and_taken_back(
    front: FrontDesk,
) -> None:
    nurse = await colleague(front, "nurse")
    assert said("pain_feel") == "the model's"
    answer = await edit(nurse, "pain_feel", text=WORDS, sms=SMS)
    assert answer.status_code == 303, re.findall(r'class="problem">([^<]*)', answer.text)

    async def new() -> bool:
        return said("pain_feel") == WORDS

    await within_a_second(new)
    assert said("pain_feel", "sms") == SMS
    assert topics()["pain_feel"].text == WORDS
    page = (await nurse.get("/inbox/answers/pain_feel")).text
    seen = form_of(page)["seen"]
    await nurse.post("/inbox/answers/pain_feel/back", seen=seen, number="0")

    async def old() -> bool:
        return said("pain_feel") == "the model's"

    await within_a_second(old)
    assert "Nurse" in page
    assert (
        len(re.findall("</strong> wrote", (await nurse.get("/inbox/answers/pain_feel")).text)) == 2
    )


async def test_a_new_answer_can_be_given_at_once_and_is_no_part_of_another_id(
    front: FrontDesk,
) -> None:
    nurse = await colleague(front, "nurse")
    answer = await nurse.post("/inbox/answers/new", **PARKING)
    assert answer.status_code == 303, re.findall(r'class="(?:problem|advice)">([^<]*)', answer.text)
    topic = answer.headers["location"].split("/")[-1].partition("?")[0]
    answers.forget()
    entry = faq_entry(topic)
    assert entry is not None
    assert entry.question == PARKING["question"]
    assert "bench in the hall" in said(topic)
    assert not any(topic in other or other in topic for other in topics() if other != topic)
    assert PARKING["question"] in (await nurse.get("/inbox/answers?q=bench+hall")).text


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("text", "A" * 10_000, "10,000 letters"),
        ("text", "This is <b>good</b> for you.", "is markup"),
        ("text", "You are suitable for this.", "a clinician decides"),
        ("text", "It costs {no_such_fact}.", "is not a fact"),
        ("text", "", "Is empty"),
        ("text", "Word " * 70, "words with its placeholders"),
        (
            "text",
            "Notwithstanding contraindications, photobiomodulation necessitates comprehensive dermatological evaluation beforehand.",
            "eading grade",
        ),
        ("sms", "Smiles 😀 all round.", "plain SMS alphabet"),
        ("sms", "x" * 301, "300 or fewer"),
        ("question", "", "Write the question"),
        ("question", "Q" * 61, "60 characters or fewer"),
        ("sources", "no_such_source", "is not in data/sources.yml"),
        ("sources", "", "Choose what it rests on"),
        ("related", "nothing_known", "is not another entry"),
        ("asks", "my name is Gertrude Barlow", "who somebody is"),
        ("asks", "call me on 020 7946 0123", "who somebody is"),
        ("asks", "does [it](x) hurt", "leave out"),
        ("asks", "A" * 151, "150 letters or fewer"),
        ("asks", "does it hurt", "is also asked under"),
    ],
    ids=lambda value: value[:24],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    front: FrontDesk, field: str, value: str, line: str
) -> None:
    nurse = await colleague(front, "nurse")
    topic = "numbing_cream" if value == "does it hurt" else "pain_feel"
    answer = await edit(nurse, topic, **{field: value})
    assert answer.status_code == 422
    notes = answer.text[answer.text.index(f'id="notes-{field}"') :]
    notes = notes[: notes.index("</div>")]
    assert line in notes, notes
    assert "Nothing was kept" in answer.text
    assert said(topic) == "the model's"


async def test_the_second_of_two_sees_both_and_chooses(front: FrontDesk) -> None:
    nurse, manager = await colleague(front, "nurse"), await colleague(front, "manager")
    form = form_of((await nurse.get("/inbox/answers/pain_feel")).text)
    assert (await edit(manager, "pain_feel", text=WORDS, sms=SMS)).status_code == 303
    mine = {**form, "text": WORDS.replace("sharp", "short"), "sms": SMS}
    answer = await nurse.http.post("/inbox/answers/pain_feel", data=mine)
    assert answer.status_code == 422
    assert "Manager changed this answer while you were writing" in answer.text
    assert WORDS in answer.text
    assert mine["text"] in answer.text
    again = await nurse.http.post("/inbox/answers/pain_feel", data=form_of(answer.text))
    assert again.status_code == 303
    answers.forget()
    assert said("pain_feel") == mine["text"]


async def test_checks_come_while_one_types_and_touch_nothing(front: FrontDesk) -> None:
    nurse = await colleague(front, "nurse")
    form = form_of((await nurse.get("/inbox/answers/pain_feel")).text)
    typed = {
        **form,
        "text": "This is painless for everyone.",
        "add_source": "Mayo Clinic: Laser resurfacing",
    }
    part = (await nurse.http.post("/inbox/answers/check", data=typed)).text
    assert "promises nothing" in part
    assert "reading grade" in part
    assert "SMS segment" in part
    assert 'id="source-mayo"' in part
    assert said("pain_feel") == "the model's"


async def test_a_way_to_ask_that_gets_another_answer_today_is_named(front: FrontDesk) -> None:
    front.assistant.answered_with = "price_general"
    nurse = await colleague(front, "nurse")
    form = form_of((await nurse.get("/inbox/answers/pain_feel")).text)
    part = await nurse.http.post(
        "/inbox/answers/check", data={**form, "asks": "how bad is the bill"}
    )
    assert topics()["price_general"].question in re.sub("&#39;", "'", part.text)


async def test_a_full_disk_is_said_and_the_assistant_says_what_it_said(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = await colleague(front, "nurse")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("frontdesk.knowledge.answers.write", full)
        answer = await edit(nurse, "pain_feel", text=WORDS, sms=SMS)
    assert answer.status_code == 422
    assert "disk is full" in answer.text
    assert said("pain_feel") == "the model's"
    await until(lambda: is_said(WORDS))


async def test_an_answer_that_was_stopped_is_given_no_more(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    seen = form_of((await manager.get("/inbox/answers/pain_feel")).text)["seen"]
    await manager.post("/inbox/answers/pain_feel/given", seen=seen, given="no")
    answers.forget()
    entry = faq_entry("pain_feel")
    assert entry is not None
    assert not entry.is_given
    seen = form_of((await manager.get("/inbox/answers/pain_feel")).text)["seen"]
    await manager.post("/inbox/answers/pain_feel/given", seen=seen, given="yes")
    answers.forget()
    entry = faq_entry("pain_feel")
    assert entry is not None
    assert entry.is_given


async def test_signed_words_stay_until_the_new_ones_are_signed_too(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await edit(nurse, "pain_feel", text=WORDS, sms=SMS)
    await ask_and_sign(nurse, ana, "pain_feel")
    answers.forget()
    first = answers.current().responses["utter_faq/pain_feel"][0]["metadata"]["clinical_review"]
    assert re.fullmatch(r"Dr Ana Ruiz, GMC 7654321 2026-11-23 [0-9a-f]{8}", first)
    newer = WORDS.replace("a moment", "an instant")
    await edit(nurse, "pain_feel", text=newer)
    answers.forget()
    assert said("pain_feel") == WORDS
    assert (
        "Visitors still read the words that were signed"
        in (await nurse.get("/inbox/answers/pain_feel")).text
    )
    await ask_and_sign(nurse, ana, "pain_feel")
    answers.forget()
    assert said("pain_feel") == newer


async def ask_and_sign(writer: Colleague, signer: Colleague, topic: str) -> None:
    seen = form_of((await writer.get(f"/inbox/answers/{topic}")).text)["seen"]
    assert (await writer.post(f"/inbox/answers/{topic}/ask", seen=seen)).status_code == 303
    waiting = (await signer.get("/inbox/signing")).text
    article = waiting[waiting.index(f'id="{topic}"') :]
    seen = re.search(r'name="seen" value="(\d+)"', article)
    assert seen
    answer = await signer.post(f"/inbox/signing/{topic}", seen=seen[1], again=next_year())
    assert answer.status_code == 303, re.findall(r'class="problem"[^>]*>([^<]*)', answer.text)


async def test_where_only_signed_answers_are_given_what_is_medical_waits_for_its_signature(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch, clinic: Clinic
) -> None:
    only = replace(clinic, signed_only=True)
    monkeypatch.setattr(front.app.state.rooms.ground.answers, "_clinic", only)
    monkeypatch.setattr("clinic.answers.load_default", lambda: only)
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await edit(nurse, "pain_feel", text=WORDS, sms=SMS)
    answers.forget()
    assert said("pain_feel") == "the model's"
    entry = faq_entry("pain_feel")
    assert entry is not None
    assert not entry.is_given
    await ask_and_sign(nurse, ana, "pain_feel")
    answers.forget()
    entry = faq_entry("pain_feel")
    assert entry is not None
    assert entry.is_given
    assert said("pain_feel") == WORDS
    own = await nurse.post("/inbox/answers/new", **PARKING)
    topic = own.headers["location"].split("/")[-1].partition("?")[0]
    answers.forget()
    assert "bench" in said(topic)
