"""The way of our own requests to the assistant and to providers: aiohttp's, at a sixth of the cost of httpx's own."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

IDLE_SECONDS = 5.0
"""A connection that nobody has used for so long is opened anew: the other side may just be closing it."""


class KeptConnections(httpx.AsyncBaseTransport):
    """Connections that are kept between requests; an answer is read whole.

    ``again``: a connection that the other side closed or reset between two calls is not a failure, and
    the request goes out once more, on a connection of its own. Only for what may be said twice.
    """

    def __init__(self, again: bool = False) -> None:
        self._again = again
        self._kept: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and read the whole answer. Raise httpx's errors."""
        if self._kept is None:
            self._kept = _session()
        try:
            return await self._send(request, self._kept)
        except httpx.RemoteProtocolError:
            if not self._again:
                raise
            async with _session() as new:
                return await self._send(request, new)

    @staticmethod
    async def _send(request: httpx.Request, session: aiohttp.ClientSession) -> httpx.Response:
        limits = request.extensions["timeout"]
        try:
            async with session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=request.content,
                allow_redirects=False,
                proxy=_proxy(request.url.scheme, request.url.host),
                timeout=aiohttp.ClientTimeout(limits["read"], sock_connect=limits["connect"]),
            ) as answer:
                content = await answer.read()
                return httpx.Response(answer.status, headers=answer.raw_headers, content=content)
        except (
            aiohttp.ServerTimeoutError
        ) as error:  # with these limits only of what never connected
            raise httpx.ConnectTimeout(str(error)) from error
        except asyncio.TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error)) from error

    async def aclose(self) -> None:
        """Let go of the connections."""
        if self._kept is not None:
            await self._kept.close()


@lru_cache(maxsize=64)
def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names, read once: aiohttp's trust_env reads all of it, and a file
    of passwords (~/.netrc), for each request."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _session() -> aiohttp.ClientSession:
    trusted = httpx.create_ssl_context()  # whom httpx itself trusts
    connector = aiohttp.TCPConnector(ssl=trusted, keepalive_timeout=IDLE_SECONDS)
    return aiohttp.ClientSession(connector=connector, auto_decompress=False)
