"""Signals, judgements and labels as they should not be."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from tests.support.populations import judged, population

CATALOGUE = Catalogue(load_networks())
PERSONS = 240
SIGNAL = "twitter.any.reactors.90d"
ALL = CATALOGUE.names
NAMES = [f"p{number}" for number in range(PERSONS)]

Change = Callable[[pl.DataFrame], pl.DataFrame]


def signals() -> pl.DataFrame:
    return population(CATALOGUE, 1, PERSONS)[0]


def judgements() -> pl.DataFrame:
    """Judgements of the first half."""
    return _of_half(low=0, pairs=1_000)


def others() -> pl.DataFrame:
    """Judgements of the second half."""
    return _of_half(low=PERSONS // 2, pairs=1_000)


def _of_half(low: int, pairs: int) -> pl.DataFrame:
    influence = population(CATALOGUE, 1, PERSONS)[1][low : low + PERSONS // 2]
    names = {f"p{n}": f"p{low + n}" for n in range(len(influence))}
    return judged(influence, 2, pairs).with_columns(pl.col("a", "b").replace(names))


def with_value(column: str, value: object, row: int = 3) -> Change:
    """Set one field."""
    at = pl.int_range(pl.len()) == row
    return lambda frame: frame.with_columns(
        pl.when(at).then(pl.lit(value, frame[column].dtype)).otherwise(column).alias(column)
    )


def cast(column: str, dtype: pl.DataType) -> Change:
    return lambda frame: frame.with_columns(pl.col(column).cast(dtype))


def without(column: str) -> Change:
    return lambda frame: frame.drop(column)


def numbers_as_ids(*columns: str) -> Change:
    """Make ids whole numbers."""
    return lambda frame: frame.with_columns(
        pl.col(column).str.strip_prefix("p").cast(pl.Int64) for column in columns
    )


def as_floats(*columns: str) -> Change:
    return lambda frame: numbers_as_ids(*columns)(frame).cast(dict.fromkeys(columns, pl.Float64))


def unknown_to_signals(share: float) -> Change:
    """Judge people of whom nobody has signals in the place of a share of them."""
    gone = {name: name.replace("p", "q") for name in NAMES[: int(share * PERSONS / 2)]}
    return lambda frame: frame.with_columns(pl.col("a", "b").replace(gone))


def of_another_network(frame: pl.DataFrame) -> pl.DataFrame:
    """Move what people drew to a network that no declaration names."""
    names = [name for name in CATALOGUE.names if name.startswith("twitter.")]
    moved = frame.select(pl.col(names).name.map(lambda name: name.replace("twitter", "hub")))
    return nothing_drawn(frame).hstack(moved)


def nothing_drawn(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(0.0).alias(name) for name in CATALOGUE.names)


NAN, INFINITY = float("nan"), float("inf")

SIGNALS: dict[str, Change] = {
    "nobody varies": lambda frame: frame.with_columns(pl.lit(2.0).alias(n) for n in ALL),
    "nobody drew anything": nothing_drawn,
    "another network's": of_another_network,
    "a person twice": lambda frame: pl.concat([frame, frame[5]]),
    "a person is null": with_value("person", None),
    "persons are fractions": as_floats("person"),
    "NaN": with_value(SIGNAL, NAN),
    "null": with_value(SIGNAL, None),
    "negative": with_value(SIGNAL, -1.0),
    "infinite": with_value(SIGNAL, INFINITY),
    "text": cast(SIGNAL, pl.String()),
    "one person": lambda frame: frame[:1],
    "no persons": lambda frame: frame[:0],
    "no column person": without("person"),
    "a signal missing": without(SIGNAL),
    "only person": lambda frame: frame.select("person"),
}

JUDGEMENTS: dict[str, Change] = {
    "three": lambda frame: frame[:3],
    "one": lambda frame: frame[:1],
    "none": lambda frame: frame[:0],
    "of a and a": lambda frame: frame.with_columns(b="a"),
    "a is null": with_value("a", None),
    "a preference of 1.5": with_value("preference", 1.5),
    "a preference below 0": with_value("preference", -0.1),
    "a preference is NaN": with_value("preference", NAN),
    "a preference is null": with_value("preference", None),
    "preferences are text": lambda frame: frame.with_columns(preference=pl.lit("much")),
    "a weight of 0": with_value("weight", 0.0),
    "a weight below 0": with_value("weight", -2.0),
    "a weight is NaN": with_value("weight", NAN),
    "a weight is infinite": with_value("weight", INFINITY),
    "weights all tiny": lambda frame: frame.with_columns(weight=pl.lit(1e-300)),
    "weights all huge": lambda frame: frame.with_columns(weight=pl.lit(1e300)),
    "undecided all": lambda frame: frame.with_columns(preference=pl.lit(0.5)),
    "of one pair": lambda frame: pl.concat([frame[:1]] * 200),
    "5% unknown": unknown_to_signals(0.05),
    "30% unknown": unknown_to_signals(0.3),
    "70% unknown": unknown_to_signals(0.7),
    "all unknown": unknown_to_signals(1),
    "ids are structs": lambda frame: frame.with_columns(a=pl.struct("a")),
    "ids are lists": lambda frame: frame.with_columns(a=pl.concat_list("a")),
    "ids are fractions": as_floats("a", "b"),
    "no column preference": without("preference"),
    "contrary": lambda frame: frame.with_columns(preference=1 - pl.col("preference")),
}

LABELS: dict[str, Change] = {
    "one": lambda frame: frame[:1],
    "none": lambda frame: frame[:0],
    "all alike": lambda frame: frame.with_columns(authentic=pl.lit(value=True)),
    "an account twice": lambda frame: pl.concat([frame, frame[5]]),
    "an account is null": with_value("account", None),
    "authentic is null": with_value("authentic", None),
    "authentic is a number": lambda frame: frame.with_columns(authentic=pl.lit(0.3)),
    "authentic is text": cast("authentic", pl.String()),
    "an unknown network": with_value("network", "hub"),
    "accounts nobody knows": lambda frame: frame.with_columns(account="x" + pl.col("account")),
    "accounts are structs": lambda frame: frame.with_columns(account=pl.struct("account")),
    "no column authentic": without("authentic"),
    "one group": lambda frame: frame.with_columns(group=pl.lit("farm")),
    "a group is a list": lambda frame: frame.with_columns(group=pl.concat_list("account")),
}
