"""Answers about devices are listed, checked, signed and live like the others; the conversation says the live one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import ActionAnswerQuestion
from actions.devices import Device, device_table
from clinic import answers
from tests.actions.conftest import message, tracker
from tests.frontdesk.conftest import FrontDesk, within_a_second
from tests.frontdesk.inbox.studio import clinician, colleague, edit, form_of, next_year

PLACE = "/inbox/answers/ultrasound_pain"
HIFU = Device("ultrasound", "HIFU")
WORDS = "Most people say that {device} stings for a moment, deep down. Ask for a break if it is too much."
SAID = "HIFU stings for a moment"


@pytest.fixture
def extra_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    changed = str(tmp_path / "answers.yml")
    monkeypatch.setenv("ANSWER_CHANGES", changed)
    answers.forget()
    yield {"ANSWER_CHANGES": changed, "ASSISTANT_MODEL": str(tmp_path / "taught.tar.gz")}
    answers.forget()


def said() -> str:
    """What the assistant answers to "does hifu hurt"."""
    dispatcher = CollectingDispatcher()
    part = {"text": "hifu pain", "topic": "pain_feel", "aspect": "pain"}
    named = [{"kind": HIFU.kind, "name": HIFU.name}]
    asked = message("hifu pain", questions=[{**part, "devices": named}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    (reply,) = dispatcher.messages
    return str(reply["text"] or reply["response"])


async def says(words: str) -> bool:
    return words in said()


async def test_new_words_are_said_within_a_second_with_the_name_in_them_and_taken_back(
    front: FrontDesk,
) -> None:
    nurse = await colleague(front, "nurse")
    assert SAID not in said()
    listed = (await nurse.get("/inbox/answers?q=ultrasound+hurt&file=../devices.yml")).text
    assert f'href="{PLACE}"' in listed
    assert (await edit(nurse, "ultrasound_pain", text=WORDS)).status_code == 303
    await within_a_second(lambda: says(SAID))
    assert said().startswith("HIFU is ultrasound")
    seen = form_of((await nurse.get(PLACE)).text)["seen"]
    await nurse.post(f"{PLACE}/back", seen=seen, number="0")
    await within_a_second(lambda: says("Many people find HIFU"))


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"text": ""}, "Is empty"),
        ({"text": "{device} " * 60}, "characters with"),
        ({"text": "{device} is completely safe."}, "promises nothing"),
        ({"text": "{device} costs {prise}."}, "{prise} is not a fact of clinic.yml"),
        ({"text": "<b>{device}</b> is mild."}, "is markup"),
        ({"text": "x" * 10_000}, "10,000 letters"),
        ({"text": "{device} is mild ☺."}, "plain SMS alphabet"),
        ({"sources": ""}, "Choose what it rests on"),
    ],
)
async def test_what_breaks_a_rule_is_said_at_the_field_and_not_kept(
    front: FrontDesk, changed: dict[str, str], wrong: str
) -> None:
    nurse, before = await colleague(front, "nurse"), said()
    answer = await edit(nurse, "ultrasound_pain", **changed)
    assert answer.status_code == 422
    assert wrong in html.unescape(" ".join(re.findall(r'class="problem">([^<]*)', answer.text)))
    answers.forget()
    assert said() == before


async def test_the_preview_has_what_stands_before_it_and_the_page_only_what_it_has(
    front: FrontDesk,
) -> None:
    nurse = await colleague(front, "nurse")
    form = form_of((await nurse.get(PLACE)).text)
    assert {"question", "sms", "more", "asks"}.isdisjoint(form)
    form |= {"topic": "ultrasound_pain", "text": WORDS}
    shown = (await nurse.http.post("/inbox/answers/check", data=form)).text
    words = html.unescape(re.findall(r'data-words="([^"]*)"', shown)[0])
    assert re.match(r".+ is ultrasound, not a laser; we do not offer it here\. Most people", words)
    assert re.search(r"\d+ of 300 letters with what stands before it", shown)


async def test_it_is_signed_like_an_answer_and_changed_words_wait_for_the_next_signature(
    front: FrontDesk,
) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await edit(nurse, "ultrasound_pain", text=WORDS)
    await nurse.post(f"{PLACE}/ask", seen="1")
    signing = {"seen": "2", "again": next_year()}
    assert (await ana.post("/inbox/signing/ultrasound_pain", **signing)).status_code == 303

    def review() -> str:
        answers.forget()
        return str(device_table().answer([HIFU], "pain").clinical_review)

    assert review().startswith("Dr Ana Ruiz, GMC 7654321 2026-11-23 ")
    await edit(nurse, "ultrasound_pain", text="{device} may sting. " + WORDS)
    assert review().startswith("Dr Ana Ruiz")
    assert said().count("may sting") == 0
    both = device_table().answer([HIFU, Device("strong_laser", "CO2")], "pain")
    assert both.clinical_review == "pending"


async def test_one_that_is_stopped_is_answered_by_staff(front: FrontDesk) -> None:
    ana = await clinician(front)
    await ana.post(f"{PLACE}/given", seen="0", given="no")
    await within_a_second(lambda: says("utter_answer_not_given"))
    await ana.post(f"{PLACE}/given", seen="1", given="yes")
    await within_a_second(lambda: says("Many people find HIFU"))


async def test_where_only_signed_answers_are_given_an_unsigned_one_is_not(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = replace(front.desk.clinic, signed_only=True)
    monkeypatch.setattr("clinic.answers.load_default", lambda: only)
    assert said() == "utter_answer_not_given"


async def test_it_follows_no_answer_and_is_no_way_to_ask(front: FrontDesk) -> None:
    nurse = await colleague(front, "nurse")
    page = (await nurse.get("/inbox/answers/pain_feel")).text
    assert "Does Ultrasound hurt?" not in page
    assert await front.app.state.rooms.ground.trainings.new_asks() == {}
    await edit(nurse, "ultrasound_pain", text=WORDS)
    answers.forget()
    assert answers.current().responses == {}
    assert (
        "nothing new to learn"
        in (await (await colleague(front, "manager")).post("/inbox/training")).text
    )
