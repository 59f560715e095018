"""What each network's trees say: by LightGBM of a few persons, by tables of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from training.scorer.network_scorer import NetworkScorer
from training.trees.exact import joined_text, split_text

FEW_PERSONS = 8
"""Fewer persons than this are left to LightGBM: tables cost as much for one as for hundreds."""


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
        """Go to other processes with the tables, if they are made, and without the boosters."""
        return {name: value for name, value in self.__dict__.items() if name != "boosters"}

    @cached_property
    def columns(self) -> dict[str, range]:
        """Each network's signals among all signals, learned from or not: they stand together."""
        ends: dict[str, tuple[int, int]] = {}
        for column, signal in enumerate(self.catalogue.signals):
            start, _ = ends.get(signal.network, (column, column))
            ends[signal.network] = start, column + 1
        return {network: range(*each) for network, each in ends.items()}

    @cached_property
    def boosters(self) -> dict[str, lgb.Booster]:
        """Each network's trees, ready to predict.

        One booster with a range of trees a call would do, if it were not for threads: LightGBM
        keeps the range of the last call in the booster, so that two calls at once mix theirs up.
        """
        head, blocks = split_text(self.trees)
        return {
            network: lgb.Booster(model_str=joined_text(head, [blocks[tree] for tree in trees]))
            for network, trees in self.ranges.items()
        }

    @cached_property
    def scorers(self) -> dict[str, NetworkScorer]:
        """Each network's trees, as tables.

        Raises
        ------
        KloutError
            If a tree is not of the kind that training makes.
        """
        _, blocks = split_text(self.trees)
        return {
            network: NetworkScorer.of(
                [blocks[tree] for tree in trees],
                {column: signal for signal, column in enumerate(self.columns[network])},
            )
            for network, trees in self.ranges.items()
        }

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
        if len(signals) >= FEW_PERSONS:
            return self.scorers[network].part_sum(signals)
        every = np.zeros((len(signals), len(self.catalogue.signals)))
        every[:, self.columns[network]] = signals
        # Waking threads costs more than a few people do: the threads spin while they wait.
        raw = self.boosters[network].predict(every, raw_score=True, num_threads=1)
        return np.asarray(raw, dtype=np.float64)

    def read(self, network: str) -> list[int]:
        """Name the network's signals, by place and ascending, that its trees read."""
        return sorted(self.scorers[network].coders)

    def in_wide(self, network: str, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take a network's columns of all signals; nothing is copied."""
        columns = self.columns[network]
        return signals[:, columns.start : columns.stop]
