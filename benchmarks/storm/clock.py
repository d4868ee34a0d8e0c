"""Row 21: the clock jumps while somebody talks, waits, is handed back; in one process, as time is injected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.storm.report import ROOT, Found
from clinic import load
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.storage.connections import migrate
from tests.frontdesk.conftest import PASSWORD, SECRET, URL, FakeClock, FrontDesk
from tests.standins.assistant import StandInAssistant

JUMPS: tuple[dict[str, int], ...] = ({"hours": -1}, {"hours": 1}, {"days": -1}, {"days": 1})


@asynccontextmanager
async def _front(folder: Path) -> AsyncIterator[FrontDesk]:
    found = load(ROOT / "clinic.yml")
    clinic = replace(found, handover=replace(found.handover, on_duty_means="notice"))
    values = {"ASSISTANT_SECRET": SECRET, "STAFF_PASSWORD": PASSWORD, "PUBLIC_URL": URL}
    settings = Settings.read({**values, "DATABASE_URL": f"sqlite:///{folder}/desk.db"})
    migrate(settings.database_url)
    assistant, clock = StandInAssistant(SECRET), FakeClock()
    app = create_app(settings, clinic, clock, assistant.transport)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
            yield FrontDesk(app, assistant, clock, settings, http)


async def jumps(rounds: int = 10) -> Found:
    """Messages before and after each jump: all there, in order, answered; nothing begins afresh."""
    lost = reverted = refused = told = 0
    with TemporaryDirectory() as folder:
        async with _front(Path(folder)) as front:
            for number in range(rounds):
                front.clock.forward(minutes=2)
                visitor, member = await front.visitor(), await front.member()
                sent = []
                for jump in JUMPS:
                    text = f"message {number} {jump}"
                    answer = await visitor.post(text=text)
                    refused += answer.status_code != 202
                    sent.append(text)
                    front.clock.forward(**jump)
                await visitor.say("the last one")
                said = await visitor.words("visitor")
                lost += said != [*sent, "the last one"]
                lost += len(await visitor.words("assistant")) != len(said) + 1
                held = await front.desk.conversations.get(visitor.id)
                assert held
                handover = front.desk.handover
                await handover.reply(held, member, "a person", "k")
                front.clock.forward(**JUMPS[number % 4])
                held = await front.desk.conversations.get(visitor.id)
                assert held
                await handover.hand_back(held, member.name, staff=member.shown_name)
                await visitor.say("once")
                await visitor.say("twice")
                spoke = [turn["context"]["after_staff"] for turn in front.assistant.turns[-2:]]
                reverted += spoke != [True, False]
                told += 2
    measured = f"{rounds} conversations, {rounds * 5} jumps of an hour or a day: {lost} lost or out of order, {refused} refused, {reverted} begun afresh"
    return Found(21, measured, not lost and not reverted and not refused)
