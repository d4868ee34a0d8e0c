"""Two front desks on one PostgreSQL: one works, a dead one is followed, a slow one changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from clinic import Clinic
from frontdesk.app import create_app
from frontdesk.channels.base import Event, Inbound
from frontdesk.channels.reception import Reception
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.outgoing.notices import ByWebhook, Notice
from frontdesk.settings import Settings, WebhookSettings
from frontdesk.storage import claims as module
from frontdesk.storage.claims import ClaimLost, Claims
from frontdesk.storage.connections import connect, migrate
from frontdesk.storage.tables import notices
from tests.frontdesk.conftest import PASSWORD, SECRET, URL, FakeClock, FrontDesk, Visitor, until
from tests.standins.assistant import StandInAssistant
from tests.standins.databases import new_database, postgres_url


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_url() as address:
        yield address


@pytest.fixture()
def url(server: str) -> str:
    return new_database(server)


@pytest.fixture()
async def two(url: str, clinic: Clinic) -> AsyncIterator[list[FrontDesk]]:
    """Two front desks beside one assistant."""
    assistant, clock, found = StandInAssistant(SECRET), FakeClock(), []
    async with AsyncExitStack() as stack:
        values = {"ASSISTANT_SECRET": SECRET, "STAFF_PASSWORD": PASSWORD, "PUBLIC_URL": URL}
        settings = Settings.read({**values, "DATABASE_URL": url})
        migrate(settings.database_url)
        for _ in range(2):
            app = create_app(settings, clinic, clock, assistant.transport)
            await stack.enter_async_context(app.router.lifespan_context(app))
            http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
            await stack.enter_async_context(http)
            found.append(FrontDesk(app, assistant, clock, settings, http))
        yield found


async def test_what_two_desks_are_woken_for_is_answered_once(two: list[FrontDesk]) -> None:
    one, other = two
    visitors = [await one.visitor() for _ in range(5)]
    for number in range(4):
        for visitor in visitors:
            await visitor.post(text=f"hello {number}")
            one.desk.wake(visitor.id)
            other.desk.wake(visitor.id)
    for visitor in visitors:
        await until(lambda visitor=visitor: visitor._settled())
        said = await Visitor(other, visitor.token, visitor.id).words("assistant")
        assert said[1:] == [f"echo: hello {number}" for number in range(4)]
    assert one.assistant.asked == 20


async def test_a_turn_that_another_desk_has_taken_over_leaves_nothing(
    two: list[FrontDesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_SECONDS", 60.0)
    one, other = two
    visitor = await one.visitor()
    one.assistant.gate.clear()
    await visitor.post(text="a human please")
    await until(lambda: asked(one, 1))
    write = one.desk.conversations.write
    await write(module.T.update().values(until=module._now() - module.sa.text("interval '1 s'")))
    other.desk.wake(visitor.id)
    await until(lambda: asked(one, 2))
    one.assistant.gate.set()
    await until(lambda: visitor._settled())
    await asyncio.sleep(0.3)
    changes = one.app.state.rooms.conversations.store
    query = module.sa.text("select count(*) from owner_changes where after = 'waiting'")
    assert (await changes.rows(query))[0][0] == 1
    assert len(await visitor.words("system")) == 1


async def asked(front: FrontDesk, count: int) -> bool:
    return front.assistant.asked >= count


async def test_a_claim_has_one_holder_is_renewed_and_its_number_only_grows(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_SECONDS", 0.1)
    migrate(f"postgresql+asyncpg{url.removeprefix('postgresql')}")
    engine = connect(f"postgresql+asyncpg{url.removeprefix('postgresql')}")
    first, second = Claims(engine), Claims(engine)
    async with first.hold("turn", "c_1") as mine:
        async with second.hold("turn", "c_1") as theirs, second.hold("send", "c_1") as another:
            assert (mine, theirs, another) == (True, False, True)
        begun = await held_until(engine)

        async def is_renewed(begun: datetime = begun) -> bool:
            return await held_until(engine) > begun

        await until(is_renewed)
        async with second.hold("turn", "c_1") as theirs:
            assert theirs is False
        async with engine.begin():
            await first.still_ours()
        async with engine.begin() as connection:
            await connection.execute(module.T.update().values(number=module.T.c.number + 1))
        with pytest.raises(ClaimLost):
            async with engine.begin():
                await first.still_ours()
    await engine.dispose()


async def test_a_claim_that_could_not_be_renewed_once_is_renewed_later(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_SECONDS", 0.1)
    migrate(f"postgresql+asyncpg{url.removeprefix('postgresql')}")
    engine = connect(f"postgresql+asyncpg{url.removeprefix('postgresql')}")
    claims, real, failures = Claims(engine), engine.begin, [1, 1]
    async with claims.hold("turn", "c_1"):
        begun = await held_until(engine)

        def begin() -> AbstractAsyncContextManager[AsyncConnection]:
            if failures:
                failures.pop()
                raise OperationalError("UPDATE", None, OSError())
            return real()

        monkeypatch.setattr(engine, "begin", begin)

        async def is_renewed() -> bool:
            return await held_until(engine) > begun

        await until(is_renewed, 10)
        assert not failures
    await engine.dispose()


async def held_until(engine: AsyncEngine) -> datetime:
    async with engine.connect() as connection:
        return await connection.scalar(module.sa.select(module.sa.func.max(module.T.c.until)))


async def test_of_two_desks_one_tells_each_notice_and_one_acts_on_each_timer(
    two: list[FrontDesk], clinic: Clinic
) -> None:
    told: list[str] = []

    async def hook(request: httpx.Request) -> httpx.Response:
        told.append(json.loads(request.content)["type"])
        await asyncio.sleep(0.05)
        return httpx.Response(204)

    for front in two:
        to = WebhookSettings("https://other.example/hook", "a-webhook-secret-for-tests")
        target = ByWebhook(to, front.clock, httpx.MockTransport(hook))
        front.app.state.rooms.outgoing.notices._targets = {"webhook": target}
    await two[0].staff.set_on_duty((await two[0].member()).id, True)
    visitors = [await two[0].visitor() for _ in range(6)]
    for visitor in visitors:
        await visitor.post(text="a human please")
        await until(lambda visitor=visitor: waits(visitor))
    for kind in (Notice.WAITING, Notice.STILL_WAITING, Notice.MISSED):
        for _ in range(3):
            await asyncio.gather(*[one.app.state.rooms.answering.timers.run() for one in two])
            await asyncio.gather(*[one.app.state.rooms.outgoing.notices.run() for one in two])
        await until(lambda: none_due(two[0]))
        assert told.count(kind) == len(visitors), kind
        two[0].clock.forward(seconds=int(clinic.handover.claim_minutes * 30))
    missed = [len(await visitor.words("system")) for visitor in visitors]
    assert missed == [2] * len(visitors)  # "waiting" and "nobody came", each once


async def waits(visitor: Visitor) -> bool:
    return await visitor.owner() == "waiting"


async def none_due(front: FrontDesk) -> bool:
    query = notices.select().where(notices.c.next_at.is_not(None))
    return not await front.desk.conversations.rows(query)


async def test_of_two_desks_one_takes_in_each_webhook(url: str) -> None:
    migrate(f"postgresql+asyncpg{url.removeprefix('postgresql')}")
    engines = [connect(f"postgresql+asyncpg{url.removeprefix('postgresql')}") for _ in range(2)]
    kept = [WebhookEvents(engine, FakeClock()) for engine in engines]
    desks = [Reception(*both) for both in zip(engines, kept, strict=True)]
    taken: list[str] = []

    async def handle(event: Event) -> None:
        assert isinstance(event, Inbound)
        taken.append(event.provider_id)
        await asyncio.sleep(0.01)

    events = [Inbound("sms", "+447700900001", f"SM{number}", "hello") for number in range(20)]
    await kept[0].keep(events)
    for desk in desks:
        desk.start(handle)

    async def is_done() -> bool:
        return not await kept[0].first(but=())

    await until(is_done)
    for desk in desks:
        await desk.stop()
    assert taken == [event.provider_id for event in events]
    for engine in engines:
        await engine.dispose()
