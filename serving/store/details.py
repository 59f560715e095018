"""What a person's page tells beside the score: strongest signals and ties."""

from __future__ import annotations

import numpy as np
import polars as pl
from sqlalchemy import Connection

from serving.store import bulk, packing
from serving.store.day import MOST_SIGNALS, MOST_TIES, SIGNALS, TIES, Details, checked
from serving.store.naming import words_of
from serving.store.schema import details

_ROW = ["key", "signals", "influencers", "influencees"]


def put_details(connection: Connection, persons: pl.DataFrame, of_day: Details) -> None:
    """Put what is told of persons (``key``, ``person``) in the place of what was told before."""
    wide = persons.select(pl.col("key").sort())
    columns = {
        "signals": _signals(connection, persons, of_day.signals),
        "influencers": _ties(persons, of_day.influencers, "influencers"),
        "influencees": _ties(persons, of_day.influencees, "influencees"),
    }
    for name, packed in columns.items():
        named = packed.rename({"packed": name})
        wide = wide.join(named, on="key", how="left", maintain_order="left")
    told = wide.filter(pl.any_horizontal(pl.col(list(columns)).is_not_null()))
    bulk.replace(connection, details, told.select(_ROW))


def _signals(
    connection: Connection, persons: pl.DataFrame, given: pl.DataFrame | None
) -> pl.DataFrame:
    if given is None:
        return _nothing()
    frame = checked(given, SIGNALS, "signals").join(persons, on="person")
    most = _most(frame, pl.col("share").abs(), "signal", MOST_SIGNALS)
    ids = words_of(connection, most["signal"].unique().to_list())
    records = np.empty(len(most), packing.SIGNAL)
    records["word"] = most["signal"].replace_strict(ids, return_dtype=pl.UInt16).to_numpy()
    records["value"], records["share"] = most["value"].to_numpy(), most["share"].to_numpy()
    return packing.lists(most["key"].to_numpy(), records)


def _ties(persons: pl.DataFrame, given: pl.DataFrame | None, what: str) -> pl.DataFrame:
    """Pack ties; those to people without a score are left out."""
    if given is None:
        return _nothing()
    others = persons.select(other="person", other_key="key")
    frame = checked(given, TIES, what).join(persons, on="person").join(others, on="other")
    most = _most(frame, pl.col("attention"), "other", MOST_TIES)
    records = np.empty(len(most), packing.TIE)
    records["key"] = most["other_key"].to_numpy()
    records["attention"] = most["attention"].to_numpy()
    return packing.lists(most["key"].to_numpy(), records)


def _most(frame: pl.DataFrame, size: pl.Expr, name: str, most: int) -> pl.DataFrame:
    """Take each person's largest rows, in order; equal ones by name."""
    ordered = frame.sort("key", size, name, descending=[False, True, False])
    return ordered.filter(pl.int_range(pl.len()).over("key") < most)


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"key": pl.Int64, "packed": pl.Binary})
