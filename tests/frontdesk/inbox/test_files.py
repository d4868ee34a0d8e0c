"""Everything that the clinic changed goes out as the YAML files of git, and comes in again whole or not at all."""

from __future__ import annotations

import html
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from clinic import answers, current
from content.checks import check
from content.entries import ROOT
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import PARKING, colleague, edit
from tests.frontdesk.inbox.test_answers import SMS, WORDS
from tests.scripts.test_content import COPIED

PAGE = "/inbox/settings/files"


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


def repacked(packed: bytes, **changed: str) -> bytes:
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
    await manager.post("/inbox/settings/clinic/back", key="prices.from", value="")
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
    ],
)
async def test_a_broken_zip_gets_a_clear_line_and_nothing_changes(
    front: FrontDesk, broken: dict[str, str], line: str
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


async def test_an_answer_in_it_that_breaks_a_rule_is_named(front: FrontDesk) -> None:
    manager = await colleague(front, "manager")
    packed = await changed_zip(manager)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = (
            archive.read("data/faq/pain.yml")
            .decode()
            .replace("It feels hot", "You are suitable, it feels hot")
        )
    answer = await take_in(manager, repacked(packed, data_faq_pain_yml=text))
    assert answer.status_code == 422
    assert "data/faq/pain.yml, pain_feel, text: Says" in problem(answer.text)
