"""Cuts a message into plain words for spaCy, however it was written.

"c a n t   b r e a t h e", "cantbreathe" and "can't breeeathe" all become "cant breathe".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.tokens import Doc
from spacy.vocab import Vocab

from assistant.nlu.medical.folding import fold
from assistant.nlu.medical.lexicon import Lexicon

LONGEST_TEXT = 2_000
TOKEN = re.compile(
    r"\n|\d+(?:[.,:/-]\d+)+|\d*[a-z$]+(?:[0-9@$]+[a-z]+)*[0-9]*|\d+|[^\W\d_a-z]+|[^\w\s]|_"
)
NUMBER_AND_LETTERS = re.compile(r"\d+(?:\.\d+)?|[a-z]+")
MARKS_BETWEEN_LETTERS = frozenset(".-*_·•")
SPANS = "spans"


@dataclass(frozen=True)
class Word:
    """A plain word and the stretch of the visitor's text that it stands for."""

    text: str
    start: int
    end: int


class PlainTokenizer:
    """A spaCy tokenizer; ``doc.user_data["spans"]`` holds each token's place in the message."""

    def __init__(self, vocab: Vocab, lexicon: Lexicon) -> None:
        self.vocab = vocab
        self._lexicon = lexicon

    def __call__(self, text: str) -> Doc:
        """Make a spaCy document of the first 2,000 characters."""
        words = self.words(text)
        doc = Doc(self.vocab, words=[word.text for word in words])
        doc.user_data[SPANS] = [(word.start, word.end) for word in words]
        return doc

    def words(self, text: str) -> list[Word]:
        """Cut, join and correct the words of a message."""
        folded = fold(text[:LONGEST_TEXT])
        found: list[Word] = []
        for match in TOKEN.finditer(folded.text):
            start, end = folded.origin[match.start()], folded.origin[match.end() - 1] + 1
            written = match.group()
            found.append(Word("." if written == "\n" else written, start, end))
        return self._corrected(self._joined(_spelt_out(found)))

    def _joined(self, words: list[Word]) -> list[Word]:
        """Join words that were torn apart ("bre athe", "can t")."""
        known = self._lexicon.words
        done: list[Word] = []
        i = 0
        while i < len(words):
            for count in (3, 2):
                pieces = words[i : i + count]
                whole = "".join(piece.text for piece in pieces)
                if (
                    len(pieces) == count
                    and whole in known
                    and whole.isalpha()
                    and not all(self._lexicon.knows(piece.text) for piece in pieces)
                ):
                    done.append(Word(whole, pieces[0].start, pieces[-1].end))
                    i += count
                    break
            else:
                done.append(words[i])
                i += 1
        return done

    def _corrected(self, words: list[Word]) -> list[Word]:
        done: list[Word] = []
        for word in words:
            read = self._lexicon.read(word.text)
            pieces = [read] if self._lexicon.knows(read) else self._pieces(read)
            if len(pieces) == 1:
                done.append(Word(pieces[0], word.start, word.end))
                continue
            step = (word.end - word.start) / len("".join(pieces))
            place = float(word.start)
            for piece in pieces:
                after = place + step * len(piece)
                done.append(Word(self._lexicon.read(piece), round(place), round(after)))
                place = after
        return done

    def _pieces(self, word: str) -> list[str]:
        if word.isalpha():
            return self._lexicon.split(word)
        if any(c.isdigit() for c in word) and any(c.isalpha() for c in word):
            return NUMBER_AND_LETTERS.findall(word) or [word]
        return [word]


def _spelt_out(words: list[Word]) -> list[Word]:
    """Join single letters that stand in a row: "b r e a t h e", "p-u-s"."""
    done: list[Word] = []
    run: list[Word] = []

    def close() -> None:
        letters = [word for word in run if word.text.isalpha()]
        if len(letters) >= 3:
            text = "".join(word.text for word in letters)
            done.append(Word(text, letters[0].start, letters[-1].end))
        else:
            done.extend(run)
        run.clear()

    for word in words:
        single = len(word.text) == 1
        if single and (word.text.isalpha() or (run and word.text in MARKS_BETWEEN_LETTERS)):
            run.append(word)
        else:
            close()
            done.append(word)
    close()
    return done
