"""Photos from visitors, where the clinic takes them: chosen, dropped, refused in words, saved again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import expect

from frontdesk.conversations.attachments import LONGEST_EDGE
from tests.frontdesk.inbox.test_attachments import SECRET_PLACE, picture
from tests.widget.conftest import Chat, Desk, always_open

LISTEN = """const send = fetch;
window.fetch = async (place, how) => {
  if (how?.body instanceof Blob) window.sentBody = await how.body.text();
  return send(place, how);
};"""


@pytest.fixture()
def with_photos(desk: Desk) -> Iterator[Desk]:
    ours = always_open()
    with desk.of(replace(ours, channels=replace(ours.channels, attachments=True))):
        yield desk


def kept(desk: Desk) -> list[bytes]:
    from frontdesk.storage.tables import attachments

    store = desk.app.state.rooms.conversations.store
    rows = desk.run(store.rows(attachments.select().order_by(attachments.c.message_id)))
    return [one.content for one in rows]


def test_a_photo_begins_a_chat_and_can_be_saved_again(with_photos: Desk, chat: Chat) -> None:
    chat.visit().open().start()
    chat.page.evaluate(LISTEN)
    file = {"name": "IMG_1.HEIC.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(5_000, 60))}
    chat.page.get_by_label("Send a photo").set_input_files(file)
    mine = chat.bubbles("visitor").last
    expect(mine.get_by_role("button", name="Save photo.jpg")).to_be_visible()
    expect(chat.bubbles("system").last).to_contain_text("cannot look at pictures")
    left = chat.page.evaluate("sentBody")
    assert left and SECRET_PLACE not in left, "what the camera noted does not leave the phone"
    with Image.open(io.BytesIO(kept(with_photos)[-1])) as found:
        assert found.width == LONGEST_EDGE
    with chat.page.expect_download() as saved:
        mine.get_by_role("button", name="Save photo.jpg").click()
    assert saved.value.suggested_filename == "photo.jpg"
    chat.page.reload()
    chat.open()
    expect(mine.get_by_role("button", name="Save photo.jpg")).to_be_visible()


def test_what_is_no_photo_is_refused_where_one_looks(with_photos: Desk, chat: Chat) -> None:
    chat.visit().open().start().write("hello")
    before = len(kept(with_photos))
    page = {"name": "x.html.jpg", "mimeType": "image/jpeg", "buffer": b"<html>hi</html>"}
    chat.page.get_by_label("Send a photo").set_input_files(page)
    expect(chat.page.locator("#problem")).to_contain_text("not a photo")
    assert len(kept(with_photos)) == before


def test_without_the_clinics_switch_there_is_no_way_in(chat: Chat) -> None:
    chat.visit().open().start()
    expect(chat.page.get_by_label("Send a photo")).to_have_count(0)
