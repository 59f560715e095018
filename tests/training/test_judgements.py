"""Judgements are checked, and divided by person."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import KloutError
from training.judgements import persons_of, read_judgements, split

people = st.integers(0, 60).map(lambda number: f"p{number}")


@given(st.lists(st.tuples(people, people), min_size=1, max_size=200), st.integers(0, 99))
def test_no_person_is_judged_on_both_sides(pairs, seed):
    frame = pl.DataFrame(pairs, schema=["a", "b"], orient="row")
    train, test = split(frame, 0.4, seed)
    assert not set(persons_of(train)) & set(persons_of(test))


def test_a_person_stays_on_its_side_when_others_come():
    frame = pl.DataFrame({"a": [f"p{n}" for n in range(500)], "b": [f"q{n}" for n in range(500)]})
    _, test = split(frame, 0.4, 1)
    _, of_half = split(frame.head(250), 0.4, 1)
    assert set(persons_of(of_half)) <= set(persons_of(test))


@pytest.mark.parametrize(
    ("column", "value"),
    [("preference", 1.5), ("preference", None), ("weight", 0.0), ("b", "x"), ("a", None)],
)
def test_a_bad_row_is_named(tmp_path, column, value):
    rows = {"a": ["x", "x"], "b": ["y", "z"], "preference": [1.0, 0.0], "weight": [1.0, 1.0]}
    rows[column] = [rows[column][0], value]
    pl.DataFrame(rows).write_parquet(tmp_path / "j.parquet")
    with pytest.raises(KloutError, match="row 1"):
        read_judgements(tmp_path / "j.parquet")


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    pl.DataFrame({"a": ["x"], "b": ["y"]}).write_parquet(tmp_path / "j.parquet")
    with pytest.raises(KloutError, match="preference"):
        read_judgements(tmp_path / "j.parquet")
    with pytest.raises(KloutError, match=r"none\.parquet"):
        read_judgements(tmp_path / "none.parquet")
