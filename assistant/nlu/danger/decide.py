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

from assistant.nlu.danger.facts import Evidence, Facts, Row
from assistant.nlu.danger.languages import languages
from assistant.nlu.danger.model import DangerModel, Likely
from assistant.nlu.danger.spoken import LABELS, SpokenDanger
from assistant.nlu.encoder import Encode
from assistant.nlu.gloss import gloss
from assistant.nlu.questions import sentences
from clinic.urgency import UNCLEAR, Urgency

ACT, ASK = "act", "ask"
NOW, SOON = (LABELS.index(label) for label in ("now", "soon"))
LONG = 24  # words from which on a sentence is also read clause by clause
LONG_WITH_SIGN = 12  # the same where a phrase or a sign speaks of danger beside other business
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
AROUND = 0.5
"""How much what stands around a part of a message says of it, beside the part itself."""
DOUBT = 0.5
"""A phrase is heard, against the model, from this share of the bound to ask."""
NAMED, NAMED_AND_TOLD = 0.5, 0.35
"""How likely a sign must be to be named; less is enough where a layer of rules says the same."""


@dataclass(frozen=True)
class Bound:
    """How likely danger must be to act, and to ask."""

    act: float
    ask: float

    def __or__(self, other: Bound) -> Bound:
        """The stricter of two."""
        return Bound(max(self.act, other.act), max(self.ask, other.ask))


ALWAYS = Bound(0.3, 0.09)  # whatever the trained thresholds are
UNDERSTOOD = Bound(0.5, 0.3)  # the classifier is sure of something else
MODEL_ALONE = Bound(0.3, 0.12)  # neither a phrase nor a sign built from parts speaks of it
PART_WITH_SIGN = Bound(0.5, 0.2)  # a part of a message with a sign that is not grave
PART_ALONE = Bound(0.65, 0.6)  # a part, which says less than the whole, with neither


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
class Piece:
    """A message or a part of it, and what it is read together with: a part alone says more than it means."""

    evidence: Evidence
    around: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A danger model with the encoder that it has learnt on."""

    model: DangerModel
    encode: Encode


class DangerCheck:
    """Reads a text and decides: ``thorough`` does, on what a rule or ``quick`` finds suspicious."""

    def __init__(self, facts: Facts, quick: Reader, thorough: Reader, urgency: Urgency) -> None:
        self._facts, self._urgency = facts, urgency
        self._quick, self._thorough = quick, thorough

    def find_in(
        self, model: SpokenDanger, text: str, is_understood: bool = False
    ) -> Finding | None:
        """The same for a text in another language: its own model weighs, the English one names.

        Where a phrase speaks of danger (data/languages/<code>.yml) and the model doubts, it is asked.
        """
        words = gloss(model.code)
        plain = list(dict.fromkeys(words.plain(one) for one in (text, *sentences(text))))
        shares = model.judge(plain, self.english, self._quick.encode)
        place = int((shares[:, NOW] + shares[:, SOON]).argmax())
        danger = float(shares[place, NOW] + shares[place, SOON])
        phrase = languages().danger(text)
        bound = Bound(model.act, model.ask * (DOUBT if phrase else 1))
        bound |= UNDERSTOOD if is_understood else bound
        if danger < bound.ask:
            return None
        one = self._facts.read(words.read(plain[place]))[0]
        level = "U1" if shares[place, NOW] >= 0.8 * shares[place, SOON] else "U2"
        sign = self._sign(one, self._judge([one], self._thorough)[0], level)
        told = bool(one.alarm or one.signs or phrase)
        return Finding(ACT if danger >= bound.act else ASK, level, sign, model.code, by_rule=told)

    def english(self, texts: Sequence[str]) -> tuple[list[float], Row]:
        """How likely each text tells of danger, by the quick English model, and what the rules see."""
        evidence = [self._facts.read(text)[0] for text in texts]
        danger = [one.danger for one in self._judge(evidence, self._quick)]
        return danger, self._facts.rows(evidence)

    def find(self, text: str, is_understood: bool = False) -> Finding | None:
        """The most urgent finding of a message; None when it tells of no danger.

        ``is_understood``: the intent classifier is sure that it is about something else. Then the
        model must be surer, or it is asked.
        """
        if not any(map(str.isalpha, text)) or QUANTITY.fullmatch(text.lower()):
            return None  # "17 and a half" answers a question
        spoken = languages().danger(text)
        if spoken:
            level = self._urgency.event(spoken.means).level
            return Finding(ACT, level, spoken.means, spoken.language, by_rule=True)
        pieces = self._pieces(text)
        read = [piece.evidence for piece in pieces]
        by_rule = any(one.alarm or one.signs for one in read)
        if not by_rule and not self._is_suspicious(read):
            return None
        bound = ALWAYS | Bound(self._thorough.model.act, self._thorough.model.ask)
        bound |= UNDERSTOOD if is_understood else bound
        everything = list(
            dict.fromkeys([*read, *(one for piece in pieces for one in piece.around)])
        )
        judged = dict(zip(everything, self._judge(everything, self._thorough), strict=True))
        found = [finding for piece in pieces if (finding := self._decide(piece, judged, bound))]
        if not found:
            return None
        worst = min(found, key=lambda one: (one.decision != ACT, one.level))
        if not by_rule and languages().language(text):
            return replace(worst, decision=ASK)  # the models have learnt English only
        return replace(worst, by_rule=by_rule)

    def _is_suspicious(self, pieces: Sequence[Evidence]) -> bool:
        judged = self._judge(pieces, self._quick)
        return max(likely.danger for likely in judged) >= self._quick.model.suspect

    def _judge(self, pieces: Sequence[Evidence], reader: Reader) -> list[Likely]:
        vectors = reader.encode([piece.said for piece in pieces])
        return reader.model.judge(pieces, self._facts, vectors)

    def is_ruled(self, text: str) -> bool:
        """Does a phrase or a sign built from parts speak of danger?"""
        whole, _ = self._facts.read(text)
        return bool(whole.alarm or whole.signs)

    def _pieces(self, text: str) -> list[Piece]:
        """The message, unless it has many sentences; its sentences; and the clauses of long ones.

        A sentence is read together with the one before and the one after it, a clause with its sentence.
        """
        message, sentences = self._facts.read(text)
        whole = [] if len(sentences) > MOST_TOGETHER else [Piece(message)]
        pairs = [message] if len(sentences) == 2 else self._pairs(sentences)
        parts = [
            Piece(one, tuple(pairs[max(place - 1, 0) : place + 1]))
            for place, one in enumerate(sentences)
        ]
        for one in sentences or [message]:
            told = one.alarm or one.signs
            if len(one.text.split()) > (LONG_WITH_SIGN if told else LONG):
                parts += (Piece(self._facts.read(text)[0], (one,)) for text in _clauses(one.text))
        if len(parts) > MOST_PIECES:  # those that a rule speaks for come first
            parts.sort(key=lambda piece: not (piece.evidence.alarm or piece.evidence.signs))
        return [*whole, *parts][:MOST_PIECES]

    def _pairs(self, sentences: Sequence[Evidence]) -> list[Evidence]:
        return [
            self._facts.read(f"{one.text} . {after.text}")[0]
            for one, after in zip(sentences, sentences[1:], strict=False)
        ]

    def _decide(
        self, piece: Piece, judged: Mapping[Evidence, Likely], bound: Bound
    ) -> Finding | None:
        one, likely = piece.evidence, judged[piece.evidence]
        grave = bool(self._never_excused(one.signs))
        if not (one.alarm or one.signs):
            bound |= PART_ALONE if piece.around else MODEL_ALONE
        elif piece.around and not (one.alarm or grave):
            bound |= PART_WITH_SIGN
        danger = likely.danger
        if piece.around:
            around = sum(judged[other].danger for other in piece.around) / len(piece.around)
            danger = (1 - AROUND) * danger + AROUND * around
        if danger < bound.ask * (DOUBT if one.alarm or grave else 1):
            return None
        level = self._level(one, likely)
        decision = ACT if danger >= bound.act else ASK
        return Finding(decision, level, self._sign(one, likely, level))

    def _never_excused(self, signs: frozenset[str]) -> list[str]:
        return [sign for sign in signs if self._urgency.event(sign).is_grave]

    def _level(self, one: Evidence, likely: Likely) -> str:
        """In doubt the more urgent; a phrase of the rules has the say."""
        if one.alarm and one.alarm.level == "U1":
            return "U1"
        return "U1" if likely.emergency >= 0.8 * likely.reaction else "U2"

    def _sign(self, one: Evidence, likely: Likely, level: str) -> str:
        """The event that is told of, and in doubt a general one: no first aid of another event."""
        named = self._thorough.model.named(likely, level)
        told = one.signs | ({one.alarm.sign} if one.alarm else set())
        sure = [
            sign
            for sign, share in named.items()
            if share >= (NAMED_AND_TOLD if sign in told else NAMED)
        ]
        if sure:
            return max(sure, key=lambda sign: named[sign])
        never = [sign for sign in self._never_excused(one.signs) if sign in named]
        return max(never, key=lambda sign: named[sign], default=UNCLEAR[level])


def _clauses(text: str) -> Sequence[str]:
    return [piece for piece in CLAUSE.split(text) if piece and len(piece.split()) > 2]
