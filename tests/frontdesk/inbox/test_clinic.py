"""Settings → Clinic: a price is changed in the browser, and visitors read it within a second."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import yaml

import clinic
import clinic.file
from actions.faq import filled
from clinic import changes, current
from frontdesk.inbox import clinic_facts
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, until, within_a_second
from tests.frontdesk.inbox.conftest import Colleague
from tests.frontdesk.inbox.studio import colleague

ROOT = Path(__file__).resolve().parents[3]
PAGE = "/inbox/settings/clinic"


async def said(words: str) -> bool:
    """What the actions, a process of their own, say to visitors."""
    return filled("{price_from}") == words


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    return tmp_path / "changes.yml"


@pytest.fixture
def extra_settings(changed: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("CLINIC_FILE", str(ROOT / "clinic.yml"))
    monkeypatch.setenv("CLINIC_CHANGES", str(changed))
    current.forget()
    yield {"CLINIC_CHANGES": str(changed)}
    current.forget()


@pytest.fixture
async def second(front: FrontDesk) -> Colleague:
    return await colleague(front, "manager", "bo")


async def test_a_price_is_changed_shown_and_taken_back(reception: Colleague, changed: Path) -> None:
    answer = await reception.post(PAGE, key="prices.from", value="£200")
    assert answer.status_code == 200
    assert "start from £200" in answer.text or "from £200" in answer.text
    await within_a_second(partial(said, "£200"))
    page = (await reception.get(PAGE)).text
    assert "changed here" in page
    assert "prices.from: £200" in page
    await reception.fact_back("prices.from")
    await within_a_second(partial(said, "£180"))
    assert "back to the file" in (await reception.get(PAGE)).text


async def test_a_list_and_a_number_keep_their_kind(reception: Colleague, changed: Path) -> None:
    await reception.post(PAGE, key="hours.monday", value="10:00-12:00\r\n13:00-15:00")
    await reception.post(PAGE, key="prescreen.minimum_age", value="21")
    assert changes.read(changed).values == {
        "hours.monday": ["10:00-12:00", "13:00-15:00"],
        "prescreen.minimum_age": 21,
    }
    current.forget()
    assert clinic.load_default().settings()["minimum_age"] == 21


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("prices.from", "£50: off"),
        ("prices.list", "no full stop"),
        ("practice.tan_wait", "900 weeks"),
        ("prices.list", "A" * 10_000 + "."),
        ("prescreen.minimum_age", "²"),
        ("emergency_number", "112233"),
        ("no.such", "x"),
        ("sample", "perhaps"),
    ],
)
async def test_what_is_not_allowed_is_said_at_its_field_and_nothing_changes(
    reception: Colleague, changed: Path, key: str, value: str
) -> None:
    answer = await reception.post(PAGE, key=key, value=value)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert not changes.read(changed).values
    if len(value) < 600 and key != "no.such":
        assert answer.text.count("problem") >= 2


async def test_markup_is_only_text(reception: Colleague) -> None:
    answer = await reception.post(PAGE, key="people.children", value="We <b>like</b> them.")
    assert "<b>like</b>" not in answer.text
    assert "&lt;b&gt;like" in answer.text


async def test_only_an_admin_changes_the_clinic(maya: Colleague) -> None:
    assert (await maya.get(PAGE)).status_code == 403
    assert (await maya.post(PAGE, key="prices.from", value="£1")).status_code == 403


async def test_another_desks_change_and_a_closed_day_reach_the_file(
    front: FrontDesk, reception: Colleague, changed: Path
) -> None:
    await reception.post(PAGE, key="prices.from", value="£210")
    changes.write(changed, changes.Changes())  # another desk's older file
    form = {"day": "2030-12-25", "word": "Christmas", "hours": ""}
    await reception.post("/inbox/settings/days", **form)

    async def closed() -> bool:
        return changes.read(changed).days == {"2030-12-25": []}

    await until(closed)
    assert changes.read(changed).values == {"prices.from": "£210"}


async def test_a_full_disk_is_said_and_visitors_read_it_once_there_is_room(
    front: FrontDesk, reception: Colleague, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(clinic_facts, "write", full)
        answer = await reception.post(PAGE, key="prices.from", value="£200")
        assert answer.status_code == 422
        assert "disk is full" in answer.text
        assert await said("£180")
    await front.app.state.rooms.ground.facts.publish()
    await within_a_second(partial(said, "£200"))


@pytest.mark.parametrize("hours", ["09:00+01:00-18:00+01:00", "09:00+01:00-18:00", "22:00-02:00"])
async def test_odd_hours_of_a_day_are_said_so_and_the_doors_open_as_they_did(
    front: FrontDesk, reception: Colleague, changed: Path, hours: str
) -> None:
    form = {"day": "2026-11-23", "word": "Odd", "hours": hours}
    assert (await reception.post("/inbox/settings/days", **form)).status_code == 422
    assert (await reception.post(PAGE, key="hours.monday", value=hours)).status_code == 422
    assert front.desk.clinic.is_open(front.clock())


async def test_a_kept_value_that_is_refused_now_is_said_so_and_locks_nobody_out(
    front: FrontDesk, reception: Colleague, changed: Path
) -> None:
    """Two values of an older version: each is left out, and can be changed one after the other."""
    await reception.post(PAGE, key="prices.from", value="£190")
    write = front.desk.conversations.write
    for key, value in (("prices.from", '"50 off"'), ("hours.monday", '["25:00-26:00"]')):
        row = {"key": key, "value": value, "staff_id": 1, "at": front.clock()}
        await write(tables.clinic_changes.insert().values(**row))
    odd = {"day": date(2026, 11, 23), "word": "Odd", "hours": "25:00-26:00"}
    await write(tables.opening_exceptions.insert().values(**odd))
    ground = front.app.state.rooms.ground
    await ground.holidays.load()
    await ground.facts.publish()
    await within_a_second(partial(said, "£180"))
    page = (await reception.get(PAGE)).text
    assert page.count("Not said: ") == 2 and "Not said to visitors" in page
    assert (await reception.set_fact("prices.from", "£200")).status_code == 200
    await within_a_second(partial(said, "£200"))
    assert (await reception.fact_back("hours.monday")).status_code == 303
    assert "Not said" not in (await reception.get(PAGE)).text


async def test_words_in_spanish_whose_english_is_changed_are_named(reception: Colleague) -> None:
    own = "assistant.own_words.es.deposit"
    page = (await reception.post(PAGE, key="prices.deposit", value="We ask for £50.")).text
    assert f'<a href="#{own}">{own}</a>: the English was changed' in page
    page = (await reception.post(PAGE, key=own, value="Pedimos 50 £.")).text
    assert "Not said" not in page


async def test_the_second_of_two_managers_sees_both_and_chooses(
    reception: Colleague, second: Colleague, changed: Path
) -> None:
    seen = await reception.seen("prices.from")
    await second.set_fact("prices.from", "£190")
    answer = await reception.post(PAGE, key="prices.from", value="£210", seen=seen)
    assert answer.status_code == 422
    assert "Bo changed this while you were writing" in answer.text
    assert "Theirs: “£190”" in answer.text and 'value="£210"' in answer.text
    assert changes.read(changed).values == {"prices.from": "£190"}
    back = await second.post(f"{PAGE}/back", key="prices.from", seen=seen)
    assert back.status_code == 422 and "again if you still want that" in back.text
    assert (await reception.set_fact("prices.from", "£210")).status_code == 200
    assert changes.read(changed).values == {"prices.from": "£210"}


async def test_a_button_that_is_pressed_twice_is_no_conflict(
    reception: Colleague, changed: Path
) -> None:
    seen = await reception.seen("prices.from")
    for _ in range(2):
        answer = await reception.post(PAGE, key="prices.from", value="£210", seen=seen)
        assert answer.status_code == 200
    seen = await reception.seen("prices.from")
    for _ in range(2):
        answer = await reception.post(f"{PAGE}/back", key="prices.from", seen=seen)
        assert answer.status_code == 303
    page = (await reception.get(PAGE)).text
    assert page.count("prices.from: £210") == page.count("prices.from: back to") == 1


async def test_of_two_at_the_same_moment_one_sees_both(
    reception: Colleague, second: Colleague
) -> None:
    seen = await reception.seen("prices.from")
    answers = await asyncio.gather(
        *[
            who.post(PAGE, key="prices.from", value=f"£{number}", seen=seen)
            for number, who in enumerate((reception, second, reception, second), 200)
        ]
    )
    assert sorted(one.status_code for one in answers) == [200, 422, 422, 422]


US = {
    "emergency_number": "911",
    "poisons_line": "1-800-222-1222",
    "crisis_line": "988",
    "safety_line": "1-800-799-7233",
    "country": "US",
}


async def test_facts_that_are_only_right_together_get_one_form(
    reception: Colleague, changed: Path
) -> None:
    page = (await reception.set_fact("country", "US")).text
    assert "These go together" in page
    for key in US:
        assert f'id="together-{key}"' in page
    assert not changes.read(changed).values
    form = {"csrf_token": reception.csrf_token, **together(page)}
    form["value"] = [US[key] for key in form["key"]]
    answer = await reception.http.post(PAGE, data=form)
    assert answer.status_code == 200, answer.text
    assert changes.read(changed).values == US
    page = (await reception.fact_back("emergency_number")).text
    for status in (422, 303):
        assert "go back to the file" in page
        form = {"csrf_token": reception.csrf_token, **together(page)}
        answer = await reception.http.post(f"{PAGE}/back", data=form)
        assert answer.status_code == status
        page = answer.text
    assert not changes.read(changed).values


async def test_either_of_two_facts_that_go_together_shows_the_other(reception: Colleague) -> None:
    page = (await reception.set_fact("emergency_number", "911")).text
    assert 'id="together-country"' in page and 'id="together-emergency_number"' in page
    assert 'id="together-poisons_line"' not in page
    page = (await reception.set_fact("practice.sun_after", "6 months")).text
    assert 'id="together-practice.sun_strong"' in page
    page = (await reception.set_fact("prices.from", "50 off")).text
    assert "These go together" not in page


async def test_of_several_together_one_that_is_wrong_keeps_all_as_they_were(
    reception: Colleague, changed: Path
) -> None:
    keys = list(US)
    values = [US[key] if key != "poisons_line" else "call us" for key in keys]
    form = {"csrf_token": reception.csrf_token, "key": keys, "value": values}
    answer = await reception.http.post(PAGE, data=form)
    assert answer.status_code == 422
    assert "&#39;poisons_line&#39; has value &#39;call us&#39;" in answer.text
    assert 'value="911"' in answer.text, "what was typed is not lost"
    assert not changes.read(changed).values


def together(page: str) -> dict[str, list[str]]:
    """What the form of several facts would send, without their values."""
    part = page[page.index('id="together"') :]
    part = part[: part.index("</form>")]
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', part) for name in ("key", "seen")}


async def test_a_day_and_a_switch_that_the_file_leaves_out_have_a_form(
    reception: Colleague, changed: Path
) -> None:
    for hours in ("00:00-24:00", "10:00-14:00"):
        assert (await reception.set_fact("hours.sunday", hours)).status_code == 200
        current.forget()
        assert f"Sunday {hours.replace('-', ' to ')}" in clinic.load_default().facts()["hours"]
    assert (await reception.fact_back("hours.sunday")).status_code == 303
    current.forget()
    assert "closed Sunday" in clinic.load_default().facts()["hours"]


def test_what_the_file_leaves_out_means_what_its_form_says() -> None:
    content = yaml.safe_load((ROOT / "clinic.yml").read_text(encoding="utf-8"))
    left_out = clinic.file.left_out()
    assert {"hours.sunday", "answers.signed_only", "handover.on_duty_means"} <= set(left_out)
    for key in left_out:
        section, name = key.split(".")
        content[section].pop(name, None)
    bare = clinic.file.checked(ROOT, content)
    filled_in = clinic.file.checked(ROOT, clinic_facts.whole(content))
    assert filled_in.settings() == bare.settings() and filled_in.words == bare.words
    for one in ("handover", "channels", "signed_only", "spoken"):
        assert getattr(filled_in, one) == getattr(bare, one)


async def test_a_line_that_is_typed_twice_counts_once(reception: Colleague, changed: Path) -> None:
    await reception.set_fact("website_chat.questions", "Does it hurt?\nDoes it hurt?\n\n")
    assert changes.read(changed).values == {"website_chat.questions": ["Does it hurt?"]}
