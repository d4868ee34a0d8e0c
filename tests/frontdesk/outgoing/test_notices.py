"""Staff outside the inbox are told: a real SMTP server, a real webhook, and nothing said twice."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from clinic import Clinic
from frontdesk.app import create_app
from frontdesk.outgoing import notices as notices_module
from frontdesk.outgoing.notices import WAITS, ByWebhook, Notice, Notices, targets_of
from frontdesk.settings import Settings, SettingsError, WebhookSettings
from frontdesk.storage import connections, tables
from tests.frontdesk.conftest import SECRET, FakeClock, FrontDesk, until
from tests.standins.assistant import StandInAssistant
from tests.standins.mail import MailBox

HOOK_SECRET = "a-webhook-secret-for-tests"
WORDS = "my private worry, can I talk to a human"


class Hook:
    """Another program: remembers what came, and refuses when told so."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.codes: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.codes.pop(0) if self.codes else 204)


@pytest.fixture()
def mailed(settings: Settings, mail_port: int) -> Settings:
    return Settings.read(
        {
            "ASSISTANT_SECRET": SECRET,
            "DATABASE_URL": settings.database_url.replace("+aiosqlite", ""),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail_port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "inbox@clinic.example",
            "NOTIFY_EMAILS": "desk@clinic.example nurse@clinic.example",
            "PUBLIC_URL": "https://desk.example",
        }
    )


@pytest.fixture()
async def by_mail(
    front: FrontDesk, mailed: Settings, clinic: Clinic
) -> AsyncIterator[tuple[Notices, FakeClock]]:
    engine = connections.connect(mailed.database_url)
    targets = targets_of(mailed, clinic, front.clock)
    yield told_by(front, Notices(engine, targets, mailed.public_url, front.clock)), front.clock
    await engine.dispose()


@pytest.fixture()
def hook() -> Hook:
    return Hook()


@pytest.fixture()
async def by_webhook(front: FrontDesk, settings: Settings, hook: Hook) -> AsyncIterator[Notices]:
    engine = connections.connect(settings.database_url)
    to = WebhookSettings("https://other.example/hook", HOOK_SECRET)
    target = ByWebhook(to, front.clock, httpx.MockTransport(hook))
    yield told_by(front, Notices(engine, {"webhook": target}, "https://desk.example", front.clock))
    await engine.dispose()


def told_by(front: FrontDesk, notices: Notices) -> Notices:
    """What happens at this front desk is noted by these notices, in the desk's own transaction."""
    notices._engine = front.desk.conversations._engine
    front.desk.handover._notices = notices
    return notices


async def somebody_waits(front: FrontDesk) -> str:
    visitor = await front.visitor()
    await visitor.say(WORDS)

    async def waits() -> bool:
        return await visitor.owner() == "waiting"

    await until(waits)
    return visitor.id


async def outcomes(front: FrontDesk) -> list[str | None]:
    rows = await front.desk.conversations.rows(
        tables.notices.select().order_by(tables.notices.c.at)
    )
    return [row["outcome"] for row in rows]


async def test_everybody_gets_one_mail_with_a_link_and_no_words(
    front: FrontDesk, by_mail: tuple[Notices, FakeClock], post: MailBox, clinic: Clinic
) -> None:
    conversation_id = await somebody_waits(front)
    for _ in range(3):
        await by_mail[0].run()
    assert sorted(mail["To"] for mail in post.mails) == [
        "desk@clinic.example",
        "nurse@clinic.example",
    ]
    for mail in post.mails:
        assert mail["Subject"] == f"A conversation is waiting ({clinic.name})"
        assert f"https://desk.example/inbox/c/{conversation_id}" in mail.get_content()
        assert "worry" not in mail.as_string() and "human" not in mail.as_string()


async def test_a_mail_server_that_refuses_is_asked_again(
    front: FrontDesk, by_mail: tuple[Notices, FakeClock], post: MailBox
) -> None:
    notices, clock = by_mail
    post.refusals = 2
    await somebody_waits(front)
    await notices.run()
    assert post.mails == []
    clock.forward(seconds=int(WAITS[0].total_seconds()))
    await notices.run()
    assert len(post.mails) == 2
    assert await outcomes(front) == ["sent", "sent"]


async def test_no_mail_server_at_all_is_given_up_after_the_last_wait(
    front: FrontDesk, by_mail: tuple[Notices, FakeClock]
) -> None:
    notices, clock = by_mail
    visitor = await front.visitor()
    await visitor.say("please call me back")
    conversation = await front.desk.conversations.get(visitor.id)
    await front.desk.handover.note_callback(conversation, "Ann", "07700 900123", None)
    for wait in [timedelta(0), *WAITS]:
        clock.now += wait
        await notices.run()
    assert all(str(one).startswith("given up") for one in await outcomes(front))


async def test_the_webhook_is_signed_over_id_time_and_body(
    front: FrontDesk, by_webhook: Notices, hook: Hook
) -> None:
    conversation_id = await somebody_waits(front)
    await by_webhook.run()
    (request,) = hook.requests
    body = request.content.decode()
    stamp = request.headers["webhook-timestamp"]
    assert int(stamp) == int(front.clock.now.timestamp())
    text = f"{request.headers['webhook-id']}.{stamp}.{body}"
    digest = hmac.new(HOOK_SECRET.encode(), text.encode(), hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    told = json.loads(body)
    assert told["type"] == "conversation.waiting"
    assert told["data"] == {"link": f"https://desk.example/inbox/c/{conversation_id}"}
    assert "worry" not in body


async def test_the_delivery_id_stays_and_the_time_moves_over_retries(
    front: FrontDesk, by_webhook: Notices, hook: Hook
) -> None:
    hook.codes = [500, 410]
    await somebody_waits(front)
    for wait in WAITS[:3]:
        await by_webhook.run()
        await by_webhook.run()  # not due yet: nothing is sent
        front.clock.now += wait
    assert len(hook.requests) == 3
    assert len({one.headers["webhook-id"] for one in hook.requests}) == 1
    assert len({one.headers["webhook-timestamp"] for one in hook.requests}) == 3
    assert await outcomes(front) == ["sent"]


async def test_a_restart_neither_loses_nor_repeats_one(
    front: FrontDesk, settings: Settings, hook: Hook
) -> None:
    engine = connections.connect(settings.database_url)
    to = WebhookSettings("https://other.example/hook", HOOK_SECRET)
    hook.codes = [503]
    told_by(front, Notices(engine, {"webhook": ByWebhook(to, front.clock)}, "", front.clock))
    await somebody_waits(front)
    for _ in range(3):
        target = ByWebhook(to, front.clock, httpx.MockTransport(hook))
        await Notices(engine, {"webhook": target}, "https://desk.example", front.clock).run()
        front.clock.forward(seconds=10)
    await engine.dispose()
    assert len(hook.requests) == 2
    assert len({one.headers["webhook-id"] for one in hook.requests}) == 1


async def test_who_was_taken_meanwhile_is_not_announced_any_more(
    front: FrontDesk, by_webhook: Notices, hook: Hook
) -> None:
    hook.codes = [500]
    conversation_id = await somebody_waits(front)
    await by_webhook.run()
    conversation = await front.desk.conversations.get(conversation_id)
    await front.desk.handover.take(conversation, await front.member())
    front.clock.forward(minutes=1)
    await by_webhook.run()
    assert len(hook.requests) == 1
    assert await outcomes(front) == ["not needed any more"]


async def test_erasing_a_conversation_erases_its_notices(
    front: FrontDesk, by_webhook: Notices
) -> None:
    conversation_id = await somebody_waits(front)
    await by_webhook.run()
    await front.desk.erase(conversation_id)
    assert await outcomes(front) == []


async def test_the_front_desk_itself_sends_them(
    mailed: Settings, clinic: Clinic, post: MailBox
) -> None:
    assistant, clock = StandInAssistant(SECRET), FakeClock()
    app = create_app(mailed, clinic, clock, assistant.transport)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as http:
            front = FrontDesk(app, assistant, clock, mailed, http)
            await app.state.rooms.staff.members.ensure_first_account("a-password-for-tests")
            await somebody_waits(front)

            async def told() -> bool:
                return len(post.mails) == 2

            await until(told)


@pytest.mark.parametrize(
    ("settings_of", "said"),
    [
        ({"NOTIFY_EMAILS": "a@b.example"}, "'SMTP_HOST' is missing"),
        ({"SMTP_HOST": "mail.example"}, "'MAIL_FROM' has value ''"),
        (
            {"SMTP_HOST": "mail.example", "MAIL_FROM": "a@b.example", "NOTIFY_EMAILS": "desk"},
            "'NOTIFY_EMAILS' has value 'desk'",
        ),
        (
            {"SMTP_HOST": "mail.example", "MAIL_FROM": "a@b.example", "SMTP_SECURITY": "ssl"},
            "'SMTP_SECURITY' has value 'ssl'; allowed: starttls, tls, none",
        ),
        (
            {"SMTP_HOST": "mail.example", "MAIL_FROM": "a@b.example", "SMTP_PORT": "0"},
            "'SMTP_PORT' has value '0'; allowed: 1 to 65535",
        ),
        ({"NOTIFY_WEBHOOK_URL": "https://x.example"}, "'NOTIFY_WEBHOOK_SECRET' is too short"),
        (
            {"NOTIFY_WEBHOOK_URL": "x.example", "NOTIFY_WEBHOOK_SECRET": HOOK_SECRET},
            "'NOTIFY_WEBHOOK_URL' has value 'x.example'",
        ),
    ],
)
def test_a_wrong_setting_is_named(settings_of: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match="allowed|missing|short") as error:
        Settings.read({"ASSISTANT_SECRET": SECRET, **settings_of})
    assert said in str(error.value)


class Told:
    """A target that takes what it is told at once, or never."""

    def __init__(self, takes: bool) -> None:
        self.takes = takes
        self.begun: list[Notice] = []

    async def tell(self, notice_id: str, kind: Notice, link: str, at: datetime) -> None:
        self.begun.append(kind)
        if not self.takes:
            await asyncio.Event().wait()

    async def close(self) -> None:
        pass


async def test_a_mail_server_that_does_not_answer_keeps_no_emergency_from_the_others(
    front: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_module, "WAITED_SECONDS", 0.05)
    dead, hook = Told(takes=False), Told(takes=True)
    engine = front.app.state.rooms.ground.engine
    notices = Notices(
        engine, {"mail 1": dead, "webhook": hook}, "https://desk.example", front.clock
    )
    visitor = await front.visitor()
    await visitor.say("call me")
    for _ in range(6):
        await notices.note(visitor.id, Notice.CALLBACK)
    await notices.run()
    await front.desk.conversations.update(visitor.id, missed_at=front.clock())
    await notices.note(visitor.id, Notice.URGENT)

    async def is_told() -> bool:
        await notices.run()
        return Notice.URGENT in hook.begun

    await until(is_told, 10)
    assert dead.begun == [Notice.CALLBACK], "it is still at the first"
    await notices.close()


async def test_the_urgent_is_told_before_what_came_first(front: FrontDesk) -> None:
    hook = Told(takes=True)
    engine = front.app.state.rooms.ground.engine
    notices = Notices(engine, {"webhook": hook}, "https://desk.example", front.clock)
    visitor = await front.visitor()
    await visitor.say("call me")
    for _ in range(6):
        await notices.note(visitor.id, Notice.CALLBACK)
        front.clock.forward(seconds=1)
    await front.desk.conversations.update(visitor.id, missed_at=front.clock())
    await notices.note(visitor.id, Notice.URGENT)
    await notices.run()
    assert hook.begun[0] is Notice.URGENT and len(hook.begun) == 7
