"""Files of a mail: for staff where they are switched on, by their content, within bounds, gone with their message."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from frontdesk.channels.mail import LARGEST_FILES
from frontdesk.storage.tables import arrivals, mail_files
from tests.frontdesk.channels.contract import lines, messages, of, settled
from tests.frontdesk.channels.drivers import EmailDriver, Payload
from tests.frontdesk.conftest import PASSWORD, FrontDesk, until
from tests.frontdesk.inbox.conftest import sign_in
from tests.frontdesk.inbox.test_attachments import SECRET_PLACE, picture

PICTURE = picture()
SCRIPT = b"<script>alert(1)</script>"

pytestmark = pytest.mark.parametrize("driver", [EmailDriver], indirect=True)


def mail(driver: EmailDriver, *files: tuple[bytes, str]) -> Payload:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = driver.address, driver.own, "<1@mail.example>"
    made.set_content("is this normal?")
    for number, (content, name) in enumerate(files):
        made.add_attachment(content, "image", "jpeg", filename=f"{number}-{name}")
    return {"sender": driver.address, "recipient": driver.own, "body-mime": made.as_string()}


def show(front: FrontDesk, are_shown: bool) -> None:
    """As when somebody changes it in the settings."""
    clinic = front.desk.clinic
    clinic = replace(clinic, channels=replace(clinic.channels, media=are_shown))
    front.desk.clinic = clinic
    channel = front.app.state.rooms.channels.by_name["email"]
    channel._clinic = clinic


async def kept(front: FrontDesk) -> int:
    return len(await front.desk.conversations.rows(mail_files.select()))


async def test_staff_open_what_a_file_is_and_not_what_it_says(
    front: FrontDesk, driver: EmailDriver
) -> None:
    show(front, True)
    await driver.post(front, mail(driver, (PICTURE, "arm.exe"), (SCRIPT, "arm.jpg")))
    await settled(front, driver)
    staff = await sign_in(front, "reception", PASSWORD)
    path = f"/inbox/c/{(await of(front, driver)).id}"
    seq = next(
        one.seq for one in await messages(front, driver) if one.payload and "more" in one.payload
    )
    page = (await staff.get(path)).text
    assert f'/media/{seq}"' in page and f'/media/{seq}?file=1"' in page
    shown = await staff.get(f"{path}/media/{seq}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert SECRET_PLACE.encode() not in shown.content
    script = await staff.get(f"{path}/media/{seq}?file=1")
    assert script.content == SCRIPT and script.headers["content-disposition"].startswith(
        "attachment"
    )
    assert script.headers["content-type"] == "application/octet-stream"
    for number in ("2", "-1", "x"):
        assert (await staff.get(f"{path}/media/{seq}?file={number}")).status_code == 404
    assert not await front.desk.conversations.rows(arrivals.select())
    await front.desk.erase((await of(front, driver)).id)
    assert await kept(front) == 0


async def test_where_files_are_off_nothing_is_kept_and_the_visitor_reads_so(
    front: FrontDesk, driver: EmailDriver
) -> None:
    show(front, False)
    await driver.post(front, mail(driver, (PICTURE, "arm.jpg")))
    await settled(front, driver)
    assert await kept(front) == 0
    assert any(
        "cannot look at pictures" in one or "so our staff will" in one
        for one in await lines(front, driver)
    )


async def test_a_file_of_twenty_megabytes_is_named_and_not_kept(
    front: FrontDesk, driver: EmailDriver
) -> None:
    show(front, True)
    large = PICTURE + b"x" * 20_000_000
    await driver.post(front, mail(driver, (large, "large.jpg"), (PICTURE, "small.jpg")))
    await settled(front, driver)
    assert len(large) > LARGEST_FILES and await kept(front) == 1
    staff = await sign_in(front, "reception", PASSWORD)
    page = (await staff.get(f"/inbox/c/{(await of(front, driver)).id}")).text
    assert "too large to be kept here" in page and "?file=1" in page


async def test_a_mail_in_letters_without_a_name_is_read(
    front: FrontDesk, driver: EmailDriver
) -> None:
    head = f"From: {driver.address}\nTo: {driver.own}\nMessage-ID: <2@mail.example>\n\n"
    raw = b"sender=x&body-mime=" + b"".join(
        b"%%%02X" % byte for byte in head.encode() + b"caf\xe9?"
    )
    assert (await driver.post_raw(front, raw)).status_code == 200
    await until(front.taken_in)
    await settled(front, driver)
    assert [turn["text"] for turn in front.assistant.turns] == ["café?"]
    fields = [("sender", b"x"), ("body-mime", head.replace("2@", "3@").encode() + b"na\xefve?")]
    fields += [(name, value.encode()) for name, value in driver.sign(b"").items()]
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields
    )
    kind = {"content-type": "multipart/form-data; boundary=b"}
    answer = await front.http.post(driver.path, content=body + b"--b--\r\n", headers=kind)
    assert answer.status_code == 200
    await until(front.taken_in)
    await settled(front, driver)
    assert front.assistant.turns[-1]["text"] == "naïve?"
