"""Rows put aside on the disk, and read back by key."""

from __future__ import annotations

import polars as pl

from features.sources import buckets
from features.sources.buckets import Buckets, buckets_for

SCHEMA = {"key": pl.String(), "value": pl.Int64()}


def test_all_rows_of_a_key_come_back_in_one_bucket_and_in_order(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(buckets, "FLUSH", 10)
    rows = pl.DataFrame({"key": [f"k{n % 17}" for n in range(200)], "value": range(200)})
    aside = Buckets(tmp_path / "aside", SCHEMA, "key", 4)
    for part in rows.iter_slices(3):
        aside.add(part.with_columns(more=1))
    assert len(list((tmp_path / "aside").iterdir())) > 4  # written as it came, not at the end
    parts = [aside.bucket(place) for place in range(4)]
    assert pl.concat(parts).sort("value").equals(rows)
    assert sum(part["key"].n_unique() for part in parts) == 17
    assert all(part["value"].is_sorted() for part in parts)


def test_two_tables_have_their_keys_in_the_same_buckets(tmp_path) -> None:
    rows = pl.DataFrame({"key": ["a", "b", None, "c"], "value": range(4)})
    one, other = (Buckets(tmp_path / name, SCHEMA, "key", 8) for name in "xy")
    one.add(rows)
    other.add(rows.reverse())
    for place in range(8):
        assert one.bucket(place).sort("value").equals(other.bucket(place).sort("value"))


def test_larger_files_are_put_into_more_buckets(tmp_path, monkeypatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert buckets_for([tmp_path / "a"]) == 1
    monkeypatch.setattr(buckets, "BUCKET_BYTES", 30)
    assert buckets_for([tmp_path / "a"]) == 4
    monkeypatch.setattr(buckets, "MOST_BUCKETS", 2)
    assert buckets_for([tmp_path / "a"]) == 2
