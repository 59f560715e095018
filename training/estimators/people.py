"""People given to an estimator: whose rows they are, and what the columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from features.catalogue.network import Counter, Network
from features.errors import KloutError
from features.lake.given import as_ids

PERSON = "person"
NUMBERS = "numbers"
"""The network of columns that are no signals: each a counter, of which more is never less."""


@dataclass(frozen=True)
class Columns:
    """What columns of numbers are to a model.

    Attributes
    ----------
    catalogue
        The signals that the model reads.
    places
        By signal, which column has it; -1: it is 1 for everybody.
    """

    catalogue: Catalogue
    places: tuple[int, ...]

    @staticmethod
    def named(names: Sequence[str], catalogue: Catalogue) -> Columns:
        """Find signals by their names; columns that are none of a catalogue's are passed over.

        Raises
        ------
        KloutError
            If some of the catalogue's are missing.
        """
        place = {name: column for column, name in enumerate(names)}
        if missing := [name for name in catalogue.names if name not in place]:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise KloutError(f"X: the column {missing[0]!r} is missing{more}")
        return Columns(catalogue, tuple(place[name] for name in catalogue.names))

    @staticmethod
    def of_numbers(count: int) -> Columns:
        """Take columns for counters of one network, on which everybody is."""
        counters = tuple(Counter(f"x{n}", "of any unit", "up", f"column {n}") for n in range(count))
        return Columns(
            Catalogue((Network(NUMBERS, "Numbers", counters=counters),)), (*range(count), -1)
        )

    def matrix(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put columns in the catalogue's order: shape (persons, signals), column after column."""
        ones = np.ones((len(values), 1))
        return np.asfortranarray(np.hstack([values, ones])[:, list(self.places)])

    def frame(self, persons: pl.Series, values: NDArray[np.float64]) -> pl.DataFrame:
        """Make the signals of a population."""
        signals = pl.DataFrame(self.matrix(values), schema=self.catalogue.names)
        return signals.insert_column(0, persons.alias(PERSON))


def are_signals(names: Sequence[str], catalogue: Catalogue) -> bool:
    """Say whether columns are named by signals: any of a network's name, as ``twitter.likes``."""
    networks = {network.name for network in catalogue.networks}
    return any(name.partition(".")[0] in networks for name in names)


def parted(people: Any) -> tuple[pl.Series | None, Any]:
    """Take the column ``person`` off a frame; None: it has none, or is no frame.

    Raises
    ------
    KloutError
        If it does not name one person a row.
    """
    if PERSON not in getattr(people, "columns", ()):
        return None, people
    signals = (
        people.drop(PERSON) if isinstance(people, pl.DataFrame) else people.drop(columns=PERSON)
    )
    persons = as_ids(pl.Series(PERSON, people[PERSON].to_list()), "X: person")
    if persons.null_count():
        raise KloutError(f"X, row {persons.is_null().arg_max()}: person is missing")
    if persons.n_unique() < len(persons):
        raise KloutError(f"X: the person {persons.filter(persons.is_duplicated())[0]!r} is twice")
    return persons, signals


def numbered(count: int) -> pl.Series:
    """Name people who have no names by their row, in such a way that order is kept."""
    return pl.Series(PERSON, [f"{row:09}" for row in range(count)], dtype=pl.String)


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what is wrong with input as scikit-learn's users expect: a ValueError."""
    try:
        yield
    except KloutError as error:
        raise ValueError(str(error)) from error
