"""Serves the widget: a small loader, and its modules under a name that changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path

import rjsmin
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.http import Problem

WIDGET = Path(__file__).resolve().parents[2] / "widget"
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
FOR_OTHER_SITES = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"


def clinic_id(request: Request) -> str:
    """What data-clinic may say: the clinic's name in small letters and hyphens."""
    name: str = request.app.state.rooms.ground.clinic.name
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class WidgetFiles:
    """The files of widget/, read once; scripts without their comments and spaces."""

    def __init__(self, folder: Path = WIDGET, is_sample: bool = True) -> None:
        self._is_sample = is_sample
        self._files = {
            str(path.relative_to(folder)): served(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in KINDS
        }
        digest = hashlib.sha256(b"\0".join(self._files.values())).hexdigest()
        self.version = digest[:12]

    def routes(self) -> list[Route]:
        """The loader, the versioned files; of a sample clinic also its page and the playground."""
        pages = {"/": "sample.html", "/playground": "playground.html"}
        return [
            Route("/widget.js", self._loader),
            Route("/widget/{version}/{path:path}", self._file),
            *[Route(path, self._page(name)) for path, name in pages.items() if self._is_sample],
        ]

    async def _loader(self, request: Request) -> Response:
        values = {
            b"__VERSION__": self.version,
            b"__CLINIC__": clinic_id(request),
            b"__PHONE__": request.app.state.rooms.ground.clinic.phone,
        }
        code = self._files["widget.js"]
        for mark, value in values.items():
            code = code.replace(mark, value.encode())
        headers = {"Cache-Control": "public, max-age=300", **FOR_OTHER_SITES}
        return _compressed(request, code, KINDS[".js"], headers)

    async def _file(self, request: Request) -> Response:
        path, version = request.path_params["path"], request.path_params["version"]
        content = self._files.get(path)
        if content is None or path.endswith(".html"):
            raise Problem(404, "not_found", "There is no such file.")
        cache = FOR_EVER if version == self.version else "no-store"
        headers = {"Cache-Control": cache, **FOR_OTHER_SITES}
        return _compressed(request, content, KINDS[Path(path).suffix], headers)

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            content = self._files.get(name)
            if content is None:
                raise Problem(404, "not_found", "There is no such page.")
            headers = {"Cache-Control": "no-cache"}
            return Response(content, media_type=KINDS[".html"], headers=headers)

        return page


def served(path: Path) -> bytes:
    """A file as visitors get it."""
    content = path.read_bytes()
    return rjsmin.jsmin(content) if path.suffix == ".js" else content


def _compressed(request: Request, content: bytes, kind: str, headers: dict[str, str]) -> Response:
    """The content as small as the browser can take it."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = _zip(content), {**headers, "Content-Encoding": "gzip"}
    return Response(content, media_type=kind, headers=headers)


@lru_cache(maxsize=64)
def _zip(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
