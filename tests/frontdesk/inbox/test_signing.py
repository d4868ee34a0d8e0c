"""Sign-off: by a named clinician with a second factor, never by the writer, for the words that were read."""

from __future__ import annotations

import html
import re

from frontdesk.knowledge.clinical_rows import rows
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
