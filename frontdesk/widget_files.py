"""Serves the widget: a small loader, and its modules under a name that changes with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.http import Problem

WIDGET = Path(__file__).resolve().parent.parent / "widget"
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
FOR_OTHER_SITES = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"


class WidgetFiles:
    """The files of widget/, read once."""

    def __init__(self, folder: Path = WIDGET) -> None:
        self._files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in KINDS
        }
        digest = hashlib.sha256(b"\0".join(self._files.values())).hexdigest()
        self.version = digest[:12]

    def routes(self) -> list[Route]:
        """The loader, the versioned files, the sample page and the playground."""
        return [
            Route("/widget.js", self._loader),
            Route("/widget/{version}/{path:path}", self._file),
            Route("/", self._page("sample.html")),
            Route("/playground", self._page("playground.html")),
        ]

    async def _loader(self, request: Request) -> Response:
        code = self._files["widget.js"].replace(b"__VERSION__", self.version.encode())
        headers = {"Cache-Control": "public, max-age=300", **FOR_OTHER_SITES}
        return Response(code, media_type=KINDS[".js"], headers=headers)

    async def _file(self, request: Request) -> Response:
        path, version = request.path_params["path"], request.path_params["version"]
        content = self._files.get(path)
        if content is None or path.endswith(".html"):
            raise Problem(404, "not_found", "There is no such file.")
        cache = FOR_EVER if version == self.version else "no-store"
        headers = {"Cache-Control": cache, **FOR_OTHER_SITES}
        return Response(content, media_type=KINDS[Path(path).suffix], headers=headers)

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            content = self._files.get(name)
            if content is None:
                raise Problem(404, "not_found", "There is no such page.")
            return Response(content, media_type=KINDS[".html"])

        return page
