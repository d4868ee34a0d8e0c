"""One transaction a turn; any number of assistants on one database, and the database is the truth."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from sqlalchemy.exc import OperationalError

from assistant import tracker_store
from assistant.forgetting import without
from assistant.tracker_store import AnsweredElsewhere, ConversationTrackerStore, TurnUnderWay
from tests.standins.databases import new_database, postgres_url

CONVERSATION = "a-conversation"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_url() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/events.db"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def stores(url: str) -> tuple[ConversationTrackerStore, ConversationTrackerStore]:
    """Two assistants' stores on one database."""
    one, other = (ConversationTrackerStore(Domain.empty(), host=url) for _ in range(2))
    return one, other


def fill(turn: TurnUnderWay, text: str) -> None:
    events = [UserUttered(text), BotUttered(f"re {text}"), ActionExecuted("action_listen")]
    begin = [] if turn.tracker.events else [SessionStarted()]
    turn.tracker.update_with_events([*begin, *events], None)


async def say(store: ConversationTrackerStore, text: str, message_id: str | None = None) -> None:
    with store.process(CONVERSATION, message_id or text) as turn:
        fill(turn, text)
        await turn.keep()


async def texts(store: ConversationTrackerStore) -> list[str]:
    tracker = await store.retrieve(CONVERSATION)
    return [e.text for e in tracker.events if isinstance(e, UserUttered)] if tracker else []


async def test_what_one_assistant_keeps_the_other_knows_at_once(stores: tuple) -> None:
    for number in range(6):
        await say(stores[number % 2], str(number))
        assert (
            await texts(stores[0]) == await texts(stores[1]) == [str(n) for n in range(number + 1)]
        )
    assert stores[0].turn(CONVERSATION, "3") == stores[1].turn(CONVERSATION, "3")
    assert stores[0].turn(CONVERSATION, "3").bot[0]["text"] == "re 3"
    assert stores[0].turn(CONVERSATION, "never") is None


async def test_of_two_that_answer_at_once_one_keeps_its_turn(stores: tuple) -> None:
    await say(stores[0], "first")
    with (
        stores[0].process(CONVERSATION, "mine") as mine,
        stores[1].process(CONVERSATION, "theirs") as theirs,
    ):
        fill(mine, "mine")
        fill(theirs, "theirs")
        await theirs.keep()
        with pytest.raises(AnsweredElsewhere):
            await mine.keep()
    assert await texts(stores[0]) == await texts(stores[1]) == ["first", "theirs"]


async def test_a_message_is_kept_once(stores: tuple) -> None:
    await say(stores[0], "one", "m_1")
    with pytest.raises(AnsweredElsewhere):
        await say(stores[1], "again", "m_1")
    assert await texts(stores[1]) == ["one"]


async def test_a_turn_that_fails_leaves_nothing(stores: tuple) -> None:
    await say(stores[0], "one")
    with pytest.raises(ValueError), stores[0].process(CONVERSATION, "two") as turn:
        fill(turn, "two")
        await stores[0].save(turn.tracker)  # as Rasa does at the end of a message
        raise ValueError
    assert await texts(stores[0]) == await texts(stores[1]) == ["one"]


async def test_turns_that_wait_for_each_other_are_all_kept(stores: tuple) -> None:
    async def talk(conversation: str) -> None:
        for number in range(3):
            with stores[0].process(conversation, str(number)) as turn:
                fill(turn, str(number))
                await turn.keep()

    ids = [f"conversation-{number}" for number in range(20)]
    await asyncio.gather(*(talk(one) for one in ids))
    assert all(stores[1].turn(one, "2") for one in ids)
    assert sorted(await stores[1].keys()) == sorted(ids)


async def test_one_turn_that_cannot_be_kept_spoils_no_other(stores: tuple) -> None:
    await say(stores[0], "one")
    with (
        stores[0].process(CONVERSATION, "late") as late,
        stores[0].process("another-one", "first") as fine,
    ):
        fill(late, "late")
        fill(fine, "fine")
        await say(stores[1], "earlier")
        kept = await asyncio.gather(late.keep(), fine.keep(), return_exceptions=True)
    assert isinstance(kept[0], AnsweredElsewhere)
    assert kept[1].bot[0]["text"] == "re fine"


async def test_erased_is_gone_for_everybody_and_may_begin_again(stores: tuple) -> None:
    await say(stores[0], "one")
    await say(stores[1], "two")
    stores[0].erase(CONVERSATION)
    assert await texts(stores[0]) == await texts(stores[1]) == []
    await say(stores[1], "anew")
    assert await texts(stores[0]) == ["anew"]
    with stores[0].engine.connect() as connection:
        for table in ("events", "assistant_turns"):
            assert connection.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar() in (1, 4)


async def test_what_one_forgets_no_other_has_in_memory(stores: tuple) -> None:
    await say(stores[0], "p_0123456789abcdef")
    assert await texts(stores[1]) == ["p_0123456789abcdef"]
    await say(stores[1], "the end")
    for _ in range(2):
        stores[0].forget(CONVERSATION, partial(without, "p_0123456789abcdef"))
    assert await texts(stores[0]) == await texts(stores[1]) == ["", ""]
    await say(stores[1], "and on")
    assert await texts(stores[0]) == ["", "", "and on"]


async def test_memory_holds_so_many_and_no_more(
    stores: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_store, "IN_MEMORY", 2)
    for number in range(4):
        with stores[0].process(f"conversation-{number}", "m") as turn:
            fill(turn, "hello")
            await turn.keep()
    assert list(stores[0]._kept) == ["conversation-2", "conversation-3"]


async def test_a_locked_database_is_an_error_and_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_store, "WAIT_SECONDS", 0.1)
    store = ConversationTrackerStore(Domain.empty(), host=f"sqlite:///{tmp_path}/events.db")
    await say(store, "one")
    other = sqlite3.connect(tmp_path / "events.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OperationalError):
        await say(store, "two")
    other.execute("ROLLBACK")
    other.close()
    assert await texts(store) == ["one"]
    await say(store, "two")
    assert await texts(store) == ["one", "two"]


ANOTHER_PROCESS = """
import asyncio, sys
from rasa.shared.core.domain import Domain
from assistant.tracker_store import ConversationTrackerStore
from tests.assistant.test_tracker_store import say, texts
store = ConversationTrackerStore(Domain.empty(), host=sys.argv[1])
for line in sys.stdin:
    asyncio.run(say(store, line.strip()))
    print(asyncio.run(texts(store)), flush=True)
"""


def test_two_processes_take_turns(url: str) -> None:
    store = ConversationTrackerStore(Domain.empty(), host=url)
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", ANOTHER_PROCESS, url],
        env={**os.environ, "PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        said: list[str] = []
        for number in range(5):
            asyncio.run(say(store, f"here {number}"))
            other.stdin.write(f"there {number}\n")
            other.stdin.flush()
            said += [f"here {number}", f"there {number}"]
            assert other.stdout.readline().strip() == str(said)
            assert asyncio.run(texts(store)) == said
        other.stdin.close()
