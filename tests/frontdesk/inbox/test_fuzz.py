"""Numbers and words from outside: every route of the table, every name that any route reads, hostile values.

The routes come from the app and the names from the code, so a new route or field is tried by itself.
"""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import ImmutableMultiDict
from starlette.routing import Route

from frontdesk.http import LARGEST_NUMBER, day, whole_number
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague, sign_in

ROOMS = Path("frontdesk")
HOSTILE = [
    "²",
    "٣",
    str(10**30),
    "-1",
    "1e400",
    "NaN",
    "9223372036854775808",
    str(LARGEST_NUMBER),
    "9999-12-31",
    "0001-01-01",
    "x" * 10_000,
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "../../etc/passwd",
    "%00%ff",
    "",
]
IN_JSON: list[Any] = [
    *HOSTILE,
    10**30,
    -1,
    1.5,
    True,
    None,
    [],
    {},
    [[[[]]]],
    {"seq": 10**30, "ids": [1]},
]
IN_PATH = ["²", "9" * 30, "0", "-1", "1", "x" * 3_000, "%00", "..%2f..", "٣"]
GOOD = {
    "reason": "they asked us",
    "sure": "yes",
    "keep": "yes",
    "outcome": "answered",
    "day": "2026-12-24",
    "hours": "10:00-14:00",
    "at": "2026-12-24T10:00",
    "again": "2027-12-24",
    "email": "ana@mail.example",
    "phone": "+447700900111",
    "role": "nurse",
    "active": "yes",
    "view": "all",
    "search": "yes",
    "same": "yes",
    "topic": "pain_feel",
    "key": "prices.from",
    "value": "£199",
}
ENDLESS = ("/inbox/events", "/api/events")
NOT_TRIED = ("/inbox/sign-out", "/inbox/sign-in", *ENDLESS)
"""The one ends who tries; guesses at the other are counted."""


def names_read() -> set[str]:
    """Every name that the code reads from an address, a form, JSON or a cookie."""
    found = set()
    for path in ROOMS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            is_read = called.endswith((".get", ".getlist")) and any(
                part in called for part in ("query", "form", "body", "button", "cookies")
            )
            if is_read or called == "text_of":
                found |= {a.value for a in node.args[:2] if isinstance(a, ast.Constant)}
    return {one for one in found if isinstance(one, str) and one}


def routes(front: FrontDesk) -> list[tuple[str, Route]]:
    """Every (method, route) but the streams, which never end."""
    return [
        (method, route)
        for route in front.app.routes
        if isinstance(route, Route) and route.path not in ENDLESS
        for method in sorted((route.methods or {"GET"}) - {"HEAD"})
    ]


def addresses(route: Route, known: str) -> list[str]:
    """The route with each hostile value in each of its places."""
    places = list(route.param_convertors)
    found = []
    for value in [known, *IN_PATH] if places else [""]:
        path = route.path
        for name, convertor in route.param_convertors.items():
            kind = {"NumberInAddress": ":number", "PathConvertor": ":path"}
            mark = f"{{{name}{kind.get(type(convertor).__name__, '')}}}"
            assert mark in path, (route.path, type(convertor).__name__)
            path = path.replace(mark, value)
        found.append(path)
    return found


def test_the_names_are_found() -> None:
    assert {"q", "page", "after", "seq", "staff_id", "message", "since", "day"} <= names_read()


async def test_no_route_answers_500_whatever_it_is_given(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    names, chance = sorted(names_read()), random.Random(7)
    keeps = {"csrf_token": reception.csrf_token}
    statuses: Counter[int] = Counter()
    for method, route in routes(front):
        if route.path in ("/inbox/sign-out", "/api/conversation"):
            continue
        for path in addresses(route, visitor.id):
            for _ in range(1 if route.param_convertors else 4):
                values = {name: chance.choice(HOSTILE)[:600] for name in names}
                json = {name: chance.choice(IN_JSON) for name in names}
                is_api = route.path.startswith("/api/")
                answer = await reception.http.request(
                    method,
                    path,
                    params={name: value[:300] for name, value in list(values.items())[::3]},
                    headers=visitor.headers if is_api else {},
                    **({"json": json} if is_api else {"data": {**values, **keeps}}),  # type: ignore[arg-type]
                )
                statuses[answer.status_code] += 1
                assert answer.status_code < 500, (method, path, answer.status_code, values, json)
    assert sum(statuses.values()) > 500
    assert statuses[413] < 0.05 * sum(statuses.values()), (
        "what is refused for its size has tried no route"
    )


class Reads:
    """Which names a route asked for: of its address, its form, its headers' cookies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        for method in ("get", "getlist", "__getitem__", "__contains__"):
            monkeypatch.setattr(ImmutableMultiDict, method, self._noting(method), raising=False)

    def _noting(self, method: str) -> Any:
        real = getattr(ImmutableMultiDict, method)

        def noting(this: Any, key: str, *more: Any) -> Any:
            self.names.add(key)
            return real(this, key, *more)

        return noting


def good(name: str, conversation_id: str) -> str:
    """A value with which a route gets further than its first check."""
    if name in ("other", "conversation", "about"):
        return conversation_id
    return GOOD.get(name, "1")


async def test_each_name_that_a_route_reads_takes_hostile_values_beside_good_ones(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an admin, so that every deed is within reach; whom it erases comes anew."""
    await front.staff.create("ada", "Ada", "manager", "another-password", "admin")
    ada, visitor = await sign_in(front, "ada", "another-password"), await front.visitor()
    reads, tried, chance = Reads(monkeypatch), 0, random.Random(7)

    async def ask(method: str, path: str, wrong: Mapping[str, str]) -> None:
        nonlocal visitor, tried
        if await front.desk.conversations.get(visitor.id) is None:
            visitor = await front.visitor()
        values = {name: good(name, visitor.id) for name in reads.names} | wrong
        values["csrf_token"] = ada.csrf_token
        place = {"params": values} if method == "GET" else {"data": values}
        real = path.replace("{id}", visitor.id)
        answer = await ada.http.request(method, real, **place)  # type: ignore[arg-type]
        tried += 1
        assert answer.status_code < 500, (method, real, wrong, answer.text[:300])
        assert answer.status_code not in (401, 413), (method, real, wrong)

    for method, route in routes(front):
        path = route.path.replace("{topic}", "pain_feel")
        path = re.sub(r"\{\w+:number\}", "1", path)
        if not path.startswith("/inbox/") or path in NOT_TRIED:
            continue
        reads.names = set()
        await ask(method, path, {})
        for name in sorted(reads.names - {"csrf_token"}):
            for value in chance.sample(HOSTILE, 2):
                await ask(method, path, {name: value[:4_000]})
    assert tried > 250
    assert (await ada.get("/inbox/settings")).status_code == 200, "signed in to the end"


@pytest.mark.parametrize(
    "cookie", ["inbox", "inbox_device", "inbox_order", "inbox_search", "inbox_same"]
)
async def test_cookies_that_nobody_set_are_no_error(
    front: FrontDesk, reception: Colleague, cookie: str
) -> None:
    visitor = await front.visitor()
    mine = "; ".join(f"{name}={value}" for name, value in reception.http.cookies.items())
    for value in (*HOSTILE, "e30=", "eyJxIjogW119", "{}", "[]"):
        sent = value.encode("utf-8", "replace")[:3_000].replace(b"\x00", b"")
        headers = {"cookie": f"{cookie}=".encode() + sent + b"; " + mine.encode()}
        for path in ("/inbox/?view=all&search=yes", f"/inbox/c/{visitor.id}?same=yes"):
            answer = await front.http.get(path, headers=headers)
            assert answer.status_code < 500, (cookie, value, path)


@pytest.mark.parametrize("name", ["after", "page", "search", "same", "since", "until", "view"])
async def test_each_hostile_value_alone_in_an_address(
    front: FrontDesk, reception: Colleague, name: str
) -> None:
    visitor = await front.visitor()
    for value in HOSTILE:
        for path in ("/inbox/", f"/inbox/c/{visitor.id}", "/api/messages"):
            answer = await reception.http.get(
                path, params={name: value[:300]}, headers=visitor.headers
            )
            assert answer.status_code < 500, (path, name, value)
        looked = await reception.search(**{name: value[:300]})
        assert looked.status_code == 200, (name, value)


@pytest.mark.parametrize(
    "value", ["²", "٣", "-1", "", "1.0", None, True, 1.5, 10**30, "9" * 12, []]
)
def test_what_is_no_number_is_none(value: object) -> None:
    assert whole_number(value) is None


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01", "tomorrow", None, 20261126])
def test_what_is_no_day_of_ours_is_none(value: object) -> None:
    assert day(value) is None


def test_numbers_are_read_in_one_place() -> None:
    """No route takes Starlette's own unbounded number, no room reads digits by itself."""
    for path in [*ROOMS.joinpath("inbox").rglob("*.py"), *ROOMS.joinpath("visitors").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for sign in (
            ":int}",
            ".isdigit(",
            ".isdecimal(",
            " int(request",
            "int(text_of",
            "int(form",
        ):
            assert sign not in text, (path, sign)
