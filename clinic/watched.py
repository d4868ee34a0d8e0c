"""What files say, read again when one of them changes: how a change in the inbox reaches every process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

LOOK_AGAIN = 0.25  # seconds; a change is in every process within a second

Found = TypeVar("Found")
Stamp = tuple[object, ...]


class Watched(Generic[Found]):
    """The last that was right. ``files`` says where to look now; None stands for no file.

    what: what stays as it was when a file is wrong, for the log. A first look that fails raises.
    """

    def __init__(
        self,
        files: Callable[[], Sequence[Path | None]],
        read: Callable[..., Found],
        what: str,
    ) -> None:
        self._files, self._read, self._what = files, read, what
        self.forget()

    def forget(self) -> None:
        """The next question reads the files, whatever was seen."""
        self._found: Found | None = None
        self._stamp: Stamp = ()
        self._looked = 0.0

    def get(self) -> Found:
        """What the files say. Raise ValueError at the first look; later a mistake changes nothing."""
        now = time.monotonic()
        if self._found is not None and now - self._looked < LOOK_AGAIN:
            return self._found
        self._looked = now
        files = self._files()
        stamp = tuple((path, _state(path)) for path in files if path)
        if self._found is None or stamp != self._stamp:
            try:
                self._found = self._read(*files)
            except ValueError as error:
                if self._found is None:
                    raise
                logger.error("%s as they were: %s", self._what, error)
            self._stamp = stamp
        return self._found


def _state(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
