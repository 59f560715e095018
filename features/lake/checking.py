"""Split rows into those that keep their table's contract and those that don't."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from features.errors import KloutError
from features.lake.contracts import TIME, Table
from features.lake.rules import in_words
from features.lake.texts import decoded, is_spoilt, unkept
from features.lake.times import read_times, shown, typed_times

QUARANTINE = {"file": pl.String(), "row": pl.UInt64(), "reason": pl.String(), "data": pl.String()}
"""Columns of a quarantine file; ``data`` is the row as it came, as JSON."""

OURS = ("row", "damaged")
"""Columns that a reader adds to those of its file."""


@dataclass(frozen=True)
class _Kind:
    """What may be given for a column of a kind.

    Attributes
    ----------
    expected
        In words, of a column's type.
    unread
        Why a value was refused that is of a type allowed but can't be read.
    allows
        Whether a type is allowed beside texts, bytes that are texts, and null.
    """

    expected: str
    unread: str
    allows: Callable[[pl.DataType], bool]


def _is_whole(given: pl.DataType) -> bool:
    return given.is_integer() or (isinstance(given, pl.Decimal) and given.scale == 0)


_TEXT = _Kind(
    "ids are texts or whole numbers",
    "not UTF-8 text",
    lambda given: _is_whole(given) or given in (pl.Categorical, pl.Enum),
)
_NUMBER = _Kind("expected numbers", "not a number", lambda given: given.is_numeric())
_TIME = _Kind(
    "expected timestamps, dates, or texts in ISO 8601",
    "not a time in ISO 8601",
    lambda given: given in (pl.Datetime, pl.Date),
)


_TRUTH = _Kind("expected true or false", "not true or false", lambda given: given == pl.Boolean)
_TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
"""Texts in lower case, as databases write them."""


def _kind(wanted: pl.DataType) -> _Kind:
    if wanted == TIME:
        return _TIME
    if wanted == pl.Boolean:
        return _TRUTH
    return _NUMBER if wanted.is_numeric() else _TEXT


def check(
    table: Table, schema: type[dy.Schema], frame: pl.DataFrame, file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Separate good rows from bad ones.

    Parameters
    ----------
    table
        The contract's columns.
    schema
        The contract's rules, from `features.lake.schemas.schema_of`.
    frame
        Texts or typed values in any column order; ``row`` (u64), the row numbers in the file; and
        ``damaged`` (str), if the reader has found rows (not null) that it could not read.
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
        If a column is missing, unknown, or of a type that can't be what the column is.
    """
    frame = _with_all_columns(table, frame, file)
    texts = decoded(frame)
    # One row of a file may make several here: they are told apart by their place.
    place = pl.int_range(len(frame), dtype=pl.UInt64, eager=True).alias("row")
    read = [_read(texts[name], wanted) for name, wanted in table.columns.items()]
    typed = pl.DataFrame([place, *read])
    typed = typed.with_columns(damaged=_damaged(table, frame, typed))
    good, failures = schema.filter(typed)
    columns = list(table.columns)
    if not len(failures):
        return good.select(columns), pl.DataFrame(schema=QUARANTINE)
    return good.select(columns), _quarantine(frame, failures, file)


def _with_all_columns(table: Table, frame: pl.DataFrame, file: str) -> pl.DataFrame:
    given = set(frame.columns) - set(OURS)
    if missing := sorted(table.columns.keys() - table.optional - given):
        raise KloutError(
            f"{file}: {table.name} needs the column {missing[0]!r}; has {sorted(given)}"
        )
    if unknown := sorted(given - table.columns.keys()):
        allowed = list(table.columns)
        raise KloutError(f"{file}: {table.name} has no column {unknown[0]!r}; allowed: {allowed}")
    for name, dtype in frame.schema.items():
        if name in given:
            check_type(dtype, table.columns[name], f"{file}: {name}")
    left_out = sorted(table.optional - given)
    absent = [pl.lit(None, table.columns[name]).alias(name) for name in left_out]
    return frame.with_columns(absent)


def check_type(given: pl.DataType, wanted: pl.DataType, where: str) -> None:
    """Refuse a column of a type that can't be what the column is.

    A million rows would each be refused for it, or be taken for somebody else's.

    Raises
    ------
    KloutError
        Naming the file and the column, which `where` says.
    """
    kind = _kind(wanted)
    if given not in (pl.String, pl.Binary, pl.Null) and not kind.allows(given):
        raise KloutError(f"{where}: a column of {given}; {kind.expected}")


def _read(column: pl.Series, wanted: pl.DataType) -> pl.Series:
    """Read a column as the wanted dtype; what can't be read becomes null."""
    if column.dtype == wanted and wanted != TIME:
        return column
    if wanted == pl.Boolean and column.dtype == pl.String:
        return column.str.to_lowercase().replace_strict(_TRUTHS, default=None, return_dtype=wanted)
    if wanted != TIME or column.dtype == pl.Null:
        return column.cast(wanted, strict=False)
    if column.dtype == pl.String:
        return read_times(column)
    return typed_times(column)


def _damaged(table: Table, frame: pl.DataFrame, typed: pl.DataFrame) -> pl.Series:
    """Say of each row which values could not be read or kept; null where all could."""
    found = [frame["damaged"]] if "damaged" in frame.columns else []
    for name in table.columns:
        found += _faults(frame[name], typed[name])
    if not found:
        return pl.repeat(None, len(typed), dtype=pl.String, eager=True)
    said = pl.concat_str(map(pl.lit, found), separator="; ", ignore_nulls=True)
    return pl.select(pl.when(said != "").then(said)).to_series()


def _faults(given: pl.Series, read: pl.Series) -> Iterator[pl.Series]:
    """Give reasons (null: none) for each fault that a column has, if it has any."""
    name = given.name
    if read.null_count() > given.null_count():
        reason = pl.lit(f"{name}: {_kind(read.dtype).unread}")
        unread = given.is_not_null() & read.is_null()
        yield pl.select(pl.when(unread).then(reason)).to_series()
    if read.dtype == pl.String and (spoilt := is_spoilt(read)) is not None:
        reasons = [f"{name}: {unkept(text)}" for text in read.filter(spoilt)]
        none = pl.repeat(None, len(read), dtype=pl.String, eager=True)
        yield none.scatter(spoilt.arg_true(), reasons)


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
    texts = frame.drop("damaged", strict=False)
    data = pl.struct(pl.exclude("row")).struct.json_encode().str.head(10_000)
    return texts.with_columns(_writable(texts)).select("row", data=data)


def _writable(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """Write as texts what Polars can't write as JSON: bytes, and times that no calendar holds."""
    for column in frame.iter_columns():
        if column.dtype == pl.Binary:
            texts = [v if v is None else v.decode(errors="backslashreplace") for v in column]
            yield pl.Series(column.name, texts, pl.String)
        elif column.dtype in (pl.Datetime, pl.Date):
            yield shown(column)


def _unreadable(rule: str) -> pl.Expr:
    """Whether a `nullability` failure is only the echo of a value that could not be read."""
    column, _, name = rule.partition("|")
    if name != "nullability":
        return pl.lit(value=False)
    return pl.col("damaged").str.contains(f"{column}: not ", literal=True).fill_null(value=False)
