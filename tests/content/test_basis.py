"""A figure says how many took part, who dropped out, and what another study of the same found."""

from __future__ import annotations

import pytest

from clinic.sources import load as load_sources
from content.basis import wrong_figures
from content.checks import load_rules
from scripts.train import ROOT

FIGURES = load_rules(ROOT)["basis"]
SOURCES = load_sources(ROOT / "data" / "sources.yml")


def wrong(text: str, *codes: str) -> list[str]:
    return list(wrong_figures(text, [SOURCES[code] for code in codes], FIGURES))


@pytest.mark.parametrize(
    "text",
    [
        "9 out of 10 were happy.",
        "It helped 7 in ten people.",
        "One session in four had spots.",
        "Three quarters of people saw a change.",
        "Two thirds were happy.",
        "A fifth had spots.",
        "Half of them saw a change.",
        "It helped 80 per cent.",
        "It halves wrinkles.",
        "Skin got three times firmer.",
    ],
)
def test_a_share_in_any_words_is_a_figure(text: str) -> None:
    [found] = wrong(text, "infrared_2014")
    assert "without how many took part; its sources know 303" in found
    assert wrong(f"In a study of 303 people. {text}", "infrared_2014") == []


def test_words_that_only_look_like_a_share_are_no_figure() -> None:
    for text in ("Come with one of your parents.", "One half of the face was treated.", "In time."):
        assert wrong(text, "infrared_2014") == []


def test_a_share_is_told_beside_the_studies_that_found_otherwise() -> None:
    one, *others = ("fractional_side_effects", "fractional_961", "fractional_856")
    text = "In 286 sessions about one session in four had spots."
    for cited in ([one], [one, *others]):
        assert [what for what in wrong(text, *cited) if "'fractional_961' found otherwise" in what]
    half = f"{text} In another clinic's 961 it was 8%."
    [found] = wrong(half, one, *others)
    assert "'fractional_856' found otherwise" in found
    assert wrong(f"{half} In a third's 856 it was 5%.", one, *others) == []
    assert wrong("Of 119 people, two of 119 got patches.", one) == []
