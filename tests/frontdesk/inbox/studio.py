"""Colleagues who write and sign, and an answer that keeps every rule."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from frontdesk.storage import tables
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague, sign_in

PARKING = {
    "topic": "",
    "seen": "0",
    "file": "the_clinic.yml",
    "question": "Is there a bench in the hall?",
    "text": "There is a bench in the hall. You can sit and wait there. Please write to {email} if you need more room.",
    "sms": "There is a bench in the hall where you can sit and wait. Write to {email} if you need more room.",
    "more": "",
    "sources": "clinic",
    "related": "pain_feel",
    "asks": "is there somewhere to sit in the corridor\nbench in the hall?",
}
"""A new answer that says only what the clinic knows of itself."""


async def colleague(front: FrontDesk, role: str, name: str | None = None) -> Colleague:
    name = name or role
    await front.staff.create(name, name.title(), role, "another-password", role)
    return await sign_in(front, name, "another-password")


async def clinician(front: FrontDesk, name: str = "ana", factor: bool = True) -> Colleague:
    """Somebody who may sign: a clinician with a whole name, a number and a second factor."""
    await front.staff.create(name, name.title(), "doctor", "another-password", "clinician")
    ana = await sign_in(front, name, "another-password")
    mine = tables.staff.c.user_name == name
    values = {"signs_as": "Dr Ana Ruiz", "registration": "GMC 7654321"}
    if name != "ana":
        values = {"signs_as": f"Dr {name.title()} Lind", "registration": f"GMC {name}"}
    await front.desk.conversations.write(tables.staff.update().where(mine).values(**values))
    if factor:
        await second_factor(front, name)
    return ana


async def second_factor(front: FrontDesk, name: str) -> None:
    """The member has one, and used it."""
    mine = sa.select(tables.staff.c.id).where(tables.staff.c.user_name == name)
    row = (await front.desk.conversations.rows(mine))[0]
    found = {
        "staff_id": row.id,
        "secret": "A" * 32,
        "last_step": 0,
        "confirmed_at": front.clock(),
    }
    await front.desk.conversations.write(tables.second_factors.insert().values(**found))


def form_of(page: str) -> dict[str, Any]:
    """What the editor's form would send."""
    form: dict[str, Any] = {"sources": [], "related": []}
    begin = page.index('<form id="editor"')
    editor = page[begin : page.index("</form>", begin)]
    for found in re.finditer(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"([^>]*)>', editor):
        name, value = found[1], _text(found[2])
        if name in ("sources", "related"):
            form[name].append(value)
        elif name != "staff_answer":
            form[name] = value
    for found in re.finditer(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', editor, re.S):
        form[found[1]] = _text(found[2])
    return form


def _text(value: str) -> str:
    for sign, letter in (
        ("&#39;", "'"),
        ("&#34;", '"'),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ):
        value = value.replace(sign, letter)
    return value


async def edit(who: Colleague, topic: str, **changed: str) -> httpx.Response:
    """Open an answer, change something, keep it."""
    form = form_of((await who.get(f"/inbox/answers/{topic}")).text)
    return await who.http.post(f"/inbox/answers/{topic}", data={**form, **changed})


def next_year(today: date = date(2026, 11, 23)) -> str:
    return (today + timedelta(days=365)).isoformat()
