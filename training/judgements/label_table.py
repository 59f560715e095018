"""Labels: how influential somebody is as a number, or its place in an ordered list."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.errors import KloutError
from features.lake.given import as_ids, read_given
from training.judgements.judgement_table import LEAST_WEIGHT, MOST_WEIGHT, as_numbers

LABEL, RANK, LIST = "label", "rank", "list"
TABLE = ""
"""Stands for the one list that a table of numbers is."""


class Labels(NamedTuple):
    """What one file says of persons.

    Attributes
    ----------
    file
        It; or what it is called, where it is none.
    kind
        `LABEL`: a number per person, more is more influential. `RANK`: lists, 1 is the first.
    rows
        ``list`` (str; `TABLE` in a table of numbers), ``person`` (str), ``value`` (f64, more is
        more influential: the label, or the rank below 0) and ``weight`` (f64); a person is in a
        list once.
    """

    file: Path | str
    kind: str
    rows: pl.DataFrame

    @property
    def persons(self) -> pl.Series:
        """Everybody labelled, each once, ascending."""
        return self.rows["person"].unique().sort()


def is_labels(file: Path) -> bool:
    """Say whether a Parquet file holds labels, by the names of its columns.

    Raises
    ------
    KloutError
        If it is no Parquet file.
    """
    names = read_given(file, "judgements").columns
    return "person" in names and not {LABEL, RANK}.isdisjoint(names)


def read_labels(file: Path) -> Labels:
    """Read labels from Parquet.

    Either ``person`` and ``label``, or ``list``, ``rank`` and ``person``; with ``weight``, if it is
    there: what a person's label counts for, a millionth to a million.

    Raises
    ------
    KloutError
        If the file can't be read, a row is not as described, or it tells nobody apart.
    """
    return as_labels(read_given(file, "labels"), file)


def as_labels(frame: pl.DataFrame, file: Path | str) -> Labels:
    """Take rows for labels, as `read_labels` reads them.

    Parameters
    ----------
    file
        Where they are from, for errors.

    Raises
    ------
    KloutError
        If a row is not as described there, or they tell nobody apart.
    """
    kind = _kind(frame, file)
    ones = pl.repeat(1.0, len(frame), eager=True)
    value = as_numbers(frame[kind], file)
    rows = pl.DataFrame(
        {
            LIST: as_ids(frame[LIST], f"{file}: {LIST}")
            if kind == RANK
            else pl.repeat(TABLE, len(frame), eager=True),
            "person": as_ids(frame["person"], f"{file}: person"),
            "value": -value if kind == RANK else value,
            "weight": as_numbers(frame["weight"], file) if "weight" in frame.columns else ones,
        }
    )
    _check(rows, kind, file)
    return Labels(file, kind, rows)


def _kind(frame: pl.DataFrame, file: Path | str) -> str:
    there = set(frame.columns)
    if {LABEL, RANK} <= there:
        raise KloutError(f"{file}: has both a label and a rank; expected one of them")
    kind = RANK if RANK in there else LABEL
    needed = (LIST, RANK, "person") if kind == RANK else ("person", LABEL)
    if missing := [name for name in needed if name not in there]:
        raise KloutError(
            f"{file}: the column {missing[0]!r} is missing; labels need person and label, or list, "
            f"rank and person; has {frame.columns}"
        )
    return kind


def _check(rows: pl.DataFrame, kind: str, file: Path | str) -> None:
    if rows.is_empty():
        raise KloutError(f"{file}: holds no labels")
    for name in (LIST, "person"):
        if rows[name].null_count():
            raise KloutError(f"{file}, row {rows[name].is_null().arg_max()}: {name} is missing")
    # A null is none of these; -inf and NaN are not finite.
    is_number = rows["value"].is_finite().fill_null(value=False)
    if not is_number.all():
        row = int((~is_number).arg_max() or 0)
        value = rows["value"][row]
        said = -value if kind == RANK and value is not None else value
        raise KloutError(f"{file}, row {row}: {kind} is {said}; expected a number that is finite")
    is_weight = rows["weight"].is_between(LEAST_WEIGHT, MOST_WEIGHT).fill_null(value=False)
    if not is_weight.all():
        row = int((~is_weight).arg_max() or 0)
        raise KloutError(
            f"{file}, row {row}: weight is {rows['weight'][row]}; expected one from "
            f"{LEAST_WEIGHT:f} to {MOST_WEIGHT:,.0f}"
        )
    _check_persons(rows, file)
    if not rows.group_by(LIST).agg(pl.col("value").n_unique() > 1)["value"].any():
        raise KloutError(f"{file}: no two persons have another {kind}: nobody is told apart")


def _check_persons(rows: pl.DataFrame, file: Path | str) -> None:
    again = rows.select(LIST, "person").is_duplicated()
    if not again.any():
        return
    name, person = rows.filter(again).select(LIST, "person").row(0)
    same = (rows[LIST] == name) & (rows["person"] == person)
    first, second = same.arg_true()[:2]
    within = f" of the list {name!r}" if name else ""
    raise KloutError(f"{file}, row {second}: {person!r} is there already{within}, in row {first}")
