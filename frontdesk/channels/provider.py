"""One request to a provider, and what its answer means for the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from frontdesk.channels.base import Refused, TryAgain, Unclear

SECONDS = 10.0
LONGEST_WAIT = 3_600.0
LARGEST_MEDIA = 8 * 1024 * 1024
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Problem = tuple[str, bool, float | None]
"""The provider's error code, whether it asks to slow down, and for how many seconds."""


class Provider:
    """A provider's REST API. ``problem`` reads its error body."""

    def __init__(
        self,
        name: str,
        url: str,
        problem: Callable[[dict[str, Any]], Problem],
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self._name = name
        self._problem = problem
        self._http = httpx.AsyncClient(base_url=url, headers=headers, auth=auth, timeout=SECONDS)

    async def post(self, path: str, **content: Any) -> dict[str, Any]:
        """Post ``json=`` or ``data=`` and return the answer. Raise Refused, TryAgain or Unclear."""
        answer = await self._ask("POST", path, **content)
        return _body(answer)

    async def get(self, path: str) -> dict[str, Any]:
        """Read something. Raise Refused, TryAgain or Unclear."""
        return _body(await self._ask("GET", path))

    async def download(self, url: str) -> tuple[str, bytes]:
        """Content type and bytes of a file of at most 8 MB. Raise Refused, TryAgain or Unclear."""
        answer = await self._ask("GET", url, follow_redirects=True)
        if len(answer.content) > LARGEST_MEDIA:
            raise Refused("the file is larger than 8 MB")
        return answer.headers.get("content-type", "").partition(";")[0], answer.content

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **content)
        except NOT_SENT as error:
            raise TryAgain(f"{self._name} cannot be reached") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unclear(
                f"unclear whether {self._name} took it ({type(error).__name__})"
            ) from error
        if answer.is_success:
            return answer
        code, slow_down, seconds = self._problem(_body(answer))
        why = f"{self._name} answered {answer.status_code}" + (f", error {code}" if code else "")
        if answer.status_code == 429 or answer.status_code >= 500 or slow_down:
            wait = seconds or retry_after(answer.headers.get("retry-after", ""))
            raise TryAgain(why, min(wait, LONGEST_WAIT) if wait else None)
        raise Refused(why)


def retry_after(value: str) -> float | None:
    """Seconds of a Retry-After header, which is a number of seconds or a date."""
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds()) or None


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
