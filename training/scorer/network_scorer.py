"""A network's trees, ready for many persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.scorer.branches import Branch
from training.scorer.bundles import packed
from training.scorer.codes import Coder, Codes, Vector
from training.scorer.ranked_trees import read_trees
from training.scorer.tables import Table, tables_of

TABLE_ENTRIES = 4096
"""A table of 32 KiB stays in the processor's cache."""
BLOCK_PERSONS = 8192
"""Persons at once: their codes take 9 MB at 140 signals."""


@dataclass(frozen=True)
class NetworkScorer:
    """Sum of a network's trees.

    Attributes
    ----------
    coders
        By signal that the trees read, what turns it into codes.
    tables
        What is added up; a reader's signal is a row of codes.
    nobody
        The sum for somebody whose signals are all 0.
    """

    coders: dict[int, Coder]
    tables: list[Table]
    nobody: float

    @staticmethod
    def of(
        blocks: Sequence[str], place: Mapping[int, int], limit: int = TABLE_ENTRIES
    ) -> NetworkScorer:
        """Make it from text.

        Parameters
        ----------
        blocks
            The network's trees, as `training.trees.exact.split_text` gives them.
        place
            From the model's column to the network's signal.
        limit
            Entries of a table, at most.

        Raises
        ------
        KloutError
            If a tree asks anything else than whether a signal of the network is at most a number.
        """
        trees, thresholds = read_trees(blocks, place)
        coders = {signal: Coder.of(np.asarray(each)) for signal, each in thresholds.items()}
        heights = {signal: coder.height for signal, coder in coders.items()}
        bundles = packed([Branch(tree) for tree in trees], limit)
        tables = [table for bundle in bundles for table in tables_of(bundle, heights, limit)]
        rows = {signal: row for row, signal in enumerate(coders)}
        tables = [Table([(rows[s], add) for s, add in t.readers], t.values) for t in tables]
        zeros = np.array([coder.codes(np.zeros(1)) for coder in coders.values()])
        return NetworkScorer(coders, tables, float(_sums(tables, zeros)[0]))

    def part_sum(self, signals: Vector) -> Vector:
        """Sum what the trees say.

        Parameters
        ----------
        signals
            Shape (persons, the network's signals), finite and at least 0. Columns in memory one
            after the other are fastest.

        Returns
        -------
        ndarray of float64, shape (persons,)
            LightGBM's raw score, to the last bit.
        """
        said = np.full(len(signals), self.nobody)
        anything = np.zeros(len(signals), np.bool_)
        for signal in self.coders:
            anything |= signals[:, signal] != 0
        for rows in _blocks(np.flatnonzero(anything)):
            said[rows] = _sums(self.tables, self._codes(signals, rows))
        return said

    def _codes(self, signals: Vector, rows: Codes) -> Codes:
        """Count the thresholds below each signal, shape (signals read, rows)."""
        codes = np.empty((len(self.coders), len(rows)), dtype=np.intp)
        for row, (signal, coder) in enumerate(self.coders.items()):
            codes[row] = coder.codes(signals[:, signal].take(rows))
        return codes


def _blocks(rows: Codes) -> Iterator[Codes]:
    for start in range(0, len(rows), BLOCK_PERSONS):
        yield rows[start : start + BLOCK_PERSONS]


def _sums(tables: Sequence[Table], codes: Codes) -> Vector:
    """Add up each person's place in each table, shape (persons,).

    No place is out of bounds; ``clip`` only spares numpy a copy.
    """
    persons = codes.shape[1]
    place, more = np.empty(persons, np.intp), np.empty(persons, np.intp)
    value, total = np.empty(persons), np.zeros(persons)
    for table in tables:
        (row, add), *others = table.readers
        add.take(codes[row], out=place, mode="clip")
        for row, add in others:
            add.take(codes[row], out=more, mode="clip")
            place += more
        table.values.take(place, out=value, mode="clip")
        total += value
    return total
