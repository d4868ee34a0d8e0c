"""The words of a mail: without markup, without what it quotes, without signature."""

from __future__ import annotations

import re

import html2text
from mailparser_reply import EmailReplyParser

LANGUAGES = ["en", "es", "fr", "de", "it", "pl"]
MARKUP = re.compile(
    r"<(?:!doctype|html|body|div|p|br|span|table|a|b|i|ul|li|blockquote)(?:\s[^>]*)?/?>", re.I
)
QUOTE_AT_THE_END = re.compile(r"\n\s*[^\n]{0,300}:\s*\n(?:[ \t]*(?:>[^\n]*)?\n)*[ \t]*>[^\n]*\s*\Z")
"""Marked lines at the end under a line that ends with a colon: a quote, whatever the language."""


def plain_text(words: str) -> str:
    """Words as they are, or what a browser would show of them when they are HTML."""
    if not MARKUP.search(words):
        return words
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = True
    reader.ignore_tables, reader.escape_snob = True, False
    return re.sub(r"\n{3,}", "\n\n", reader.handle(words)).strip()


def own_words(mail: str) -> str:
    """What somebody wrote in a mail, without the mails that it answers and without signature."""
    words = plain_text(mail)
    replies = EmailReplyParser(languages=LANGUAGES).read(text=words).replies
    latest = QUOTE_AT_THE_END.sub("", replies[0].body if replies else "")
    return latest.strip() or words.strip()
