"""A member of staff at the inbox."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
import pytest

from tests.frontdesk.conftest import PASSWORD, FrontDesk


@dataclass
class Colleague:
    """Somebody signed in, with a browser's cookies and the page's token."""

    http: httpx.AsyncClient
    csrf_token: str

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def search(self, **wanted: str) -> httpx.Response:
        """Look for something, as the form of the list does."""
        answer = await self.post("/inbox/search", **wanted)
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])

    async def find(self, conversation_id: str, words: str) -> httpx.Response:
        """Look for another conversation with the same person."""
        answer = await self.post(f"/inbox/c/{conversation_id}/find", same=words)
        return await self.get(answer.headers["location"])

    async def seen(self, key: str) -> str:
        """The sign of a fact of the clinic, as its form has it now."""
        page = (await self.get("/inbox/settings/clinic")).text
        found = re.search(
            rf'value="{re.escape(key)}"><input type="hidden" name="seen" value="(\w+)"', page
        )
        assert found, key
        return found[1]

    async def set_fact(self, key: str, value: str) -> httpx.Response:
        """Change a fact of the clinic, as its form does."""
        seen = await self.seen(key)
        return await self.post("/inbox/settings/clinic", key=key, value=value, seen=seen)

    async def fact_back(self, key: str) -> httpx.Response:
        """Back to the file's fact, as its form does."""
        seen = await self.seen(key)
        return await self.post("/inbox/settings/clinic/back", key=key, value="", seen=seen)

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf_token": self.csrf_token, **form})


async def sign_in(front: FrontDesk, user_name: str, password: str) -> Colleague:
    transport = httpx.ASGITransport(front.app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url=front.settings.public_url)
    answer = await http.post("/inbox/sign-in", data={"user_name": user_name, "password": password})
    assert answer.status_code == 303, answer.text
    page = (await http.get("/inbox/")).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return Colleague(http, token[1])


@pytest.fixture()
async def reception(front: FrontDesk) -> Colleague:
    return await sign_in(front, "reception", PASSWORD)


@pytest.fixture()
async def maya(front: FrontDesk) -> Colleague:
    await front.staff.create("maya", "Maya", "nurse", "another-password")
    return await sign_in(front, "maya", "another-password")
