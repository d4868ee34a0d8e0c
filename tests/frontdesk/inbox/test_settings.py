from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from frontdesk.http import CONTENT_SECURITY_POLICY
from frontdesk.inbox.canned import CannedReply
from frontdesk.inbox.holidays import Holiday, Holidays
from frontdesk.inbox.seen import mark_of
from frontdesk.staff.accounts import Accounts, OnlyAdmin
from frontdesk.storage import tables
from tests.frontdesk.conftest import PASSWORD, FrontDesk, until
from tests.frontdesk.inbox.conftest import Colleague, sign_in

NEW = "my-own-new-password"


def one_time(page: str) -> str:
    found = re.search(r"<code>([\w-]{16})</code>", page)
    assert found, page
    return found[1]


async def id_of(front: FrontDesk, user_name: str) -> int:
    return next(one.id for one in await front.staff.members() if one.user_name == user_name)


async def audited(front: FrontDesk) -> list[str]:
    rows = await front.desk.conversations.rows(tables.audit.select().order_by(tables.audit.c.id))
    return [row.what for row in rows]


# --- people ---


async def test_a_new_person_signs_in_once_with_the_password_shown_and_chooses_another(
    front: FrontDesk, reception: Colleague
) -> None:
    form = {"user_name": " Tom ", "name": "Tom", "job": "nurse", "role": "receptionist"}
    answer = await reception.post("/inbox/settings/people", **form)
    password = one_time(answer.text)
    assert password not in (await reception.get("/inbox/settings")).text
    signed = await front.http.post(
        "/inbox/sign-in", data={"user_name": "tom", "password": password}
    )
    assert signed.status_code == 303
    for path in ("/inbox/", "/inbox/numbers"):
        assert (await front.http.get(path)).headers["location"] == "/inbox/password"
    page = (await front.http.get("/inbox/password")).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token and "one-time password" in page
    form = {"csrf_token": token[1], "old": password, "new": NEW, "on_duty": "no"}
    refused = await front.http.post("/inbox/duty", data=form)
    assert refused.json()["error"]["code"] == "not_yet"
    assert (await front.http.post("/inbox/password", data=form)).headers["location"] == "/inbox/"
    assert (await front.http.get("/inbox/")).status_code == 200
    assert await front.staff.sign_in("tom", password, "10.0.0.9") is None
    assert await front.staff.sign_in("tom", NEW, "10.0.0.9")


async def test_a_one_time_password_ends_after_a_day(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    staff_id = await id_of(front, "maya")
    page = (await reception.post(f"/inbox/settings/people/{staff_id}/password")).text
    assert (await maya.get("/inbox/")).status_code == 303  # signed out everywhere
    assert await front.staff.sign_in("maya", one_time(page), "10.0.0.9")
    front.clock.forward(hours=25)
    assert await front.staff.sign_in("maya", one_time(page), "10.0.0.9") is None
    assert f"reset password of account {staff_id}" in await audited(front)


async def test_switching_off_ends_sessions_and_switching_on_lets_in_again(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    staff_id = await id_of(front, "maya")
    path = f"/inbox/settings/people/{staff_id}/active"
    await reception.post(path, active="no")
    assert (await maya.get("/inbox/")).status_code == 303
    assert await front.staff.sign_in("maya", "another-password", "10.0.0.9") is None
    assert "switched off" in (await reception.get("/inbox/settings")).text
    await reception.post(path, active="yes")
    assert await front.staff.sign_in("maya", "another-password", "10.0.0.9")


async def test_a_role_takes_effect_at_once(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    path = f"/inbox/settings/people/{await id_of(front, 'maya')}/role"
    assert (await maya.get("/inbox/settings")).status_code == 403
    assert "/inbox/settings" not in (await maya.get("/inbox/")).text
    assert (await reception.post(path, role="boss")).status_code == 422
    assert (await reception.post(path, role="admin")).status_code == 303
    assert (await maya.get("/inbox/settings")).status_code == 200


async def test_somebody_remains_admin(front: FrontDesk, reception: Colleague) -> None:
    staff_id = await id_of(front, "reception")
    for change, form in (("role", {"role": "receptionist"}), ("active", {"active": "no"})):
        answer = await reception.post(f"/inbox/settings/people/{staff_id}/{change}", **form)
        assert answer.status_code == 422 and "Somebody must remain admin" in answer.text
    accounts = Accounts(front.desk.conversations._engine, front.staff, front.clock)
    with pytest.raises(OnlyAdmin):
        await accounts.switch_off(staff_id, await front.member())
    assert (await reception.get("/inbox/settings")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"user_name": "RECEPTION"}, "taken"),
        ({"role": "boss"}, "A role is one of receptionist, nurse, clinician, manager, admin."),
        ({"name": " "}, "1 to 60 characters"),
        ({"job": "n" * 61}, "1 to 60 characters"),
    ],
)
async def test_a_person_who_cannot_be_added_is_told_why(
    front: FrontDesk, reception: Colleague, changed: dict[str, str], problem: str
) -> None:
    form = {"user_name": "tom", "name": "Tom", "job": "nurse", "role": "receptionist", **changed}
    answer = await reception.post("/inbox/settings/people", **form)
    assert answer.status_code == 422 and problem in answer.text
    assert len(await front.staff.members()) == 1


async def test_an_account_that_is_not_there(reception: Colleague) -> None:
    for change in ("role", "active", "password"):
        path = f"/inbox/settings/people/99/{change}"
        assert (await reception.post(path, role="receptionist")).status_code == 404


async def test_changing_ones_password_ends_all_other_sessions(
    front: FrontDesk, reception: Colleague
) -> None:
    elsewhere = await sign_in(front, "reception", PASSWORD)
    for old, new in [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, PASSWORD)]:
        assert (await reception.post("/inbox/password", old=old, new=new)).status_code == 422
    assert (await elsewhere.get("/inbox/")).status_code == 200
    assert (await reception.post("/inbox/password", old=PASSWORD, new=NEW)).status_code == 303
    assert (await reception.get("/inbox/")).status_code == 200
    assert (await elsewhere.get("/inbox/")).status_code == 303


# --- ready-made replies ---


async def test_a_reply_is_filled_in_when_it_is_used(front: FrontDesk, reception: Colleague) -> None:
    text = "Call {phone}. <b>Now</b> {"
    form = {"title": "Call us", "text": text}
    assert (await reception.post("/inbox/settings/replies", **form)).status_code == 303
    visitor = await front.visitor()
    page = (await reception.get(f"/inbox/c/{visitor.id}")).text
    assert "Call +44 20 7946 0123. &lt;b&gt;Now&lt;/b&gt; {" in page
    assert "{phone}" in (await reception.get("/inbox/settings")).text
    seen = CannedReply(1, "Call us", text).seen
    form["text"] = "Call us."
    await reception.post("/inbox/settings/replies/1", **form, seen=seen)
    assert "Call us.</textarea>" in (await reception.get("/inbox/settings")).text
    seen = CannedReply(1, "Call us", "Call us.").seen
    await reception.post("/inbox/settings/replies/1/remove", seen=seen)
    assert "Call us." not in (await reception.get("/inbox/settings")).text


@pytest.mark.parametrize(
    ("title", "text", "problem"),
    [
        ("Other", "Our {secret}", "{secret}"),
        ("Other", " ", "a title and a text"),
        ("t" * 61, "x", "60 characters"),
        ("Hello", "x", "already"),
    ],
)
async def test_a_reply_that_cannot_be_kept_stays_in_the_form(
    reception: Colleague, title: str, text: str, problem: str
) -> None:
    await reception.post("/inbox/settings/replies", title="Hello", text="Hello!")
    answer = await reception.post("/inbox/settings/replies", title=title, text=text)
    assert answer.status_code == 422 and problem in answer.text
    assert f'value="{title}"' in answer.text


async def test_the_second_of_two_who_change_a_reply_sees_both(reception: Colleague) -> None:
    replies = "/inbox/settings/replies"
    await reception.post(replies, title="Hello", text="One.")
    seen = CannedReply(1, "Hello", "One.").seen
    await reception.post(f"{replies}/1", title="Hello", text="Two.", seen=seen)
    answer = await reception.post(f"{replies}/1", title="Hello", text="Three.", seen=seen)
    assert answer.status_code == 422
    assert "Hello is “Two.” by now" in answer.text and "Three.</textarea>" in answer.text
    removed = await reception.post(f"{replies}/1/remove", seen=seen)
    assert removed.status_code == 422 and "Two." in removed.text
    now = CannedReply(1, "Hello", "Two.").seen
    assert now in answer.text, "the form is that of the newest words"
    assert (await reception.post(f"{replies}/1/remove", seen=now)).status_code == 303
    late = await reception.post(f"{replies}/1", title="Hello", text="Three.", seen=now)
    assert "Somebody removed this reply" in late.text and "Three.</textarea>" in late.text
    assert (await reception.post(f"{replies}/1/remove", seen=now)).status_code == 303


async def test_the_second_of_two_admins_sees_what_the_first_made_of_an_account(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    person = f"/inbox/settings/people/{await id_of(front, 'maya')}"
    await front.staff.create("ana", "Ana", "doctor", "another-password", "clinician")
    sign = f"/inbox/settings/people/{await id_of(front, 'ana')}/signature"
    first = {"seen": mark_of(None), "email": "maya@one.example"}
    assert (await reception.post(f"{person}/email", **first)).status_code == 303
    second = await reception.post(f"{person}/email", **{**first, "email": "maya@two.example"})
    assert second.status_code == 422
    assert "maya@one.example by now; yours was maya@two.example" in second.text
    as_ana = {"seen": mark_of(None, None), "signs_as": "Dr Ana Ruiz", "registration": "GMC 1"}
    assert (await reception.post(sign, **as_ana)).status_code == 303
    second = await reception.post(sign, **{**as_ana, "registration": "GMC 2"})
    assert "Dr Ana Ruiz, GMC 1 by now; yours was Dr Ana Ruiz, GMC 2" in second.text
    page = (await reception.get("/inbox/settings")).text
    assert mark_of("Dr Ana Ruiz", "GMC 1") in page and mark_of("maya@one.example") in page
    role = {"seen": mark_of("receptionist"), "role": "manager"}
    assert "Maya is" in (await reception.post(f"{person}/role", **{**role, "seen": "x"})).text


# --- opening hours ---


async def test_the_second_of_two_who_keep_a_day_sees_both(
    front: FrontDesk, reception: Colleague
) -> None:
    days = "/inbox/settings/days"
    first = Holiday(date(2026, 11, 24), "Stocktaking", "10:00-12:00")
    form = {"day": "2026-11-24", "word": "Stocktaking", "hours": "10:00-12:00"}
    for _ in range(2):
        assert (await reception.post(days, **form)).status_code == 303
    other = {**form, "word": "Party", "hours": ""}
    answer = await reception.post(days, **other)
    assert answer.status_code == 422
    assert "24 November 2026 is kept as “Stocktaking · 10:00-12:00” by now" in answer.text
    assert 'value="Party"' in answer.text and first.seen in answer.text
    assert (await reception.post(f"{days}/remove", day="2026-11-24")).status_code == 422
    assert (await reception.post(days, **other, seen=first.seen)).status_code == 303
    gone = await reception.post(f"{days}/remove", day="2026-11-24", seen=first.seen)
    assert gone.status_code == 422 and "Party · closed" in gone.text
    assert [one.word for one in await front.app.state.rooms.ground.holidays.all()] == ["Party"]


async def test_a_day_that_another_desk_keeps_closes_this_one_too(front: FrontDesk) -> None:
    other = Holidays(front.app.state.rooms.ground.engine)
    await other.keep(Holiday(date(2026, 11, 23), "Storm", ""), "")

    async def closed() -> bool:
        return not front.desk.clinic.is_open(front.clock())

    await until(closed)


async def test_a_holiday_closes_the_front_desk_everywhere(
    front: FrontDesk, reception: Colleague
) -> None:
    form = {"day": "2026-11-23", "word": "Founder's day", "hours": ""}
    assert await front.desk.handover.staff_available()
    assert (await reception.post("/inbox/settings/days", **form)).status_code == 303
    assert not await front.desk.handover.staff_available()
    assert (await front.http.get("/api/clinic")).json()["open"] is False
    assert front.desk.clinic.facts(front.clock())["next_opening"] == "tomorrow at 09:00"
    visitor = await front.visitor()
    await visitor.say("cannot breathe")

    async def told() -> bool:
        return any("we open again tomorrow" in line for line in await visitor.words("system"))

    await until(told)
    page = (await reception.get("/inbox/settings")).text
    assert "Founder&#39;s day · closed" in page and "is closed now" in page
    seen = Holiday(date(2026, 11, 23), "Founder's day", "").seen
    await reception.post("/inbox/settings/days/remove", day="2026-11-23", seen=seen)
    assert await front.desk.handover.staff_available()


async def test_a_day_may_have_other_hours_and_is_remembered_after_a_restart(
    front: FrontDesk, reception: Colleague
) -> None:
    form = {"day": "2026-11-23", "word": "Stocktaking", "hours": "09:00-10:00, 13:00-15:00"}
    await reception.post("/inbox/settings/days", **form)
    assert not front.desk.clinic.is_open(front.clock())
    async with front.app.router.lifespan_context(front.app):
        front.clock.forward(hours=1)
        assert front.desk.clinic.is_open(front.clock())


async def test_a_day_that_is_over_is_refused_in_words(reception: Colleague) -> None:
    form = {"day": "2025-12-25", "word": "Christmas Day", "hours": ""}
    answer = await reception.post("/inbox/settings/days", **form)
    assert answer.status_code == 422 and "That day is over" in answer.text
    assert 'value="Christmas Day"' in answer.text


@pytest.mark.parametrize(
    "changed",
    [{"day": "yesterday"}, {"word": " "}, {"hours": "10:00"}, {"hours": "14:00-10:00"}],
)
async def test_a_day_that_cannot_be_kept_is_refused_in_words(
    front: FrontDesk, reception: Colleague, changed: dict[str, str]
) -> None:
    form = {"day": "2026-11-23", "word": "Holiday", "hours": "", **changed}
    answer = await reception.post("/inbox/settings/days", **form)
    assert answer.status_code == 422 and "A day needs a date" in answer.text
    assert front.desk.clinic.is_open(front.clock())
    assert (await reception.post("/inbox/settings/days/remove", day="x")).status_code == 422


async def test_the_page_obeys_the_strict_policy(reception: Colleague) -> None:
    for path in ("/inbox/settings", "/inbox/password"):
        answer = await reception.get(path)
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "style=" not in answer.text and "<script>" not in answer.text


async def test_the_audit_tells_who_did_what_and_cannot_be_changed(
    front: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("share")
    await maya.get(f"/inbox/c/{visitor.id}")
    await front.http.delete("/api/conversation", headers=visitor.headers)
    await reception.get("/inbox/numbers.csv")
    await maya.post("/inbox/sign-out")
    await reception.get("/inbox/audit.csv")
    file = (await reception.get("/inbox/audit.csv")).text
    for line in (
        f"maya,read health answers,{visitor.id}",
        f",erased by the visitor,{visitor.id}",
        "reception,exported numbers,",
        "reception,exported the audit,",
        "maya,signed out,",
        "maya,signed in,",
    ):
        assert line in file, line
    for change in (tables.audit.delete(), tables.audit.update().values(what="nothing")):
        with pytest.raises(DBAPIError, match="only added to"):
            await front.desk.conversations.write(change)


async def test_what_retention_erases_is_in_the_audit(front: FrontDesk) -> None:
    visitor = await front.visitor()
    front.clock.forward(days=front.desk.clinic.retention.longest + 1)
    await front.app.state.rooms.retention.run()
    assert await audited(front) == ["erased after retention time"]
    assert await front.desk.conversations.get(visitor.id) is None
