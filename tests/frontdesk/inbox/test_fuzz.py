"""Numbers and words from outside: every route of the table, every name that any route reads, hostile values.

The routes come from the app and the names from the code, so a new route or field is tried by itself.
"""

from __future__ import annotations

import ast
import random
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from frontdesk.http import LARGEST_NUMBER, day, whole_number
from tests.frontdesk.conftest import FrontDesk
from tests.frontdesk.inbox.conftest import Colleague

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
ENDLESS = ("/inbox/events", "/api/events")


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
    tried = 0
    for method, route in routes(front):
        if route.path in ("/inbox/sign-out", "/api/conversation"):
            continue
        for path in addresses(route, visitor.id):
            for _ in range(2 if route.param_convertors else 8):
                values = {name: chance.choice(HOSTILE) for name in names}
                json = {name: chance.choice(IN_JSON) for name in names}
                is_api = route.path.startswith("/api/")
                answer = await reception.http.request(
                    method,
                    path,
                    params={name: value[:300] for name, value in list(values.items())[::3]},
                    headers=visitor.headers if is_api else {},
                    **({"json": json} if is_api else {"data": {**values, **keeps}}),  # type: ignore[arg-type]
                )
                tried += 1
                assert answer.status_code < 500, (method, path, answer.status_code, values, json)
    assert tried > 500


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
