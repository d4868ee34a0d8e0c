"""The words of a mail: without markup, without what it quotes, without signature."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from pathlib import Path

import html2text
import yaml
from mailparser_reply import EmailMessage, EmailReply

from frontdesk.channels.automatic import greetings
from frontdesk.channels.mail_lines import unbroken, unsigned
from frontdesk.channels.opt_out import folded

SEARCHED = 1_500
NO_TAG = re.compile(r"<(?=[^<>]*(?:<|\Z))")
"""A tag that never ends; Python's parser takes the square of them."""
BLANKS, MANY_LINES = re.compile(r"[ \t]{1,200}\n"), re.compile(r"\n{3,}")
LANGUAGES = ["en", "es", "fr", "de", "it", "pl"]
MARKUP = re.compile(
    r"<(?:!doctype|html|body|div|p|br|span|table|tr|td|a|b|i|strong|em|font|h[1-6]|center|pre|ol|ul|li|blockquote)(?:\s[^<>]*)?/?>",
    re.I,
)
QUOTE_AT_THE_END = re.compile(r"\n\s*[^\n]{0,300}:\s*\n(?:[ \t]*(?:>[^\n]*)?\n)*[ \t]*>[^\n]*\s*\Z")
"""Marked lines at the end under a line that ends with a colon: a quote, whatever the language."""


NOT_SHOWN = re.compile(r"<(style|script|title|head)\b", re.I)
BLOCK = re.compile(
    r"<(?:address|article|aside|blockquote|div|dl|fieldset|footer|form|h[1-6]|header|hr|main|nav|ol|p|pre"
    r"|section|table|ul)\b",
    re.I,
)
"""A paragraph ends where one of these begins."""
TAG, QUOTED = re.compile(r"<(\w+)\b[^<>]*>"), re.compile(r"\"[^\"]*\"|'[^']*'")
STYLE = re.compile(r"""\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.I)
UNSEEN = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]))", re.I
)
HIDDEN = re.compile(r"\shidden(?=[\s=/>])", re.I)
"""What a browser does not show; newsletters and mail programs put a preview there."""
MOST_HIDDEN = 50
CELL_END = re.compile(r"</t[dh]\s*>", re.I)
OUTLOOK_QUOTE = re.compile(
    r"<(?:div|hr)[^<>]*id=[\"']?(?:appendonsend|divRplyFwdMsg).*", re.I | re.S
)
FORWARDED = re.compile(r"^[-_ ]{2,}\s*(forwarded|original|weitergeleitete|mensaje)\b[^\n]*$", re.I)
PASSED_ON = re.compile(
    r"\n[ \t]{0,9}(?:[-_]{2,40} ?(?:forwarded message|mensaje reenviado|mensagem (?:encaminhada|reencaminhada)"
    r"|message transf[eé]r[eé]|weitergeleitete nachricht|messaggio inoltrato)\b[^\n]*"
    r"|(?:begin forwarded message|inicio del mensaje reenviado|início da mensagem (?:encaminhada|reencaminhada)"
    r"|début du message (?:réexpédié|transféré)|anfang der weitergeleiteten (?:nachricht|e-mail)) ?:)[ \t]{0,9}\n",
    re.I,
)
"""What programs write above a mail that is passed on: the sender wants it read."""
QUOTED_LINE, RULE = re.compile(r"^\s*>"), re.compile(r"\n\s*(?:\* ?){3,}\s*\Z")
SAYS_WHO = re.compile(r"^[^\n]{0,300}:\s*$")
ADDRESS, YEAR = re.compile(r"@|-{5,}"), re.compile(r"\b(?:19|20)\d\d\b")
TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d\d(?!\.?\d)")
"""A program says whom it quotes by an address, or by the day and the minute. People write "On 5 January 2026 the
nurse wrote:" too."""
WROTE = re.compile(
    r"^(?:On|El|Le|Am|Il|Em)\b[^\n]{0,200}(?:\n[^\n]{0,120})?"
    r"\b(?:wrote|escribió|escreveu|a écrit|schrieb|ha scritto)\s*:[ \t]*(?=\n|\s{2})",
    re.M | re.I,
)
HEADS = re.compile(
    r"^(?:_{5,}\s*\n)?\s*\*?(?:De|From|Von|Da|Van|Od|Från|Fra|De la|Kimden|От|Від|发件人|寄件者|差出人)\*? ?[:：]"
    r"[^\n]*\n(?:[^\n]*\n)?\*?"
    r"(?:Enviado(?: el)?|Fecha|Sent|Date|Gesendet|Datum|Inviato|Data|Envoyé|Verzonden|Wysłan[oey]|Skickat|Sendt"
    r"|Trimis|Gönderildi|Gönderilme Tarihi|Отправлено|Надіслано|发送时间|寄件日期|送信日時)\*? ?[:：][^\n]*\d"
    r"|^-{3,} ?(?:Mensaje original|Original Message|Messaggio originale|Message d'origine|Ursprüngliche Nachricht) ?-{3,}",
    re.M | re.I,
)
"""How mail programs write above what they quote (those that the library does not know)."""
SPEAKS = (
    r"(?<![\w.@/-])(?:i(?!\.)|i['’]m|my|is|are|was|were|has|have|it['’]?s|hurts|tengo|tiene|está|estoy|puedo|duele"
    r"|ich|ist|habe|bin|meine?|j['’]ai|je|suis|ho|sono)(?![\w@/-])"
)
"""A word that is in sentences, and in no name, number, title or device."""
SPEAKING = re.compile(SPEAKS, re.I)
DEVICE = (
    r"(?:Sent (?:from|with|via)|Get Outlook for|Enviado (?:desde|con|do)|Obt(?:ener|én|enga) Outlook para"
    r"|Gesendet (?:von|mit)|Envoyé (?:de|depuis)|Inviato da)\b"
    rf"(?: my| meinem| mon)?(?:(?!: |{SPEAKS})[^\n]){{0,90}}"
)
DEVICE_LINE, DEVICE_LAST = re.compile(DEVICE, re.I), re.compile(rf"\n\s*{DEVICE}\s*\Z", re.I)
DISCLAIMER = re.compile(
    r"^(?=.*(?:mail|message|communication|transmission|mensaje|correo|nachricht))"
    r".*(?:confidential|intended|privileged|disclaimer|confidencial|destinatari|vertraulich)"
    r"|\b(?:click|here|link)\b.*\bunsubscribe|\bunsubscribe\b.*\b(?:click|here|link)\b",
    re.I,
)
"""People say "confidential" too: "please keep it confidential: I am pregnant"."""
NO_SENTENCE = re.compile(r"[|@>]|https?:|(?:\d\D{0,3}){6}")
FEWEST_WORDS, MOST_OF_A_NAME, MOST_OF_A_TITLE, MOST_OF_A_GREETING = 4, 4, 6, 3
SMALL_WORDS = Path(__file__).with_name("mail_text.yml")
REACHED = re.compile(
    r"(?:https?:|www\.)\S*|\S*@\S*|[+(]?\d[\d\s().+/-]*"
    r"|\b(?:tel|telf|telefono|teléfono|phone|mobile|mob|cell|fax|m[oó]vil|handy|email|e-mail|web|[tmfe](?=[:.]))\b\W*",
    re.I,
)
"""How somebody is reached: a number, an address, and the word before it."""
SELF = re.compile(
    r"(?<!\w)(?:i|i['’]m|my|me|mi|me|estoy|tengo|ich|mir|mein|j['’]ai|je|mon|ma)(?!\w)", re.I
)
"""A word of somebody who speaks of themselves, as no disclaimer does."""


def plain_text(words: str) -> str:
    """Words as they are, or what a browser would show of them when they are HTML."""
    if not MARKUP.search(words):
        return words
    words = NO_TAG.sub("&lt;", words)
    words = _shown(_without_heads(OUTLOOK_QUOTE.sub("", words)))
    words = CELL_END.sub(" ", words)
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = True
    reader.ignore_tables, reader.escape_snob = True, False
    return re.sub(r"\n{3,}", "\n\n", reader.handle(words)).strip()


def _without_heads(words: str) -> str:
    """HTML without styles, scripts, titles and heads; what never ends is looked for once, not each time."""
    kept, at, endless = [], 0, set()
    for opened in NOT_SHOWN.finditer(words):
        name = opened[1].lower()
        if opened.start() < at or name in endless:
            continue
        end = re.compile(rf"</{name}\s*>", re.I).search(words, opened.end())
        if end is None:
            endless.add(name)
            continue
        kept.append(words[at : opened.start()])
        at = end.end()
    return "".join([*kept, words[at:]])


def _shown(words: str) -> str:
    """HTML without its hidden elements, each with all that it holds; one that never ends hides nothing."""
    kept, at = [], 0
    hidden = (found for found in TAG.finditer(words) if _is_hidden(found[0]))
    for found in islice(hidden, MOST_HIDDEN):
        if found.start() >= at and (end := _end_of(words, found)):
            kept.append(words[at : found.start()])
            at = end
    return "".join([*kept, words[at:]])


def _is_hidden(tag: str) -> bool:
    style = STYLE.search(tag)
    return bool(style and UNSEEN.search(style[1]) or HIDDEN.search(QUOTED.sub("", tag)))


def _end_of(words: str, opened: re.Match[str]) -> int | None:
    if opened[1].lower() == "p":
        closed = re.compile(r"</p\s*>", re.I).search(words, opened.end())
        block = BLOCK.search(words, opened.end(), closed.start() if closed else len(words))
        return block.start() if block else closed and closed.end()
    depth = 1
    for tag in re.compile(rf"<(/?){opened[1]}\b[^<>]*>", re.I).finditer(words, opened.end()):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return None


def bare(subject: str) -> str:
    """A subject that says it all, where the mail itself says nothing."""
    return re.sub(r"^(?:\s*(?:re|aw|fwd?|sv|vs|ref)\s*:)+", "", subject, flags=re.I).strip()


def own_words(mail: str) -> str:
    """What somebody wrote in a mail, without the mails that it answers and without signature."""
    return latest_words(plain_text(mail))


def latest_words(words: str, writer: str = "") -> str:
    """The same of a mail that is plain text already."""
    return parted(words, writer)[0]


def parted(words: str, writer: str = "") -> tuple[str, str]:
    """What ``writer`` (name and address) wrote in a mail, and what was cut below it that may be words as well:
    "Bleeding" stands there as "Ana" does, and is read for danger.

    Only its beginning is searched for a quote: the search takes the square of what it reads and more, and
    nothing else goes on meanwhile. Whose own words are longer than that is asked to say less.
    """
    words = unbroken(unsigned(MANY_LINES.sub("\n\n", BLANKS.sub("\n", words))))
    if (passed_on := PASSED_ON.search(words)) and (above := words[: passed_on.start()]).strip():
        latest, under = parted(above, writer)
        is_theirs = not _ends_in_a_quote(above)
        return latest, f"{under}\n{words[passed_on.start() :] if is_theirs else ''}".strip()
    head = _without_heads_of_quotes(words[:SEARCHED])
    found, below = _first(head, writer)
    is_all = len(words) > SEARCHED and _signs(found) >= _signs(words[:SEARCHED])
    latest = words if is_all else QUOTE_AT_THE_END.sub("", found)
    latest = RULE.sub("", _unquoted(latest))
    if device := DEVICE_LAST.search(latest):
        below += [device[0].strip()] if _says_more_than_a_device(device[0]) else []
        latest = latest[: device.start()]
    latest = latest.strip()
    is_passed_on = FORWARDED.match(latest.partition("\n")[0])
    if is_all or not latest or is_passed_on:
        return (latest if is_all else words.strip()), ""
    if below and _only_greets(latest):
        return "\n\n".join([latest, *below]), ""
    return latest, "\n".join(below)


def _only_greets(words: str) -> bool:
    said = folded(words)
    return len(said.split()) <= MOST_OF_A_GREETING and any(
        f"{said} ".startswith(f"{one} ") for one in greetings()
    )


def _says_more_than_a_device(line: str) -> bool:
    """Has it words that no name of a phone or a program is made of?"""
    return any(word.islower() and folded(word) not in _small("device") for word in line.split())


def _signs(words: str) -> int:
    """How many there are; between them, the library leaves some spaces out."""
    return len("".join(words.split()))


def _is_proven(head: str) -> bool:
    return bool(ADDRESS.search(head) or TIME.search(head) and YEAR.search(head))


def _without_heads_of_quotes(words: str) -> str:
    """Words up to where a mail program says whom it quotes; where that is marked, without the saying only."""
    for found in WROTE.finditer(words):
        if not (_is_proven(found[0]) and words[: found.start()].strip()):
            continue
        behind = words[found.end() :]
        if behind.lstrip().startswith(">"):
            return words[: found.start()] + behind
        return words[: found.start()]
    for found in HEADS.finditer(words):
        if _is_proven(found[0]) and words[: found.start()].strip():
            return words[: found.start()]
    return words


def _ends_in_a_quote(words: str) -> bool:
    """Does what comes behind belong to a mail that is quoted without marks?"""
    head = words[:SEARCHED]
    left = _without_heads_of_quotes(head)
    return left != head and head.startswith(left)


def _first(words: str, writer: str) -> tuple[str, list[str]]:
    """The first of the mails in each other, and what may be words below it. What nothing proves to be another
    is a part of it."""
    kept: list[str] = []
    below: list[str] = []
    replies = EmailMessage(words, list(LANGUAGES), keep_hyphen_lists=True).read().replies
    for one in replies:
        if kept and _is_proven(one.headers or ""):
            break
        said, cut = _unsigned(one, writer)
        kept.append(said)
        below += cut
    return "\n".join(kept), below


def _unsigned(one: EmailReply, writer: str) -> tuple[str, list[str]]:
    """A mail without its signature, and which lines of that may be words. One that says something ("Thanks, and my
    face is swelling", "Thanks, chest pain") is none."""
    lines = [_after_closing(line) for line in (one.signatures or "").split("\n")]
    ends = (at for at, line in enumerate(lines) if DISCLAIMER.search(line))
    end = next(ends, len(lines))
    signed = [line for line in lines[:end] if not _says_nothing(line, writer)]
    is_named = False
    for line in signed:
        is_title = is_named and _is_a_title(line) and any(map(NO_SENTENCE.search, lines[:end]))
        if _is_said(line) or not (_is_a_name(line) or is_title or DEVICE_LINE.fullmatch(line)):
            return str(one.content), []
        is_named = True
    behind = [line for line in lines[end + 1 :] if SELF.search(line)]
    body = str(one.body)
    if one.headers and not _is_proven(one.headers):
        body = f"{one.headers}\n{body}"
    return body, [*signed, *behind]


def _after_closing(line: str) -> str:
    """A line without the closing that it begins with: of "Thanks, Ana", the name."""
    words = line.split()
    for at, word in enumerate(words):
        if not _small("closing").issuperset(folded(word).split()):
            return " ".join(words[at:])
    return ""


def _says_nothing(line: str, writer: str) -> bool:
    """Is a line certainly no words: the name of whoever wrote, how to reach them, a device?"""
    if DEVICE_LINE.fullmatch(line) and not _says_more_than_a_device(line):
        return True
    left = set(folded(REACHED.sub(" ", line)).split())
    return left <= set(folded(re.sub(r"[@.+_-]", " ", writer)).split())


def _is_a_name(line: str) -> bool:
    """Does a line look as names do? So does "Bleeding"."""
    words = re.findall(r"[^\W\d_][^\s,]*", REACHED.sub(" ", line))
    return len(words) <= MOST_OF_A_NAME and all(
        word[:1].isupper() or folded(word) in _small("name") for word in words
    )


def _is_a_title(line: str) -> bool:
    """Does a line look as what somebody is, or where they live?"""
    words = line.split()
    return len(words) <= MOST_OF_A_TITLE and (words[0][:1].isupper() or words[0][:1].isdigit())


@cache
def _small(which: str) -> frozenset[str]:
    found: dict[str, list[str]] = yaml.safe_load(SMALL_WORDS.read_text(encoding="utf-8"))
    return frozenset(part for word in found[which] for part in folded(word).split())


def _is_said(line: str) -> bool:
    """Is a line below a greeting more than a name, a title, a number or a device?"""
    words = line.split()
    if DEVICE_LINE.fullmatch(line.strip()):
        return False
    is_long = len(words) >= FEWEST_WORDS or len(words) > 2 and line[-1] in ".?!"
    return (
        len(words) > 1 and bool(SPEAKING.search(line)) or is_long and not NO_SENTENCE.search(line)
    )


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
