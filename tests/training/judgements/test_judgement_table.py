"""Judgements are read whole or refused with the row."""

from __future__ import annotations

import polars as pl
import pytest

from features.errors import KloutError
from training.judgements import read_judgements


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


def test_weight_and_judge_may_be_left_out(tmp_path):
    rows = pl.DataFrame({"a": ["x"], "b": ["y"], "preference": [1]})
    rows.write_parquet(tmp_path / "j.parquet")
    frame = read_judgements(tmp_path / "j.parquet")
    assert frame.rows() == [("x", "y", 1.0, 1.0, None)]
    assert frame.schema["judge"] == pl.String
    rows.with_columns(judge=pl.lit("me")).write_parquet(tmp_path / "j.parquet")
    assert read_judgements(tmp_path / "j.parquet")["judge"].to_list() == ["me"]
