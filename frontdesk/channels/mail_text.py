"""The words of a mail: without markup, without what it quotes, without signature."""

from __future__ import annotations

import re

import html2text
from mailparser_reply import EmailReplyParser

SEARCHED = 1_500
NO_TAG = re.compile(r"<(?=[^<>]*(?:<|\Z))")
"""A tag that never ends; Python's parser takes the square of them."""
BLANKS, MANY_LINES = re.compile(r"[ \t]{1,200}\n"), re.compile(r"\n{3,}")
LANGUAGES = ["en", "es", "fr", "de", "it", "pl"]
MARKUP = re.compile(
    r"<(?:!doctype|html|body|div|p|br|span|table|a|b|i|ul|li|blockquote)(?:\s[^<>]*)?/?>", re.I
)
QUOTE_AT_THE_END = re.compile(r"\n\s*[^\n]{0,300}:\s*\n(?:[ \t]*(?:>[^\n]*)?\n)*[ \t]*>[^\n]*\s*\Z")
"""Marked lines at the end under a line that ends with a colon: a quote, whatever the language."""


HIDDEN = re.compile(
    r"<(style|script|title|head)\b.*?</\1\s*>|<(\w+)[^<>]*style=[^<>]*display:\s*none[^<>]*>.*?</\2\s*>",
    re.I | re.S,
)
"""What a browser does not show; newsletters and mail programs put a preview there."""
OUTLOOK_QUOTE = re.compile(
    r"<(?:div|hr)[^<>]*id=[\"']?(?:appendonsend|divRplyFwdMsg).*", re.I | re.S
)
FORWARDED = re.compile(r"^[-_ ]{2,}\s*(forwarded|original|weitergeleitete|mensaje)\b[^\n]*$", re.I)
QUOTED_LINE, RULE = re.compile(r"^\s*>"), re.compile(r"\n\s*(?:\* ?){3,}\s*\Z")
SAYS_WHO = re.compile(r"^[^\n]{0,300}:\s*$")


def plain_text(words: str) -> str:
    """Words as they are, or what a browser would show of them when they are HTML."""
    if not MARKUP.search(words):
        return words
    words = NO_TAG.sub("&lt;", words)
    words = HIDDEN.sub("", OUTLOOK_QUOTE.sub("", words))
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = True
    reader.ignore_tables, reader.escape_snob = True, False
    return re.sub(r"\n{3,}", "\n\n", reader.handle(words)).strip()


def own_words(mail: str) -> str:
    """What somebody wrote in a mail, without the mails that it answers and without signature."""
    return latest_words(plain_text(mail))


def latest_words(words: str) -> str:
    """The same of a mail that is plain text already.

    Only its beginning is searched for a quote: the search takes the square of what it reads and more, and
    nothing else goes on meanwhile. Whose own words are longer than that is asked to say less.
    """
    words = MANY_LINES.sub("\n\n", BLANKS.sub("\n", words))
    head = words[:SEARCHED]
    replies = EmailReplyParser(languages=LANGUAGES).read(text=head).replies
    found = replies[0].body if replies else ""
    is_all = len(words) > SEARCHED and len(found.strip()) >= len(head.strip())
    latest = words if is_all else QUOTE_AT_THE_END.sub("", found)
    latest = RULE.sub("", _unquoted(latest)).strip()
    return words.strip() if not latest or FORWARDED.fullmatch(latest) else latest


def _unquoted(words: str) -> str:
    """The lines that are not marked as quoted, nor say who is quoted: people answer below and between them."""
    lines = words.split("\n")
    if not any(QUOTED_LINE.match(one) for one in lines):
        return words
    kept = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if not QUOTED_LINE.match(line) and not (SAYS_WHO.match(line) and QUOTED_LINE.match(after)):
            kept.append(line)
    return "\n".join(kept)
