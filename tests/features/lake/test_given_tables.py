"""Tables given to a command: checked as the lake's own, by file, row and column, at any path."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.command import klout, refused

ROOT = Path(__file__).parents[3]

READS = {"scan_parquet", "read_parquet", "scan_csv", "read_csv"}
"""Readers of Polars that take ``[``, ``*`` and ``?`` in a path for a pattern unless told not to."""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    day = {"network": "twitter", "reaction": "like", "at": "2014-09-20T12:00:00Z"}
    file = tmp_path / "interactions.csv"
    pl.DataFrame([day | {"actor": "a", "target": "b"}]).write_csv(file)
    assert klout("ingest", "tables", file, "--lake", tmp_path / "lake").code == 0
    return tmp_path / "lake"


def materialize(lake: Path, *more: object) -> tuple[object, ...]:
    out = lake.parent / "out.parquet"
    return ("materialize", "--lake", lake, "--as-of", "2014-10-01", "--out", out, *more)


SCORE: dict[str, Any] = {"person": "twitter:a", "score": 40.0}
BELIEF: dict[str, Any] = {"network": "twitter", "account": "a", "authenticity": 0.5}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SCORE | {"person": 1.5}], "person: a column of Float64; ids are texts or whole numbers"),
        ([SCORE | {"person": True}], "person: a column of Boolean; ids are texts or whole numbers"),
        ([SCORE | {"score": True}], "score: a column of Boolean; expected numbers"),
        ([SCORE, SCORE | {"person": None}], "row 1: person: missing"),
        ([SCORE | {"score": float("nan")}], "row 0: score: above its maximum; score: not a number"),
        ([SCORE | {"score": 101.0}], "row 0: score: above its maximum"),
        ([SCORE, SCORE], "the person 'twitter:a' is there twice"),
    ],
)
def test_standing_is_checked_by_column_and_row(
    lake: Path, rows: list[dict[str, Any]], said: str
) -> None:
    file = lake.parent / "standing.parquet"
    pl.DataFrame(rows, strict=False).write_parquet(file)
    assert f"{file}" in (line := refused(*materialize(lake, "--standing", file)))
    assert said in line
    assert not (lake.parent / "out.parquet").exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([BELIEF | {"account": 1.0}], "account: a column of Float64; ids are texts or whole"),
        ([BELIEF | {"account": None}, BELIEF], "row 0: account: missing"),
        ([BELIEF | {"network": "friendster"}], "row 0: network: not a declared value"),
        ([BELIEF, BELIEF | {"authenticity": 0.3}], "row 1: authenticity: not one of 0, 0.25"),
        ([BELIEF | {"account": "a\x00"}], "account: holds the control character U+0000"),
    ],
)
def test_authenticity_is_checked_by_column_and_row(
    lake: Path, rows: list[dict[str, Any]], said: str
) -> None:
    file = lake.parent / "given.parquet"
    pl.DataFrame(rows, strict=False).write_parquet(file)
    report = ("integrity", "report", "--lake", lake, "--as-of", "2014-10-01", "--json")
    for words in (materialize(lake), report):
        line = refused(*words, "--authenticity", file)
        assert said in line, words


def test_what_is_given_and_written_may_have_any_path(lake: Path) -> None:
    home = lake.parent / "[a] x?*%20"
    home.mkdir()
    standing, given, out = (home / f"{name}.parquet" for name in ("standing", "given", "out"))
    pl.DataFrame([SCORE]).write_parquet(standing)
    pl.DataFrame([BELIEF]).write_parquet(given)
    words = ("--standing", standing, "--authenticity", given, "--out", out)
    ended = klout("materialize", "--lake", lake, "--as-of", "2014-10-01", *words)
    assert ended.code == 0, ended.err
    counted = pl.read_parquet(out, glob=False).select("person", "twitter.like.count.30d")
    assert counted.rows() == [("twitter:b", 0.5)]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "-1", "soon"])
@pytest.mark.parametrize("command", [("compact", "--as-of", "2014-10-01"), ("optout", "ann")])
def test_a_wait_that_is_no_number_of_seconds_is_bad_usage(
    lake: Path, command: tuple[str, ...], seconds: str
) -> None:
    ended = klout(*command, "--lake", lake, "--wait", seconds)
    assert ended.code == 2
    assert "--wait" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("split", "--lake", "l", "--train", "a", "--test", "b", "--test-share", "nan"),
        ("tune", "--params", "p", "--out", "o", "--minutes", "nan"),
        ("tune", "--params", "p", "--out", "o", "--minutes", "inf"),
        ("ablate", "--test", "t", "--out", "o", "--without-signals", "nan"),
    ],
    ids=" ".join,
)
def test_no_option_takes_nan_or_infinity_for_a_number(words: tuple[str, ...]) -> None:
    more = () if words[0] == "split" else ("--signals", "s", "--judgements", "j")
    ended = klout(*words, *more)
    assert ended.code == 2
    assert words[-2] in ended.err


def test_polars_takes_no_path_for_a_pattern() -> None:
    read = [
        (file.relative_to(ROOT), call)
        for package in ("features", "training", "serving")
        for file in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and _named(call.func) in READS
    ]
    assert len(read) > 30
    globbed = [
        f"{file}:{call.lineno}"
        for file, call in read
        if not any(
            each.arg == "glob"
            and isinstance(each.value, ast.Constant)
            and each.value.value is False
            for each in call.keywords
        )
    ]
    assert globbed == []


def _named(function: ast.expr) -> str | None:
    """Name what is called of Polars: ``pl.NAME``."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id == "pl" else None
    return None
