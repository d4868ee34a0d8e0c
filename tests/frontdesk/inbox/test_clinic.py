"""Settings → Clinic: a price is changed in the browser, and visitors read it within a second."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest

import clinic
from actions.faq import filled
from clinic import changes, current
from frontdesk.inbox import clinic_facts
from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, until, within_a_second
from tests.frontdesk.inbox.conftest import Colleague

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


async def test_a_price_is_changed_shown_and_taken_back(reception: Colleague, changed: Path) -> None:
    answer = await reception.post(PAGE, key="prices.from", value="£200")
    assert answer.status_code == 200
    assert "start from £200" in answer.text or "from £200" in answer.text
    await within_a_second(partial(said, "£200"))
    page = (await reception.get(PAGE)).text
    assert "changed here" in page
    assert "prices.from: £200" in page
    await reception.post(f"{PAGE}/back", key="prices.from", value="")
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
    assert (await reception.post(PAGE, key="prices.from", value="£200")).status_code == 200
    await within_a_second(partial(said, "£200"))
    assert (await reception.post(f"{PAGE}/back", key="hours.monday")).status_code == 303
    assert "Not said" not in (await reception.get(PAGE)).text


async def test_words_in_spanish_whose_english_is_changed_are_named(reception: Colleague) -> None:
    own = "assistant.own_words.es.deposit"
    page = (await reception.post(PAGE, key="prices.deposit", value="We ask for £50.")).text
    assert f'<a href="#{own}">{own}</a>: the English was changed' in page
    page = (await reception.post(PAGE, key=own, value="Pedimos 50 £.")).text
    assert "Not said" not in page
