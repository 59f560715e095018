"""Split rows into those that keep their table's contract and those that don't."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from features.errors import KloutError
from features.lake.contracts import TIME, Table
from features.lake.rules import in_words

QUARANTINE = {"file": pl.String(), "row": pl.UInt64(), "reason": pl.String(), "data": pl.String()}
"""Columns of a quarantine file; ``data`` is the row as it came, as JSON."""

_ISO = (
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M%:z",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
)


def check(
    table: Table, schema: type[dy.Schema], frame: pl.DataFrame, file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Separate good rows from bad ones.

    Parameters
    ----------
    table
        The contract's columns.
    schema
        The contract's rules, from `features.lake.rules.schemas`.
    frame
        Texts or typed values in any column order, and ``row`` (u64), the row numbers in the file.
    file
        Named in errors and in the quarantine.

    Returns
    -------
    tuple of DataFrame
        The good rows with exactly the table's columns and dtypes, in their order; the bad rows
        with the columns of `QUARANTINE`.

    Raises
    ------
    KloutError
        If a column is missing or unknown.
    """
    frame = _with_all_columns(table, frame, file)
    typed = frame.select(
        # One row of a file may make several here: they are told apart by their place.
        pl.int_range(pl.len(), dtype=pl.UInt64).alias("row"),
        _damage(table, frame.schema),
        *(_coerced(name, dtype, frame.schema[name]) for name, dtype in table.columns.items()),
    )
    good, failures = schema.filter(typed)
    columns = list(table.columns)
    if not len(failures):
        return good.select(columns), pl.DataFrame(schema=QUARANTINE)
    return good.select(columns), _quarantine(frame, failures, file)


def _with_all_columns(table: Table, frame: pl.DataFrame, file: str) -> pl.DataFrame:
    given = set(frame.columns) - {"row"}
    if missing := sorted(table.columns.keys() - table.optional - given):
        raise KloutError(
            f"{file}: {table.name} needs the column {missing[0]!r}; has {sorted(given)}"
        )
    if unknown := sorted(given - table.columns.keys()):
        allowed = list(table.columns)
        raise KloutError(f"{file}: {table.name} has no column {unknown[0]!r}; allowed: {allowed}")
    left_out = sorted(table.optional - given)
    absent = [pl.lit(None, table.columns[name]).alias(name) for name in left_out]
    return frame.with_columns(absent)


def _coerced(name: str, wanted: pl.DataType, given: pl.DataType) -> pl.Expr:
    """Read a column as the wanted dtype; what can't be read becomes null."""
    column = pl.col(name)
    if wanted == TIME:
        return _as_time(column, given)
    if wanted.is_numeric() and not (given.is_numeric() or given in (pl.String, pl.Null)):
        return pl.lit(None, wanted).alias(name)
    if given.is_nested() or given == pl.Duration:  # nothing that a text could stand for
        return pl.lit(None, wanted).alias(name)
    return column.cast(wanted, strict=False)


def _as_time(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    if isinstance(given, pl.Datetime):
        zoned = column if given.time_zone else column.dt.replace_time_zone("UTC")
        return zoned.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if given == pl.Date:
        return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if given != pl.String:
        return pl.lit(None, TIME).alias(column.meta.output_name())
    text = column.str.strip_chars().str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    parsed = [text.str.to_datetime(form, time_unit="us", strict=False) for form in _ISO]
    in_utc = [
        time.dt.convert_time_zone("UTC") if "%:z" in form else time.dt.replace_time_zone("UTC")
        for form, time in zip(_ISO, parsed, strict=True)
    ]
    return pl.coalesce(in_utc).alias(column.meta.output_name())


def _damage(table: Table, given: pl.Schema) -> pl.Expr:
    """Say which given values could not be read as their column's dtype; null if all could."""
    unreadable = [
        pl.when(pl.col(name).is_not_null() & _coerced(name, dtype, given[name]).is_null()).then(
            pl.lit(f"{name}: not {_kind(dtype)}")
        )
        for name, dtype in table.columns.items()
        if given[name] not in (dtype, pl.Null)
    ]
    if not unreadable:
        return pl.lit(None, pl.String).alias("damaged")
    joined = pl.concat_str(unreadable, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias("damaged")


def _kind(dtype: pl.DataType) -> str:
    if dtype == TIME:
        return "a time in ISO 8601"
    return "a number" if dtype.is_numeric() else "a text"


def _quarantine(frame: pl.DataFrame, failures: dy.FailureInfo, file: str) -> pl.DataFrame:
    details = failures.details()
    rules = [
        name for name in details.columns[len(failures.invalid().columns) :] if name != "readable"
    ]
    broken = [
        pl.when((pl.col(rule).cast(pl.String) == "invalid") & ~_unreadable(rule)).then(
            pl.lit(in_words(rule))
        )
        for rule in rules
    ]
    reasons = details.select(
        "row", reason=pl.concat_str("damaged", *broken, separator="; ", ignore_nulls=True)
    )
    came = frame[reasons["row"].to_numpy()]
    return _as_json(came).select(
        pl.lit(file).alias("file"), pl.col("row").cast(pl.UInt64), reasons["reason"], "data"
    )


def as_came(table: Table, frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """Give ``row`` and ``data`` of rows as the quarantine has them, in their order."""
    return _as_json(_with_all_columns(table, frame, file))


def _as_json(frame: pl.DataFrame) -> pl.DataFrame:
    data = pl.struct(pl.exclude("row")).struct.json_encode().str.head(10_000)
    return frame.select("row", data=data)


def _unreadable(rule: str) -> pl.Expr:
    """Whether a `nullability` failure is only the echo of a value that could not be read."""
    column, _, name = rule.partition("|")
    if name != "nullability":
        return pl.lit(value=False)
    return pl.col("damaged").str.contains(f"{column}: not ", literal=True).fill_null(value=False)
