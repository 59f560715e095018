"""What the learned baselines share: persons' rows, and differences of logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import Catalogue
from training.fit import Pairs
from training.judgements import persons_of
from training.model import as_matrix

Vector = NDArray[np.float64]


def judged_rows(
    signals: pl.DataFrame, judgements: pl.DataFrame, catalogue: Catalogue
) -> tuple[Vector, Pairs]:
    """Signals of the judged persons, (persons, signals), and the pairs among them.

    Somebody without signals has drawn nothing: all are 0. Pairs are sorted, so that sums over them
    run in the same order whatever order the judgements came in.
    """
    judged = persons_of(judgements)
    columns = signals.select("person", *catalogue.names)
    rows = judged.to_frame().join(columns, on="person", how="left", maintain_order="left")
    ordered = judgements.sort("a", "b", "preference", "weight")
    filled = rows.with_columns(pl.col(catalogue.names).fill_null(0.0))
    return as_matrix(filled, catalogue), Pairs.of(ordered, judged)


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
    def of(catalogue: Catalogue, matrix: Vector, pairs: Pairs) -> Terms:
        """Derive the terms of a catalogue, and scale them on judged persons' signals."""
        signs = np.array(catalogue.monotone)
        up, down = np.flatnonzero(signs >= 0), np.flatnonzero(signs <= 0)
        column = np.concatenate([up, down])
        sign = np.concatenate([np.ones(len(up)), -np.ones(len(down))])
        logs = np.log1p(matrix)
        spread = np.sqrt(np.mean((logs[pairs.a] - logs[pairs.b]) ** 2, axis=0))
        scale = np.where(spread > 0, spread, 1.0)
        return Terms(column, sign, scale[column])

    def of_persons(self, matrix: Vector) -> Vector:
        """Terms of some persons' signals: shape (persons, terms)."""
        return np.asarray(np.log1p(matrix[:, self.column]) * (self.sign / self.scale))

    def influence(self, signals: pl.DataFrame, catalogue: Catalogue, weights: Vector) -> pl.Series:
        """Weighted sum of everybody's terms, in the order of ``signals``; of nobody it is 0."""
        by_signal = np.zeros(len(catalogue.names))
        np.add.at(by_signal, self.column, weights * self.sign / self.scale)
        logs = np.log1p(as_matrix(signals, catalogue))
        return pl.Series("baseline", logs @ by_signal)
