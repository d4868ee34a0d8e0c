"""One decision from three layers: act, ask, or nothing.

The model weighs what the phrase rules and the parts found. It acts alone when it is sure, and asks
when it is not; where a layer says danger and the model does not, one question is asked. Words about
dying, poison and violence are never excused by who or when: at the least they are asked about.
What made the quick model suspicious is read again by the thorough one, which then decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.nlu.danger.facts import Evidence, Facts
from assistant.nlu.danger.languages import languages
from assistant.nlu.danger.model import DangerModel, Likely
from assistant.nlu.encoder import Encode
from clinic.urgency import UNCLEAR, Urgency

ACT, ASK = "act", "ask"
LONG = 24  # words from which on a sentence is also read clause by clause
MOST_TOGETHER = 3  # sentences that are also read as one
MOST_PIECES = 48
CLAUSE = re.compile(
    r" (?:, (?:and |but |oh |also |anyway )?|- |and |but |also |because |so |then )"
)
QUANTITY = re.compile(
    r"(?:[\W\d]|\b(?:an?|and|half|about|around|nearly|almost|over|under|years?|yrs?|months?|weeks?|days?"
    r"|old|ago|im|i|am|m|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty)\b)+"
)
SURE, HALF_SURE = 0.5, 0.1
"""How likely danger must be to act, or to ask, where the classifier is sure of something else."""
ALONE_SURE, ALONE_HALF_SURE = 0.25, 0.03
"""The same where neither a phrase nor a sign built from parts speaks of danger."""
NAMED, NAMED_AND_TOLD = 0.5, 0.35
"""How likely a sign must be to be named; less is enough where a layer of rules says the same."""
DOUBT = 0.5
"""A layer of rules is heard, against the model, from this share of the threshold to ask."""


@dataclass(frozen=True)
class Finding:
    """What is put on a message: act or ask, U1 or U2, and the event of data/urgency.yml.

    ``by_rule``: a phrase or a sign built from parts speaks of it, and not the model alone.
    """

    decision: str
    level: str
    sign: str
    language: str | None = None
    by_rule: bool = False


@dataclass(frozen=True)
class Reader:
    """A danger model with the encoder that it has learnt on."""

    model: DangerModel
    encode: Encode


class DangerCheck:
    """Reads a text and decides. Each reader reads what made the one before it suspicious."""

    def __init__(self, facts: Facts, readers: Sequence[Reader], urgency: Urgency) -> None:
        self._facts, self._readers, self._urgency = facts, readers, urgency

    def find(self, text: str, is_understood: bool = False) -> Finding | None:
        """The most urgent finding of a message; None when it tells of no danger.

        ``is_understood``: the intent classifier is sure that it is about something else. Then a
        model must be surer, or it is asked.
        """
        if not any(map(str.isalpha, text)) or QUANTITY.fullmatch(text.lower()):
            return None  # "17 and a half" answers a question
        spoken = languages().danger(text)
        if spoken:
            level = self._urgency.event(spoken.means).level
            return Finding(ACT, level, spoken.means, spoken.language, by_rule=True)
        pieces = self._pieces(text)
        worst = None
        for reader in self._readers:
            worst = self._worst(pieces, reader, is_understood)
            if worst is None:
                return None
        by_rule = any(one.alarm or one.signs for one in pieces)
        if worst and not by_rule and languages().language(text):
            return replace(worst, decision=ASK)  # the models have learnt English only
        return worst and replace(worst, by_rule=by_rule)

    def _worst(
        self, pieces: Sequence[Evidence], reader: Reader, is_understood: bool
    ) -> Finding | None:
        act, ask = reader.model.act, reader.model.ask
        if is_understood:
            act, ask = max(act, SURE), max(ask, HALF_SURE)
        vectors = reader.encode([piece.said for piece in pieces])
        judged = zip(pieces, reader.model.judge(pieces, self._facts, vectors), strict=True)
        found = [
            finding
            for one, likely in judged
            if (finding := self._decide(one, likely, reader.model, act, ask)) is not None
        ]
        return min(found, key=lambda one: (one.decision != ACT, one.level), default=None)

    def is_ruled(self, text: str) -> bool:
        """Does a phrase or a sign built from parts speak of danger?"""
        whole, _ = self._facts.read(text)
        return bool(whole.alarm or whole.signs)

    def _pieces(self, text: str) -> list[Evidence]:
        """The message, its sentences, and the clauses of long ones."""
        whole, sentences = self._facts.read(text)
        pieces = sentences if len(sentences) > MOST_TOGETHER else [whole, *sentences]
        for sentence in sentences or [whole]:
            if len(sentence.text.split()) > LONG:
                pieces = [*pieces, *(self._facts.read(one)[0] for one in _clauses(sentence.text))]
        if len(pieces) > MOST_PIECES:  # those that a rule speaks for come first
            pieces.sort(key=lambda one: not (one.alarm or one.signs))
        return pieces[:MOST_PIECES]

    def _decide(
        self, one: Evidence, likely: Likely, model: DangerModel, act: float, ask: float
    ) -> Finding | None:
        if not (one.alarm or one.signs):
            act, ask = max(act, ALONE_SURE), max(ask, ALONE_HALF_SURE)
        heard = bool(one.alarm) or bool(self._never_excused(one.signs))
        if likely.danger < ask * (DOUBT if heard else 1):
            return None
        level = self._level(one, likely)
        decision = ACT if likely.danger >= act else ASK
        return Finding(decision, level, self._sign(one, model.named(likely, level), level))

    def _never_excused(self, signs: frozenset[str]) -> list[str]:
        return [sign for sign in signs if self._urgency.event(sign).is_grave]

    def _level(self, one: Evidence, likely: Likely) -> str:
        """In doubt the more urgent; a phrase of the rules has the say."""
        if one.alarm and one.alarm.level == "U1":
            return "U1"
        return "U1" if likely.emergency >= 0.8 * likely.reaction else "U2"

    def _sign(self, one: Evidence, named: Mapping[str, float], level: str) -> str:
        """The event that is told of, and in doubt a general one: no first aid of another event."""
        told = one.signs | ({one.alarm.sign} if one.alarm else set())
        best = max(named, key=lambda sign: named[sign])
        if named[best] >= (NAMED if best not in told else NAMED_AND_TOLD):
            return best
        never = [sign for sign in self._never_excused(one.signs) if sign in named]
        return max(never, key=lambda sign: named[sign], default=UNCLEAR[level])


def _clauses(text: str) -> Sequence[str]:
    return [piece for piece in CLAUSE.split(text) if piece and len(piece.split()) > 2]
