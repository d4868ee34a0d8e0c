from __future__ import annotations

import fcntl
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from frontdesk.conversations.erased import (
    EDITED_WITHIN,
    KEPT,
    Erased,
    of_conversation,
    of_message,
    of_name,
)
from frontdesk.storage.file import Unusable
from tests.frontdesk.conftest import FakeClock, FrontDesk

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def test_it_names_nobody_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    erased = Erased(tmp_path / "erased.txt", FakeClock())
    assert erased.all() == frozenset()
    erased.note(of_conversation("c_maria"), of_message("c_maria", 3, NOON))
    text = (tmp_path / "erased.txt").read_text()
    assert "maria" not in text and len(text.splitlines()) == 2
    assert (tmp_path / "erased.txt").stat().st_mode & 0o077 == 0
    assert of_conversation("c_maria") in erased.all()


def test_another_message_with_the_same_number_is_another_one() -> None:
    later = NOON.replace(microsecond=1)
    assert of_message("c", 3, NOON) != of_message("c", 3, later) != of_message("c", 4, later)


def test_what_no_back_up_can_bring_back_is_dropped(tmp_path: Path) -> None:
    clock = FakeClock()
    erased = Erased(tmp_path / "erased.txt", clock)
    erased.note("old")
    clock.forward(days=KEPT.days)
    erased.note("new")
    assert erased.all() == {"old", "new"}
    clock.forward(days=1)
    assert erased.all() == {"new"}
    assert "old" in (tmp_path / "erased.txt").read_text(), "reading it writes nothing"
    erased.prune()
    assert erased.all() == {"new"}
    assert "old" not in (tmp_path / "erased.txt").read_text()


def test_a_name_is_kept_as_long_as_an_edit_may_come(tmp_path: Path) -> None:
    clock = FakeClock()
    erased = Erased(tmp_path / "erased.txt", clock)
    name, whole = of_name("whatsapp", "447700900001", "wamid.1"), of_conversation("c")
    erased.note(whole, name)
    clock.forward(days=EDITED_WITHIN.days)
    assert erased.all() == {whole, name}
    clock.forward(days=1)
    erased.prune()
    assert erased.all() == {whole}


def test_what_another_desk_adds_while_old_lines_are_dropped_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    erased, other = (Erased(tmp_path / "erased.txt", clock) for _ in range(2))
    erased.note("old")
    clock.forward(days=KEPT.days + 1)
    lock = fcntl.flock

    def add_first(file: int, how: int) -> None:
        monkeypatch.setattr("frontdesk.conversations.erased.fcntl.flock", lock)
        other.note("new")
        lock(file, how)

    monkeypatch.setattr("frontdesk.conversations.erased.fcntl.flock", add_first)
    erased.prune()
    assert erased.all() == {"new"}


def test_without_a_file_nothing_is_kept() -> None:
    erased = Erased(None, FakeClock())
    erased.note("something")
    assert erased.all() == frozenset()


def test_a_file_that_cannot_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    erased = Erased(tmp_path, FakeClock())
    with pytest.raises(Unusable, match=r"cannot be written .*; make it .* ERASED_FILE in .env"):
        erased.note("something")


async def test_where_it_cannot_be_noted_the_visitor_is_told_to_try_again(
    front: FrontDesk, tmp_path: Path
) -> None:
    visitor = await front.visitor()
    await visitor.say("hello")
    front.desk.conversations.erased._path = tmp_path  # a folder: nothing can be written there
    answer = await front.http.delete("/api/conversation", headers=visitor.headers)
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert await visitor.words("visitor") == ["hello"], "nothing is erased that could come back"


def test_a_disk_that_is_full_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased, write = Erased(tmp_path / "erased", FakeClock()), os.write
    erased.note("a" * 64)
    monkeypatch.setattr(os, "write", lambda file, words: write(file, words[:20]))
    with pytest.raises(Unusable, match="No space left"):
        erased.note("b" * 64)
    monkeypatch.undo()
    erased.note("c" * 64)
    assert erased.all() == {"a" * 64, "c" * 64}
