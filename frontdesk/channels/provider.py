"""One request to a provider, and what its answer means for the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from frontdesk.channels.problems import explained, stops
from frontdesk.outgoing.carrier import Refused, TryAgain, Unclear
from frontdesk.outgoing.connections import KeptConnections

SECONDS = 10.0
LONGEST_WAIT = 3_600.0
LARGEST_MEDIA = 8 * 1024 * 1024
MOST_REDIRECTS = 4
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Problem = tuple[str, bool, float | None]
"""The provider's error code, whether it asks to slow down, and for how many seconds."""


class Provider:
    """A provider's REST API. ``problem`` reads its error body."""

    def __init__(
        self,
        name: str,
        url: str,
        problem: Callable[[dict[str, object]], Problem],
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self._name = name
        self._problem = problem
        self._http, self._files = (
            httpx.AsyncClient(
                base_url=url, headers=headers, auth=auth, timeout=SECONDS, transport=transport
            )
            for transport in (KeptConnections(), None)
        )
        self._elsewhere = httpx.AsyncClient(timeout=SECONDS)

    async def post(self, path: str, **content: object) -> dict[str, object]:
        """Post ``json=`` or ``data=`` and return the answer. Raise Refused, TryAgain or Unclear."""
        answer = await self._ask("POST", path, **content)
        return _body(answer)

    async def get(self, path: str) -> dict[str, object]:
        """Read something. Raise Refused, TryAgain or Unclear."""
        return _body(await self._ask("GET", path))

    async def download(self, url: str, is_theirs: Callable[[str], bool]) -> tuple[str, bytes]:
        """Content type and bytes of a file of at most 8 MB, which may lead to others that pass ``is_theirs``.

        Credentials go to the API alone. Raise Refused, TryAgain or Unclear.
        """
        address = self._http.base_url.join(url)
        for _ in range(MOST_REDIRECTS):
            if not is_theirs(str(address)):
                raise Refused(f"the file does not lie with {self._name}")
            is_api = address.host == self._http.base_url.host
            client = self._files if is_api else self._elsewhere
            try:
                async with client.stream("GET", address) as answer:
                    if not answer.is_redirect:
                        self._check(answer, {})
                        return await self._bounded(answer)
                    address = address.join(answer.headers["location"])
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TryAgain(f"{self._name} did not give the file") from error
        raise Refused("the file leads from one address to the next")

    @staticmethod
    async def _bounded(answer: httpx.Response) -> tuple[str, bytes]:
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST_MEDIA:
                raise Refused("the file is larger than 8 MB")
        return answer.headers.get("content-type", "").partition(";")[0], bytes(content)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()
        await self._files.aclose()
        await self._elsewhere.aclose()

    async def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **content)
        except NOT_SENT as error:
            raise TryAgain(f"{self._name} cannot be reached") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unclear(
                f"unclear whether {self._name} took it ({type(error).__name__})"
            ) from error
        self._check(answer, _body(answer))
        return answer

    def _check(self, answer: httpx.Response, body: dict[str, object]) -> None:
        """Raise Refused or TryAgain for an answer that is no success."""
        if answer.is_success:
            return
        code, slow_down, seconds = self._problem(body)
        why = explained(self._name, code, answer.status_code)
        if answer.status_code == 429 or answer.status_code >= 500 or slow_down:
            wait = seconds or retry_after(answer.headers.get("retry-after", ""))
            raise TryAgain(why, min(wait, LONGEST_WAIT) if wait else None)
        raise Refused(why, stops(self._name, code))


def retry_after(value: str) -> float | None:
    """Seconds of a Retry-After header, which is a number of seconds or a date."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds()) or None


def _body(answer: httpx.Response) -> dict[str, object]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
