"""What is missing in a language of data/languages/, and what is older than its English original.

python -m scripts.languages              each language that has a folder; `make check` runs it
python -m scripts.languages es --stamp   say that es says what English says now (look at it first)
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from clinic.languages import load_languages
from clinic.spoken import FOLDER, Spoken, SpokenFileError, folders, spoken, stamp
from eligibility.load import DEFAULT_PATH
from eligibility.text import PlainWords, shown_texts

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"{\w+}")
LEAST_ASKS = 10
MOST_WORDS, MOST_SMS = 60, 300


def read(path: Path) -> Any:
    """One YAML file of the English original."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def english_answers() -> dict[str, dict[str, str]]:
    """Every answer of data/faq/ by its id: question, text, sms, more."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "data" / "faq").glob("*.yml")):
        for name, items in read(path)["responses"].items():
            web, sms = items[0], next(i for i in items if i.get("channel") == "sms")
            more = web["metadata"].get("more") or ""
            texts = (web["metadata"]["question"], web["text"], sms["text"], more)
            keys = ("question", "text", "sms", "more")
            found[name.removeprefix("utter_faq/")] = {
                key: text.strip() for key, text in zip(keys, texts, strict=True)
            }
    return found


def mistakes(code: str) -> Iterator[str]:
    """Every mistake of one language: file, key, what is wrong."""
    language = spoken(code)
    yield from _answers(language)
    plain = {item["intent"] for item in read(ROOT / "data" / "nlu.yml")["nlu"]}
    yield from _same_keys(
        f"{code}/asks.yml", plain, (n for n in language.asks if not n.startswith("faq/"))
    )
    responses = read(ROOT / "domain.yml")["responses"]
    said = {name: items[0]["text"] for name, items in responses.items() if "text" in items[0]}
    yield from _same_texts(f"{code}/lines.yml", said, language.lines["said"])
    titles = {b["title"] for items in responses.values() for b in items[0].get("buttons") or ()}
    yield from _has(f"{code}/lines.yml, titles", titles, language.lines["titles"])
    desk = read(ROOT / "frontdesk" / "copy.yml")
    yield from _same_texts(f"{code}/desk.yml", desk, language.desk)
    yield from _prescreen(language)
    urgency = read(ROOT / "data" / "urgency.yml")
    yield from _same_keys(f"{code}/urgency.yml", urgency["events"], language.urgency["first_aid"])
    yield from _same_texts(f"{code}/urgency.yml", urgency["calls"], language.urgency["calls"])
    yield from _devices(language)
    if code not in load_languages():
        yield f"data/languages/{code}.yml is missing: phrases of danger, and what is said without a model"


def _answers(language: Spoken) -> Iterator[str]:
    where, english = f"{language.code}/faq", english_answers()
    yield from _same_keys(where, english, language.answers)
    for topic, answer in language.answers.items():
        original = english.get(topic)
        if original is None:
            continue
        if answer.english != stamp(*original.values()):
            yield f"{where}: '{topic}' is older than its English original; read both, then --stamp"
        for key in ("text", "sms", "more"):
            yield from _placeholders(
                f"{where}: '{topic}', {key}", original[key], getattr(answer, key) or ""
            )
        if bool(answer.more) != bool(original["more"]):
            yield f"{where}: '{topic}': 'more' stands in one language only"
        if len(answer.asks) < LEAST_ASKS:
            yield f"{where}: '{topic}' has {len(answer.asks)} ways to ask; allowed: {LEAST_ASKS} or more"
        if len(answer.text.split()) > MOST_WORDS:
            yield f"{where}: '{topic}': text has more than {MOST_WORDS} words"
        if len(answer.sms) > MOST_SMS:
            yield f"{where}: '{topic}': sms has more than {MOST_SMS} characters"


def _prescreen(language: Spoken) -> Iterator[str]:
    content = yaml.load(DEFAULT_PATH.read_text(encoding="utf-8"), PlainWords)  # noqa: S506
    texts = dict.fromkeys(shown_texts(content))
    yield from _same_texts(
        f"{language.code}/prescreen.yml", {text: text for text in texts}, language.prescreen
    )


def _devices(language: Spoken) -> Iterator[str]:
    english, said = read(ROOT / "data" / "devices.yml"), language.devices
    where = f"{language.code}/devices.yml"
    yield from _same_texts(where, english["lead"], said["lead"])
    for kind, details in english["kinds"].items():
        cells = {a: cell["text"] for a, cell in details["answers"].items()}
        told = said["kinds"].get(kind, {}).get("answers", {})
        yield from _same_texts(f"{where}, {kind}", cells, {a: c["text"] for a, c in told.items()})
    aspects = read(ROOT / "data" / "aspects.yml")["aspects"]
    yield from _has(f"{where}, titles", aspects, said["titles"])


def _same_texts(where: str, english: Mapping[str, str], said: Mapping[str, str]) -> Iterator[str]:
    yield from _same_keys(where, english, said)
    for key in english.keys() & said.keys():
        yield from _placeholders(f"{where}: '{key}'", english[key], said[key])


def _same_keys(where: str, english: Iterable[str], said: Iterable[str]) -> Iterator[str]:
    english, said = set(english), set(said)
    yield from _has(where, english, said)
    for key in sorted(said - english):
        yield f"{where}: '{key}' is no longer in English"


def _has(where: str, english: Iterable[str], said: Iterable[str]) -> Iterator[str]:
    for key in sorted(set(english) - set(said)):
        yield f"{where}: '{key}' is missing"


def _placeholders(where: str, english: str, said: str) -> Iterator[str]:
    missing = set(PLACEHOLDER.findall(english)) ^ set(PLACEHOLDER.findall(said))
    if missing:
        yield f"{where}: {', '.join(sorted(missing))} stands in one language only"


def write_stamps(code: str) -> int:
    """Write the stamps of the English texts into every answer. Return how many changed."""
    english, changed = english_answers(), 0
    for path in sorted((FOLDER / code / "faq").glob("*.yml")):
        topic, lines = "", path.read_text(encoding="utf-8").splitlines(keepends=True)
        for place, line in enumerate(lines):
            topic = line.partition(":")[0] if line[:1].isalpha() else topic
            if line.startswith("  english:") and topic in english:
                fresh = f'  english: "{stamp(*english[topic].values())}"\n'
                changed += fresh != line
                lines[place] = fresh
        path.write_text("".join(lines), encoding="utf-8")
    return changed


def main() -> int:
    """Check, or stamp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code", nargs="?", choices=folders())
    parser.add_argument("--stamp", action="store_true")
    options = parser.parse_args()
    if options.stamp:
        if not options.code:
            parser.error("--stamp needs the language whose answers were looked at")
        print(f"{write_stamps(options.code)} answers stamped.")
        return 0
    found: list[str] = []
    for code in [options.code] if options.code else folders():
        try:
            found += mistakes(code)
        except SpokenFileError as error:
            found.append(str(error))
    print("\n".join(found) or "Every language says what English says.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
