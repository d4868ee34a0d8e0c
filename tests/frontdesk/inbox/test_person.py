"""What staff do with a person's data, and that reading is in the audit once a look."""

from __future__ import annotations

import sqlalchemy as sa

from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk, Visitor
from tests.frontdesk.inbox.conftest import Colleague


async def audited(front: FrontDesk) -> list[str]:
    rows = await front.desk.conversations.rows(sa.select(tables.audit).order_by(tables.audit.c.id))
    return [row.what for row in rows if not row.what.startswith("signed")]


async def linked(front: FrontDesk, colleague: Colleague) -> tuple[Visitor, Visitor]:
    ana, phone = await front.visitor(), await front.visitor()
    for one in (ana, phone):
        await one.say("Ana here")
    await colleague.post(f"/inbox/c/{ana.id}/same-person", other=phone.id)
    return ana, phone


async def test_erasing_a_person_needs_a_reason_and_a_tick_and_is_audited(
    front: FrontDesk, maya: Colleague
) -> None:
    ana, phone = await linked(front, maya)
    path = f"/inbox/c/{ana.id}/erase"
    assert (await maya.post(path, reason="because", sure="yes")).status_code == 422
    assert (await maya.post(path, reason="they asked us")).status_code == 422
    assert await front.desk.conversations.get(ana.id)
    assert (await maya.post(path, reason="they asked us", sure="yes")).status_code == 303
    for one in (ana, phone):
        assert await front.desk.conversations.get(one.id) is None
    assert (await audited(front)).count("erased: they asked us") == 2
    assert (await maya.post(path, reason="they asked us", sure="yes")).status_code == 404


async def test_a_copy_is_a_file_that_names_nobody_in_its_address(
    front: FrontDesk, maya: Colleague
) -> None:
    ana, _ = await linked(front, maya)
    assert (await maya.post(f"/inbox/c/{ana.id}/copy")).status_code == 422
    for _ in range(2):
        file = await maya.post(f"/inbox/c/{ana.id}/copy", sure="yes")
        assert file.headers["content-disposition"] == 'attachment; filename="copy-2026-11-23.json"'
        assert [len(one["messages"]) for one in file.json()["conversations"]] == [3, 3]
    assert (await audited(front)).count("handed out a copy") == 2


async def test_keeping_needs_a_reason_and_stops_the_erasing(
    front: FrontDesk, maya: Colleague
) -> None:
    ana, _ = await linked(front, maya)
    path = f"/inbox/c/{ana.id}"
    assert (await maya.post(f"{path}/keep", keep="yes")).status_code == 422
    assert (await maya.post(f"{path}/keep", keep="yes", why="a complaint")).status_code == 303
    assert "Kept on purpose by Maya" in (await maya.get(path)).text
    refused = await maya.post(f"{path}/erase", reason="they asked us", sure="yes")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "kept")
    await maya.post(f"{path}/keep", keep="no")
    done = await maya.post(f"{path}/erase", reason="they asked us", sure="yes")
    assert done.status_code == 303
    found = await audited(front)
    assert "kept beyond its time" in found and "not kept any more" in found


async def test_reading_is_in_the_audit_once_a_look_and_not_for_each_refresh(
    front: FrontDesk, maya: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    refresh = {"hx-request": "true"}
    looks = {
        f"/inbox/c/{visitor.id}": "opened conversation",
        "/inbox/?view=callbacks": "read callbacks",
        "/inbox/learning": "read learning",
    }
    for path, what in looks.items():
        await maya.get(path)
        front.clock.forward(minutes=5)
        if "learning" not in path:
            for _ in range(3):
                await maya.http.get(path, headers=refresh)
        assert (await audited(front)).count(what) == 1, path
        await maya.get(path)
        assert (await audited(front)).count(what) == 2, path
    await maya.search(q="hello")
    assert (await audited(front)).count("searched") == 1


async def test_who_only_ever_refreshes_is_in_the_audit_all_the_same(
    front: FrontDesk, maya: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    await maya.http.get(f"/inbox/c/{visitor.id}", headers={"hx-request": "true"})
    assert (await audited(front)).count("opened conversation") == 1


async def test_names_and_numbers_that_somebody_looks_for_are_in_no_address(
    front: FrontDesk, maya: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("I am Zebedee")
    answer = await maya.post("/inbox/search", q="Zebedee")
    assert "Zebedee" not in answer.headers["location"]
    page = await maya.get(answer.headers["location"])
    assert visitor.id in page.text and "q=Zebedee" not in page.text
    answer = await maya.post(f"/inbox/c/{visitor.id}/find", same="Zebedee")
    assert "Zebedee" not in answer.headers["location"]
