"""A source that is none is named: file, code, key, and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.sources import SourceFileError, load

GOOD = "sources:\n  good: {kind: trial, title: A good paper, url: 'https://a.example/b'}\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "{kind: trial, title: T, adress: 'https://a.example/b'}",
            "key 'adress' is unknown; allowed: ",
        ),
        ("{kind: trial, url: 'https://a.example/b'}", "key 'title' has value None; allowed: words"),
        ("only words", "has value 'only words'; allowed: a mapping"),
        ("{kind: trial, title: T, pmid: abc}", "key 'pmid' has value 'abc'; allowed: a number"),
        ("{kind: trial, title: T, people: 30}", "key 'people' has value 30; allowed: such as"),
        ("{kind: trial, title: T, about: '('}", "key 'about' is no pattern"),
    ],
)
def test_a_row_that_is_no_source_is_named(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "sources.yml"
    path.write_text(f"{GOOD}  odd: {row}\n", encoding="utf-8")
    with pytest.raises(SourceFileError) as raised:
        load(path)
    assert f"{path}: source 'odd', " in str(raised.value)
    assert says in str(raised.value)
    path.write_text(GOOD, encoding="utf-8")
    assert set(load(path)) == {"good"}
