"""Tables that a command is given beside the lake, read and checked as the lake's own are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake.checking import check, check_type
from features.lake.contracts import TABLES
from features.lake.schemas import schema_of
from features.lake.texts import decoded
from features.lake.times import midnight


@contextmanager
def reading(file: Path, form: str) -> Iterator[None]:
    """Say in one line that a file can't be read as what was expected.

    Raises
    ------
    KloutError
        Instead of what Polars or the operating system raises.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        said = str(error).partition("\n")[0]
        raise KloutError(f"{file}: not {form}: {said}") from error


def read_given(file: Path, about: str, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a Parquet file, whatever its path: ``[`` and ``*`` stand for themselves.

    Parameters
    ----------
    about
        What it holds, for the error.
    columns
        The ones to read; None: all.

    Raises
    ------
    KloutError
        If it is no Parquet file, or a column is missing.
    """
    with reading(file, f"a Parquet file of {about}"):
        return pl.read_parquet(file, columns=columns, glob=False)


def as_ids(given: pl.Series, where: str) -> pl.Series:
    """Take ids as text; whole numbers are written out.

    Raises
    ------
    KloutError
        If they are of another type: a fraction or a structure would be another id as text.
    """
    check_type(given.dtype, pl.String(), where)
    return decoded(given.to_frame()).to_series().cast(pl.String)


def read_scores(file: Path, catalogue: Catalogue, as_of: date) -> pl.DataFrame:
    """Read scores: ``person`` (str), each once, and ``score`` (f64, 1 to 100).

    Raises
    ------
    KloutError
        If the file can't be read, or a row is not as described.
    """
    given = read_given(file, "person and score", ["person", "score"])
    rows = _checked("scores", given, catalogue, as_of, file).select("person", "score")
    if len(twice := rows.filter(pl.col("person").is_duplicated())):
        raise KloutError(f"{file}: the person {twice['person'][0]!r} is there twice")
    return rows


def read_authenticity(file: Path, catalogue: Catalogue, as_of: date) -> pl.DataFrame:
    """Read accounts' authenticity, as the lake's table of that name.

    What does not say its ``as_of`` is of the day given.

    Raises
    ------
    KloutError
        If the file can't be read, or a row breaks the table's contract.
    """
    given = read_given(file, "accounts' authenticity")
    wanted = [name for name in TABLES["authenticity"].columns if name in given.columns]
    return _checked("authenticity", given.select(wanted), catalogue, as_of, file)


def _checked(
    name: str, given: pl.DataFrame, catalogue: Catalogue, as_of: date, file: Path
) -> pl.DataFrame:
    """Take rows as rows of a table of the lake; the first that it would refuse is an error."""
    if "as_of" not in given.columns:
        given = given.with_columns(as_of=pl.lit(midnight(as_of)))
    numbered = given.with_row_index("row").with_columns(pl.col("row").cast(pl.UInt64))
    # A day far ahead was asked for by name: a simulated world may be of any year.
    now = max(datetime.now(UTC), midnight(as_of) + timedelta(1))
    table = TABLES[name]
    rows, refused = check(table, schema_of(name, catalogue, now), numbered, str(file))
    if len(refused):
        row, reason = refused.sort("row").select("row", "reason").row(0)
        raise KloutError(f"{file}, row {row}: {reason}")
    return rows
