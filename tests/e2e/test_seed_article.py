"""Every fact of the article that the project started from is answered, in a visitor's words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.conversation import Conversation

FACTS = [
    (1, "is it my hormones or what i eat that makes skin sag", "hormone|diet|food|inside"),
    (2, "does pollution and sunbathing make wrinkles come quicker", "sun|pollut|smok"),
    (3, "can a laser undo the damage ive done to my skin", "part|some|improve"),
    (4, "what is collagen for", "strength|glue|spring|bounce"),
    (5, "why do we lose collagen when we get older", "slow|less|age"),
    (6, "will it stop me sagging more in the future", "some|age|upkeep"),
    (7, "how does the heat make skin tighter", "heat|shrink|collagen"),
    (8, "does my body make new collagen after", "new collagen"),
    (9, "is laser tightening safe", "safe|trained"),
    (10, "is it ok on black skin", "dark|1064"),
    (11, "my face is dead greasy is that a problem", "oil"),
    (12, "is it better to go early when its only a bit saggy", "early|mild|slight|moderate"),
    (13, "i have really bad sagging, is laser enough", "surg|strong|modest"),
    (14, "how many sessions will they tell me i need", "3 to 5"),
    (15, "do i need to take off perfume and makeup first", "make-up|perfume"),
    (16, "what actually happens when i lie down for it", "pulse"),
    (
        17,
        "do they cool the skin and what does the snapping feel like",
        "cold air|cool|elastic|snap",
    ),
    (18, "how many months till i can really see it", "month"),
]


@pytest.mark.parametrize(("fact", "question", "wanted"), FACTS, ids=lambda value: str(value)[:40])
def test_a_fact_of_the_article_is_answered(
    say: Callable[[], Conversation], fact: int, question: str, wanted: str
) -> None:
    visitor = say()
    words = visitor.say(question)
    assert visitor.intent == "faq", (fact, visitor.intent, words)
    assert re.search(wanted, words, re.IGNORECASE), (visitor.topics, words)
    assert all(
        message["answer"]["sources"] for message in visitor.last["messages"] if message["answer"]
    )
