"""The sentences that the danger models learn from: data/danger/*.yml, frames filled, misspelt copies."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

from assistant.nlu.medical.rules import DATA, RulesError, read_yaml
from clinic.urgency import load_default as urgency

FILES = {"U1": "now.yml", "U2": "soon.yml", "calm": "calm.yml"}
FRAMES_EACH = {"present": 6, "calm": 9}


@dataclass(frozen=True)
class Example:
    """A sentence of data/danger/ and what it tells of: a sign, or a kind of calm."""

    text: str
    label: str
    sign: str


def read_examples(folder: Path = DATA / "danger") -> list[Example]:
    """Every sentence of now.yml, soon.yml and calm.yml. Raise RulesError for one that is no text."""
    found = []
    for label, name in FILES.items():
        for sign, texts in read_yaml(folder / name).items():
            for text in texts:
                if not isinstance(text, str):
                    raise RulesError(f"{name}: {sign}: {text!r} is not a text; put it in quotes")
                found.append(Example(text, label, sign))
    return found


def framed(folder: Path = DATA / "danger") -> list[Example]:
    """Each thing of frames.yml in some of its frames, the same at every training."""
    data, levels = read_yaml(folder / "frames.yml"), urgency().events
    chance = random.Random(1)  # noqa: S311
    return [
        Example(
            frame.format(it=thing, who=chance.choice(data["relatives"])),
            levels[sign].level if kind == "present" else "calm",
            sign if kind == "present" else kind,
        )
        for sign, things in data["things"].items()
        for thing in things
        for kind, count in FRAMES_EACH.items()
        for frame in chance.sample(data[kind], count)
    ]


def misspelt(text: str, share: int = 6) -> str:
    """The text with a slip in about one word of ``share``; the same slips for the same text."""
    chance = random.Random(text)  # noqa: S311
    return re.sub(
        r"[a-z]{4,}",
        lambda found: _slip(found[0], chance) if chance.randrange(share) == 0 else found[0],
        text,
    )


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )
