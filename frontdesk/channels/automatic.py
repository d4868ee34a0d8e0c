"""Whether a machine is writing to us: auto-replies, short codes, another assistant in a loop.

A machine gets no answer, so that two never talk to each other; staff are told once. What counts is
automatic.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from frontdesk.channels.opt_out import folded

TAPBACK = re.compile(
    r"(?s)(?:(?:Reacted )?(\S{1,20}) (?:to|a|à|auf)|Removed (\S{1,20}) from|(?:Reaccionó con |A réagi avec )(\S{1,20}) [aà]"
    r"|(.+?))\s+[“\"«„](.+)[”\"»“]\.?"
)
PHONES_QUOTE = re.compile("[“«„].*[”»“]\\.?$", re.S)
OF_A_FILE = re.compile(r"(?:Reacted (\S{1,20}) to|(.+?)) (?:an?|una?|une) ([a-z]+(?: [a-z]+)?)")
QUOTED = re.compile(
    '"[^"]{1,500}"|“[^”]{1,500}”|«[^»]{1,500}»|„[^“”]{1,500}[“”]|‘[^’]{1,500}’(?!\\w)'
    r"|(?<!\w)'[^'\n]{3,500}'(?!\w)"
)
CLAUSE = re.compile(r"[,;:.!?()\[\]\n—–*]|\s-|-\s")
MOST_WORDS = 30
"""Longer is no phrase with what leads to it."""
MOST_HEARD = 10_000
KEYCAP = re.compile("[0-9](?=\ufe0f?\u20e3)|\u2139")
"""Signs that have a digit or a letter in them."""
UNSEEN = re.compile("[\u200a-\u200f\u2060\ufeff]")
SIGNS = Path(__file__).with_name("automatic.yml")


@dataclass(frozen=True)
class Said:
    """One message of a conversation: whether it is ours, its words, when, and what it offered."""

    is_ours: bool
    text: str
    at: datetime
    client_id: str = ""
    buttons: tuple[dict[str, str], ...] = ()


def cannot_be_answered(address: str) -> bool:
    """Is the sender of a text message anything but a whole number: a short code, a name, a mail address?"""
    return not re.fullmatch(_signs()["answerable_sender"], address)


def sounds_automatic(text: str) -> bool:
    """Do the words say that no person wrote them?

    People speak of machines too ("your automatic reply did not help"), and quote them: a phrase counts only
    where a clause begins with it, a heading only as its first clause, and neither where something is asked or
    told of what came.
    """
    signs = _phrases()
    if folded(text) in signs.whole:
        return True
    text = _unquoted(text)
    clauses = [f"{folded(one)} " for one in CLAUSE.split(text)]
    if "?" in text or any(f" {one} " in f" {clause}" for one in signs.people for clause in clauses):
        return False
    said = [rest.strip() for one in clauses if (rest := signs.leads.sub("", one)).strip()]
    if said[:1] and said[0] in signs.headings:
        return True
    if any(f" {one} " in f" {folded(text)} " for one in signs.anywhere):
        return True
    if _is_of_a_system(clauses, signs):
        return True
    rests = _beginnings(clauses)
    return any(
        one.startswith(signs.phrases) for rest in rests for one in (rest, signs.leads.sub("", rest))
    )


def _unquoted(text: str) -> str:
    """What stands beside quotation marks, or all of it where nothing does."""
    own = QUOTED.sub(" ", text)
    return own if folded(own) else text


def _is_of_a_system(clauses: Sequence[str], signs: _Phrases) -> bool:
    """Is one clause what systems write to many, and none of them somebody's who speaks of themselves?"""
    # leads are taken away first: looked for within the pattern, many of them would take for ever
    said = " | ".join(rest for one in clauses if (rest := signs.leads.sub("", one).strip()))
    return bool(signs.systems.search(said)) and signs.speaking.isdisjoint(said.split())


def _beginnings(clauses: Sequence[str]) -> Iterator[str]:
    """The first words of what stands from each clause on."""
    words: list[str] = []
    starts: list[int] = []
    for clause in clauses:
        starts.append(len(words))
        words += clause.split()
    return (f"{' '.join(words[at : at + MOST_WORDS])} " for at in starts)


class Heard:
    """When visitors began to write, by the provider's clock: nobody answers that within a second.

    Kept in memory: what was heard before a start, or has no time, was answered by a person.
    """

    def __init__(self) -> None:
        self._times: dict[str, tuple[float, float]] = {}

    def note(self, conversation_id: str, said_at: float | None) -> None:
        """A visitor wrote then; lines that follow each other soon count from the first of them."""
        before = self._times.pop(conversation_id, None)
        if said_at is None:
            return
        begun = said_at
        if before and abs(said_at - before[1]) <= _signs()["lines_seconds"]:
            begun = min(begun, before[0])
        self._times[conversation_id] = (begun, said_at)
        if len(self._times) > MOST_HEARD:
            del self._times[next(iter(self._times))]

    def wait(self, conversation_id: str, said_at: float | None) -> timedelta | None:
        """How long after it something was said; None where nobody knows."""
        begun = self._times.get(conversation_id)
        return None if begun is None or said_at is None else timedelta(seconds=said_at - begun[0])


def answers_by_itself(text: str, wait: timedelta | None) -> bool:
    """Does another inbox answer by itself there: so many words, or such, so soon after the visitor's?"""
    if wait is None or wait < timedelta(0):
        return False
    signs = _signs()
    soon, at_once = (timedelta(seconds=signs[name]) for name in ("soon_seconds", "own_seconds"))
    if wait <= soon and (sounds_automatic(text) or _greets(text)):
        return True
    return wait <= at_once and len(text) >= signs["own_letters"]


def _greets(text: str) -> bool:
    return bool(_greeting().match(folded(text)))


def is_mail_server(sender: str) -> bool:
    """Does a mail server itself write?"""
    return bool(re.search(_signs()["mail_servers"], sender, re.I))


def is_bounce_subject(subject: str) -> bool:
    """Does a subject say that a mail came back?"""
    return folded(subject).startswith(tuple(map(folded, _signs()["bounce_subjects"])))


def is_automatic_mail(mail: Message, address: str, hops: int) -> bool:
    """Do the headers, the sender or the way of a mail say that no person wrote it?

    hops: through how many servers it came; one that goes round in circles collects them.
    """
    if hops > _signs()["most_hops"] or is_automatic_subject(str(mail.get("Subject", ""))):
        return True
    if re.fullmatch(_signs()["machine_senders"], address, re.I):
        return True
    return any(
        re.fullmatch(shape, str(mail.get(name, "")).strip(), re.I | re.S)
        for name, shape in _signs()["headers"].items()
    )


def is_automatic_subject(subject: str) -> bool:
    """Does a subject begin as machines begin theirs: "Automatic reply: …"?"""
    head, sign, rest = (re.split(r"([]:：(])", subject, maxsplit=1) + ["", ""])[:3]
    return folded(head).removesuffix(" re") in _subjects() and bool(sign or not rest.strip())


def tapback(text: str) -> tuple[str, str] | None:
    """The sign, and the words that it was put on, of a text that a phone wrote for a sign."""
    text = UNSEEN.sub("", text).strip()
    found = re.fullmatch(TAPBACK, text)
    if not found:
        return _of_a_file(text)
    put, taken, put_so, verb, quoted = found.groups()
    sign = "" if taken else _sign(put or put_so or verb)
    return None if sign is None else (sign, quoted.rstrip("…").strip())


def is_written_by_phone(text: str) -> bool:
    """Does a text quote as phones do, which people seldom type?"""
    return bool(PHONES_QUOTE.search(text))


def _of_a_file(text: str) -> tuple[str, str] | None:
    """The sign of "Loved an image": put on no words."""
    found = OF_A_FILE.fullmatch(text)
    if not found or folded(found[3]) not in _signs()["files"]:
        return None
    sign = _sign(found[1] or found[2])
    return None if sign is None else (sign, "")


def _sign(put: str) -> str | None:
    """The sign that was put, or that the verb stands for. Words are none ("Reacted badly to a sticker", "Sí a …")."""
    if not put.isascii() and not any(one.isalnum() for one in KEYCAP.sub("", put)):
        return put
    return _tapbacks().get(folded(put))


def is_a_loop(messages: Sequence[Said]) -> bool:
    """Has the visitor's side of the latest ``messages`` (in order) become a machine's?

    People repeat themselves too, when nobody seems to hear: the same words count only when they come
    at once after ours, again and again.
    """
    signs = _signs()
    soon = timedelta(seconds=signs["soon_seconds"])
    answers = [
        (folded(after.text), after.at - before.at)
        for before, after in zip(messages, messages[1:], strict=False)
        if before.is_ours and not after.is_ours and after.at > before.at
    ]
    is_short = bool(answers) and len(answers[-1][0].split()) <= signs["a_few_words"]
    enough = signs["same_few_words" if is_short else "same_words"]
    same = answers[-enough:]
    if len(same) == enough and len({said for said, _ in same}) == 1:
        return all(wait <= soon for _, wait in same)
    at_once = timedelta(seconds=signs["at_once_seconds"])
    quick = answers[-signs["quick_answers"] :]
    return len(quick) == signs["quick_answers"] and all(wait <= at_once for _, wait in quick)


@lru_cache(maxsize=1)
def _tapbacks() -> dict[str, str]:
    signs = _signs()["tapbacks"]
    return {folded(verb): sign for sign, verbs in signs.items() for verb in verbs}


@lru_cache(maxsize=1)
def greetings() -> tuple[str, ...]:
    """How people begin what they write, folded."""
    return tuple(map(folded, _signs()["hellos"]))


@lru_cache(maxsize=1)
def _greeting() -> re.Pattern[str]:
    """A greeting at the beginning, perhaps behind "Hi Ana"; but "we were" is no name and "we're"."""
    hello, words = ("|".join(map(folded, _signs()[name])) for name in ("hellos", "greetings"))
    return re.compile(rf"(?:(?:{hello})(?: (?!we\b)\w+)? )?(?:{words})\b")


@lru_cache(maxsize=1)
def _subjects() -> frozenset[str]:
    return frozenset(folded(one) for one in _signs()["subjects"])


@dataclass(frozen=True)
class _Phrases:
    """What machines say of themselves, folded; ``whole`` as whole messages, ``headings`` as first clauses.

    ``people``: what people say who ask, or tell of machines. ``systems``: what systems write to many, none of
    which speaks of itself (``self``).
    """

    whole: frozenset[str]
    headings: frozenset[str]
    anywhere: tuple[str, ...]
    phrases: tuple[str, ...]
    people: tuple[str, ...]
    systems: re.Pattern[str]
    speaking: frozenset[str]
    leads: re.Pattern[str]


@lru_cache(maxsize=1)
def _phrases() -> _Phrases:
    whole, headings, anywhere, phrases, asking, telling, own, leads = (
        [folded(one) for one in _signs()[name]]
        for name in (
            "whole",
            "headings",
            "anywhere",
            "phrases",
            "asking",
            "telling",
            "self",
            "leads",
        )
    )
    lead = "|".join(sorted(map(re.escape, leads), key=len, reverse=True))
    return _Phrases(
        frozenset(whole),
        frozenset(headings),
        tuple(anywhere),
        tuple(f"{one} " for one in phrases),
        (*asking, *telling),
        re.compile(rf"(?:^|[|] )(?:{'|'.join(_signs()['systems'])})(?= [|]|$)"),
        frozenset(own),
        re.compile(rf"^(?:(?:{lead}) )+"),
    )


@lru_cache(maxsize=1)
def _signs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SIGNS.read_text(encoding="utf-8"))
    return found
