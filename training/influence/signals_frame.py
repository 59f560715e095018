"""Signals from files and frames: checked, and put in the catalogue's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import ANY, Catalogue, network_of
from features.catalogue.measures import TALLIED
from features.catalogue.network import Network, Reaction
from features.errors import KloutError
from features.lake.given import as_ids, reading
from features.lake.left_out import UNDECLARED, tell_left_out
from training.influence.confidence import people_signals

SIGNALS = "a Parquet file of signals"

BATCH_PERSONS = 20_000
"""Persons scored together: their signals take 140 MB."""


def as_matrix(frame: pl.DataFrame, catalogue: Catalogue) -> NDArray[np.float64]:
    """Check signals, and put them in the catalogue's order.

    Returns
    -------
    ndarray of float64, shape (persons, signals)
        Column after column in memory.

    Raises
    ------
    KloutError
        Naming the person and the signal, if one is missing, not a number, not finite or below 0.
    """
    there = set(frame.columns)
    absent = [name for name in ("person", *catalogue.names) if name not in there]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise KloutError(f"signals: the column {absent[0]!r} is missing{more}")
    signals = frame.select(catalogue.names)
    for name, dtype in signals.schema.items():
        if not dtype.is_numeric():
            raise KloutError(f"signals: {name} must be a number, is {dtype}")
    matrix = signals.cast(pl.Float64).to_numpy()
    # A null comes out as NaN, and a NaN as the least and the greatest: it fails both.
    if matrix.size and not (matrix.min() >= 0 and matrix.max() < np.inf):
        _refuse(matrix, frame["person"], signals)
    return matrix


def _refuse(matrix: NDArray[np.float64], persons: pl.Series, signals: pl.DataFrame) -> None:
    row, column = np.argwhere(~((matrix >= 0) & np.isfinite(matrix)))[0].tolist()
    raise KloutError(
        f"signals: {signals.columns[column]} of {persons[row]!r} is {signals[row, column]}; "
        "expected a number of at least 0"
    )


def read_signals(file: Path, catalogue: Catalogue) -> Iterator[pl.DataFrame]:
    """Read a signals file in batches, with only the columns wanted.

    Raises
    ------
    KloutError
        If it is no Parquet file, or ``person`` does not name one person a row.
    """
    with reading(file, SIGNALS):
        scan = pl.scan_parquet(file, glob=False)
        there = scan.collect_schema()
        if "person" not in there:
            raise KloutError(f"{file}: the column 'person' is missing")
        _check_persons(scan.select("person").collect()["person"], file)
        wanted = [name for name in catalogue.names if name in there]
        batches = scan.select("person", *wanted).collect_batches(chunk_size=BATCH_PERSONS)
        for batch in batches:
            yield batch.with_columns(as_ids(batch["person"], f"{file}: person"))


def read_population(
    file: Path,
    catalogue: Catalogue,
    why: str = UNDECLARED,
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Read all of a signals file, checked.

    Parameters
    ----------
    catalogue
        The signals to read.
    why
        Why networks that are not in it are left out: `UNDECLARED` or `UNTRAINED`.
    say
        Is told one line if any are.

    Raises
    ------
    KloutError
        If the file is not as it should be, or holds people on unknown networks alone.
    """
    batches = list(read_signals(file, catalogue))
    with about(file):
        for batch in batches:
            as_matrix(batch, catalogue)
    name_left_out(file, catalogue, why, say)
    return pl.concat(batches)


def name_left_out(file: Path, catalogue: Catalogue, why: str, say: Callable[[str], None]) -> None:
    """Say which networks of a signals file are left out.

    As `features.lake.left_out` does of a lake.

    Raises
    ------
    KloutError
        If some are, and nobody has anything on the others.
    """
    if not (unknown := left_out(file, catalogue)):
        return
    with reading(file, SIGNALS):
        anything = pl.any_horizontal(pl.col(catalogue.names) > 0).any()
        others = pl.scan_parquet(file, glob=False).select(anything).collect().item()
    tell_left_out(unknown, str(file), "people", why, say, others=others)


def networks_in(file: Path) -> list[Network]:
    """Declare the networks of a signals file by the names of its columns.

    The names say which reactions there are. What counters and contents mean they don't say.

    Returns
    -------
    list of Network
        Those all of whose measures are there.
    """
    with reading(file, SIGNALS):
        there = pl.scan_parquet(file, glob=False).collect_schema().names()
    kinds: dict[str, dict[str, bool]] = {}
    for column in there:
        if (network := network_of(column)) is not None and column.count(".") > 1:
            _, kind, measure, _ = column.split(".")
            of = kinds.setdefault(network, {})
            of[kind] = of.get(kind, False) or measure == TALLIED.name
    declared = [
        Network(name, name, reactions=_reactions(own), tallies=_reactions(own, only_tallied=True))
        for name, own in kinds.items()
        if ANY in own
    ]
    return [each for each in declared if set(Catalogue((each,)).names) <= set(there)]


def _reactions(kinds: dict[str, bool], *, only_tallied: bool = False) -> tuple[Reaction, ...]:
    """Declare the reactions of a network, each of which may be tallied."""
    named = (kind for kind, is_tallied in kinds.items() if is_tallied or not only_tallied)
    return tuple(Reaction(kind, kind) for kind in named if kind != ANY)


def left_out(file: Path, catalogue: Catalogue) -> dict[str, int]:
    """Count the people of a signals file who are on networks that a catalogue does not have."""
    known = {network.name for network in catalogue.networks}
    columns: dict[str, list[str]] = {}
    with reading(file, SIGNALS):
        scan = pl.scan_parquet(file, glob=False)
        for column, dtype in scan.collect_schema().items():
            network = network_of(column)
            if network is not None and network not in known and dtype.is_numeric():
                columns.setdefault(network, []).append(column)
        if not columns:
            return {}
        on = {name: pl.any_horizontal(pl.col(own) > 0).sum() for name, own in columns.items()}
        people = scan.select(**on).collect().row(0, named=True)
    return {name: int(count) for name, count in people.items() if count}


def counted_alone(file: Path, catalogue: Catalogue) -> dict[str, int]:
    """Count people with counters on networks where nobody, in a file of signals, was reacted to.

    As if nobody had looked at what happens there.
    """
    counts = {
        each.name: pl.any_horizontal(pl.col(counters) > 0).sum()
        * ~pl.any_horizontal(pl.col(people) > 0).any()
        for each in catalogue.networks
        if (people := people_signals(each))
        and (counters := [f"{each.name}.{counter.name}" for counter in each.counters])
    }
    if not counts:
        return {}
    with reading(file, SIGNALS):
        found = pl.scan_parquet(file, glob=False).select(**counts).collect().row(0, named=True)
    return {name: int(count) for name, count in found.items() if count}


@contextmanager
def about(what: Path | str) -> Iterator[None]:
    """Put the name of a file before what is wrong with what it holds."""
    try:
        yield
    except KloutError as error:
        raise KloutError(f"{what}: {error}") from error


def _check_persons(given: pl.Series, file: Path) -> None:
    persons = as_ids(given, f"{file}: person")
    if not len(persons):
        raise KloutError(f"{file}: holds no persons")
    if persons.null_count():
        raise KloutError(f"{file}, row {persons.is_null().arg_max()}: person is missing")
    if persons.n_unique() < len(persons):
        twice = persons.filter(persons.is_duplicated())[0]
        first, second = (persons == twice).arg_true()[:2]
        raise KloutError(f"{file}, row {second}: {twice!r} is there already, in row {first}")
