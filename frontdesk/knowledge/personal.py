"""Takes out of a visitor's words what says who they are, before anybody learns from them.

Telephone numbers are found by Google's library; e-mail addresses, postcodes, streets, long numbers and
dates by their form. Names, in capitals or not: what follows "my name is"; words of zxcvbn's lists of
names that are no ordinary words; words that are no English and no slip of a word we know, unless they stand where a
treatment is asked for; what stands beside a name; and words with a capital letter that none of our
answers knows. It takes away too
much rather than too little: a gap teaches nothing wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import phonenumbers
import symspellpy
import textstat
from symspellpy import SymSpell, Verbosity
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from frontdesk.knowledge.faq import topics

GAP = "…"
STREETS = "street|st|road|rd|avenue|ave|lane|ln|close|drive|way|square|court|gardens|place|terrace"
SPOKEN = "(?:zero|oh?|nought|one|two|three|four|five|six|seven|eight|nine|ten|double|treble|triple|hundred)"
ENDINGS = "com|net|org|co|uk|me|eu|es|ie|info|example"
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
WHOLE_MONTHS = (
    "january|february|march|april|may|june|july|august|sept|september|october|november|december"
)
FORMS = re.compile(
    rf"""\S*@\w\S*                                             # e-mail, and names on social media
    | (?:https?://|www\.)\S+
    | \b[a-z]{{1,2}}\d[a-z\d]?\s*\d[a-z]{{2}}\b                # a British postcode
    | \b\d{{1,4}}[a-z]?,?\s+(?:[\w'’]+\s+){{1,3}}?(?:{STREETS})\b
    | \b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b                 # a date of birth
    | \d(?:[\W_]{{0,3}}\d){{8,}}                                # a long number, however it is set
    | \d(?:[\s().-]?\d){{5,}}                                  # a shorter one, but no "10:30-11:30"
    | \b(?:{SPOKEN}\W+(?:and\W+)?){{5,}}{SPOKEN}\b             # one that is spelled out
    | \b(?:\w+\s+dot\s+)*\w+\s*\W?\bat\b\W?\s*\w+(?:(?:\s+dot\s+|\.)\w+)*?(?:\s+dot\s+|\.)(?:{ENDINGS})\b
    | \b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{MONTHS})[a-z]*,?\s+\d{{4}}\b
    | \b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{MONTHS}|{WHOLE_MONTHS}),?\s+['’]?\d{{2}}\b
    | \b(?:{MONTHS})[a-z]*\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b
    """,
    re.I | re.X,
)
SAYS_A_NAME = (
    r"(?<!brand )(?<!product )name(?:['’]s| is| was|:)|(?:is|am|are|was|['’]m) called|mr|mrs|ms|dr"
)
"""What follows is a name, whatever it is."""
ABOUT_SOMEBODY = (
    r"i am|i['’]?m|this is|it['’]?s|call me|ask for|sp(?:eak|oke) (?:to|with)|talk(?:ed)? to|nurse|doctor|miss|"
    r"sister|brother|daughter|son|wife|husband|partner|boyfriend|girlfriend|friend|mum|mother|dad|father|aunt|"
    r"uncle|cousin|niece|nephew|nan|grandma|girl|boy|baby|colleague|hi|hello|hey|dear|regards"
)
"""What follows is a name, unless it is an ordinary word."""
BEFORE_A_TREATMENT = (
    r"(?:you|we|i|to|and|or) (?:do|have|had|offer|use|sell|stock|try|want|get|need)|price of|cost of|"
    r"how much (?:is|are|for)|what(?:['’]s| is| are)"
)
"""What follows is what somebody asks for: a treatment of which none of our answers knows."""
WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*")
BEFORE = re.compile(rf"\b(?:(?P<sure>{SAYS_A_NAME})|(?P<likely>{ABOUT_SOMEBODY}))[.,!]?\s*$", re.I)
AFTER = re.compile(
    r"\s+(?:said|says|told|recommended|suggested|mentioned|advised|treated|asked)\b", re.I
)
"""What stands before it may be a name."""
WANTED = re.compile(rf"\b(?:{BEFORE_A_TREATMENT}) (?:(?:a|an|the|some|any) )?$", re.I)
BESIDE = re.compile(r"[\s-]+$")
LONGEST_BEFORE = 30
MOST_NAMES = 3
SEVERAL = 3  # ways to ask in which a given name is a word ("mark", "hope")
LONG = 7


def masked(text: str, country: str | None = None) -> str:
    """The text with a gap for each number, address and name. country: whose numbers need no prefix."""
    for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, country))):
        text = text[: match.start] + GAP + text[match.end :]
    text = FORMS.sub(GAP, text)
    for word in reversed(_names_in(text)):
        text = text[: word.start()] + GAP + text[word.end() :]
    return text


def _names_in(text: str) -> list[re.Match[str]]:
    """The words of a text that name somebody."""
    words = list(WORD.finditer(text))
    strange = {word[0] for word in words if _is_strange(_folded(word[0]))}
    is_english = len(strange) <= MOST_NAMES or 2 * len(strange) < len(words)
    names = {
        place
        for place, word in enumerate(words)
        if _is_name(word, text, is_english and word[0] in strange)
    }
    halves = {place for place, word in enumerate(words) if _may_be_half(word[0], is_english)}
    for places, step in ((range(len(words)), -1), (range(len(words) - 1, -1, -1), 1)):
        for place in places:
            if place + step in names and place in halves and _are_beside(words, place, step, text):
                names.add(place)
    return [words[place] for place in sorted(names)]


def _is_name(match: re.Match[str], text: str, is_strange: bool) -> bool:
    word, before = match[0], text[max(0, match.start() - LONGEST_BEFORE) : match.start()]
    plain, led = _folded(word), BEFORE.search(before)
    if led and led["sure"]:
        return True
    if plain in _vocabulary():
        return False
    if plain in _easy():
        return plain in _given() and bool(AFTER.match(text, match.end()))
    if plain in _given() or led or (plain in _surnames() and not _is_slip(plain)):
        return True
    if is_strange and not WANTED.search(before):
        return True
    begins = not before.strip() or before.rstrip()[-1] in ".!?…"
    return word[0].isupper() and not word.isupper() and not begins


def _is_strange(word: str) -> bool:
    """Is it neither English nor a word that we know, written a little wrong?"""
    return word not in _english() and word not in _vocabulary() and not _is_slip(word)


def _is_slip(word: str) -> bool:
    """One letter wrong, in a long word two."""
    wrong = 1 if len(word) < LONG else 2
    return bool(_spelling().lookup(word, Verbosity.TOP, max_edit_distance=wrong))


@lru_cache(maxsize=1)
def _spelling() -> SymSpell:
    found = SymSpell(max_dictionary_edit_distance=2)
    for word in _vocabulary() | _easy():
        found.create_dictionary_entry(word, 1)
    return found


def _may_be_half(word: str, is_english: bool) -> bool:
    """Is a word that stands beside a name the other half of it?"""
    plain = _folded(word)
    is_no_word = is_english and plain not in _english()
    return plain not in _vocabulary() and (is_no_word or plain in _given() | _surnames())


def _are_beside(words: list[re.Match[str]], place: int, step: int, text: str) -> bool:
    first, second = sorted((place, place + step))
    return bool(BESIDE.fullmatch(text[words[first].end() : words[second].start()]))


def _folded(word: str) -> str:
    return word.lower().replace("’", "'")


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Every word of the ways to ask for our answers, and of their questions; a name only in several.

    Somebody in one of our ways ("is sarah in") does not make Sarah a word.
    """
    texts = [line for one in topics().values() for line in (*one.examples, one.question)]
    counts = Counter(word for line in texts for word in {*map(_folded, WORD.findall(line))})
    return frozenset(word for word, n in counts.items() if n >= SEVERAL or word not in _given())


@lru_cache(maxsize=1)
def _given() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["female_names"]) | frozenset(FREQUENCY_LISTS["male_names"])


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["surnames"])


@lru_cache(maxsize=1)
def _easy() -> frozenset[str]:
    """The words that every child knows (Dale and Chall)."""
    return _lines_of(textstat, "resources/en/easy_words.txt")


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    return _easy() | _lines_of(symspellpy, "frequency_dictionary_en_82_765.txt")


def _lines_of(package: ModuleType, name: str) -> frozenset[str]:
    """The first word of each line of a file that a library carries."""
    file = Path(package.__file__ or "").parent / name
    return frozenset(line.split()[0] for line in file.read_text("utf-8-sig").splitlines() if line)
