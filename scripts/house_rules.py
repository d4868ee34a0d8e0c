"""The house's own rules: names from the glossary, settings with their line, nothing too large.

    python -m scripts.house_rules        names file and rule for whatever breaks one

Generated and vendored files are not looked at; tests may be long.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("actions", "assistant", "clinic", "content", "eligibility", "frontdesk", "scripts")
NAMED_BY_GLOSSARY = ("actions", "assistant", "clinic", "content", "eligibility", "frontdesk")
GLOSSARY = "docs/architecture.md"
SETTINGS = ".env.example"
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
MOST_AT_THE_TOP = 14
LARGER = {"assistant/tracker_store.py": 450}
"""What is larger for now, to be taken apart; nothing else may be."""
NOT_OURS = {"TF_CPP_MIN_LOG_LEVEL", "CI", "PATH", "HOME"}
SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
ENVIRONMENT = ("environ", "environment")


def broken(root: Path = ROOT) -> list[str]:
    """Every broken rule as one line: file, rule, what is allowed."""
    files = sorted(_modules(root))
    trees = {file: ast.parse((root / file).read_text(encoding="utf-8")) for file in files}
    found = [*_names(root, files), *_settings(root, trees), *_top(files)]
    for file, tree in trees.items():
        found += _sizes(file, tree, len((root / file).read_text(encoding="utf-8").splitlines()))
    return found


def _modules(root: Path) -> Iterator[Path]:
    for folder in CODE:
        for path in (root / folder).rglob("*.py"):
            if "versions" not in path.parts:  # steps of the database's schema keep their names
                yield path.relative_to(root)


def glossary(root: Path = ROOT) -> set[str]:
    """The words of the first column of the glossary's tables, one by one, as singulars."""
    text = (root / GLOSSARY).read_text(encoding="utf-8")
    rows = re.findall(r"^\| *(\*\*.+?) *\|", text, re.M)
    return {_singular(word) for row in rows for word in re.findall(r"[a-z0-9]+", row.lower())}


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def _names(root: Path, files: list[Path]) -> Iterator[str]:
    known = glossary(root)
    for file in files:
        if file.parts[0] not in NAMED_BY_GLOSSARY or file.name.startswith("__"):
            continue
        for word in file.stem.lower().split("_"):
            if _singular(word) not in known:
                yield (
                    f"{file}: '{word}' is not in the glossary ({GLOSSARY}); allowed: its words, "
                    "or a new line there that says what the word means"
                )


def _settings(root: Path, trees: dict[Path, ast.Module]) -> Iterator[str]:
    lines = (root / SETTINGS).read_text(encoding="utf-8").splitlines()
    documented = {line.partition("=")[0].lstrip("# ") for line in lines if "=" in line}
    derived = _derived(trees)
    for file, tree in trees.items():
        for key in sorted(_read_settings(tree) - documented - derived - NOT_OURS):
            yield f"{file}: setting '{key}' has no line in {SETTINGS}"


def _derived(trees: dict[Path, ast.Module]) -> set[str]:
    """Variables that `make run` makes out of settings: none that anybody sets."""
    tree = trees.get(Path("scripts/environment.py"))
    keys = (node.keys for node in ast.walk(tree) if isinstance(node, ast.Dict)) if tree else ()
    return {str(k.value) for some in keys for k in some if isinstance(k, ast.Constant)}


def _read_settings(tree: ast.Module) -> set[str]:
    """Names that are looked up in the environment, or handed to a function together with it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_environment(node.value):
            names |= _names_in([node.slice])
        if isinstance(node, ast.Call):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if _is_environment(owner) or any(_is_environment(one) for one in node.args):
                names |= _names_in(node.args)
    return names


def _is_environment(node: ast.expr | None) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ENVIRONMENT


def _names_in(nodes: list[ast.expr]) -> set[str]:
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {value for value in values if isinstance(value, str) and SETTING.fullmatch(value)}


def _top(files: list[Path]) -> Iterator[str]:
    top = [file for file in files if file.parent == Path("frontdesk") and file.stem != "__init__"]
    if len(top) > MOST_AT_THE_TOP:
        yield f"frontdesk: {len(top)} modules at its top; allowed: {MOST_AT_THE_TOP}, put new ones in a room"


def _sizes(file: Path, tree: ast.Module, lines: int) -> Iterator[str]:
    most = LARGER.get(file.as_posix(), LONGEST_MODULE)
    if lines > most:
        yield f"{file}: {lines} lines; allowed: {most} a module"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{file}: {node.name} has {length} lines; allowed: {LONGEST_FUNCTION} a function"


def main() -> int:
    """Print what is broken. Exit code 1 when anything is."""
    found = broken()
    print("\n".join(found) or "house rules: all kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
