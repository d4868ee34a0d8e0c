"""Everything that the clinic changed goes out as the YAML files of git, and comes in again whole or not at all."""

from __future__ import annotations

import html
import io
import random
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from clinic import answers, current
from content.checks import check
from content.entries import ROOT, fingerprint
from frontdesk.knowledge.answer import State
from frontdesk.knowledge.answers import Answers
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague, sign_in
from tests.frontdesk.inbox.studio import PARKING, colleague, edit, second_factor
from tests.frontdesk.inbox.test_answers import SMS, WORDS
from tests.scripts.test_content import COPIED

PAGE = "/inbox/settings/files"
TABLE = "kinds: {}\nreviewed: '2026-11-01'\nclinical_review: pending\n"


@pytest.fixture
def extra_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    names = {key: str(tmp_path / f"{key}.yml") for key in ("ANSWER_CHANGES", "CLINIC_CHANGES")}
    for key, path in names.items():
        monkeypatch.setenv(key, path)
    monkeypatch.setenv("CLINIC_FILE", str(ROOT / "clinic.yml"))
    answers.forget()
    current.forget()
    yield names
    answers.forget()
    current.forget()


async def changed_zip(manager: Colleague) -> bytes:
    """A new answer, new words and a new price, as a zip."""
    assert (
        await edit(manager, "pain_feel", text=WORDS, sms=SMS, asks="would i yelp")
    ).status_code == 303
    more = "\n".join(f"is there a bench on side {n} of the hall" for n in "abcdefghijkl")
    assert (
        await manager.post("/inbox/answers/new", **{**PARKING, "asks": more})
    ).status_code == 303
    assert (
        await manager.post("/inbox/settings/clinic", key="prices.from", value="£199")
    ).status_code == 200
    return (await manager.get(f"{PAGE}/clinic.zip")).content


async def take_in(who: Colleague, packed: bytes) -> httpx.Response:
    files = {"zip": ("clinic.zip", packed, "application/zip")}
    return await who.http.post(PAGE, data={"csrf_token": who.csrf_token}, files=files)


def repacked(packed: bytes, **changed: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(
                name, changed.pop(name.replace("/", "_").replace(".", "_"), old.read(name))
            )
        for name, text in changed.items():
            new.writestr(name, text)
    return out.getvalue()


def problem(page: str) -> str:
    return html.unescape(" ".join(re.findall(r"<li>([^<]*)</li>", page[page.index("<main") :])))


async def test_the_zip_is_what_make_content_checks(front: FrontDesk, tmp_path: Path) -> None:
    packed = await changed_zip(await colleague(front, "manager"))
    project = tmp_path / "project"
    for name in (*COPIED, "config.yml"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    shutil.copytree(ROOT / "data/faq", project / "data/faq")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(project)
    assert [str(one) for one in check(project, date(2026, 11, 26)) if not one.is_warning] == []
    assert yaml.safe_load((project / "clinic.yml").read_text())["prices"]["from"] == "£199"
    old, new = ((root / "data/faq/pain.yml").read_text().splitlines() for root in (ROOT, project))
    assert len(set(old) - set(new)) <= 12, "only the changed answer's lines differ"
    assert "    - would i yelp" in new


async def test_another_desk_takes_it_in(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    rooms = front.app.state.rooms.ground
    seen = (await rooms.answers.one("pain_feel")).number
    await manager.post("/inbox/answers/pain_feel/back", seen=str(seen), number="0")
    await manager.fact_back("prices.from")
    answer = await take_in(manager, packed)
    assert answer.status_code == 200, problem(answer.text)
    assert "1 answers and 1 facts were taken in" in answer.text
    answers.forget()
    assert answers.current().responses["utter_faq/pain_feel"][0]["text"] == WORDS
    assert (await rooms.facts.values())["prices.from"] == "£199"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ({"manifest_yml": "form: 0"}, "It has form 0; this desk reads form 1"),
        ({"manifest_yml": "- "}, "was not made by this page"),
        ({"data_faq_pain_yml": "nlu: ["}, "pain.yml"),
        ({"clinic_yml": "prices: {from: 50 off}"}, "prices.from"),
        ({"evil.py": "import os"}, "allowed are manifest.yml"),
        ({"../data/faq/x.yml": "a: 1"}, "allowed are manifest.yml"),
        ({"data/faq/Our Own.yml": "a: 1"}, "allowed are manifest.yml"),
        ({f"data/faq/{'x' * 300}.yml": "a: 1"}, "allowed are manifest.yml"),
        ({"manifest_yml": "[" * 20_000}, "brackets in brackets"),
        ({"clinic_yml": "{a: " * 20_000}, "brackets in brackets"),
        ({"manifest_yml": "form: 2026-99-99"}, "manifest.yml: this is not YAML"),
        ({"clinic_yml": "name: 2026-99-99"}, "clinic.yml: this is not YAML"),
        ({"clinic_yml": "name: {a: b}"}, "key 'name' has value"),
        ({"clinic_yml": "hours: {monday: [[a]]}"}, "key 'hours.monday' has value"),
        ({"clinic_yml": "a: &a [x, x]\nname: *a"}, "an alias (*a)"),
        ({"data_faq_pain_yml": "nlu: []".encode("utf-16")}, "pain.yml: this is not YAML"),
        *[
            ({"data_faq_pain_yml": odd}, "pain.yml: entry '-': file")
            for odd in (
                *("- a", "hello", "nlu: abc", "nlu: [a]", "responses: [a]", "a: 2026-99-99"),
                "responses: {utter_faq/a: }",
                "responses: {utter_faq/a: [{text: a, metadata: abc}]}",
                "responses: {utter_faq/a: [{text: a, metadata: {sources: 5}}]}",
                "responses: {utter_faq/a: [{text: {a: b}}]}",
            )
        ],
        *[
            ({"data/devices.yml": odd}, "devices.yml: entry '-': file")
            for odd in (
                *("- a", "kinds: [a]", "kinds: 2026-99-99"),
                f"{TABLE}anything: {{pain: {{text: a, sources: 5}}}}",
            )
        ],
    ],
)
async def test_a_broken_zip_gets_a_clear_line_and_nothing_changes(
    front: FrontDesk, broken: dict[str, str | bytes], line: str
) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    rooms = front.app.state.rooms.ground
    before = (await rooms.answers.one("pain_feel")).number, await rooms.facts.values()
    answer = await take_in(manager, repacked(packed, **broken))
    assert answer.status_code == 422
    assert line in problem(answer.text)
    assert ((await rooms.answers.one("pain_feel")).number, await rooms.facts.values()) == before


@pytest.mark.parametrize("packed", [b"", b"PK", b"not a zip" * 999, b"\0" * 5_500_000])
async def test_what_is_no_zip_is_said_so(front: FrontDesk, packed: bytes) -> None:
    answer = await take_in(await colleague(front, "manager"), packed)
    assert answer.status_code == 422
    assert "no zip, or it is broken" in problem(answer.text)


@pytest.mark.parametrize("seed", range(4))
async def test_a_zip_with_bytes_that_fell_over_is_never_our_failure(
    front: FrontDesk, seed: int
) -> None:
    manager = await colleague(front, "manager")
    packed, chance = await changed_zip(manager), random.Random(seed)
    for _ in range(8):
        fallen = bytearray(packed)
        for _ in range(chance.choice((1, 2, 8, 40))):
            fallen[chance.randrange(len(fallen))] = chance.randrange(256)
        assert (await take_in(manager, bytes(fallen))).status_code in (200, 422)


async def test_what_no_form_here_can_take_is_named(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    odd = "pricess: {from: £20}\nhours: closed\nchannels: {whatsapp_templates: []}"
    page = (await take_in(manager, repacked(await changed_zip(manager), clinic_yml=odd))).text
    left_out = problem(page)
    for key in ("pricess.from", "hours", "channels.whatsapp_templates"):
        assert f"clinic.yml, {key}: this desk has no form for it" in left_out
    assert "prices.from" not in left_out


async def test_an_answer_that_is_stopped_there_is_not_given_here(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    kept = front.app.state.rooms.ground.answers
    await manager.post("/inbox/answers/pain_feel/given", seen="0", given="no")
    packed = (await manager.get(f"{PAGE}/clinic.zip")).content
    await manager.post("/inbox/answers/pain_feel/given", seen="1", given="yes")
    assert not (await kept.one("pain_feel")).is_withdrawn
    assert "1 are stopped there" in (await take_in(manager, packed)).text
    assert (await kept.one("pain_feel")).is_withdrawn
    answers.forget()
    assert answers.current().withholds("pain_feel")


async def test_a_full_disk_keeps_all_of_a_zip_and_says_that_visitors_wait(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    rooms = front.app.state.rooms.ground
    await other_desk(front, packed)
    await manager.fact_back("prices.from")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("frontdesk.inbox.clinic_facts.write", full)
        broken.setattr("frontdesk.knowledge.answers.write", full)
        answer = await take_in(manager, packed)
    assert answer.status_code == 422
    assert "disk is full" in problem(answer.text)
    assert (await rooms.facts.values())["prices.from"] == "£199"
    assert (await rooms.answers.one("pain_feel")).written.text == WORDS


async def test_an_answer_in_it_that_breaks_a_rule_is_named(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = (
            archive.read("data/faq/pain.yml")
            .decode()
            .replace("The laser feels hot", "You are suitable, the laser feels hot")
        )
    answer = await take_in(manager, repacked(packed, data_faq_pain_yml=text))
    assert answer.status_code == 422
    assert "data/faq/pain.yml, pain_feel, text: Says" in problem(answer.text)


CELL = "gentle_laser_pain"
CELL_WORDS = "Most people say that {device} is warm, not sore. Cold air helps."


def signed_in_zip(packed: bytes, topic: str, review: str) -> bytes:
    """The zip with a signature under the words of one answer."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        content = yaml.safe_load(archive.read("data/faq/pain.yml"))
    content["responses"][f"utter_faq/{topic}"][0]["metadata"]["clinical_review"] = review
    return repacked(packed, data_faq_pain_yml=yaml.safe_dump(content, allow_unicode=True))


async def other_desk(front: FrontDesk, packed: bytes) -> Answers:
    """This desk as one that has none of it."""
    manager = await sign_in(front, "manager", "another-password")
    rooms = front.app.state.rooms.ground
    seen = (await rooms.answers.one("pain_feel")).number
    await manager.post("/inbox/answers/pain_feel/back", seen=str(seen), number="0")
    found: Answers = rooms.answers
    return found


async def test_a_signature_of_another_desk_counts_once_an_admin_says_so(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    kept = await other_desk(front, packed)
    words = replace((await kept.one("pain_feel")).written, text=WORDS, sms=SMS)
    review = f"Dr Bo Lind, GMC 1234567 2026-11-20 {fingerprint(words)}"
    page = (await take_in(manager, signed_in_zip(packed, "pain_feel", review))).text
    assert "1 came signed elsewhere" in page
    answer = await kept.one("pain_feel")
    assert answer.state(kept.today()) is State.ELSEWHERE
    assert not answer.is_signed
    shown = (await manager.get("/inbox/signing")).text
    assert "signed elsewhere by Dr Bo Lind, GMC 1234567, on 20 November 2026" in shown
    assert "Let this signature count" not in shown
    counting = {"seen": str(answer.number)}
    assert (await manager.post("/inbox/signing/pain_feel/count", **counting)).status_code == 403
    ida = await colleague(front, "admin", "ida")
    refused = await ida.post("/inbox/signing/pain_feel/count", **counting)
    assert "switch on your second factor first" in refused.text
    await second_factor(front, "ida")
    assert (await ida.post("/inbox/signing/pain_feel/count", **counting)).status_code == 303
    answer = await kept.one("pain_feel")
    assert answer.is_signed
    assert answer.signed.clinical_review == review
    assert answer.review_again == date(2027, 11, 20)
    history = (await ida.get("/inbox/answers/pain_feel")).text
    assert "let a signature of another desk count: Dr Bo Lind, GMC 1234567" in history


async def test_who_took_it_in_does_not_let_its_signature_count(front: FrontDesk) -> None:
    packed = await changed_zip(await colleague(front, "manager"))
    kept = await other_desk(front, packed)
    words = replace((await kept.one("pain_feel")).written, text=WORDS, sms=SMS)
    review = f"Dr Bo Lind 2026-11-20 {fingerprint(words)}"
    ida = await colleague(front, "admin", "ida")
    await second_factor(front, "ida")
    await take_in(ida, signed_in_zip(packed, "pain_feel", review))
    seen = str((await kept.one("pain_feel")).number)
    assert (
        "another admin says" in (await ida.post("/inbox/signing/pain_feel/count", seen=seen)).text
    )
    assert (await ida.post("/inbox/answers/pain_feel/ask", seen=seen)).status_code == 303
    assert (await kept.one("pain_feel")).state(kept.today()) is State.IN_REVIEW


@pytest.mark.parametrize(
    ("review", "why"),
    [
        ("Dr Bo Lind 2026-11-20 00000000", "the words were changed after it"),
        ("Dr Bo Lind 2020-01-01 {}", "older than a year"),
        ("Dr Bo Lind 2031-01-01 {}", "lies ahead"),
        ("Dr Bo Lind 2026-02-31 {}", "is no day"),
        ("signed", "no name, day and fingerprint"),
        (f"{'B' * 200} 2026-11-20 {{}}", "too long"),
    ],
)
async def test_a_signature_that_cannot_be_one_is_left_out_by_name(
    front: FrontDesk, review: str, why: str
) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    kept = await other_desk(front, packed)
    words = replace((await kept.one("pain_feel")).written, text=WORDS, sms=SMS)
    page = (
        await take_in(
            manager, signed_in_zip(packed, "pain_feel", review.format(fingerprint(words)))
        )
    ).text
    assert re.search(rf"pain_feel: the signature of .{{6,60}} was left out: .*{why}", problem(page))
    assert (await kept.one("pain_feel")).elsewhere is None


async def test_an_answer_about_a_device_goes_out_and_comes_in(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    assert (await edit(manager, CELL, text=CELL_WORDS)).status_code == 303
    packed = (await manager.get(f"{PAGE}/clinic.zip")).content
    kept = front.app.state.rooms.ground.answers
    await manager.post(f"/inbox/answers/{CELL}/back", seen="1", number="0")
    broken = repacked(packed, data_devices_yml="kinds: 1")
    assert "devices.yml" in problem((await take_in(manager, broken)).text)
    answer = await take_in(manager, packed)
    assert "1 answers and 0 facts were taken in" in answer.text, problem(answer.text)
    assert (await kept.one(CELL)).written.text == CELL_WORDS


async def test_a_clinic_file_with_aliases_goes_out_so_that_it_comes_in(
    front: FrontDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, file = await colleague(front, "manager"), tmp_path / "clinic.yml"
    text = (ROOT / "clinic.yml").read_text(encoding="utf-8")
    text = text.replace('monday: ["09:00-18:00"]', 'monday: &week ["09:00-18:00"]')
    file.write_text(text.replace('tuesday: ["09:00-18:00"]', "tuesday: *week"), encoding="utf-8")
    monkeypatch.setenv("CLINIC_FILE", str(file))
    packed = (await manager.get(f"{PAGE}/clinic.zip")).content
    answer = await take_in(manager, packed)
    assert "0 answers and 0 facts were taken in" in answer.text, problem(answer.text)
