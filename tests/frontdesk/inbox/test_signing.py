"""Sign-off: by a named clinician with a second factor, never by the writer, for the words that were read."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from clinic import load
from clinic.hours import OpeningHours
from frontdesk.knowledge.answers import Answers
from frontdesk.knowledge.clinical_rows import rows
from frontdesk.knowledge.export import signed_elsewhere
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import clinician, colleague, edit, form_of, next_year
from tests.frontdesk.inbox.test_answers import SMS, WORDS, ask_and_sign, changed, extra_settings

__all__ = ["changed", "extra_settings"]


async def waiting(front: FrontDesk, nurse: Colleague) -> str:
    """An answer that waits to be signed. Return the number that its reader has seen."""
    assert (await edit(nurse, "pain_feel", text=WORDS, sms=SMS)).status_code == 303
    seen = form_of((await nurse.get("/inbox/answers/pain_feel")).text)["seen"]
    await nurse.post("/inbox/answers/pain_feel/ask", seen=seen)
    return str(int(seen) + 1)


def problems(page: str) -> str:
    return html.unescape(" ".join(re.findall(r'class="problem"[^>]*>([^<]*)', page)))


async def test_who_wrote_may_not_sign(front: FrontDesk) -> None:
    ana = await clinician(front)
    seen = await waiting(front, ana)
    answer = await ana.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    assert answer.status_code == 422
    assert "You wrote this" in problems(answer.text)
    ben = await clinician(front, "ben")
    assert (
        await ben.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    ).status_code == 303


async def test_a_second_factor_and_a_number_are_needed(front: FrontDesk) -> None:
    nurse = await colleague(front, "nurse")
    seen = await waiting(front, nurse)
    bare = await clinician(front, factor=False)
    answer = await bare.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    assert "second factor" in problems(answer.text)
    await front.staff.create("eve", "Eve", "doctor", "another-password", "clinician")
    nameless = await colleague(front, "clinician", "zoe")
    answer = await nameless.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    assert "registration number" in problems(answer.text)


async def test_only_the_words_that_were_read_are_signed(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    seen = await waiting(front, nurse)
    await edit(nurse, "pain_feel", text=WORDS.replace("hot", "warm"))
    answer = await ana.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    assert answer.status_code == 422
    assert "changed since this page was opened" in problems(answer.text)


async def test_a_day_to_read_it_again_is_needed_and_overdue_is_listed(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    seen = await waiting(front, nurse)
    for again in ("", "yesterday", "2026-11-23", "2031-01-01"):
        answer = await ana.post("/inbox/signing/pain_feel", seen=seen, again=again)
        assert answer.status_code == 422, again
    assert (
        await ana.post("/inbox/signing/pain_feel", seen=seen, again="2026-12-24")
    ).status_code == 303
    listed = (await ana.get("/inbox/answers?state=signed&q=hurt")).text
    assert "Does it hurt?" in listed
    front.clock.forward(days=40)
    ana = await clinician(front, "ida")
    listed = (await ana.get("/inbox/answers?state=overdue&q=hurt")).text
    assert "Does it hurt?" in listed


async def test_sent_back_is_a_draft_with_the_reason(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    seen = await waiting(front, nurse)
    assert (await ana.post("/inbox/signing/pain_feel/back", seen=seen, why="")).status_code == 422
    await ana.post("/inbox/signing/pain_feel/back", seen=seen, why="Say that it is short.")
    page = (await nurse.get("/inbox/answers/pain_feel")).text
    assert "Say that it is short." in page
    assert "Ask a clinician to sign it" in page


async def test_each_row_of_the_pre_screen_and_each_red_flag_is_signed_as_it_stands(
    front: FrontDesk,
) -> None:
    ana = await clinician(front)
    page = (await ana.get("/inbox/signing")).text
    assert "Trouble breathing, or a swollen face" in page
    for row in ("prescreen 1a", "flag breathing"):
        form = {"row": row, "fingerprint": rows()[row].fingerprint, "again": next_year()}
        wrong = await ana.post("/inbox/signing/rows", **{**form, "fingerprint": "00000000"})
        assert "Read it again" in problems(wrong.text)
        assert (await ana.post("/inbox/signing/rows", **form)).status_code == 303
    report = (await ana.get("/inbox/signing/report")).text
    assert report.count("Signed by Dr Ana Ruiz, GMC 7654321, 2026-11-23") == 2


async def test_the_report_holds_every_answer_and_its_signature(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await edit(nurse, "pain_feel", text=WORDS, sms=SMS)
    await ask_and_sign(nurse, ana, "pain_feel")
    report = html.unescape((await nurse.get("/inbox/signing/report")).text)
    assert report.count("Signed: Dr Ana Ruiz, GMC 7654321 2026-11-23") == 1
    assert "Is laser tightening safe" in report or report.count("<article>") > 250


async def number(front: FrontDesk) -> str:
    return str((await front.app.state.rooms.ground.answers.one("pain_feel")).number)


async def sign(front: FrontDesk, who: Colleague, again: str | None = None) -> httpx.Response:
    seen = await number(front)
    return await who.post("/inbox/signing/pain_feel", seen=seen, again=again or next_year())


@pytest.mark.parametrize(
    "same", [{"registration": "gmc-7654321"}, {"email": "ANA@harbour.example", "registration": "x"}]
)
async def test_a_second_account_of_the_writer_may_not_sign(
    front: FrontDesk, same: dict[str, str]
) -> None:
    ana, ben = await clinician(front), await clinician(front, "ben")
    mine = tables.staff.c.user_name
    for name, values in (("ana", {"email": "ana@harbour.example"}), ("ben", same)):
        update = tables.staff.update().where(mine == name).values(**values)
        await front.desk.conversations.write(update)
    await waiting(front, ana)
    assert "You wrote this" in problems((await sign(front, ben)).text)
    assert (await sign(front, await clinician(front, "ida"))).status_code == 303


async def test_who_wrote_the_words_never_signs_them_whoever_brought_them_back(
    front: FrontDesk,
) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    ben = await clinician(front, "ben")
    await waiting(front, ana)
    assert (await sign(front, ben)).status_code == 303
    assert "You wrote this" in problems((await sign(front, ana)).text)
    await edit(nurse, "pain_feel", text=WORDS.replace("hot", "warm"))
    assert (await sign(front, ben)).status_code == 303
    back = {"seen": await number(front), "number": "1"}
    assert (await nurse.post("/inbox/answers/pain_feel/back", **back)).status_code == 303
    assert "You wrote this" in problems((await sign(front, ana)).text)
    assert (await sign(front, ben)).status_code == 303


async def test_who_only_added_a_way_to_ask_may_sign(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await waiting(front, nurse)
    assert (await edit(ana, "pain_feel", asks="would i yelp in the chair")).status_code == 303
    assert (await sign(front, ana)).status_code == 303


async def test_what_is_live_is_overdue_also_while_a_new_draft_lies_there(front: FrontDesk) -> None:
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    await waiting(front, nurse)
    assert (await sign(front, ana, "2026-12-24")).status_code == 303
    await edit(nurse, "pain_feel", text=WORDS.replace("hot", "warm"))
    assert "Does it hurt?" in (await nurse.get("/inbox/answers?state=draft&q=hurt")).text
    front.clock.forward(days=40)
    zoe = await colleague(front, "nurse", "zoe")
    assert "Does it hurt?" in (await zoe.get("/inbox/answers?state=overdue&q=hurt")).text


async def test_a_row_is_signed_for_three_years_at_most(front: FrontDesk) -> None:
    ana = await clinician(front)
    row = {"row": "prescreen 1a", "fingerprint": rows()["prescreen 1a"].fingerprint}
    for again in ("2026-11-23", "2030-01-01", "2099-12-31"):
        answer = await ana.post("/inbox/signing/rows", again=again, **row)
        assert "within three years" in problems(answer.text), again


async def test_a_number_that_is_none_makes_nobody_the_same_person(front: FrontDesk) -> None:
    ana, ben = await clinician(front), await clinician(front, "ben")
    update = tables.staff.update().where(tables.staff.c.user_name.in_(("ana", "ben")))
    await front.desk.conversations.write(update.values(registration="pending"))
    await waiting(front, ana)
    assert (await sign(front, ben)).status_code == 303


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_a_signature_bears_the_day_at_the_clinic(front: FrontDesk, zone: str) -> None:
    """One that bore tomorrow's day, as UTC counts, was left out when its zip was taken in."""
    nurse, ana = await colleague(front, "nurse"), await clinician(front)
    seen = await waiting(front, nurse)
    answer = await ana.post("/inbox/signing/pain_feel", seen=seen, again=next_year())
    assert answer.status_code == 303
    ground, there = front.app.state.rooms.ground, ZoneInfo(zone)
    far = replace(load(Path("clinic.yml")), hours=OpeningHours({}, there))
    answers = Answers(ground.engine, None, far, front.clock)
    signed = (await answers.one("pain_feel")).signed
    assert f" {answers.today().isoformat()} " in signed.clinical_review
    assert signed_elsewhere(signed, {}, answers.today()).why_not == ""
