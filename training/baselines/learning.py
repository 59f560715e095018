"""What the learned baselines share: the judged persons, and differences of logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from training.influence.boosting import Pairs, Sample
from training.influence.model import as_matrix

Vector = NDArray[np.float64]


def judged(signals: pl.DataFrame, judgements: pl.DataFrame, catalogue: Catalogue) -> Sample:
    """Signals of the judged persons, and the pairs among them."""
    return Sample.of(as_matrix(signals, catalogue), signals["person"], judgements)


@dataclass(frozen=True)
class Terms:
    """The columns of a linear model: signed logarithms of signals.

    A signal x enters as ln(1 + x) if it is ``up``, negated if it is ``down``, and both ways if it
    is ``free``, so that a weight of at least 0 never goes against a sign. Each is divided by the
    root mean square of its differences between judged persons; one that never differs stays 0.

    Attributes
    ----------
    column, sign
        Shape (terms,): which signal, and 1 or -1.
    scale
        Shape (terms,).
    """

    column: NDArray[np.int64]
    sign: Vector
    scale: Vector

    @staticmethod
    def of(catalogue: Catalogue, sample: Sample) -> Terms:
        """Derive the terms of a catalogue, and scale them on judged persons' signals."""
        signs = np.array(catalogue.monotone)
        up, down = np.flatnonzero(signs >= 0), np.flatnonzero(signs <= 0)
        column = np.concatenate([up, down])
        sign = np.concatenate([np.ones(len(up)), -np.ones(len(down))])
        logs = np.log1p(sample.matrix)
        spread = np.sqrt(np.mean((logs[sample.pairs.a] - logs[sample.pairs.b]) ** 2, axis=0))
        scale = np.where(spread > 0, spread, 1.0)
        return Terms(column, sign, scale[column])

    def of_persons(self, matrix: Vector) -> Vector:
        """Terms of some persons' signals: shape (persons, terms)."""
        return np.asarray(np.log1p(matrix[:, self.column]) * (self.sign / self.scale))

    def of_sample(self, sample: Sample) -> tuple[Vector, Pairs]:
        """Terms of the judged persons, and the pairs among them."""
        return self.of_persons(sample.matrix), sample.pairs

    def influence(self, signals: pl.DataFrame, catalogue: Catalogue, weights: Vector) -> pl.Series:
        """Weighted sum of everybody's terms, in the order of ``signals``; of nobody it is 0."""
        by_signal = np.zeros(len(catalogue.names))
        np.add.at(by_signal, self.column, weights * self.sign / self.scale)
        logs = np.log1p(as_matrix(signals, catalogue))
        return pl.Series("baseline", logs @ by_signal)
