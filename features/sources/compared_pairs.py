"""Pairs of accounts that somebody compared, figures and all: PeerIndex's table and its like.

A CSV with a header: ``Choice`` (1: A is the more influential, 0: B; or anything between), and the
same figures of both accounts, as ``A_follower_count`` and ``B_follower_count``. PeerIndex's table
is that of the Kaggle contest "Influencers in Social Networks" (Data Science London, 2013).

Accounts have no id, so an account is its figures: equal figures are the same account. What comes
out is, for the network and the day that are named, a counter per figure and a judgement per row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from features.errors import KloutError
from features.lake import TABLES, Piece
from features.lake.times import midnight
from features.sources.glance import Glance, Known
from features.sources.reader import Options, Reader, one_file
from features.sources.scans import read_csv

CHOICE = "Choice"
SIDES = ("A", "B")
ID_DIGITS = 16
"""Hexadecimal: two of ten million accounts share an id with a probability of 3 in a million."""


def _read(path: Path, options: Options) -> Iterator[Piece]:
    network, at = _network_and_time(options)
    for rows, texts, _ in read_csv(path, TABLES["judgements"]):
        columns = _figures(path, texts.columns)
        _check_declared(path, columns, options, network)
        if texts.is_empty():
            raise KloutError(f"{path}: holds no pairs, only a header")
        sides = {side: _side(texts, rows, side, columns) for side in SIDES}
        yield Piece("judgements", _judgements(texts, rows, sides, network, at), str(path))
        yield Piece("counters", _counters(pl.concat(sides.values()), network, at), str(path))


def _network_and_time(options: Options) -> tuple[str, datetime]:
    if options.network is None or options.day is None:
        raise KloutError("pairs: name the accounts' network with --network and the day with --day")
    at = midnight(options.day)
    if at >= datetime.now(UTC):
        raise KloutError(f"pairs: the day {options.day} is in the future")
    return options.network, at


def _figures(path: Path, columns: list[str]) -> dict[str, str]:
    """Counter to the name of its columns less ``A_`` or ``B_``, in the order of the counters."""
    if CHOICE not in columns:
        raise KloutError(f"{path}: pairs need the column {CHOICE!r}; has {columns}")
    figures: dict[str, str] = {}
    for column in columns:
        side, _, name = column.partition("_")
        if column == CHOICE:
            continue
        if side not in SIDES or not name:
            raise KloutError(f"{path}: unknown column {column!r}; allowed: {CHOICE!r}, A_…, B_…")
        partner = f"{'B' if side == 'A' else 'A'}_{name}"
        if partner not in columns:
            raise KloutError(f"{path}: the column {column!r} needs its partner {partner!r}")
        if figures.setdefault(name.lower(), name) != name:
            raise KloutError(f"{path}: the column {column!r} is there twice, but for upper case")
    if not figures:
        raise KloutError(f"{path}: pairs need figures of both, as A_followers and B_followers")
    return dict(sorted(figures.items()))


def _check_declared(path: Path, columns: dict[str, str], options: Options, network: str) -> None:
    """Refuse a figure that is not declared, and with it the file.

    The lake's checks would quarantine it row by row and keep the rest; after the declaration is
    mended, the same file would then be taken for one that was read already.
    """
    declared = {n.name: sorted(c.name for c in n.counters) for n in options.catalogue.networks}
    if network not in declared:
        raise KloutError(f"pairs: unknown network {network!r}; there are {sorted(declared)}")
    for figure, column in columns.items():
        if figure not in declared[network]:
            raise KloutError(
                f"{path}: the column 'A_{column}' is no counter of {network}; "
                f"there are {declared[network]}"
            )


def _side(texts: pl.DataFrame, rows: pl.Series, side: str, columns: dict[str, str]) -> pl.DataFrame:
    """One side's figures, as the texts that they were, with ``Row`` and ``Account``.

    Those two start with a capital, so that no counter can have their name.
    """
    figures = texts.select(
        pl.col(f"{side}_{column}").str.strip_chars().alias(figure)
        for figure, column in columns.items()
    )
    return figures.with_columns(rows.alias("Row"), _ids(figures).alias("Account"))


def _ids(figures: pl.DataFrame) -> pl.Series:
    """Name each row by a hash of its numbers, so that 2 and 2.0 are the same.

    Null where a figure is no counter's value (a finite number, not below 0): it can't be known
    then which account it is.
    """
    numbers = figures.select(pl.all().cast(pl.Float64, strict=False).fill_null(np.nan)).to_numpy()
    # In one order of bytes on every machine; and minus nought made nought, which has other bytes.
    matrix = np.ascontiguousarray(numbers + 0.0, dtype="<f8")
    whole = (np.isfinite(matrix) & (matrix >= 0)).all(axis=1)
    ids = [
        hashlib.sha256(row.tobytes()).hexdigest()[:ID_DIGITS] if known else None
        for row, known in zip(matrix, whole, strict=True)
    ]
    return pl.Series(ids, dtype=pl.String)


def _judgements(
    texts: pl.DataFrame,
    rows: pl.Series,
    sides: dict[str, pl.DataFrame],
    network: str,
    at: datetime,
) -> pl.DataFrame:
    """Each row between two accounts that nobody claims; who judged is not known.

    The network stands for the judge. The lake keeps equal judgements (its contract gives them no
    key), so that a pair judged again stays: such pairs tell how far judges agree.
    """
    person = {
        side: pl.concat_str(pl.lit(f"{network}:"), frame["Account"]).alias(side.lower())
        for side, frame in sides.items()
    }
    return texts.select(
        rows.alias("row"),
        *person.values(),
        pl.col(CHOICE).str.strip_chars().alias("preference"),
        pl.lit(at).alias("judged_at"),
        pl.lit(network).alias("judge"),
    )


def _counters(accounts: pl.DataFrame, network: str, at: datetime) -> pl.DataFrame:
    """Give the figures of each account once; of one that can't be known, those that are wrong."""
    value = pl.col("value").cast(pl.Float64, strict=False)
    good = (value.is_finite() & (value >= 0)).fill_null(value=False)
    known = accounts.drop_nulls("Account").unique("Account", keep="first", maintain_order=True)
    wrong = _long(accounts.filter(pl.col("Account").is_null())).filter(~good)
    return pl.concat([_long(known), wrong]).with_columns(
        pl.lit(network).alias("network"), pl.lit(at).alias("at")
    )


def _long(accounts: pl.DataFrame) -> pl.DataFrame:
    long = accounts.unpivot(index=["Row", "Account"], variable_name="counter", value_name="value")
    return long.rename({"Row": "row", "Account": "account"})


def _knows(seen: Glance) -> Known | None:
    first = [] if seen.is_folder else seen.lines()[:1]
    header = [name for line in first for name in line.split(",")]
    if CHOICE not in header or not any(name.startswith("A_") for name in header):
        return None
    return Known("judged pairs of accounts with figures of both", "--network NETWORK --day DAY")


PAIRS = Reader(
    "pairs",
    "judged pairs with figures (CSV, plain or gz): counters and judgements, with --network, --day",
    one_file,
    _read,
    named=False,
    knows=_knows,
)
