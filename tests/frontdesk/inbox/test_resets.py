from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

import pytest

from frontdesk.storage import connections
from tests.frontdesk.conftest import PASSWORD, SECRET, FrontDesk, until
from tests.frontdesk.inbox.conftest import Colleague
from tests.standins.mail import MailBox

NEW = "quite-another-password"


@pytest.fixture()
def extra_settings(mail_port: int) -> dict[str, str]:
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "inbox@clinic.example",
    }


async def has_mail(box: MailBox, count: int = 1) -> bool:
    return len(box.mails) >= count


async def link_by_mail(front: FrontDesk, reception: Colleague, post: MailBox) -> str:
    me = await front.member()
    await reception.post(f"/inbox/settings/people/{me.id}/email", email="desk@clinic.example")
    answer = await front.http.post("/inbox/forgotten", data={"user_name": "Reception"})
    assert answer.status_code == 200
    await until(lambda: has_mail(post))
    assert post.mails[0]["To"] == "desk@clinic.example"
    found = re.search(r"/inbox/reset#([\w-]+)", post.mails[0].get_content())
    assert found
    return found[1]


async def test_a_link_by_mail_sets_a_password_once(
    front: FrontDesk, reception: Colleague, post: MailBox
) -> None:
    token = await link_by_mail(front, reception, post)
    assert "Choose a new password" in (await front.http.get("/inbox/reset")).text
    short = await front.http.post("/inbox/reset", data={"token": token, "new": "short"})
    assert short.status_code == 422 and token in short.text
    done = await front.http.post("/inbox/reset", data={"token": token, "new": NEW})
    assert done.headers["location"] == "/inbox/sign-in"
    assert (await reception.get("/inbox/")).status_code == 303  # signed out everywhere
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.0.8") is None
    assert await front.staff.sign_in("reception", NEW, "10.0.0.8")
    again = await front.http.post("/inbox/reset", data={"token": token, "new": NEW + "2"})
    assert again.status_code == 422 and "does not work any more" in again.text


async def test_a_link_ends_after_half_an_hour(
    front: FrontDesk, reception: Colleague, post: MailBox
) -> None:
    token = await link_by_mail(front, reception, post)
    front.clock.forward(minutes=31)
    late = await front.http.post("/inbox/reset", data={"token": token, "new": NEW})
    assert late.status_code == 422
    assert await front.staff.sign_in("reception", PASSWORD, "10.0.0.8")


async def test_asking_says_nothing_about_accounts_and_sends_one_mail_in_two_minutes(
    front: FrontDesk, reception: Colleague, post: MailBox
) -> None:
    await link_by_mail(front, reception, post)
    pages = set()
    for name in ("nobody", *["reception"] * 6):
        pages.add((await front.http.post("/inbox/forgotten", data={"user_name": name})).text)
    assert len(pages) == 1
    await asyncio.sleep(0.3)
    assert len(post.mails) == 1
    front.clock.forward(minutes=3)
    await front.http.post("/inbox/forgotten", data={"user_name": "reception"})
    await until(lambda: has_mail(post, 2))


async def test_links_that_others_asked_for_block_nobody(front: FrontDesk) -> None:
    resets, me = front.app.state.rooms.staff.resets, await front.member()
    links = []
    for _ in range(5):
        links.append((await resets.link(me.id)).partition("#")[2])
        front.clock.forward(seconds=1)
    assert not await resets.choose(links[0], NEW)
    assert await resets.choose(links[-1], NEW)
    assert not await resets.choose(links[-2], NEW)


async def test_a_link_dies_when_the_password_is_changed(
    front: FrontDesk, reception: Colleague
) -> None:
    resets, me = front.app.state.rooms.staff.resets, await front.member()
    token = (await resets.link(me.id)).partition("#")[2]
    assert (await reception.post("/inbox/password", old=PASSWORD, new=NEW)).status_code == 303
    assert not await resets.choose(token, "a-third-good-password")


async def test_of_one_link_used_twice_at_once_one_use_counts(front: FrontDesk) -> None:
    resets, me = front.app.state.rooms.staff.resets, await front.member()
    token = (await resets.link(me.id)).partition("#")[2]
    found = await asyncio.gather(*[resets.choose(token, f"{NEW}-{n}") for n in range(4)])
    assert sorted(found) == [False, False, False, True]


async def test_a_mail_server_that_is_down_is_one_line_of_the_log(
    front: FrontDesk, reception: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    me = await front.member()
    await reception.post(f"/inbox/settings/people/{me.id}/email", email="desk@clinic.example")
    answer = await front.http.post("/inbox/forgotten", data={"user_name": "reception"})
    assert answer.status_code == 200

    async def logged() -> bool:
        return "could not be sent" in caplog.text

    await until(logged)
    assert "desk@clinic.example" not in caplog.text


@pytest.mark.parametrize("email", ["desk", "@clinic", "a b@c", "x" * 201 + "@c.example"])
async def test_an_address_that_is_none_is_refused(
    front: FrontDesk, reception: Colleague, email: str
) -> None:
    me = await front.member()
    page = await reception.post(f"/inbox/settings/people/{me.id}/email", email=email)
    assert page.status_code == 422 and "not an e-mail address" in page.text


def test_the_command_line_prints_a_link(tmp_path, settings) -> None:  # type: ignore[no-untyped-def]
    environment = {
        **os.environ,
        "ASSISTANT_SECRET": SECRET,
        "DATABASE_URL": settings.database_url.replace("+aiosqlite", ""),
        "PUBLIC_URL": "https://desk.example",
    }

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "frontdesk.staff.resets", *words],
            env=environment,
            capture_output=True,
            text=True,
        )

    unknown = command("nobody")
    assert unknown.returncode == 2 and "no account 'nobody'" in unknown.stderr
    asyncio.run(_account(settings.database_url))
    done = command("Reception")
    assert done.returncode == 0 and "https://desk.example/inbox/reset#" in done.stdout


async def _account(url: str) -> None:
    from datetime import datetime, timezone

    from frontdesk.staff.members import Staff
    from frontdesk.staff.second_factor import SecondFactors

    def clock() -> datetime:
        return datetime.now(timezone.utc)

    engine = connections.connect(url)
    await Staff(engine, clock, SecondFactors(engine, "", clock)).ensure_first_account(PASSWORD)
    await engine.dispose()
