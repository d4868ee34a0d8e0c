"""Writes answers into the YAML files of data/faq/: what the clinic changed, as git and `make content` know it.

Comments, order and lay-out of everything else stay as they are.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from content.entries import FAQ, Entry

INTENT = "faq/"
HEAD = '# Answers that the clinic wrote in its inbox.\n\nversion: "3.1"\n'
NAME = re.compile(r"[a-z][a-z0-9_]{0,60}\.yml")


def round_trip() -> Any:
    """A reader and writer of YAML that keeps comments, order and quotes."""
    yaml: Any = YAML()
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def written(entries: Iterable[Entry], folder: Path) -> dict[str, str]:
    """By file of data/faq/ under ``folder``, its text with these answers in their places."""
    by_file: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not NAME.fullmatch(entry.file):
            raise ValueError(f"{entry.file!r} is not the name of a file such as pain.yml")
        by_file[entry.file].append(entry)
    return {name: _with(_text(folder / name), some) for name, some in by_file.items()}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else HEAD


def _with(text: str, entries: list[Entry]) -> str:
    yaml = round_trip()
    content = yaml.load(text)
    nlu, responses = content.setdefault("nlu", []), content.setdefault("responses", {})
    for entry in entries:
        examples = LiteralScalarString("".join(f"- {ask}\n" for ask in entry.asks))
        item = next((one for one in nlu if one["intent"] == INTENT + entry.topic), None)
        if item is None:
            nlu.append({"intent": INTENT + entry.topic, "examples": examples})
        else:
            item["examples"] = examples
        name, words = FAQ + entry.topic, entry.variations()
        if responses.get(name) != words:
            responses[name] = [quoted(one) for one in words]
    out = io.StringIO()
    yaml.dump(content, out)
    return out.getvalue()


def quoted(value: Any, key: str = "") -> Any:
    """Words and days in quotes, codes bare, as the files have them."""
    if isinstance(value, dict):
        return {name: quoted(one, name) for name, one in value.items()}
    if isinstance(value, list):
        codes = CommentedSeq(value)
        codes.fa.set_flow_style()
        return codes
    if key in ("text", "question", "more", "reviewed"):
        return DoubleQuotedScalarString(value)
    return value
