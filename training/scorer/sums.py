"""What each network's trees say: by walking them for a few persons, by tables of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from training.scorer.flat_trees import FlatTrees, flat_trees
from training.scorer.network_scorer import NetworkScorer
from training.trees.exact import split_text

MANY_PERSONS = 2_000
"""So many are worth making tables, which takes seconds and then a fraction of the time."""

FEW_PERSONS = 8
"""Fewer are walked in any case: tables cost as much for one as for hundreds."""


@dataclass(frozen=True)
class Sums:
    """Sums of trees by network.

    Attributes
    ----------
    trees
        As `training.trees.exact.exact_text` makes them.
    ranges
        Each network's trees.
    catalogue
        Its columns are the trees' features.
    """

    trees: str
    ranges: Mapping[str, range]
    catalogue: Catalogue

    def __getstate__(self) -> dict[str, Any]:
        """Go to other processes with the tables, if they are made, and without the text twice."""
        return {name: value for name, value in self.__dict__.items() if name != "_blocks"}

    @cached_property
    def columns(self) -> dict[str, range]:
        """Each network's signals among all signals, learned from or not: they stand together."""
        ends: dict[str, tuple[int, int]] = {}
        for column, signal in enumerate(self.catalogue.signals):
            start, _ = ends.get(signal.network, (column, column))
            ends[signal.network] = start, column + 1
        return {network: range(*each) for network, each in ends.items()}

    @cached_property
    def _blocks(self) -> list[str]:
        return split_text(self.trees)[1]

    def _own(self, network: str) -> tuple[list[str], dict[int, int]]:
        """Give a network's trees, and which of its signals a column of theirs is."""
        place = {column: signal for signal, column in enumerate(self.columns[network])}
        return [self._blocks[tree] for tree in self.ranges.get(network, range(0))], place

    @cached_property
    def flat(self) -> dict[str, FlatTrees]:
        """Each network's trees, as arrays.

        Raises
        ------
        KloutError
            If a tree is not of the kind that training makes.
        """
        found = {network: flat_trees(*self._own(network)) for network in self.ranges}
        self.__dict__.pop("_blocks", None)  # twice the text is not kept for what is made once
        return found

    @cached_property
    def scorers(self) -> dict[str, NetworkScorer]:
        """Each network's trees, as tables.

        Raises
        ------
        KloutError
            If a tree is not of the kind that training makes.
        """
        return {network: NetworkScorer.of(*self._own(network)) for network in self.ranges}

    def of(self, network: str, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum what a network's trees say; either way the same bits.

        Parameters
        ----------
        signals
            Shape (persons, the network's signals), in the catalogue's order; finite and at least 0.

        Returns
        -------
        ndarray of float64, shape (persons,)
        """
        is_made = "scorers" in self.__dict__
        if len(signals) >= (FEW_PERSONS if is_made else MANY_PERSONS):
            return self.scorers[network].part_sum(signals)
        return self.flat[network].part_sum(signals)

    def read(self, network: str) -> list[int]:
        """Name the network's signals, by place and ascending, that its trees read."""
        return sorted(self.scorers[network].coders)

    def in_wide(self, network: str, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take a network's columns of all signals; nothing is copied."""
        columns = self.columns[network]
        return signals[:, columns.start : columns.stop]
