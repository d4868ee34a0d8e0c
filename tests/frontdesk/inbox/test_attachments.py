"""Photos and documents both ways: checked by what they hold, without what a camera noted, gone with the chat."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from frontdesk.conversations.attachments import LARGEST, LONGEST_EDGE, NotTaken, photo
from tests.frontdesk.conftest import FrontDesk, Visitor
from tests.frontdesk.inbox.conftest import Colleague

SECRET_PLACE = "zanzibar-camera"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def picture(form: str = "JPEG", size: tuple[int, int] = (3_000, 40), turned: int = 1) -> bytes:
    """A photo as a camera writes it: with a place, a phone, a remark, and how it was held."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0110], exif[0x0112] = SECRET_PLACE, turned
    image = Image.effect_noise(size, 60).convert("P" if form == "GIF" else "RGB")
    more = {} if form == "GIF" else {"exif": exif.tobytes()}
    image.save(file, form, comment=SECRET_PLACE.encode(), **more)
    return file.getvalue()


@pytest.fixture()
async def with_files(front: FrontDesk) -> FrontDesk:
    """A clinic that has switched files on."""
    clinic = front.desk.clinic
    front.desk.clinic = replace(clinic, channels=replace(clinic.channels, attachments=True))
    return front


async def post(visitor: Visitor, content: bytes, key: str = "p1") -> httpx.Response:
    path, headers = f"/api/attachments?id={key}", visitor.headers
    return await visitor.front.http.post(path, content=content, headers=headers)


async def send(
    staff: Colleague, conversation_id: str, content: bytes, name: str = "x.pdf", **more: str
) -> httpx.Response:
    form = {"csrf_token": staff.csrf_token, "conversation": conversation_id, "key": "k1", **more}
    files = {"file": (name, content, "text/html")}
    return await staff.http.post("/inbox/attachments", data=form, files=files)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_a_photo_is_painted_anew_without_what_the_camera_noted(form: str) -> None:
    given = picture(form)
    assert SECRET_PLACE.encode() in given or form == "WEBP"
    taken = await photo(given)
    assert (taken.media_type, taken.name) == ("image/jpeg", "photo.jpg")
    assert SECRET_PLACE.encode() not in taken.content
    with Image.open(io.BytesIO(taken.content)) as shown:
        assert shown.format == "JPEG" and shown.width <= LONGEST_EDGE and not shown.getexif()
        assert "comment" not in shown.info


async def test_a_photo_stands_as_it_was_held() -> None:
    with Image.open(io.BytesIO((await photo(picture(size=(80, 40), turned=6))).content)) as shown:
        assert shown.size == (40, 80)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff<html>",
        b"GIF89a<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        PDF,
        picture()[:200],
        b"BM" + bytes(200),
        bytes(LARGEST + 1),
    ],
)
async def test_what_is_no_photo_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(NotTaken):
        await photo(content)


async def test_a_bomb_of_a_picture_is_not_painted() -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert len(file.getvalue()) < 200_000
    with pytest.raises(NotTaken, match="too large"):
        await photo(file.getvalue())


async def test_without_the_clinics_switch_nothing_is_taken(
    front: FrontDesk, reception: Colleague
) -> None:
    visitor = await front.visitor()
    refused = await post(visitor, picture())
    assert refused.status_code == 403 and "cannot look at pictures" in refused.text
    assert not (await front.http.get("/api/clinic")).json()["photos"]
    assert (await send(reception, visitor.id, PDF)).status_code == 403
    assert "Send a file" not in (await reception.get(f"/inbox/c/{visitor.id}")).text


async def test_a_visitors_photo_reaches_staff_once_and_is_never_a_page(
    with_files: FrontDesk, reception: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = await with_files.visitor()
    seqs = {(await post(visitor, picture())).json()["seq"] for _ in range(2)}
    assert len(seqs) == 1
    assert await visitor.owner() == "waiting"
    assert (await visitor.words("system"))[0].startswith("Thank you. I am a machine")
    seq = seqs.pop()
    page = (await reception.get(f"/inbox/c/{visitor.id}")).text
    assert page.count("Show the photo") == 1 and 'loading="lazy"' in page
    opened = await reception.get(f"/inbox/c/{visitor.id}/media/{seq}")
    assert opened.headers["content-type"] == "image/jpeg"
    assert opened.headers["content-disposition"].startswith("attachment")
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert opened.headers["content-security-policy"] == "default-src 'none'; sandbox"
    own = await with_files.http.get(f"/api/attachments/{seq}", headers=visitor.headers)
    assert own.content == opened.content
    stranger = await with_files.visitor()
    path = f"/api/attachments/{seq}"
    assert (await with_files.http.get(path, headers=stranger.headers)).status_code == 404
    assert SECRET_PLACE not in caplog.text and visitor.token not in caplog.text


async def test_a_photo_beside_a_person_says_no_line_of_the_machine(
    with_files: FrontDesk, reception: Colleague
) -> None:
    visitor = await with_files.visitor()
    await reception.post(f"/inbox/c/{visitor.id}/take")
    before = await visitor.words("system")
    assert (await post(visitor, picture())).status_code == 202
    assert await visitor.words("system") == before and await visitor.owner() == "staff"


async def test_what_is_no_photo_and_too_many_are_refused_where_the_visitor_looks(
    with_files: FrontDesk,
) -> None:
    visitor = await with_files.visitor()
    refused = await post(visitor, b"<html>x.html.jpg</html>")
    assert refused.status_code == 422 and "JPEG or PNG" in refused.json()["error"]["message"]
    assert (await post(visitor, bytes(LARGEST + 1))).status_code == 413
    answers = [await post(visitor, picture(size=(4, 4)), f"n{n}") for n in range(6)]
    assert [one.status_code for one in answers][-1] == 429


async def test_staff_send_a_pdf_under_a_clean_name_once(
    with_files: FrontDesk, reception: Colleague
) -> None:
    visitor = await with_files.visitor()
    for _ in range(2):
        done = await send(reception, visitor.id, PDF, "C:\\u\\After care.html.jpg", text="To keep")
        assert done.status_code == 303, done.text
    said = [one for one in await visitor.messages() if one["author"] == "staff"]
    assert len(said) == 1 and said[0]["text"] == "To keep"
    assert said[0]["payload"] == {
        **{"type": "media", "kind": "document", "name": "After care.pdf"},
        **{"size": len(PDF), "kept": True},
    }
    path = f"/api/attachments/{said[0]['seq']}"
    saved = await with_files.http.get(path, headers=visitor.headers)
    assert saved.content == PDF and saved.headers["content-type"] == "application/pdf"
    assert "After%20care.pdf" in saved.headers["content-disposition"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.html.jpg", b"<html><script>alert(1)</script></html>", "neither a photo nor a PDF"),
        ("letter.docx", b"PK\x03\x04 word", "neither a photo nor a PDF"),
        ("half.pdf", PDF[:20], "neither a photo nor a PDF"),
        ("", b"", "choose a file"),
    ],
)
async def test_a_file_of_staff_that_is_not_allowed_is_refused_in_the_form(
    with_files: FrontDesk, reception: Colleague, name: str, content: bytes, why: str
) -> None:
    visitor = await with_files.visitor()
    refused = await send(reception, visitor.id, content, name or "x")
    assert refused.status_code == 422 and why in refused.json()["error"]["message"]
    assert await visitor.words("staff") == []


async def test_whoever_has_no_conversation_sends_nothing(
    with_files: FrontDesk, reception: Colleague, maya: Colleague
) -> None:
    visitor = await with_files.visitor()
    await maya.post(f"/inbox/c/{visitor.id}/take")
    refused = await send(reception, visitor.id, PDF)
    assert refused.status_code == 409 and "was not sent" in refused.text
    assert (await send(reception, "c_nobody", PDF)).status_code == 404


async def test_it_goes_with_the_conversation_and_no_byte_stays(
    with_files: FrontDesk, reception: Colleague
) -> None:
    visitor = await with_files.visitor()
    await send(reception, visitor.id, PDF.replace(b"1 0 obj", b"zanzibar" * 400))
    file = Path(with_files.settings.database_url.partition("///")[2])
    copy = (await with_files.http.get("/api/copy", headers=visitor.headers)).json()
    held = copy["conversations"][0]["attachments"]
    assert b"zanzibar" in base64.b64decode(held[0]["content"]) and "token_hash" not in held[0]
    await with_files.http.delete("/api/conversation", headers=visitor.headers)
    await with_files.desk.conversations.wipe()
    with sqlite3.connect(file) as database:
        assert database.execute("select count(*) from attachments").fetchone() == (0,)
    for one in file.parent.glob(f"{file.name}*"):
        assert b"zanzibarzanzibar" not in await asyncio.to_thread(one.read_bytes)
