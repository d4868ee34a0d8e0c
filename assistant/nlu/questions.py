"""Several questions in one message: where to cut it, and when the parts are better than the whole.

Pure functions over texts and guesses; the classifier supplies the guesses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.nlu.devices import Mention
from assistant.nlu.intent_model import Guess

FAQ_PREFIX = "faq/"
BEYOND = "oos_"
AS_SURE = 0.7  # of the gate: what is asked back instead
AS_OURS = 1.5  # times as sure as that it is none of our subjects: less is asked back
SURELY_OURS = 2.0  # times so: a little under the gate is enough for an answer that is only likely
ALMOST = 0.8  # of the gate
SURE_ALONE = 0.5  # from here on a piece stands for itself
MAXIMUM_PARTS = 8
MAXIMUM_QUESTIONS = 3
MINIMUM_WORDS = 2
STANDS_ALONE = frozenset(
    ["price", "prices", "cost", "costs", "pain", "downtime", "risks", "results"]
)

SENTENCE_END = re.compile(
    r"(?<=[.?!;…])\s+|[\r\n]+|(?<=\?)(?=\w)|(?<=[a-z]{2}[.!])(?=[A-Z])"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]+"
)
LISTED = re.compile(
    r"(?:^|(?<=[\s:,;.?]))\(?([1-9]|[a-h])[).:]\s*(?=[^\W\d])", re.I
)  # "1) price 2) pain"
MAY = r"may(?= (?:i|we|he|she|they|it|you|u|my|our|the|an?|one|people)\b)"  # and no month
ASKING = (
    rf"(?:how|what|whats|when|where|why|who|which|can|could|{MAY}|do|does|did|is|are|am|will|would|should"
    r"|have|has|any|i|im|if|the|price|prices|cost)"
)
CONNECTOR = re.compile(
    rf"\s*(?:,\s*|\s)(?:(?:and|n|plus|but|&|\+)\s+(?:(?:also|then|please|pls)\s+)*(?={ASKING}\b)|also\s+)"
    rf"|,\s*(?={ASKING}\b)",
    re.I,
)

OPENED = re.compile(
    r"\b(?:(?:can|could|may|should|will|would) (?:i|we|she|he|they)"
    r"|(?:is it|am i) (?:ok|okay|fine|safe|allowed|alright|all right) to|do i (?:need|have) to"
    r"|how long (?:before|until|till) i can)\b",
    re.I,
)
DOING = re.compile(
    r"(?:,\s*|\s)(?:and|n|&)\s+(?:also\s+|then\s+)?(?=(?:go|wear|use|drink|eat|swim|run|drive|fly|take|put|get"
    r"|have(?! (?:you|u|they|we|i)\b)|wash|shave|sleep|work|exercise|train|sunbathe|dye|colou?r|shower|smoke"
    r"|bring|pay|book|wax|cover)\b)",
    re.I,
)
SUBJECT = re.compile(r"\b(?:i|i['’]?m|i['’]?ve|we|he|she|they)\b", re.I)
AMONG = re.compile(
    r"\b(?:by|around|round|between|with|without|of|from|about|for)\s+(?:\w+\s+)?\w+$", re.I
)
LAST_WORD = re.compile(r"\w+\s*(?:[?.!,]|$)")

OPENING = (
    r"(?:and|but|or|so|also|please|hi|hiya|hey|hello|(?:good )?(?:morning|afternoon|evening)|dear|ok|right|well"
    r"|(?:a |my )?(?:quick )?question(?: is)?(?: simply)?|just|roughly|about|exactly|honestly|anyway)"
)
PAID = r"costs? (?:(?:me|us|him|her|them|nearly|almost|a fortune|a bomb)\b|[£$€])"
QUESTION = re.compile(
    rf"\?|^\W*(?:{OPENING}\W+)*(?!i\b|im\b|have\b|the\b|if\b|{PAID})"
    rf"{ASKING}\b|\b(?:tell me|(?<!not )(?<!n't )(?<!nt )(?<!never )explain|list (?:all|the|your|me|some)|whether"
    r"|i wonder|want to know|like to know)\b",
    re.I,
)
TAG_WORDS = 2
BOTH = re.compile(r"\b(?:between|both|either)\b[^,?]*$", re.I)
OTHER = re.compile(r"(?:the|a|an|your|ur|my)\b", re.I)


RELATIVE = re.compile(
    r"(?:(?:who|where|when)\b(?!\s+(?:can|could|do|does|did|will|would|should|shall|are)\b)"
    r"|which\b(?!\s+(?:laser|ones?|treatment|type|kind|sort|machine|device|area|of|do|would|should)\b))",
    re.I,
)

PREDICATE = re.compile(
    r"(?:is|are|am|can|could|do|does|did|have|has|will|would|should)\b(?! (?:it|this|that|these|those|there"
    r"|i|we|you|u|he|she|they|the|an?|my|your|ur|our|any|all|one|each|people|laser\w*|sessions?"
    r"|treatments?|results?|prices?)\b)",
    re.I,
)

QUESTION_WORDS = 4  # from which on a clause that was not understood is a question of its own
HOLLOW = re.compile(  # one word less is enough with another word than these
    r"\b(?:is|are|was|will|would|can|could|do|does|did|may|should|how|what|why|when|where|who|i|you|we|they|it"
    r"|that|this|so|ok|okay|fine|right|alright|normal|true|possible|then|there|be|much|long|many|help|work"
    r"|ask|know|tell|say|explain|wonder|me|us|just|please|pls|hi|hello|any|questions?)\b",
    re.I,
)

Outline = Sequence[tuple[str, list[str]]]


@dataclass(frozen=True)
class Part:
    """A piece of a message, the label it was understood as, and how sure that is.

    ``devices`` are those that the question is about (two in a comparison), ``aspect`` what is asked
    about them (data/aspects.yml); both are empty for our own laser. ``english`` is what those read who
    know English only. ``beside`` is an answer to offer with it: the part of the body, the condition.
    """

    text: str
    label: str
    confidence: float
    devices: tuple[Mention, ...] = ()
    aspect: str | None = None
    english: str = ""
    beside: str | None = None

    @property
    def topic(self) -> str:
        """The label as the files of data/ call it."""
        return self.label.removeprefix(FAQ_PREFIX)


@dataclass(frozen=True)
class Limits:
    """When a part counts: the gate, what FAQ labels begin with, and how plain intents rank.

    ``polite`` intents give way to anything else in the same message; ``pressing`` ones come first.
    """

    gate: float
    prefix: str
    polite: frozenset[str]
    pressing: frozenset[str]


def sentences(message: str) -> list[str]:
    """Cut a message where sentences end; "true?" belongs to the sentence before it."""
    found: list[str] = []
    for piece in (piece.strip(" ,") for piece in SENTENCE_END.split(_without_marks(message))):
        tags_on = piece.endswith("?") and len(piece.split()) <= TAG_WORDS
        if tags_on and found and len(found[-1].split()) > TAG_WORDS:
            found[-1] = f"{found[-1]} {piece}"
        elif re.search(r"\w", piece):
            found.append(piece)
    return found[:MAXIMUM_PARTS]


def _without_marks(message: str) -> str:
    """A list with marks ("when can I 1) swim 2) fly") as sentences, each with the question it belongs to."""
    marks = list(LISTED.finditer(message))
    if "".join(mark[1].lower() for mark in marks)[:2] not in ("12", "ab"):
        return message
    before = SENTENCE_END.split(message[: marks[0].start()])
    opening = before[-1].strip(" :,-")
    shared = f"{opening} " if asks(opening) and not opening.endswith("?") else ""
    edges = [*(mark.start() for mark in marks[1:]), len(message)]
    items = [
        message[mark.end() : edge].strip(" ,;") for mark, edge in zip(marks, edges, strict=True)
    ]
    told = [*before[:-1], *([] if shared else [opening])]
    said = [one if asks(one) else f"{shared}{one}" for one in items]
    return "\n".join(one for one in (*told, *said) if one)


def clauses(sentence: str, connector: re.Pattern[str] = CONNECTOR) -> list[str]:
    """Cut a sentence at "and", "also" and the like, where both sides can stand alone.

    A word before the first cut ("hi, how much is it and does it hurt?") stays with what follows it.
    """
    whole, sentence = sentence, _spelt_out(sentence)
    cuts = [
        found.span()
        for found in connector.finditer(sentence)
        if not (BOTH.search(sentence[: found.start()]) and OTHER.match(sentence[found.end() :]))
    ]
    if cuts and not _stands_alone(sentence[: cuts[0][0]]):
        del cuts[0]
    edges = [0, *(place for cut in cuts for place in cut), len(sentence)]
    pieces = [sentence[a:b].strip(" ,") for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return pieces[:MAXIMUM_PARTS] if all(map(_stands_alone, pieces)) else [whole]


def _spelt_out(sentence: str) -> str:
    """With the beginning that two things asked of share said twice ("can I swim and have wine").

    Not what somebody does of whom more is said ("if I smoke and drink"), nor a thing ("by bus and train").
    """
    opened = OPENED.search(sentence)
    if not opened:
        return sentence
    other = SUBJECT.search(sentence, opened.end())
    shared = sentence[opened.end() : other.start() if other else len(sentence)]

    def said_twice(found: re.Match[str]) -> str:
        is_thing = LAST_WORD.match(shared, found.end()) and AMONG.search(shared[: found.start()])
        return found[0] if is_thing else f"{found[0]}{opened[0]} "

    return f"{sentence[: opened.end()]}{DOING.sub(said_twice, shared)}{sentence[opened.end() + len(shared) :]}"


def _stands_alone(piece: str) -> bool:
    words = piece.strip(" ,").split()
    return len(words) >= MINIMUM_WORDS or " ".join(words).lower() in STANDS_ALONE


def asks(sentence: str) -> bool:
    """Does it have the form of a question?"""
    return bool(QUESTION.search(sentence))


def asks_itself(clause: Part) -> bool:
    """Does it ask by its own words? The question mark is the sentence's."""
    return asks(clause.english.rstrip("?! ."))


def says_something(clause: str) -> bool:
    """Is it long enough to be a question of its own?"""
    count = len(clause.split())
    return count >= QUESTION_WORDS or (
        count == QUESTION_WORDS - 1 and bool(re.search(r"\w", HOLLOW.sub("", clause)))
    )


def outline(message: str, connector: re.Pattern[str] = CONNECTOR) -> list[tuple[str, list[str]]]:
    """Each sentence of a message with its clauses."""
    return [(sentence, clauses(sentence, connector)) for sentence in sentences(message)]


def choose(whole: Part, pieces: Sequence[Part], limits: Limits) -> list[Part]:
    """Return the whole alone, or those of its pieces that are clear where they say more than it.

    They do when the whole is not understood or merely polite, when at least two of them are two
    different questions, and when one of them must not be missed. A whole that must not is kept beside them.
    """
    clear = [piece for piece in pieces if piece.confidence >= limits.gate]
    asked = {piece.label for piece in clear if piece.label.startswith(limits.prefix)}
    matters = [piece for piece in clear if piece.label not in limits.polite]
    unclear = whole.confidence < limits.gate or whole.label in limits.polite
    pressing = any(piece.label in limits.pressing for piece in clear)
    if len(asked) >= 2 or pressing or (unclear and matters):
        wanted = whole.label in limits.pressing and not (unclear or pressing)
        return [*clear, whole] if wanted else clear
    return [whole]


def is_story(parts: Sequence[Part], limits: Limits) -> bool:
    """Does one sentence tell something and another one ask? A single word ("x", "cheers") tells nothing."""
    told = (
        part
        for part in parts
        if part.label not in limits.polite and len(part.text.split()) >= MINIMUM_WORDS
    )
    return len({asks(part.english or part.text) for part in told}) == 2


@dataclass(frozen=True)
class Unit:
    """A sentence, or a clause of one that asks twice, and whether it asks."""

    part: Part
    asks: bool


def units_of(structure: Outline, known: Mapping[str, Part]) -> list[Unit]:
    """Each sentence of a message; of one that asks twice, each of its clauses."""
    units: list[Unit] = []
    for sentence, cut in structure:
        clauses = [
            Unit(known[piece], asks(known[piece].english) and not _tells_on(piece, sentence))
            for piece in cut
        ]
        if sum(clause.asks for clause in clauses) > 1:
            units += clauses
        else:
            own = asks(known[sentence].english)
            units.append(Unit(known[sentence], own or any(one.asks for one in clauses)))
    return units


def _tells_on(piece: str, sentence: str) -> bool:
    """Does a clause go on telling ("…, which I do not want")?"""
    return "?" not in sentence and piece != sentence and bool(RELATIVE.match(piece))


def may_ask(structure: Outline, known: Mapping[str, Part]) -> list[Part]:
    """The clauses of a message but those that only go on telling."""
    return [
        known[piece]
        for sentence, cut in structure
        for place, piece in enumerate(cut)
        if not _goes_on(known[piece], sentence, [known[before] for before in cut[:place]])
    ]


def _goes_on(clause: Part, sentence: str, before: Sequence[Part]) -> bool:
    """Is more told of what a clause before it told of ("…, which was sore", "my arm … and did hurt")?"""
    if "?" in clause.text or not before:
        return False
    if RELATIVE.match(clause.english):
        return bool(re.search(rf",\s*{re.escape(clause.text)}", sentence))
    told = not any(asks(one.english) for one in before)
    return told and bool(PREDICATE.match(clause.english))


def weighed(part: Part, guesses: Sequence[Guess], gate: float) -> Part:
    """One question, weighed against its being none of our subjects ("hair colour appointment").

    Nearly as likely that, it is asked back; far from that, a little under the gate is enough.
    """
    if not part.label.startswith(FAQ_PREFIX):
        return part
    beyond = max((g.confidence for g in guesses if g.label.startswith(BEYOND)), default=0.0)
    if part.confidence < AS_OURS * beyond:
        return replace(part, confidence=min(part.confidence, AS_SURE * gate))
    if ALMOST * gate <= part.confidence < gate and part.confidence >= SURELY_OURS * beyond:
        return replace(part, confidence=gate)
    return part


def distinct(parts: Sequence[Part], limits: Limits) -> list[Part]:
    """The questions among ``parts`` that clear the gate, in order, each topic once, at most three."""
    asked: dict[object, Part] = {}
    for part in parts:
        if part.label.startswith(limits.prefix) and part.confidence >= limits.gate:
            asked.setdefault((part.aspect or part.label, part.devices), part)
    return list(asked.values())[:MAXIMUM_QUESTIONS]


def main_part(parts: Sequence[Part], limits: Limits) -> Part:
    """The part that decides what happens: a pressing one, else a question, else the first of weight."""

    def rank(part: Part) -> int:
        if part.label in limits.pressing:
            return 0
        if part.label.startswith(limits.prefix):
            return 1
        return 3 if part.label in limits.polite else 2

    return min(parts, key=rank)
