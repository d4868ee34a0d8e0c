"""What words become on the screen: lists are lists, and a link is only what surely is one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.widget.conftest import Desk

SHOWN = """async (text) => {
  const { prose } = await import("/widget/latest/prose.js");
  const box = document.createElement("div");
  box.append(prose(text, ["999", "+44 20 7946 0123"]));
  return { html: box.innerHTML, links: [...box.querySelectorAll("a")].map((one) => [one.textContent.replaceAll("\\u00a0", " "), one.getAttribute("href")]) };
}"""


@pytest.fixture(scope="module")
def plain(shared_desk: Desk, browser: object) -> Page:
    page: Page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(shared_desk.url)
    return page


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Call +44 20 7946 0123.", {"+44 20 7946 0123": "tel:+442079460123"}),
        ("In danger call 999, now", {"999": "tel:999"}),
        ("(020) 7946 0123 or 07700 900123", {"(020) 7946 0123": None, "07700 900123": None}),
        ("see https://a.example/x_(y)).", {"https://a.example/x_(y)": "https://a.example/x_(y)"}),
        ("(www.clinic.example)", {"www.clinic.example": "https://www.clinic.example"}),
        ("write to nina.o@home.example!", {"nina.o@home.example": "mailto:nina.o@home.example"}),
        ("from 05-06-2026 to 01/02/2026 at 09:00", {}),
        ("1064 nm, 10 - 20 J, 3,000 to 4,000", {}),
        ("order 0123456789012345678 and 12.99.1", {}),
        ("javascript:alert(1) data:text/html,x //a.example", {}),
        ("a price of £1,200.00 (0 down)", {}),
    ],
)
def test_only_what_surely_is_one_is_a_link(plain: Page, text: str, links: dict[str, str]) -> None:
    found = dict(plain.evaluate(SHOWN, text)["links"])
    assert list(found) == list(links)
    for words, address in links.items():
        assert address in (None, found[words])


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("Ways:\n- a\n- b\nEnd", "<p>Ways:</p><ul><li>a</li><li>b</li></ul><p>End</p>"),
        ("1. a\n2. b", '<ol start="1"><li>a</li><li>b</li></ol>'),
        ("1. a\n\n2. b", '<ol start="1"><li>a</li></ol><ol start="2"><li>b</li></ol>'),
        ("10. Juli passt", '<ol start="10"><li>Juli passt</li></ol>'),
        ("**Call <b>now</b>** & rest", "<p><strong>Call &lt;b&gt;now&lt;/b&gt;</strong> &amp; rest</p>"),
        ("2 * 3 * 4 and **", "<p>2 * 3 * 4 and **</p>"),
    ],
)  # fmt: skip
def test_lists_are_lists_and_keep_their_numbers(plain: Page, text: str, html: str) -> None:
    assert plain.evaluate(SHOWN, text)["html"] == html
